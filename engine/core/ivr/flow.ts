// The flow interpreter: a call's position in its flow and an event give the next position. A call
// stays on the version of the flow that it began with.
import { enterAsCaller } from "../call/call-in.ts";
import { releaseCall } from "../call/close.ts";
import { sayFarewell } from "../call/farewell.ts";
import { playPrompts } from "../call/hearing.ts";
import type { Calendars, Flow, FlowNode } from "../centre-config.ts";
import type { CallId, NodeId, PlayId } from "../ids.ts";
import { assert, assertNever } from "../invariant.ts";
import { type Call, type FlowPosition, flowKey, type PlaceOf } from "../state.ts";
import { callOf, forget, order, record, remind, setCall, type Turn } from "../turn.ts";

/** Starts a call in a flow. */
export function enterFlow(turn: Turn, callId: CallId, flow: Flow): void {
  record(turn, { type: "flowEntered", callId, flowId: flow.id, version: flow.version });
  const position: FlowPosition = {
    flowKey: flowKey(flow),
    nodeId: flow.start,
    steps: 0,
    typeAhead: "",
    at: { kind: "entering" },
  };
  setCall(turn, callId, { place: { kind: "flow", position } });
  run(turn, callId, flow.start);
}

/** Enters the present node again after a restart that lost what the caller heard. */
export function reenterNode(turn: Turn, callId: CallId): void {
  const { position } = flowPlace(callOf(turn, callId));
  if (position.at.kind === "echo")
    order(turn, { type: "echo", legId: callOf(turn, callId).callerLegId });
  else run(turn, callId, position.nodeId);
}

/** A play of the flow ended or will never report its end. False when it is not the awaited one. */
export function flowPlayEnded(turn: Turn, callId: CallId, playId: PlayId | null): boolean {
  const { position } = flowPlace(callOf(turn, callId));
  const { at } = position;
  const awaited = at.kind === "playing" || at.kind === "menu" ? at.playId : null;
  if (awaited === null || (playId !== null && playId !== awaited)) return false;
  forget(turn, { kind: "playWatchdog", callId });
  const node = nodeOf(turn, position);
  if (at.kind === "menu" && node.kind === "menu") {
    setPosition(turn, callId, { at: { ...at, playId: null } });
    remind(turn, { kind: "menuTimeout", callId }, turn.nowMs + node.timeoutMs);
  } else if (node.kind === "play") run(turn, callId, node.next);
  return true;
}

/** The caller pressed a key: a menu takes it at once, anything else keeps it for the next menu. */
export function flowDigit(turn: Turn, callId: CallId, digit: string): void {
  const { position } = flowPlace(callOf(turn, callId));
  const node = nodeOf(turn, position);
  setPosition(turn, callId, { steps: 0 });
  if (position.at.kind === "menu" && node.kind === "menu") {
    const { playId } = position.at;
    const { callerLegId } = callOf(turn, callId);
    if (playId !== null) order(turn, { type: "stopPlay", legId: callerLegId, playId });
    chooseDigit(turn, callId, { node, attempt: position.at.attempt, digit });
  } else if (position.typeAhead.length < typeAheadMax) {
    setPosition(turn, callId, { typeAhead: position.typeAhead + digit });
  }
}

/** Silence after a menu: once more, or give up. */
export function menuTimedOut(turn: Turn, callId: CallId): void {
  const { place } = callOf(turn, callId);
  if (place.kind !== "flow" || place.position.at.kind !== "menu") return;
  const node = nodeOf(turn, place.position);
  assert(node.kind === "menu", "a menu position is at a menu");
  askAgain(turn, callId, { node, attempt: place.position.at.attempt, first: [] });
}

/** Enters nodes until one waits for something or the call leaves the flow. */
function run(turn: Turn, callId: CallId, from: NodeId): void {
  let next: NodeId | null = from;
  while (next !== null) next = enterNode(turn, callId, next);
}

/** Returns the node to go on with, null when the call waits or has left the flow. */
function enterNode(turn: Turn, callId: CallId, nodeId: NodeId): NodeId | null {
  forget(turn, { kind: "playWatchdog", callId });
  forget(turn, { kind: "menuTimeout", callId });
  const { position } = flowPlace(callOf(turn, callId));
  const flow = flowOf(turn, position);
  const node = flow.nodes[nodeId];
  if (node === undefined || position.steps >= turn.centre.config.limits.flowStepsMax) {
    return fail(turn, callId);
  }
  setPosition(turn, callId, { nodeId, steps: position.steps + 1, at: { kind: "entering" } });
  record(turn, { type: "flowNodeEntered", callId, flowId: flow.id, nodeId });
  switch (node.kind) {
    case "play":
      setPosition(turn, callId, {
        at: { kind: "playing", playId: playPrompts(turn, callId, node.prompts) },
      });
      return null;
    case "menu":
      return enterMenu(turn, callId, node);
    case "language":
      setCall(turn, callId, { language: node.language });
      record(turn, { type: "languageChosen", callId, language: node.language });
      return node.next;
    case "hours":
      return isOpen(turn.centre.calendars, node.calendarId, turn.nowMs) ? node.open : node.closed;
    case "tag":
      addToPath(turn, callId, { name: node.name, value: node.value });
      record(turn, { type: "flowTagged", callId, name: node.name, value: node.value });
      return node.next;
    case "queue":
      if (!turn.centre.queues.has(node.queueId)) return fail(turn, callId);
      enterAsCaller(turn, callId, node);
      return null;
    case "echo":
      setPosition(turn, callId, { at: { kind: "echo" } });
      order(turn, { type: "echo", legId: callOf(turn, callId).callerLegId });
      return null;
    case "end":
      sayFarewell(turn, callId, { prompts: node.prompts, outcome: "servedByFlow" });
      return null;
    default:
      return assertNever(node);
  }
}

function enterMenu(turn: Turn, callId: CallId, node: MenuNode): null {
  const { typeAhead } = flowPlace(callOf(turn, callId)).position;
  const digit = typeAhead.slice(0, 1);
  if (digit === "") {
    playMenu(turn, callId, { attempt: 1, prompts: node.prompts });
    return null;
  }
  setPosition(turn, callId, { typeAhead: typeAhead.slice(1) });
  chooseDigit(turn, callId, { node, attempt: 1, digit });
  return null;
}

function chooseDigit(
  turn: Turn,
  callId: CallId,
  choice: Readonly<{ node: MenuNode; attempt: number; digit: string }>,
): void {
  const { node, attempt, digit } = choice;
  const { nodeId } = flowPlace(callOf(turn, callId)).position;
  const next = Object.hasOwn(node.choices, digit) ? node.choices[digit] : undefined;
  record(turn, { type: "flowChoice", callId, nodeId, digit, matched: next !== undefined });
  if (next !== undefined) {
    const label = node.labels?.[digit];
    const words = label === undefined ? {} : { label };
    addToPath(turn, callId, { name: nodeId, value: digit, ...words });
    run(turn, callId, next);
    return;
  }
  // What was typed ahead belonged to a menu that the caller is not in.
  setPosition(turn, callId, { typeAhead: "" });
  askAgain(turn, callId, { node, attempt, first: [node.noMatchPrompt] });
}

function askAgain(
  turn: Turn,
  callId: CallId,
  again: Readonly<{ node: MenuNode; attempt: number; first: readonly string[] }>,
): void {
  const { node, attempt, first } = again;
  if (attempt >= node.attemptsMax) run(turn, callId, node.giveUp);
  else playMenu(turn, callId, { attempt: attempt + 1, prompts: [...first, ...node.prompts] });
}

function playMenu(
  turn: Turn,
  callId: CallId,
  menu: Readonly<{ attempt: number; prompts: readonly string[] }>,
): void {
  forget(turn, { kind: "menuTimeout", callId });
  const playId = playPrompts(turn, callId, menu.prompts);
  setPosition(turn, callId, { at: { kind: "menu", attempt: menu.attempt, playId } });
}

function fail(turn: Turn, callId: CallId): null {
  const cause = { reason: "error", sipStatus: null } as const;
  releaseCall(turn, callId, { outcome: "failed", by: "engine", cause });
  return null;
}

function isOpen(calendars: Calendars, calendarId: string, nowMs: number): boolean {
  const intervals = Object.hasOwn(calendars, calendarId) ? calendars[calendarId] : undefined;
  return intervals?.some(({ fromMs, toMs }) => fromMs <= nowMs && nowMs < toMs) ?? false;
}

function addToPath(turn: Turn, callId: CallId, step: Call["path"][number]): void {
  const { path } = callOf(turn, callId);
  if (path.length < pathMax) setCall(turn, callId, { path: [...path, step] });
}

function setPosition(turn: Turn, callId: CallId, changes: Partial<FlowPosition>): void {
  const { position } = flowPlace(callOf(turn, callId));
  setCall(turn, callId, { place: { kind: "flow", position: { ...position, ...changes } } });
}

function flowPlace(call: Call): PlaceOf<"flow"> {
  assert(call.place.kind === "flow", `call ${call.id} is in its flow`);
  return call.place;
}

function flowOf(turn: Turn, position: FlowPosition): Flow {
  const flow = turn.centre.flows.get(position.flowKey);
  assert(flow !== undefined, "a flow is kept while calls are in it");
  return flow;
}

function nodeOf(turn: Turn, position: FlowPosition): FlowNode {
  const node = flowOf(turn, position).nodes[position.nodeId];
  assert(node !== undefined, "a call stands at a node that exists");
  return node;
}

type MenuNode = Extract<FlowNode, { kind: "menu" }>;

const typeAheadMax = 10;
/** Entries of the screen pop's path; more would not be read. */
const pathMax = 50;
