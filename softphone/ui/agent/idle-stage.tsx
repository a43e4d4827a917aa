import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import type { AgentView } from "../../../engine/wire/desk.ts";
import { useTexts } from "../../i18n/index.ts";
import { lookOf, StateMark } from "../kit/state-mark.tsx";
import { Since } from "../kit/time.tsx";
import { useActions } from "./seat-context.tsx";

/** Between calls. */
export function IdleStage(props: { agent: AgentView }): ReactNode {
  const { t } = useTexts();
  const { goReady } = useActions();
  const { state, deviceReachable } = props.agent;
  const isReady = state.kind === "ready";
  return (
    <div className="idle" data-look={lookOf(state)}>
      <StateMark look={lookOf(state)} size={36} />
      <h2>{isReady ? t("idle.ready") : t("idle.notReady")}</h2>
      <p className="big-timer">
        <Since sinceMs={state.sinceMs} />
      </p>
      <p className="dim">{isReady ? t("idle.readyHint") : t("idle.notReadyHint")}</p>
      {!isReady && (
        <Button
          size="md"
          disabled={goReady === null}
          onClick={() => goReady?.()}
          data-testid="go-ready"
        >
          {t("idle.goReady")}
        </Button>
      )}
      {!deviceReachable && <p className="warning-text">{t("idle.unreachable")}</p>}
    </div>
  );
}
