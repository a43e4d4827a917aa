// The heap of deadlines against a plain list: whatever is set, moved and cleared, the earliest leads.
import fc from "fast-check";
import { expect, it } from "vitest";
import {
  clearDeadline,
  createDeadlines,
  type Due,
  nextDeadline,
  setDeadline,
} from "./deadlines.ts";

it("always has the earliest deadline first, of equals the one set first", () => {
  const operation = fc.record({ id: fc.nat(8), atMs: fc.option(fc.nat(5), { nil: null }) });
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 60, size: "max" }), (operations) => {
      const deadlines = createDeadlines();
      let model: { atMs: number; due: Due }[] = [];
      for (const { id, atMs } of operations) {
        const due: Due = { kind: "wrapUp", agentId: `${id}` };
        model = model.filter((entry) => "agentId" in entry.due && entry.due.agentId !== `${id}`);
        if (atMs === null) clearDeadline(deadlines, due);
        else {
          setDeadline(deadlines, due, atMs);
          model.push({ atMs, due });
        }
        const least = Math.min(...model.map((entry) => entry.atMs));
        const expected = model.find((entry) => entry.atMs === least);
        expect(nextDeadline(deadlines)?.due ?? null).toEqual(expected?.due ?? null);
        expect(deadlines.index.size).toBe(model.length);
      }
    }),
  );
});

it("ends loans and reserves before what else is due at the same time, however late they were set", () => {
  const deadlines = createDeadlines();
  const dues: readonly Due[] = [
    { kind: "wrapUp", agentId: "a" },
    { kind: "loanOver", agentId: "a" },
    { kind: "relax", callId: "c" },
    { kind: "reserveOver", groupId: "g" },
  ];
  for (const due of dues) setDeadline(deadlines, due, 5);
  setDeadline(deadlines, { kind: "wrapUp", agentId: "b" }, 4);
  const fired: string[] = [];
  for (let next = nextDeadline(deadlines); next !== null; next = nextDeadline(deadlines)) {
    fired.push(next.due.kind);
    clearDeadline(deadlines, next.due);
  }
  expect(fired).toEqual(["wrapUp", "loanOver", "reserveOver", "wrapUp", "relax"]);
});
