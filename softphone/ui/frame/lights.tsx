import type { ReactNode } from "react";
import { useTexts } from "../../i18n/index.ts";
import type { LinkStatus } from "../../link/desk-link.ts";
import { Icon } from "../kit/icons.tsx";

type Tone = "good" | "busy" | "bad";

/** A connection light: word, shape and colour say the same. */
export function Light(props: {
  name: string;
  text: string;
  tone: Tone;
  status: string;
  testId: string;
  children?: ReactNode;
}): ReactNode {
  return (
    <span
      className="light"
      data-tone={props.tone}
      data-status={props.status}
      data-testid={props.testId}
    >
      <span className="light-mark" aria-hidden="true">
        {props.tone === "good" ? <Icon name="check" size={12} /> : null}
        {props.tone === "bad" ? <Icon name="reject" size={12} /> : null}
        {props.tone === "busy" ? <span className="light-dots">…</span> : null}
      </span>
      <span className="light-name">{props.name}</span>
      <span className="light-text">{props.text}</span>
      {props.children}
    </span>
  );
}

export function DeskLight(props: { link: LinkStatus; roundTripMs: number | null }): ReactNode {
  const { t } = useTexts();
  const { kind } = props.link;
  const roundTrip =
    kind === "open" && props.roundTripMs !== null ? ` ${Math.round(props.roundTripMs)} ms` : "";
  return (
    <Light
      name={t("light.desk")}
      text={t(`light.deskStatus.${kind}`) + roundTrip}
      tone={kind === "open" ? "good" : kind === "connecting" ? "busy" : "bad"}
      status={kind}
      testId="desk-light"
    />
  );
}
