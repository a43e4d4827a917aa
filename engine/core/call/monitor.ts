// A supervisor in an agent's talk: monitor, whisper, barge. The supervisor's own browser is rung and
// joins the bridge with a role; nothing that happens to that leg touches caller or agent.
import { endHelp, sendMessage } from "../acd/messages.ts";
import { lendAgent, switchReserve } from "../acd/reserves.ts";
import { supervisorActs } from "../acd/supervision.ts";
import type { DeskRefusal } from "../command.ts";
import type { CentreEvent, MonitorMode, SupervisorRequest } from "../event.ts";
import type { AgentId, CallId } from "../ids.ts";
import { assert } from "../invariant.ts";
import type { Monitor, Watcher } from "../state.ts";
import {
  agentOf,
  callOf,
  forget,
  nextId,
  order,
  record,
  remind,
  setCall,
  type Turn,
} from "../turn.ts";
import { cancelCallback } from "./callback.ts";
import { dropMonitor } from "./monitor-end.ts";
import { legOfAgent } from "./parties.ts";
import { endTakeOver, takeOver } from "./take-over.ts";
import { bridgePlace, orderBridge } from "./talk.ts";

type EventOf<Type extends CentreEvent["type"]> = Extract<CentreEvent, { type: Type }>;

export function supervisorRequested(turn: Turn, event: EventOf<"supervisorRequested">): void {
  const { supervisorId, requestId, request } = event;
  const watcher = turn.centre.watchers.get(supervisorId);
  const refusal = watcher === undefined ? "notAllowed" : answer(turn, watcher, request);
  order(turn, { type: "replyToDesk", agentId: supervisorId, requestId, refusal });
}

/** Takes over who may listen; who may not any more is out of the talk. */
export function configureWatchers(turn: Turn, ids: readonly AgentId[]): void {
  const { watchers } = turn.centre;
  for (const { id, callId } of [...watchers.values()]) {
    if (ids.includes(id)) continue;
    if (callId !== null) endMonitor(turn, callId);
    // A taken-over caller keeps the supervisor until the call is over.
    if (watchers.get(id)?.callId === null) watchers.delete(id);
  }
  for (const id of ids) {
    if (watchers.has(id)) continue;
    watchers.set(id, { id, contact: null, contactEndsAtMs: 0, callId: null });
  }
}

/** False when this is not a supervisor's device. */
export function watcherBound(turn: Turn, event: EventOf<"deviceBound">): boolean {
  const { agentId, contact, expiresAtMs: contactEndsAtMs } = event;
  return changeWatcher(turn, agentId, { contact, contactEndsAtMs });
}

export function watcherUnbound(turn: Turn, id: AgentId): boolean {
  return changeWatcher(turn, id, { contact: null });
}

/** A supervisor whose page is gone hears nothing any more. False for who is no supervisor. */
export function watcherDesk(turn: Turn, { agentId, desk }: EventOf<"deskChanged">): boolean {
  const watcher = turn.centre.watchers.get(agentId);
  if (watcher === undefined) return false;
  if (desk !== "open" && watcher.callId !== null) endMonitor(turn, watcher.callId);
  return true;
}

/** The supervisor's browser answered: in, with the role of the mode. */
export function monitorAnswered(turn: Turn, callId: CallId): void {
  forget(turn, { kind: "monitorRing", callId });
  const { supervisorId, agentId, mode } = changeMonitor(turn, callId, {
    stage: "joined",
    sinceMs: turn.nowMs,
  });
  record(turn, { type: "monitorStarted", callId, agentId, supervisorId, mode });
  joinAgain(turn, callId);
}

/** The supervisor goes; caller and agent do not notice. */
export function endMonitor(turn: Turn, callId: CallId): void {
  const { place } = callOf(turn, callId);
  const monitor = place.kind === "bridge" ? place.talk.monitor : null;
  if (monitor === null) return;
  dropMonitor(turn, callId, monitor.agentId);
  if (monitor.stage === "joined") joinAgain(turn, callId);
}

function answer(turn: Turn, watcher: Watcher, request: SupervisorRequest): DeskRefusal | null {
  switch (request.type) {
    case "monitorStart":
      return startMonitor(turn, watcher, request);
    case "monitorMode":
    case "monitorStop":
      return changeOrStop(turn, watcher, request);
    case "takeOver":
      return takeOver(turn, watcher);
    case "endTakeOver":
      return endTakeOver(turn, watcher, request.toQueue);
    case "sendMessage":
      return sendMessage(turn, watcher.id, request);
    case "endAgentHelp": {
      const agent = turn.centre.agents.get(request.agentId);
      return agent === undefined ? "unknownAgent" : endHelp(turn, agent, watcher.id);
    }
    case "cancelCallback":
      return cancelCallback(turn, request.callId);
    case "switchReserve":
      return switchReserve(turn, request);
    case "lendAgent":
      return lendAgent(turn, request);
    default:
      return supervisorActs(turn, watcher.id, request);
  }
}

function changeOrStop(
  turn: Turn,
  { callId }: Watcher,
  request: Extract<SupervisorRequest, { type: "monitorMode" | "monitorStop" }>,
): DeskRefusal | null {
  if (callId === null || callOf(turn, callId).place.kind !== "bridge") return "notMonitoring";
  if (request.type === "monitorStop") endMonitor(turn, callId);
  else changeMode(turn, callId, request.mode);
  return null;
}

function startMonitor(
  turn: Turn,
  watcher: Watcher,
  { agentId, mode }: Readonly<{ agentId: AgentId; mode: MonitorMode }>,
): DeskRefusal | null {
  const { id: supervisorId, contact } = watcher;
  const state = turn.centre.agents.get(agentId)?.state;
  if (state?.kind !== "onCall") return "noCall";
  const { callId } = state;
  const call = callOf(turn, callId);
  // Two agents talk among themselves: there is no caller to listen for.
  if (call.place.kind !== "bridge") return "noCall";
  const { talk } = call.place;
  const isTalking = legOfAgent(call.place, agentId) === talk.legId;
  if (!isTalking && talk.consult?.stage.kind !== "conference") return "noCall";
  if (talk.monitor !== null || watcher.callId !== null) return "busy";
  if (contact === null || watcher.contactEndsAtMs <= turn.nowMs) return "deviceUnreachable";
  const legId = nextId(turn, callId, "leg");
  const { nowMs: sinceMs } = turn;
  setMonitor(turn, callId, { supervisorId, agentId, legId, mode, stage: "ringing", sinceMs });
  changeWatcher(turn, supervisorId, { callId });
  remind(turn, { kind: "monitorRing", callId }, turn.nowMs + ringMsMax);
  turn.centre.legs.set(legId, {
    id: legId,
    callId,
    role: "supervisor",
    agentId: supervisorId,
    dialogRef: null,
    media: "flowing",
  });
  order(turn, {
    type: "ringAgentLeg",
    legId,
    callId,
    agentId: supervisorId,
    target: contact,
    media: "webrtc",
    callerId: agentOf(turn, agentId).id,
  });
  return null;
}

function changeMode(turn: Turn, callId: CallId, mode: MonitorMode): void {
  const before = bridgePlace(callOf(turn, callId)).talk.monitor;
  if (before?.mode === mode) return;
  const { agentId, supervisorId, stage } = changeMonitor(turn, callId, { mode });
  if (stage === "ringing") return;
  record(turn, { type: "monitorModeChanged", callId, agentId, supervisorId, mode });
  joinAgain(turn, callId);
}

/** While the caller is on hold nobody is joined: the supervisor comes in with its end. */
function joinAgain(turn: Turn, callId: CallId): void {
  if (bridgePlace(callOf(turn, callId)).talk.hold === null) orderBridge(turn, callId);
}

function changeMonitor(turn: Turn, callId: CallId, changes: Partial<Monitor>): Monitor {
  const { monitor } = bridgePlace(callOf(turn, callId)).talk;
  assert(monitor !== null, "a supervisor is in this talk");
  const changed = { ...monitor, ...changes };
  setMonitor(turn, callId, changed);
  return changed;
}

function setMonitor(turn: Turn, callId: CallId, monitor: Monitor): void {
  const place = bridgePlace(callOf(turn, callId));
  setCall(turn, callId, { place: { ...place, talk: { ...place.talk, monitor } } });
}

/** The page answers by itself; longer than that it is not there. */
const ringMsMax = 10_000;

function changeWatcher(turn: Turn, id: AgentId, changes: Partial<Watcher>): boolean {
  const watcher = turn.centre.watchers.get(id);
  if (watcher === undefined) return false;
  turn.centre.watchers.set(id, { ...watcher, ...changes });
  return true;
}
