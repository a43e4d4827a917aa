import { Button } from "@mantine/core";
import { type ReactNode, useState } from "react";
import type { QueueView, WaitingView, WallboardView } from "../../../engine/wire/desk.ts";
import { clockText } from "../../i18n/duration.ts";
import { useTexts } from "../../i18n/index.ts";
import { waitAlert, waitingRows } from "../../state/wallboard.ts";
import { ConfirmDialog } from "../kit/confirm-dialog.tsx";
import { Since, useServerNow } from "../kit/time.tsx";
import { AlertMark } from "./alert-mark.tsx";
import { useSupervising } from "./listening-context.tsx";
import { WhyPopover } from "./why-popover.tsx";

export function WaitingTable(props: { board: WallboardView }): ReactNode {
  const { t } = useTexts();
  const rows = waitingRows(props.board);
  const queues = new Map(props.board.queues.map((queue) => [queue.queueId, queue]));
  const names = new Map(props.board.agents.map((agent) => [agent.agentId, agent.name]));
  return (
    <div className="card">
      <div className="section-head">
        <h2 id="waiting-title">{t("board.waiting.title")}</h2>
        <span className="dim tabular">{rows.length}</span>
      </div>
      {rows.length === 0 ? (
        <p className="empty">{t("board.waiting.none")}</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
        <section className="table-wrap waiting-wrap" tabIndex={0} aria-labelledby="waiting-title">
          <table className="grid-table" data-testid="waiting-table">
            <thead>
              <tr>
                <th scope="col" className="number">
                  {t("board.waiting.position")}
                </th>
                <th scope="col">{t("board.waiting.queue")}</th>
                <th scope="col" className="number">
                  {t("board.waiting.wait")}
                </th>
                <th scope="col">{t("board.waiting.ani")}</th>
                <th scope="col">{t("board.waiting.language")}</th>
                <th scope="col" className="number">
                  {t("board.waiting.priority")}
                </th>
                <th scope="col">{t("board.waiting.offeredTo")}</th>
                <th scope="col" className="number">
                  {t("board.waiting.estimate")}
                </th>
                <th scope="col">{t("why.title")}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <WaitingRow
                  key={`${row.callId} ${row.queueId}`}
                  row={row}
                  queue={queues.get(row.queueId) ?? null}
                  offeredTo={row.offeredTo === null ? null : (names.get(row.offeredTo) ?? null)}
                />
              ))}
            </tbody>
          </table>
        </section>
      )}
    </div>
  );
}

function WaitingRow(props: {
  row: WaitingView;
  queue: QueueView | null;
  offeredTo: QueueView["name"] | null;
}): ReactNode {
  const { t, language } = useTexts();
  const { row, queue } = props;
  const waitMs = useServerNow() - row.queuedAtMs;
  const alert = queue === null ? "calm" : waitAlert({ waitMs, targetMs: queue.targetMs });
  return (
    <tr>
      <td className="number">{row.position}</td>
      <th scope="row">{queue?.name[language] ?? row.queueId}</th>
      <td className="number">
        <AlertMark alert={alert} /> <Since sinceMs={row.queuedAtMs} />
      </td>
      <td className="tabular">
        {row.ani === "" ? "–" : row.ani}
        {row.isCallback && <CallbackMark callId={row.callId} ani={row.ani} />}
      </td>
      <td>{t(`call.languageName.${row.language}`)}</td>
      <td className="number">{row.priority}</td>
      <td>
        {row.offeredTo === null ? (
          <span className="dim">–</span>
        ) : (
          `${props.offeredTo?.[language] ?? ""} ${row.offeredTo}`.trim()
        )}
      </td>
      <td className="number">{row.estimateMs === null ? "–" : clockText(row.estimateMs)}</td>
      <td>
        <WhyPopover callId={row.callId} ani={row.ani} />
      </td>
    </tr>
  );
}

/** Nobody is on the line: the number is called when its turn comes, unless it is taken out. */
function CallbackMark(props: { callId: string; ani: string }): ReactNode {
  const { t } = useTexts();
  const { cancelCallback } = useSupervising();
  const [isAsking, setAsking] = useState(false);
  return (
    <>
      {" "}
      <span className="chip" data-testid="callback-mark">
        {t("board.waiting.callback")}
      </span>{" "}
      <Button
        size="compact-sm"
        variant="default"
        disabled={cancelCallback === null}
        aria-label={t("board.waiting.callbackCancelOf", { ani: props.ani })}
        onClick={() => setAsking(true)}
        data-testid="callback-cancel"
      >
        {t("board.waiting.callbackCancel")}
      </Button>
      {isAsking && (
        <ConfirmDialog
          title={t("board.waiting.callbackCancel")}
          text={t("board.waiting.callbackCancelAsk", { ani: props.ani })}
          confirm={t("board.waiting.callbackCancel")}
          onConfirm={cancelCallback && (() => cancelCallback(props.callId))}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}
