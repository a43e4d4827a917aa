// A call at the trunk: refused, or accepted and put into its number's flow or queue.
import type { CentreConfig, NumberConfig } from "../centre-config.ts";
import type { CentreEvent } from "../event.ts";
import { enterFlow } from "../ivr/flow.ts";
import type { Flow } from "../ivr/flow-config.ts";
import type { Centre } from "../state.ts";
import { endLeg, ignore, order, record, type Turn } from "../turn.ts";
import { enterAsCaller } from "./call-in.ts";

type Arrival = Extract<CentreEvent, { type: "callArrived" }>;

/**
 * Accepts or refuses a call. 403: unknown trunk; 404: unknown number; 503: trunk or centre full
 * (RFC 3261 21.5.4; Q.850 cause 34).
 */
export function callArrived(turn: Turn, event: Arrival): void {
  const { centre } = turn;
  const { callId, legId, trunkId, ani, dnis, firstDnis } = event;
  if (centre.calls.has(callId) || centre.legs.has(legId) || centre.droppedLegs.has(legId)) {
    ignore(turn, event.type, "duplicate");
    return;
  }
  const number = numberOf(centre.config, dnis);
  const numberId = number?.id ?? null;
  record(turn, { type: "callArrived", callId, trunkId, numberId, ani, dnis, firstDnis });
  const refusal = refusalOf(centre, event, number);
  if (refusal !== null || number === null) {
    refuse(turn, event, refusal ?? unknownNumber);
    return;
  }
  centre.trunkCalls.set(trunkId, (centre.trunkCalls.get(trunkId) ?? 0) + 1);
  centre.legs.set(legId, {
    id: legId,
    callId,
    role: "caller",
    agentId: null,
    dialogRef: null,
    media: "flowing",
  });
  centre.calls.set(callId, {
    id: callId,
    direction: null,
    callerLegId: legId,
    trunkId,
    number,
    ani,
    dnis,
    firstDnis,
    language: number.language,
    arrivedAtMs: turn.nowMs,
    path: [],
    idsUsed: 0,
    talked: false,
    visitLeft: false,
    transfer: null,
    transferredBy: null,
    callback: null,
    callbackDigits: null,
    place: { kind: "ending", playId: "", prompts: [], outcome: "failed" },
  });
  order(turn, { type: "answerLeg", legId });
  const flow = flowOf(centre, number);
  if (flow !== null) enterFlow(turn, callId, flow);
  else if (number.queueId !== null) {
    enterAsCaller(turn, callId, { queueId: number.queueId, priority: 0 });
  }
}

type Refusal = Readonly<{ sipStatus: number; reason: string }>;

function refusalOf(centre: Centre, event: Arrival, number: NumberConfig | null): Refusal | null {
  const trunk = centre.config.trunks.find(({ id }) => id === event.trunkId);
  if (trunk === undefined) return { sipStatus: 403, reason: "Unknown trunk" };
  if (number === null || !leadsSomewhere(centre, number)) return unknownNumber;
  if (centre.calls.size >= centre.config.limits.callsMax) {
    return { sipStatus: 503, reason: "Call limit reached" };
  }
  if ((centre.trunkCalls.get(trunk.id) ?? 0) >= trunk.channelsMax) {
    return { sipStatus: 503, reason: "Trunk full" };
  }
  return null;
}

function refuse(turn: Turn, event: Arrival, refusal: Refusal): void {
  const { callId, legId } = event;
  endLeg(turn, legId, { type: "rejectLeg", legId, ...refusal });
  const cause = { reason: "rejected", sipStatus: refusal.sipStatus } as const;
  record(turn, { type: "callEnded", callId, outcome: "rejected", by: "engine", cause });
}

const leadsSomewhere = (centre: Centre, number: NumberConfig): boolean =>
  flowOf(centre, number) !== null || (number.queueId !== null && centre.queues.has(number.queueId));

const flowOf = (centre: Centre, number: NumberConfig): Flow | null =>
  centre.config.flows.find(({ id }) => id === number.flowId) ?? null;

const unknownNumber: Refusal = { sipStatus: 404, reason: "Unknown number" };

/** The first number with these digits. */
function numberOf({ numbers }: CentreConfig, dnis: string): NumberConfig | null {
  let byDigits = numbersByDigits.get(numbers);
  if (byDigits === undefined) {
    byDigits = new Map([...numbers].reverse().map((number) => [number.digits, number]));
    numbersByDigits.set(numbers, byDigits);
  }
  return byDigits.get(dnis) ?? null;
}

/** Made once for each configuration: thousands of numbers are not looked through for each call. */
const numbersByDigits = new WeakMap<CentreConfig["numbers"], ReadonlyMap<string, NumberConfig>>();
