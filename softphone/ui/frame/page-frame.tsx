import { ActionIcon } from "@mantine/core";
import type { MouseEvent, ReactNode } from "react";
import { useTexts } from "../../i18n/index.ts";
import type { User } from "../../link/api.ts";
import { type Face, facesOf } from "../../state/faces.ts";
import { Icon } from "../kit/icons.tsx";
import { navigate } from "../router.ts";
import { Brand } from "./brand.tsx";
import { LanguageSwitch, ThemeSwitch } from "./switches.tsx";

/** Header and main part that all faces share. */
export function PageFrame(props: {
  user: User;
  face: Face;
  /** Middle of the header: state selector, connection lights. */
  status?: ReactNode;
  /** More buttons on the right of the header. */
  tools?: ReactNode;
  /** Null while leaving is not allowed, e.g. in a call. */
  onLogout: (() => void) | null;
  children: ReactNode;
}): ReactNode {
  const { t, language } = useTexts();
  return (
    <div className="frame">
      <a className="skip-link" href="#main">
        {t("common.skipToContent")}
      </a>
      <header className="frame-header">
        <Brand />
        <FaceLinks user={props.user} face={props.face} />
        <div className="frame-status">{props.status}</div>
        <div className="frame-tools">
          {props.tools}
          <LanguageSwitch />
          <ThemeSwitch />
          <span className="who">
            <span className="who-name">{props.user.name[language]}</span>
            <span className="dim">
              {props.user.id} · {t(`common.role.${props.user.role}`)}
            </span>
          </span>
          <ActionIcon
            variant="subtle"
            color="gray"
            size="lg"
            className="quiet"
            aria-label={t("common.logout")}
            title={t("common.logout")}
            disabled={props.onLogout === null}
            onClick={() => props.onLogout?.()}
            data-testid="logout"
          >
            <Icon name="logout" />
          </ActionIcon>
        </div>
      </header>
      <main id="main" tabIndex={-1} className="frame-main">
        {props.children}
      </main>
    </div>
  );
}

function FaceLinks(props: { user: User; face: Face }): ReactNode {
  const { t } = useTexts();
  const faces = facesOf(props.user.role);
  if (faces.length < 2) {
    return null;
  }
  function follow(event: MouseEvent, face: Face): void {
    if (!event.metaKey && !event.ctrlKey && !event.shiftKey) {
      event.preventDefault();
      navigate(`/${face}`);
    }
  }
  return (
    <nav className="face-links" aria-label={t("common.mainNavigation")}>
      {faces.map((face) => (
        <a
          key={face}
          href={`/${face}`}
          aria-current={face === props.face ? "page" : undefined}
          onClick={(event) => follow(event, face)}
        >
          {t(`app.face.${face}`)}
        </a>
      ))}
    </nav>
  );
}
