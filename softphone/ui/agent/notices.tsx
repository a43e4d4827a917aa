import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import { useStore } from "zustand";
import type { AgentView } from "../../../engine/wire/desk.ts";
import { useTexts } from "../../i18n/index.ts";
import { Banner } from "../kit/banner.tsx";
import { RefusalNotice } from "../kit/refusal-notice.tsx";
import { Messages } from "./messages.tsx";
import { isEngineReason, useActions, useAgent, useSeat } from "./seat-context.tsx";
import { ShiftChecks } from "./start-shift.tsx";

/** Everything that the agent must be told in words, above the desk. */
export function Notices(): ReactNode {
  const agent = useAgent();
  return (
    <div className="notices">
      <LinkNotice />
      <ResumeNotice agent={agent} />
      <MissedNotice agent={agent} />
      <SeatFaultNotice agent={agent} />
      <PhoneFailureNotice agent={agent} />
      <Messages agent={agent} />
      <RefusalNotice />
    </div>
  );
}

function LinkNotice(): ReactNode {
  const { t } = useTexts();
  const { link, hello } = useStore(useSeat().desk.store);
  if (link.kind === "open" || hello === null) {
    return null;
  }
  return (
    <Banner tone="critical" testId="desk-lost">
      <span>{t("call.deskAway")}</span>
    </Banner>
  );
}

/** After a reload the browser wants a click before it plays or records sound. */
function ResumeNotice(props: { agent: AgentView | null }): ReactNode {
  const { t } = useTexts();
  const seat = useSeat();
  const { phase } = useStore(seat.shift);
  const hello = useStore(seat.desk.store, (state) => state.hello);
  const isIn = props.agent !== null && props.agent.state.kind !== "loggedOut";
  if (!isIn || phase === "started" || hello?.sip === null) {
    return null;
  }
  return (
    <Banner tone="warning" testId="resume">
      <span>
        <strong>{t("shift.resumeTitle")}</strong> {t("shift.resumeLead")}
      </span>
      <Button
        size="compact-md"
        loading={phase === "checking"}
        onClick={() => void seat.startShift()}
        data-testid="start-shift"
      >
        {phase === "failed" ? t("shift.again") : t("shift.resume")}
      </Button>
      {phase === "failed" && <ShiftChecks />}
    </Banner>
  );
}

function MissedNotice(props: { agent: AgentView | null }): ReactNode {
  const { t } = useTexts();
  const { goReady } = useActions();
  const state = props.agent?.state;
  const reason = state?.kind === "notReady" ? state.reason : "";
  if (!isEngineReason(reason) || reason === "login") {
    return null;
  }
  return (
    <Banner tone="warning" testId="missed">
      <span>{t(`missed.${reason}`)}</span>
      <Button
        size="compact-md"
        disabled={goReady === null}
        onClick={() => goReady?.()}
        data-testid="ready-again"
      >
        {t("missed.again")}
      </Button>
    </Banner>
  );
}

/** Why no calls come, while work has begun. */
function SeatFaultNotice(props: { agent: AgentView | null }): ReactNode {
  const { t } = useTexts();
  const fault = props.agent?.seatFault;
  if (fault === undefined || fault === "device" || fault === "desk") {
    return null;
  }
  return (
    <Banner tone="critical" testId="seat-fault">
      <span>{t(`seatFault.${fault}`)}</span>
    </Banner>
  );
}

/** Why the last answer failed, until the agent has moved on. */
function PhoneFailureNotice(props: { agent: AgentView | null }): ReactNode {
  const { t } = useTexts();
  const failure = useStore(useSeat().phone, (state) => state.failure);
  const kind = props.agent?.state.kind;
  if (failure === null || (kind !== "offered" && kind !== "notReady")) {
    return null;
  }
  return (
    <Banner tone="critical" testId="phone-failure">
      <span>{t(`call.failure.${failure}`)}</span>
    </Banner>
  );
}
