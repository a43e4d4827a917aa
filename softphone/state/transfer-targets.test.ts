import { expect, it } from "vitest";
import type { TransferTargets } from "../../engine/wire/desk.ts";
import { targetRows } from "./transfer-targets.ts";

const targets: TransferTargets = {
  queues: [
    {
      queueId: "tax",
      name: { zh: "税务", en: "Taxes" },
      waiting: 2,
      longestWaitSinceMs: 7,
      agentsReady: 1,
    },
  ],
  agents: [
    { agentId: "1002", name: { zh: "李", en: "Li" }, state: "ready", isFree: true },
    { agentId: "1003", name: { zh: "王", en: "Wang" }, state: "onCall", isFree: false },
  ],
  dial: [],
};

it.each([
  ["", "en", ["tax", "1002", "1003"]],
  ["taX ", "en", ["tax"]],
  ["税", "zh", ["tax"]],
  ["税", "en", []],
  ["100", "zh", ["1002", "1003"]],
  ["wang", "en", ["1003"]],
] as const)("filter %j in %s shows %j", (filter, language, ids) => {
  const { queues, agents } = targetRows(targets, { filter, language });
  expect([...queues, ...agents].map(({ id }) => id)).toEqual(ids);
});

it("says of each row what the dialog shows, and has none before the answer", () => {
  const options = { filter: "", language: "zh" } as const;
  expect(targetRows(null, options)).toEqual({ queues: [], agents: [] });
  const { queues, agents } = targetRows(targets, options);
  expect([queues[0], agents[1]]).toEqual([
    {
      kind: "queue",
      id: "tax",
      name: "税务",
      target: { kind: "queue", queueId: "tax" },
      isFree: true,
      waiting: 2,
      agentsReady: 1,
      longestWaitSinceMs: 7,
    },
    {
      kind: "agent",
      id: "1003",
      name: "王",
      target: { kind: "agent", agentId: "1003" },
      isFree: false,
      state: "onCall",
    },
  ]);
});
