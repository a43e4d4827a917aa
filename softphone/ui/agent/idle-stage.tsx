import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import type { AgentView } from "../../../engine/wire/desk.ts";
import { useTexts } from "../../i18n/index.ts";
import { dialFailure } from "../../state/dial.ts";
import { Icon } from "../kit/icons.tsx";
import { lookOf, StateMark } from "../kit/state-mark.tsx";
import { Since } from "../kit/time.tsx";
import { useActions } from "./seat-context.tsx";

/** Between calls. */
export function IdleStage(props: {
  agent: AgentView;
  openDial: () => void;
  hasKeys: boolean;
}): ReactNode {
  const { t } = useTexts();
  const { goReady, dial } = useActions();
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
      <div className="row">
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
        <Button
          size="md"
          variant="default"
          disabled={dial === null}
          onClick={props.openDial}
          aria-keyshortcuts={props.hasKeys ? "D" : undefined}
          data-testid="dial-open"
        >
          {t("dial.open")}
          {props.hasKeys && (
            <span className="inline-key" aria-hidden="true">
              D
            </span>
          )}
        </Button>
      </div>
      <LastDial lastDial={props.agent.lastDial} />
      {!deviceReachable && <p className="warning-text">{t("idle.unreachable")}</p>}
    </div>
  );
}

/** What became of the last call out, unless it became a talk. */
function LastDial(props: { lastDial: AgentView["lastDial"] }): ReactNode {
  const { t } = useTexts();
  const { lastDial } = props;
  const failure = dialFailure(lastDial);
  return (
    <div role="status">
      {lastDial !== null && failure !== null && (
        <p className="inline-note" data-testid="last-dial" data-outcome={failure}>
          <Icon name="warning" size={16} />
          {t("dial.last", { number: lastDial.number, outcome: t(`dial.outcome.${failure}`) })}
        </p>
      )}
    </div>
  );
}
