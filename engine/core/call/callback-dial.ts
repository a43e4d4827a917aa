// The turn of a callback: its agent has answered, now the number is dialled.
import { changeState } from "../acd/agent-state.ts";
import { recordOfferEnd } from "../acd/offer.ts";
import type { CallId } from "../ids.ts";
import { assert } from "../invariant.ts";
import { callOf, forget, nextId, queueOf, record, setCall, type Turn } from "../turn.ts";
import { ticketOfCall, tryFailed } from "./callback.ts";
import { normal } from "./close.ts";
import { takeChannel } from "./made-call.ts";
import { dialOther } from "./outbound.ts";
import { passesToll } from "./toll-check.ts";
import { chooseTrunk } from "./trunk-choice.ts";

/** Q.850: no circuit/channel available. */
const noCircuit = { reason: "unreachable", sipStatus: null, q850: 34 } as const;

/** The ticket's agent picked up: the number is dialled. */
export function startCallback(turn: Turn, callId: CallId): void {
  const call = callOf(turn, callId);
  const { place } = call;
  assert(place.kind === "offer", "a callback begins with an offer");
  const { visit, offer } = place;
  const { agentId, legId } = offer;
  const { outbound } = queueOf(turn, visit.queueId).config;
  const passed = outbound === undefined ? "notAllowed" : passesToll(outbound, call.ani);
  recordOfferEnd(turn, callId, "answered");
  forget(turn, { kind: "relax", callId });
  const bridgeId = nextId(turn, callId, "bridge");
  const stage = { kind: "ringingAgent" } as const;
  setCall(turn, callId, {
    callerLegId: nextId(turn, callId, "leg"),
    place: { kind: "dialling", visit, dial: { agentId, legId, bridgeId, stage } },
  });
  changeState(turn, agentId, { kind: "dialling", sinceMs: turn.nowMs, callId });
  const attempt = ticketOfCall(call).attempts + 1;
  setCall(turn, callId, { callback: { attempts: attempt } });
  if (typeof passed === "string" || outbound === undefined) {
    tryFailed(turn, callId, { outcome: "failed", by: "engine", cause: normal });
    return;
  }
  const choice = chooseTrunk(turn.centre, outbound.trunkId, { callId, tried: [] });
  if (!choice.ok) {
    record(turn, { type: "trunksBusy", agentId, queueId: visit.queueId, why: choice.why });
    tryFailed(turn, callId, { outcome: "failed", by: "engine", cause: noCircuit });
    return;
  }
  const { trunkId } = choice;
  takeChannel(turn, trunkId);
  setCall(turn, callId, { trunkId });
  const { number, prefix } = passed;
  record(turn, { type: "callbackDialled", callId, agentId, number, rule: prefix, attempt });
  dialOther(turn, callId);
}
