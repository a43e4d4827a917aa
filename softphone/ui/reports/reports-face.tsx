import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import type { CallRow } from "../../../engine/wire/http-api.ts";
import { clockText } from "../../i18n/duration.ts";
import { languageTag, useTexts } from "../../i18n/index.ts";
import { fetchCalls } from "../../link/api.ts";
import type { FaceProps } from "../face-props.ts";
import { PageFrame } from "../frame/page-frame.tsx";
import { LoadFailure } from "../kit/load-failure.tsx";
import { useLoaded } from "../kit/use-loaded.ts";

/** The records of the calls that ended today, newest first. */
export default function ReportsFace(props: FaceProps): ReactNode {
  const { t } = useTexts();
  const { state, reload } = useLoaded(fetchCalls, props.session);
  const calls = state.kind === "loaded" ? state.value.calls.filter(isOfToday) : [];
  return (
    <PageFrame user={props.user} face="reports" onLogout={() => void props.session.logout()}>
      <div className="page-head">
        <h1>{t("reports.title")}</h1>
        {state.kind === "loaded" && (
          <span className="dim" role="status">
            {t("reports.count", { count: calls.length })}
          </span>
        )}
        <Button variant="default" size="compact-md" onClick={reload}>
          {t("reports.refresh")}
        </Button>
      </div>
      {state.kind === "loading" && <p className="empty">{t("common.loading")}</p>}
      {state.kind === "failed" && <LoadFailure text={t("reports.failed")} onRetry={reload} />}
      {state.kind === "loaded" && <CallTable calls={calls} />}
    </PageFrame>
  );
}

function isOfToday(call: CallRow): boolean {
  return call.arrivedAtMs >= new Date().setHours(0, 0, 0, 0);
}

function CallTable(props: { calls: readonly CallRow[] }): ReactNode {
  const { t } = useTexts();
  if (props.calls.length === 0) {
    return <p className="card empty">{t("reports.none")}</p>;
  }
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section className="card table-wrap" tabIndex={0} aria-label={t("reports.title")}>
      <table className="grid-table" data-testid="call-table">
        <thead>
          <tr>
            <th scope="col">{t("reports.arrived")}</th>
            <th scope="col">{t("reports.ani")}</th>
            <th scope="col">{t("reports.dnis")}</th>
            <th scope="col">{t("reports.queue")}</th>
            <th scope="col">{t("reports.agent")}</th>
            <th scope="col">{t("reports.outcome")}</th>
            <th scope="col" className="number">
              {t("reports.wait")}
            </th>
            <th scope="col" className="number">
              {t("reports.talk")}
            </th>
          </tr>
        </thead>
        <tbody>
          {props.calls.map((call) => (
            <CallLine key={call.callId} call={call} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function CallLine(props: { call: CallRow }): ReactNode {
  const { language, find } = useTexts();
  const { call } = props;
  const time = new Intl.DateTimeFormat(languageTag[language], {
    timeStyle: "medium",
    hourCycle: "h23",
  });
  return (
    <tr>
      <td className="tabular">{time.format(call.arrivedAtMs)}</td>
      <td className="tabular">{call.ani || "–"}</td>
      <td className="tabular">{call.dnis}</td>
      <td>{call.queueId ?? "–"}</td>
      <td className="tabular">{call.agentId ?? "–"}</td>
      <td>{find(`reports.outcomeName.${call.outcome}`) ?? call.outcome}</td>
      <td className="number">{call.waitMs === null ? "–" : clockText(call.waitMs)}</td>
      <td className="number">{clockText(call.talkMs)}</td>
    </tr>
  );
}
