// The flow interpreter: a call's position in its flow and an event give the next position. A call
// stays on the version of the flow that it began with.
import { releaseCall } from "../call/close.ts";
import type { CentreEvent } from "../event.ts";
import type { CallId, PlayId } from "../ids.ts";
import { type FlowPosition, flowKey } from "../state.ts";
import { callOf, forget, ignore, order, record, setCall, type Turn } from "../turn.ts";
import type { Flow } from "./flow-config.ts";
import type { Taken } from "./node-behaviour.ts";
import { behaviourOf } from "./node-kinds.ts";
import { assign, flowAt, initialVariables, nodeAt, positionOf, setPosition } from "./position.ts";

/** Starts a call in a flow. */
export function enterFlow(turn: Turn, callId: CallId, flow: Flow): void {
  record(turn, { type: "flowEntered", callId, flowId: flow.id, version: flow.version });
  const position: FlowPosition = {
    flowKey: flowKey(flow),
    nodeId: flow.start,
    steps: 0,
    typeAhead: "",
    variables: initialVariables(flow, {}),
    callers: [],
    at: { kind: "entering" },
  };
  setCall(turn, callId, { place: { kind: "flow", position } });
  run(turn, callId, "start");
}

/** Goes on from a node that the call had left, such as a queue, by one of its ways. */
export function resumeFlow(turn: Turn, callId: CallId, way: string): void {
  const { resume } = callOf(turn, callId);
  if (resume === undefined || resume === null) return;
  setCall(turn, callId, {
    resume: null,
    place: { kind: "flow", position: { ...resume, steps: 0 } },
  });
  run(turn, callId, way);
}

/** Enters the present node again after a restart that lost what the caller heard. */
export function reenterNode(turn: Turn, callId: CallId): void {
  const { at } = positionOf(turn, callId);
  if (at.kind === "echo") order(turn, { type: "echo", legId: callOf(turn, callId).callerLegId });
  else run(turn, callId, "start");
}

/** A play of the flow ended or will never report its end. False when it is not the awaited one. */
export function flowPlayEnded(turn: Turn, callId: CallId, playId: PlayId | null): boolean {
  const position = positionOf(turn, callId);
  const { at } = position;
  const awaited = at.kind === "playing" || at.kind === "asking" ? at.playId : null;
  if (awaited === null || (playId !== null && playId !== awaited)) return false;
  forget(turn, { kind: "playWatchdog", callId });
  const node = nodeAt(turn, position);
  run(turn, callId, behaviourOf(node).playEnded?.(turn, callId, node) ?? null);
  return true;
}

/** The caller pressed a key: a question takes it at once, anything else keeps it for the next one. */
export function flowDigit(turn: Turn, callId: CallId, digit: string): void {
  setPosition(turn, callId, { steps: 0 });
  const position = positionOf(turn, callId);
  const node = nodeAt(turn, position);
  const behaviour = behaviourOf(node);
  if (behaviour.digit !== undefined) {
    run(turn, callId, behaviour.digit(turn, callId, node, digit));
  } else if (position.typeAhead.length < typeAheadMax) {
    setPosition(turn, callId, { typeAhead: position.typeAhead + digit });
  }
}

/** Silence after a question. */
export function menuTimedOut(turn: Turn, callId: CallId): void {
  const { place } = callOf(turn, callId);
  if (place.kind !== "flow" || place.position.at.kind !== "asking") return;
  const node = nodeAt(turn, place.position);
  run(turn, callId, behaviourOf(node).silence?.(turn, callId, node) ?? null);
}

type LookUpEnd = Extract<CentreEvent, { type: "lookUpEnded" }>;

/** An answer that comes too late, or to a call that went on, changes nothing. */
export function lookUpEnded(turn: Turn, event: LookUpEnd): void {
  const { callId, lookUpId, values, why } = event;
  if (lookUpIdOf(turn, callId) !== lookUpId) {
    ignore(turn, event.type, "noLookUp");
    return;
  }
  endLookUp(turn, callId, { values, why });
}

export function lookUpTimedOut(turn: Turn, callId: CallId): void {
  if (lookUpIdOf(turn, callId) !== null) endLookUp(turn, callId, { values: {}, why: "timeout" });
}

function endLookUp(turn: Turn, callId: CallId, end: Pick<LookUpEnd, "values" | "why">): void {
  forget(turn, { kind: "lookUpTimeout", callId });
  const { nodeId } = positionOf(turn, callId);
  record(turn, { type: "flowLookedUp", callId, nodeId, why: end.why });
  if (end.why === null) assign(turn, callId, end.values);
  run(turn, callId, end.why === null ? "next" : "failed");
}

function lookUpIdOf(turn: Turn, callId: CallId): string | null {
  const place = turn.centre.calls.get(callId)?.place;
  if (place?.kind !== "flow" || place.position.at.kind !== "lookingUp") return null;
  return place.position.at.lookUpId;
}

/** Follows a way, and enters nodes until one waits for something or the call leaves the flow. */
function run(turn: Turn, callId: CallId, way: Taken): void {
  let next = way;
  while (next !== null) next = follow(turn, callId, next);
}

/** `start` enters the present node; every other way leads out of it. */
function follow(turn: Turn, callId: CallId, way: string): Taken {
  for (const kind of ["playWatchdog", "menuTimeout", "lookUpTimeout"] as const) {
    forget(turn, { kind, callId });
  }
  const position = positionOf(turn, callId);
  const flow = flowAt(turn, position);
  const nodeId = targetOf(flow, position, way);
  const node = nodeId === undefined ? undefined : flow.nodes[nodeId];
  if (nodeId === undefined || node === undefined) return fail(turn, callId);
  if (position.steps >= turn.centre.config.limits.flowStepsMax) return fail(turn, callId);
  setPosition(turn, callId, { nodeId, steps: position.steps + 1, at: { kind: "entering" } });
  const via = way === "start" ? {} : { via: way };
  record(turn, { type: "flowNodeEntered", callId, flowId: flow.id, nodeId, ...via });
  return behaviourOf(node).enter(turn, callId, node);
}

function targetOf(flow: Flow, { nodeId }: FlowPosition, way: string): string | undefined {
  if (way === "start") return nodeId;
  const node = flow.nodes[nodeId];
  if (node === undefined) return undefined;
  const ways = behaviourOf(node).ways(node);
  return Object.hasOwn(ways, way) ? ways[way] : undefined;
}

function fail(turn: Turn, callId: CallId): null {
  const cause = { reason: "error", sipStatus: null } as const;
  releaseCall(turn, callId, { outcome: "failed", by: "engine", cause });
  return null;
}

const typeAheadMax = 10;
