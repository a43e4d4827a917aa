import type { ReactNode } from "react";
import type { AgentView } from "../../../engine/wire/desk.ts";
import { clockText } from "../../i18n/duration.ts";
import { useTexts } from "../../i18n/index.ts";
import { Icon } from "../kit/icons.tsx";
import { Since, Until, UntilBar } from "../kit/time.tsx";
import { CallerLine, CallFacts, Fact, type Pop } from "./call-facts.tsx";
import { ConsultPanel } from "./consult-panel.tsx";
import { RecordingMark } from "./recording-mark.tsx";

type OnCall = Extract<AgentView["state"], { kind: "onCall" }>;
type WrapUp = Extract<AgentView["state"], { kind: "wrapUp" }>;

export function TalkStage(props: {
  state: OnCall;
  pop: Pop | null;
  isMuted: boolean;
  hasKeys: boolean;
  hasAudio: boolean;
}): ReactNode {
  const { t } = useTexts();
  const { state, pop } = props;
  const isHeld = state.heldSinceMs !== null;
  const isAway = state.rejoin !== undefined;
  return (
    <div className="talk" data-held={isHeld}>
      <CallerLine
        label={isAway ? t("call.rejoining") : isHeld ? t("call.onHold") : t("call.talking")}
        ani={pop?.ani ?? ""}
        direction={pop?.direction}
      >
        <div className="timers">
          {state.heldSinceMs !== null && (
            <div className="countdown" data-tone="held">
              <p className="eyebrow">{t("call.holdTime")}</p>
              <p className="big-timer">
                <Since sinceMs={state.heldSinceMs} testId="timer-hold" />
              </p>
            </div>
          )}
          <div className="countdown">
            <p className="eyebrow">{t("call.callTime")}</p>
            <p className="big-timer">
              <Since sinceMs={state.sinceMs} testId="timer-call" />
            </p>
          </div>
        </div>
      </CallerLine>
      {state.recording !== undefined && (
        <RecordingMark recording={state.recording} hasKeys={props.hasKeys} />
      )}
      {state.colleague !== undefined && <ConsultPanel colleague={state.colleague} />}
      <div role="status">
        {props.isMuted && (
          <p className="inline-note">
            <Icon name="mute" size={16} /> {t("call.muted")}
          </p>
        )}
        {state.rejoin !== undefined && (
          <p className="inline-note" data-testid="rejoining">
            <Icon name="warning" size={16} /> {t("call.rejoinUntil")}{" "}
            <Until endsAtMs={state.rejoin.untilMs} />
          </p>
        )}
        {!props.hasAudio && !isAway && (
          <p className="inline-note" data-testid="audio-missing">
            <Icon name="warning" size={16} /> {t("call.audioMissing")}
          </p>
        )}
      </div>
      {pop !== null && (
        <CallFacts pop={pop}>
          {pop.direction === undefined && (
            <Fact name={t("call.waited")}>
              <span className="timer">{clockText(state.sinceMs - pop.queuedAtMs)}</span>
            </Fact>
          )}
        </CallFacts>
      )}
    </div>
  );
}

export function WrapUpStage(props: { state: WrapUp; pop: Pop | null }): ReactNode {
  const { t } = useTexts();
  const { state, pop } = props;
  return (
    <div className="talk" data-wrap-up="true">
      <CallerLine label={t("wrapUp.title")} ani={pop?.ani ?? ""} direction={pop?.direction}>
        <div className="countdown">
          <p className="eyebrow">{t("wrapUp.noTimeLimit")}</p>
          <p className="big-timer">
            <Until endsAtMs={state.endsAtMs} />
          </p>
        </div>
      </CallerLine>
      <UntilBar fromMs={state.sinceMs} endsAtMs={state.endsAtMs} tone="wrapUp" />
      <p className="dim">{t("wrapUp.autoHint")}</p>
      {pop !== null && <CallFacts pop={pop} />}
    </div>
  );
}
