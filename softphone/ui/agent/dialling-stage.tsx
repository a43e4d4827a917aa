import type { ReactNode } from "react";
import type { AgentView } from "../../../engine/wire/desk.ts";
import { useTexts } from "../../i18n/index.ts";
import { Icon } from "../kit/icons.tsx";
import { Since } from "../kit/time.tsx";
import { CallerLine, CallFacts, type Pop } from "./call-facts.tsx";

type Dialling = Extract<AgentView["state"], { kind: "dialling" }>;

/** A call out until it is answered: whose phone rings, how long, and how to give up. */
export function DiallingStage(props: {
  state: Dialling;
  pop: Pop | null;
  isMuted: boolean;
}): ReactNode {
  const { t } = useTexts();
  const { state, pop } = props;
  const { number } = state;
  return (
    <div className="talk" data-testid="dialling" data-stage={state.stage}>
      <CallerLine label={t("state.dialling")} ani={number} direction={pop?.direction ?? "outbound"}>
        <div className="countdown">
          <p className="eyebrow">{t("call.callTime")}</p>
          <p className="big-timer">
            <Since sinceMs={state.sinceMs} />
          </p>
        </div>
      </CallerLine>
      <p role="status">
        {t(`dial.stage.${state.stage}`, { number })} <span className="dim">{t("dial.giveUp")}</span>
      </p>
      {props.isMuted && (
        <p className="inline-note" role="status">
          <Icon name="mute" size={16} /> {t("call.muted")}
        </p>
      )}
      {pop !== null && <CallFacts pop={pop} />}
    </div>
  );
}
