import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import { useStore } from "zustand";
import type { AgentView } from "../../../engine/wire/desk.ts";
import { useTexts } from "../../i18n/index.ts";
import { Icon } from "../kit/icons.tsx";
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
      <PhoneFailureNotice agent={agent} />
      <RefusalNotice />
    </div>
  );
}

function Banner(props: {
  tone: "warning" | "critical" | "info";
  children: ReactNode;
  testId?: string;
}): ReactNode {
  return (
    <div className="banner" data-tone={props.tone} role="status" data-testid={props.testId}>
      <Icon name="warning" size={18} />
      {props.children}
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

function RefusalNotice(): ReactNode {
  const { t } = useTexts();
  const { store } = useSeat().desk;
  const refusal = useStore(store, (state) => state.refusal);
  if (refusal === null) {
    return null;
  }
  return (
    <Banner tone="warning" testId="refusal">
      <RefusalText request={refusal.request} why={refusal.text} />
      <Button size="compact-md" variant="default" onClick={() => store.setState({ refusal: null })}>
        {t("common.dismiss")}
      </Button>
    </Banner>
  );
}

function RefusalText(props: { request: string; why: string }): ReactNode {
  const { t, find } = useTexts();
  const request = find(`refusal.request.${props.request}`) ?? t("refusal.request.other");
  const why = find(`refusal.why.${props.why}`) ?? props.why;
  return (
    <span>
      <strong>{t("refusal.title")}</strong> {t("refusal.text", { request, text: why })}
    </span>
  );
}
