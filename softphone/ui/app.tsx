import { Button, Loader, MantineProvider } from "@mantine/core";
import { type ComponentType, lazy, type ReactNode, Suspense, useEffect } from "react";
import { useStore } from "zustand";
import { useTexts } from "../i18n/index.ts";
import { type Face, faceAt, facesOf } from "../state/faces.ts";
import type { Session } from "../state/session.ts";
import type { FaceProps } from "./face-props.ts";
import { LoginPage } from "./frame/login-page.tsx";
import { Notice } from "./kit/notice.tsx";
import { navigate, usePath } from "./router.ts";
import { theme } from "./theme.ts";

const faces: Readonly<Record<Face, ComponentType<FaceProps>>> = {
  agent: lazy(() => import("./agent/agent-face.tsx")),
  supervisor: lazy(() => import("./supervisor/supervisor-face.tsx")),
  reports: lazy(() => import("./reports/reports-face.tsx")),
  admin: lazy(() => import("./admin/admin-face.tsx")),
};

export function App(props: { session: Session }): ReactNode {
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <Suspense fallback={<Waiting />}>
        <Pages session={props.session} />
      </Suspense>
    </MantineProvider>
  );
}

function Pages(props: { session: Session }): ReactNode {
  const { phase, user } = useStore(props.session.store);
  if (phase === "unknown") {
    return <Waiting session={props.session} />;
  }
  if (phase === "out" || user === null) {
    return <LoginPage session={props.session} />;
  }
  return <FaceAtPath session={props.session} user={user} />;
}

function FaceAtPath(props: FaceProps): ReactNode {
  const { t } = useTexts();
  const shown = faceAt(usePath(), props.user.role);
  const target = shown.kind === "redirect" ? shown.face : null;
  useEffect(() => {
    if (target !== null) {
      navigate(`/${target}`, { replaces: true });
    }
  }, [target]);

  if (shown.kind === "redirect") {
    return <Waiting />;
  }
  if (shown.kind === "refused") {
    const own = facesOf(props.user.role)[0] ?? "agent";
    return (
      <Notice title={t("common.notAllowed")}>
        <Button onClick={() => navigate(`/${own}`)}>{t("common.goHome")}</Button>
      </Notice>
    );
  }
  const FaceView = faces[shown.face];
  // Another user must not inherit anything from the one before.
  return (
    <FaceView key={`${props.user.id} ${shown.face}`} session={props.session} user={props.user} />
  );
}

function Waiting(props: { session?: Session }): ReactNode {
  const { t } = useTexts();
  return (
    <main className="centre-page">
      <div role="status" className="waiting">
        <Loader size="sm" aria-hidden="true" />
        <span>{props.session ? t("login.waitingForServer") : t("common.loading")}</span>
      </div>
    </main>
  );
}
