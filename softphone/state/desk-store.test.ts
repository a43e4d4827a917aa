import { describe, expect, it } from "vitest";
import type { AgentView } from "../../engine/wire/desk.ts";
import {
  type DeskState,
  deskAfterMessage,
  deskAfterRequest,
  deskAfterStatus,
  initialDeskState,
  serverNowMs,
} from "./desk-store.ts";

const agentIn = (state: AgentView["state"]): AgentView => ({
  agentId: "1001",
  name: { zh: "李", en: "Li" },
  state,
  nextNotReady: null,
  deviceReachable: true,
  pop: null,
  lastDial: null,
  messages: [],
  help: null,
  today: { answered: 0, dialled: 0, reached: 0, talkMs: 0, holdMs: 0, wrapUpMs: 0, missed: 0 },
});

const afterAgent = (desk: DeskState, state: AgentView["state"]) =>
  deskAfterMessage(
    desk,
    { type: "agent", seq: 1, serverNowMs: 5_000, agent: agentIn(state) },
    1_000,
  );

describe("what the desk brought", () => {
  it("keeps the latest transfer targets, and their answer settles the question", () => {
    const asked = deskAfterRequest(initialDeskState, { requestId: "r1", type: "listTargets" });
    const targets = { queues: [], agents: [], dial: [] };
    const answered = deskAfterMessage(
      asked,
      { type: "targets", seq: 1, serverNowMs: 5_000, requestId: "r1", targets },
      1_000,
    );
    expect([answered.targets, answered.pending]).toEqual([targets, {}]);
  });

  it("remembers the state before the present one", () => {
    const offered = afterAgent(initialDeskState, {
      kind: "offered",
      sinceMs: 1,
      offerId: "o",
      callId: "c",
      answerByMs: 9,
    });
    expect(offered.previousKind).toBeNull();
    const missed = afterAgent(offered, { kind: "notReady", sinceMs: 9, reason: "rona" });
    expect(missed.previousKind).toBe("offered");
    const again = afterAgent(missed, { kind: "notReady", sinceMs: 9, reason: "rona" });
    expect(again.previousKind).toBe("offered");
    expect(serverNowMs(again.clock, 1_500)).toBe(5_500);
  });

  it("settles requests by their replies and forgets them when the link breaks", () => {
    const asked = deskAfterRequest(
      deskAfterRequest(initialDeskState, { requestId: "r1", type: "hold" }),
      { requestId: "r2", type: "goReady" },
    );
    const settled = deskAfterMessage(
      asked,
      { type: "reply", seq: 1, requestId: "r1", refusal: null },
      0,
    );
    expect(settled).toEqual({ ...initialDeskState, pending: { r2: "goReady" } });
    const refused = deskAfterMessage(
      settled,
      { type: "reply", seq: 2, requestId: "r2", refusal: "device not reachable" },
      0,
    );
    expect(refused).toEqual({
      ...initialDeskState,
      refusal: { text: "device not reachable", request: "goReady" },
    });
    expect(deskAfterStatus(asked, { kind: "waiting", attempt: 1 }).pending).toEqual({});
  });
});
