import type { ReactNode } from "react";
import type { QueueView, WallboardView } from "../../../engine/wire/desk.ts";
import { percentText } from "../../i18n/duration.ts";
import { useTexts } from "../../i18n/index.ts";
import { longestWaitAlert, serviceLevelAlert, waitingAlert } from "../../state/wallboard.ts";
import { Since, useServerNow } from "../kit/time.tsx";
import { AlertMark } from "./alert-mark.tsx";

export function QueueTable(props: { board: WallboardView }): ReactNode {
  const { t } = useTexts();
  return (
    <div className="card">
      <div className="section-head">
        <h2 id="queues-title">{t("board.queue.title")}</h2>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <section className="table-wrap" tabIndex={0} aria-labelledby="queues-title">
        <table className="grid-table" data-testid="queue-table">
          <thead>
            <tr>
              <th scope="col">{t("board.queue.name")}</th>
              <th scope="col">{t("board.queue.state")}</th>
              <th scope="col" className="number">
                {t("board.queue.waiting")}
              </th>
              <th scope="col" className="number">
                {t("board.queue.longest")}
              </th>
              <th scope="col" className="number">
                {t("board.queue.serviceLevel")}
              </th>
              <th scope="col" className="number">
                {t("board.queue.offered")}
              </th>
              <th scope="col" className="number">
                {t("board.queue.answered")}
              </th>
              <th scope="col" className="number">
                {t("board.queue.abandoned")}
              </th>
              <th scope="col" className="number">
                {t("board.queue.shortAbandoned")}
              </th>
              <th scope="col" className="number">
                {t("board.queue.flowedOut")}
              </th>
              <th scope="col" className="number">
                {t("board.queue.agents")}
              </th>
            </tr>
          </thead>
          <tbody>
            {props.board.queues.map((queue) => (
              <QueueRow key={queue.queueId} queue={queue} />
            ))}
          </tbody>
        </table>
      </section>
    </div>
  );
}

function QueueRow(props: { queue: QueueView }): ReactNode {
  const { t, language } = useTexts();
  const { queue } = props;
  return (
    <tr>
      <th scope="row">{queue.name[language]}</th>
      <td>
        <QueueSituation queue={queue} />
      </td>
      <td className="number">{queue.waiting}</td>
      <td className="number">
        {queue.longestWaitSinceMs === null ? "–" : <Since sinceMs={queue.longestWaitSinceMs} />}
      </td>
      <td className="number">
        <strong>{percentText(queue.serviceLevel)}</strong>{" "}
        <span className="dim small nowrap">
          {t("board.tile.fraction", {
            numerator: queue.answeredInTarget,
            denominator: queue.offered,
          })}
        </span>
      </td>
      <td className="number">{queue.offered}</td>
      <td className="number">{queue.answered}</td>
      <td className="number">{queue.abandoned}</td>
      <td className="number">{queue.shortAbandoned}</td>
      <td className="number">{queue.flowedOut}</td>
      <td className="number">
        {queue.agentsReady} / {queue.agentsOnCall} / {queue.agentsStaffed}
      </td>
    </tr>
  );
}

/** Each threshold that is passed, with its reason in words. */
function QueueSituation(props: { queue: QueueView }): ReactNode {
  const { t } = useTexts();
  const { queue } = props;
  const nowMs = useServerNow();
  const waiting = waitingAlert(queue);
  const longest = longestWaitAlert(queue, nowMs);
  const serviceLevel = serviceLevelAlert(queue);
  const reason = waiting === "critical" ? "nobody" : "waiting";
  if (waiting === "calm" && longest === "calm" && serviceLevel === "calm") {
    return <span className="dim">{t("board.alert.calm")}</span>;
  }
  return (
    <span className="alerts">
      <AlertMark alert={waiting} why={t(`board.queue.reason.${reason}`)} />
      <AlertMark alert={longest} why={t("board.queue.reason.longest")} />
      <AlertMark alert={serviceLevel} why={t("board.queue.reason.serviceLevel")} />
    </span>
  );
}
