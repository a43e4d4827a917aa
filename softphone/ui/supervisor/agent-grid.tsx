import { TextInput } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { useStore } from "zustand";
import type { AgentRow, WallboardView } from "../../../engine/wire/desk.ts";
import { clockText } from "../../i18n/duration.ts";
import { useTexts } from "../../i18n/index.ts";
import { type AgentSort, agentRows } from "../../state/wallboard.ts";
import { lookOf, StateMark } from "../kit/state-mark.tsx";
import { Since, useDeskStore } from "../kit/time.tsx";
import { AgentMenu } from "./agent-menu.tsx";
import { Listen } from "./listen-button.tsx";
import { MessageAll } from "./message-all.tsx";

type Column = Readonly<{
  key: string;
  text: string;
  sort: AgentSort["by"] | null;
  isNumber: boolean;
}>;

export function AgentGrid(props: { board: WallboardView }): ReactNode {
  const { t, language } = useTexts();
  const [filter, setFilter] = useState("");
  const [sort, setSort] = useState<AgentSort>({ by: "name", order: "ascending" });
  const textOf = useRowText();
  const rows = agentRows(props.board.agents, { filter, sort, textOf, language });
  const columns: readonly Column[] = [
    { key: "name", text: t("board.agent.name"), sort: "name", isNumber: false },
    { key: "state", text: t("board.agent.state"), sort: "state", isNumber: false },
    { key: "since", text: t("board.agent.since"), sort: "sinceMs", isNumber: true },
    { key: "with", text: t("board.agent.with"), sort: null, isNumber: false },
    { key: "flags", text: t("board.agent.flags"), sort: null, isNumber: false },
    { key: "listen", text: t("monitor.column"), sort: null, isNumber: false },
    { key: "answered", text: t("board.agent.answered"), sort: "answered", isNumber: true },
    { key: "handle", text: t("board.agent.handle"), sort: "handleMsMean", isNumber: true },
  ];
  return (
    <div className="card">
      <div className="section-head">
        <h2 id="agents-title">{t("board.agent.title")}</h2>
        <span className="dim tabular" role="status">
          {t("board.agent.count", { shown: rows.length, total: props.board.agents.length })}
        </span>
        <MessageAll />
        <TextInput
          type="search"
          className="agent-filter"
          aria-label={t("board.agent.filter")}
          placeholder={t("board.agent.filterHint")}
          value={filter}
          onChange={(event) => setFilter(event.currentTarget.value)}
          data-testid="agent-filter"
        />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <section className="table-wrap" tabIndex={0} aria-labelledby="agents-title">
        <table className="grid-table" data-testid="agent-table">
          <thead>
            <tr>
              {columns.map((column) => (
                <HeadCell key={column.key} column={column} sort={sort} onSort={setSort} />
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <AgentLine key={row.agentId} row={row} />
            ))}
          </tbody>
        </table>
        {rows.length === 0 && <p className="empty">{t("board.agent.none")}</p>}
      </section>
    </div>
  );
}

function HeadCell(props: {
  column: Column;
  sort: AgentSort;
  onSort: (sort: AgentSort) => void;
}): ReactNode {
  const { t } = useTexts();
  const { text, sort: by, isNumber } = props.column;
  const className = isNumber ? "number" : undefined;
  if (by === null) {
    return (
      <th scope="col" className={className}>
        {text}
      </th>
    );
  }
  const isSorted = props.sort.by === by;
  const next = isSorted && props.sort.order === "ascending" ? "descending" : "ascending";
  return (
    <th scope="col" className={className} aria-sort={isSorted ? props.sort.order : "none"}>
      <button
        type="button"
        className="sort-button"
        title={t("board.agent.sortBy", { column: text })}
        onClick={() => props.onSort({ by, order: next })}
      >
        {text}
        <span aria-hidden="true">{isSorted ? (next === "descending" ? " ▲" : " ▼") : " ↕"}</span>
      </button>
    </th>
  );
}

function AgentLine(props: { row: AgentRow }): ReactNode {
  const { t, language } = useTexts();
  const reasonText = useReason();
  const { row } = props;
  const look = lookOf(row.state);
  return (
    <tr data-testid={`agent-row-${row.agentId}`}>
      <th scope="row">
        {row.name[language]} <span className="dim">{row.agentId}</span>
      </th>
      <td>
        <span className="state-cell" data-look={look}>
          <StateMark look={look} />
          <span>{t(`state.${look}`)}</span>
          {row.state.kind === "notReady" && (
            <span className="dim">· {reasonText(row.state.reason)}</span>
          )}
        </span>
      </td>
      <td className="number">
        {row.state.kind === "loggedOut" ? "–" : <Since sinceMs={row.state.sinceMs} />}
      </td>
      <td className="tabular">{row.withCaller ?? <span className="dim">–</span>}</td>
      <td>
        <Flags row={row} />
      </td>
      <td>
        <span className="row-actions">
          <Listen row={row} testId={`monitor-${row.agentId}`} />
          <AgentMenu row={row} />
        </span>
      </td>
      <td className="number">{row.answered}</td>
      <td className="number">{row.handleMsMean === null ? "–" : clockText(row.handleMsMean)}</td>
    </tr>
  );
}

function Flags(props: { row: AgentRow }): ReactNode {
  const { t } = useTexts();
  const { row } = props;
  const isIn = row.state.kind !== "loggedOut";
  return (
    <span className="alerts">
      {isIn && !row.deviceReachable && (
        <span className="alert" data-alert="critical">
          {t("board.agent.unreachable")}
        </span>
      )}
      {row.seatFault !== undefined && row.seatFault !== "device" && (
        <span className="alert" data-alert="critical">
          {t(`seatFault.${row.seatFault}`)}
        </span>
      )}
      {row.mediaSilent && (
        <span className="alert" data-alert="critical">
          {t("board.agent.silent")}
        </span>
      )}
      {lookOf(row.state) === "held" && (
        <span className="alert" data-alert="warning">
          {t("board.agent.held")}
        </span>
      )}
      <MoreFlags row={row} />
    </span>
  );
}

/** What the agent asks for, has been lent or has not read yet. */
function MoreFlags(props: { row: AgentRow }): ReactNode {
  const { t } = useTexts();
  const reasonText = useReason();
  const { isOverLimit, help, nextNotReady, loan, reserve, unread } = props.row;
  const calm = [
    nextNotReady === null ? null : t("stateSelect.next", { reason: reasonText(nextNotReady) }),
    loan === undefined
      ? null
      : t("board.agent.loan", { skills: Object.keys(loan.skills).join(", ") }),
    reserve === undefined ? null : t("board.agent.reserve", { group: reserve }),
    unread === 0 ? null : t("board.agent.unread", { count: unread }),
  ].filter((text) => text !== null);
  return (
    <>
      {help !== undefined && (
        <span className="alert" data-alert="critical">
          {t("board.agent.help")}
        </span>
      )}
      {isOverLimit && (
        <span className="alert" data-alert="warning">
          {t("board.agent.overLimit")}
        </span>
      )}
      {calm.map((text) => (
        <span key={text} className="dim small">
          {text}
        </span>
      ))}
    </>
  );
}

function useReason(): (reason: string) => string {
  const { language, find } = useTexts();
  const hello = useStore(useDeskStore(), (state) => state.hello);
  return (reason) =>
    hello?.notReadyReasons.find((choice) => choice.id === reason)?.label[language] ??
    find(`reason.${reason}`) ??
    reason;
}

/** What the filter looks at. */
function useRowText(): (row: AgentRow) => string {
  const { t } = useTexts();
  const reasonText = useReason();
  return (row) =>
    [
      row.agentId,
      row.name.zh,
      row.name.en,
      t(`state.${lookOf(row.state)}`),
      row.state.kind === "notReady" ? reasonText(row.state.reason) : "",
      ...Object.keys(row.skills),
      row.withCaller ?? "",
    ].join(" ");
}
