import { Anchor, Button, TextInput } from "@mantine/core";
import { type FormEvent, type ReactNode, useCallback, useId, useState } from "react";
import type { CallRow, SipTrace } from "../../../engine/wire/http-api.ts";
import { languageTag, useTexts } from "../../i18n/index.ts";
import { fetchCalls, fetchSipTrace, sipTraceFile } from "../../link/api.ts";
import type { Session } from "../../state/session.ts";
import { useLoaded } from "../kit/use-loaded.ts";
import { Ladder } from "./ladder.tsx";
import "./trace.css";

const recentMax = 8;

type Shown = Readonly<
  | { kind: "nothing" }
  | { kind: "loading" }
  | { kind: "failed"; reason: "none" | "away" }
  | { kind: "found"; callId: string; trace: SipTrace }
>;

/** Finds the SIP messages of one call and shows them as a ladder. */
export function TraceSection(props: { session: Session }): ReactNode {
  const { t } = useTexts();
  const titleId = useId();
  const [callId, setCallId] = useState("");
  const [shown, setShown] = useState<Shown>({ kind: "nothing" });
  const show = useCallback(
    (wanted: string) => {
      setCallId(wanted);
      setShown({ kind: "loading" });
      void fetchSipTrace(wanted).then((result) => {
        if (result.ok) {
          setShown({ kind: "found", callId: wanted, trace: result.value });
          return;
        }
        const { failure } = result;
        const isUnknown = failure.kind === "refused" && failure.status === 404;
        setShown({ kind: "failed", reason: isUnknown ? "none" : "away" });
        if (failure.kind === "loggedOut") void props.session.check();
      });
    },
    [props.session],
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (callId.trim() !== "") show(callId.trim());
  };
  return (
    <section className="card" aria-labelledby={titleId} data-testid="trace">
      <div className="section-head">
        <h2 id={titleId}>{t("trace.title")}</h2>
      </div>
      <div className="trace-body">
        <form className="row" onSubmit={submit}>
          <TextInput
            label={t("trace.callId")}
            description={t("trace.callIdHelp")}
            value={callId}
            onChange={(event) => setCallId(event.currentTarget.value)}
            data-testid="trace-call"
            className="trace-field"
          />
          <Button type="submit" data-testid="trace-show">
            {t("trace.show")}
          </Button>
        </form>
        <RecentCalls session={props.session} onChoose={show} />
        <div role="status">
          {shown.kind === "loading" && t("common.loading")}
          {shown.kind === "failed" && t(`trace.failed.${shown.reason}`)}
        </div>
        {shown.kind === "found" && <Found callId={shown.callId} trace={shown.trace} />}
      </div>
    </section>
  );
}

function Found(props: { callId: string; trace: SipTrace }): ReactNode {
  const { t } = useTexts();
  return (
    <>
      <div className="row">
        <span className="dim">{t("trace.count", { count: props.trace.messages.length })}</span>
        {props.trace.masked && <span className="dim">{t("trace.masked")}</span>}
        <Anchor
          href={sipTraceFile(props.callId)}
          download
          data-testid="trace-pcap"
          underline="always"
        >
          {t("trace.download")}
        </Anchor>
      </div>
      <Ladder key={props.callId} messages={props.trace.messages} />
    </>
  );
}

function RecentCalls(props: { session: Session; onChoose: (callId: string) => void }): ReactNode {
  const { t, language } = useTexts();
  const { state } = useLoaded(fetchCalls, props.session);
  if (state.kind !== "loaded" || state.value.calls.length === 0) return null;
  const time = new Intl.DateTimeFormat(languageTag[language], {
    timeStyle: "medium",
    hourCycle: "h23",
  });
  return (
    <fieldset className="row">
      <legend className="eyebrow">{t("trace.recent")}</legend>
      {state.value.calls.slice(0, recentMax).map((call: CallRow) => (
        <Button
          key={call.callId}
          variant="default"
          size="compact-md"
          onClick={() => props.onChoose(call.callId)}
        >
          {`${time.format(call.arrivedAtMs)} · ${call.dnis} · ${call.callId}`}
        </Button>
      ))}
    </fieldset>
  );
}
