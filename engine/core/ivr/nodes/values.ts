// Nodes that only compute: variables, conditions, tags, language, hours, tables, the random split.

import type { Calendars } from "../../centre-config.ts";
import { lotOf } from "../../lot.ts";
import { record, setCall } from "../../turn.ts";
import type { NodeOf } from "../flow-config.ts";
import type { NodeBehaviour } from "../node-behaviour.ts";
import { addToPath, assign, positionOf, valueOfExpression } from "../position.ts";

export const set: NodeBehaviour<NodeOf<"set">> = {
  ways: ({ next }) => ({ next }),
  enter(turn, callId, { values }) {
    // All are read before any is set.
    const entries = Object.entries(values).map(([name, expression]) => [
      name,
      valueOfExpression(turn, callId, expression),
    ]);
    assign(turn, callId, Object.fromEntries(entries));
    return "next";
  },
};

export const condition: NodeBehaviour<NodeOf<"condition">> = {
  ways: ({ cases, otherwise }) => ({
    ...Object.fromEntries(cases.map(({ next }, index) => [`cases.${index}.next`, next])),
    otherwise,
  }),
  enter(turn, callId, { cases }) {
    const index = cases.findIndex((one) => valueOfExpression(turn, callId, one.if) === true);
    return index < 0 ? "otherwise" : `cases.${index}.next`;
  },
};

/** The call and the node draw the lot, so that a replay takes the same way. */
export const split: NodeBehaviour<NodeOf<"split">> = {
  ways: ({ branches }) =>
    Object.fromEntries(branches.map(({ next }, index) => [`branches.${index}.next`, next])),
  enter(turn, callId, { branches }) {
    let left = lotOf(`${callId} ${positionOf(turn, callId).nodeId}`) * 100;
    const index = branches.findIndex(({ percent }) => {
      left -= percent;
      return left < 0;
    });
    return `branches.${index < 0 ? branches.length - 1 : index}.next`;
  },
};

export const table: NodeBehaviour<NodeOf<"table">> = {
  ways: ({ found, missing }) => ({ found, missing }),
  enter(turn, callId, node) {
    const rows = turn.centre.config.tables?.[node.tableId] ?? {};
    const key = String(valueOfExpression(turn, callId, node.key) ?? "");
    const row = Object.hasOwn(rows, key) ? rows[key] : undefined;
    if (row === undefined) return "missing";
    const entries = Object.entries(node.into).map(([name, column]) => [
      name,
      Object.hasOwn(row, column) ? (row[column] ?? null) : null,
    ]);
    assign(turn, callId, Object.fromEntries(entries));
    return "found";
  },
};

export const tag: NodeBehaviour<NodeOf<"tag">> = {
  ways: ({ next }) => ({ next }),
  enter(turn, callId, { name, value: given }) {
    const value =
      typeof given === "string"
        ? given
        : String(valueOfExpression(turn, callId, given) ?? "").slice(0, 200);
    addToPath(turn, callId, { name, value });
    record(turn, { type: "flowTagged", callId, name, value });
    return "next";
  },
};

export const language: NodeBehaviour<NodeOf<"language">> = {
  ways: ({ next }) => ({ next }),
  enter(turn, callId, node) {
    setCall(turn, callId, { language: node.language });
    record(turn, { type: "languageChosen", callId, language: node.language });
    return "next";
  },
};

export const hours: NodeBehaviour<NodeOf<"hours">> = {
  ways: ({ open, closed }) => ({ open, closed }),
  enter: (turn, _callId, { calendarId }) =>
    isOpen(turn.centre.calendars, calendarId, turn.nowMs) ? "open" : "closed",
};

function isOpen(calendars: Calendars, calendarId: string, nowMs: number): boolean {
  const intervals = Object.hasOwn(calendars, calendarId) ? calendars[calendarId] : undefined;
  return intervals?.some(({ fromMs, toMs }) => fromMs <= nowMs && nowMs < toMs) ?? false;
}
