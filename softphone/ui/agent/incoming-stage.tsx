import { Button, Kbd } from "@mantine/core";
import { type ReactNode, useState } from "react";
import type { AgentView } from "../../../engine/wire/desk.ts";
import { localNowMs } from "../../desk-connection.ts";
import { clockText } from "../../i18n/duration.ts";
import { useTexts } from "../../i18n/index.ts";
import { serverNowMs } from "../../state/desk-store.ts";
import type { PhoneCall } from "../../state/phone-state.ts";
import { Icon } from "../kit/icons.tsx";
import { Since, Until, UntilBar, useDeskStore } from "../kit/time.tsx";
import { CallerLine, CallFacts, Fact, type Pop } from "./call-facts.tsx";
import { useActions } from "./seat-context.tsx";

type Offered = Extract<AgentView["state"], { kind: "offered" }>;

/** An offered call: shown from the desk, before the phone rings. */
export function IncomingStage(props: {
  state: Offered;
  pop: Pop | null;
  call: PhoneCall;
}): ReactNode {
  const { t } = useTexts();
  const { reject } = useActions();
  const { state, pop } = props;
  const progress =
    props.call === "answering" ? "answering" : props.call === "ringing" ? "ringing" : "connecting";
  return (
    <div className="incoming">
      <Announcement key={state.offerId} pop={pop} />
      <CallerLine label={t("call.incoming")} ani={pop?.ani ?? ""}>
        <div className="countdown">
          <p className="eyebrow">{t(`call.${progress}`)}</p>
          <p className="big-timer">
            <Until endsAtMs={state.answerByMs} />
          </p>
        </div>
      </CallerLine>
      <UntilBar fromMs={state.sinceMs} endsAtMs={state.answerByMs} tone="offer" />
      {pop !== null && (
        <CallFacts pop={pop}>
          <Fact name={t("call.waited")} isStrong>
            <Since sinceMs={pop.queuedAtMs} />
          </Fact>
        </CallFacts>
      )}
      <div className="row stage-foot">
        <span className="dim">
          <Kbd>A</Kbd> {t("bar.answer")}
        </span>
        <Button
          variant="default"
          leftSection={<Icon name="reject" size={16} />}
          disabled={reject === null}
          onClick={() => reject?.()}
          data-testid="reject"
        >
          {t("bar.reject")}
        </Button>
      </div>
    </div>
  );
}

/** Said once by screen readers; the wait is frozen at the moment of the offer. */
function Announcement(props: { pop: Pop | null }): ReactNode {
  const { t, language } = useTexts();
  const clock = useDeskStore().getState().clock;
  const [nowMs] = useState(() => serverNowMs(clock, localNowMs()));
  if (props.pop === null) {
    return null;
  }
  return (
    <p className="visually-hidden" role="alert">
      {t("call.incomingAnnounce", {
        ani: props.pop.ani,
        queue: props.pop.queueName[language],
        wait: clockText(nowMs - props.pop.queuedAtMs),
      })}
    </p>
  );
}
