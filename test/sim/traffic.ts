// Calls through the real core in virtual time, without the world's auditor and faults: for comparing
// its figures with queueing theory, and for whole days of a large centre.
import { createCentre, handle, nextDeadlineMs } from "../../engine/core/centre.ts";
import type { CentreConfig } from "../../engine/core/centre-config.ts";
import type { Command } from "../../engine/core/command.ts";
import type { CentreEvent } from "../../engine/core/event.ts";
import type { Fact } from "../../engine/core/fact.ts";
import type { Centre } from "../../engine/core/state.ts";
import { createSchedule } from "../support/schedule.ts";
import { startMs } from "../support/site.ts";

export type TrafficCall = Readonly<{
  /** After the start. */
  atMs: number;
  dnis: string;
  /** Infinity: never gives up. */
  patienceMs: number;
  talkMs: number;
  /** Asks to be called back after so long in line; absent: never. */
  callbackAfterMs?: number;
  /** Whether a call back is answered. */
  isReachable?: boolean;
}>;

/** The key that chooses a callback; `#` confirms it. */
export const callbackKey = "8";

export type TrafficOptions = Readonly<{
  config: CentreConfig;
  /** In order of arrival. */
  calls: Iterable<TrafficCall>;
  /** Ringing until an agent answers. */
  answerMs: () => number;
  onFact: (fact: Fact) => void;
  /** Everything else that happens, such as shifts. */
  plan?: readonly Readonly<{ atMs: number; event: CentreEvent }>[];
}>;

/** Runs until nobody is left; gives the state at the end. */
export function runTraffic(options: TrafficOptions): Centre {
  const { answerMs, onFact } = options;
  const schedule = createSchedule();
  const centre = createCentre();
  /** By call, and by the ticket of its callback. */
  const callers = new Map<string, TrafficCall>();
  let nowMs = startMs;
  let count = 0;

  const later = (ms: number, event: CentreEvent) => schedule.at(nowMs + ms, () => post(event));

  function post(event: CentreEvent): void {
    const { commands, facts } = handle(centre, event, nowMs);
    for (const fact of facts) {
      if (fact.type === "callbackBooked") {
        const call = callers.get(fact.fromCallId);
        if (call !== undefined) callers.set(fact.callId, call);
      } else if (fact.type === "talkStarted") talk(fact.callId);
      else if (fact.type === "callEnded") callers.delete(fact.callId);
      onFact(fact);
    }
    for (const command of commands) perform(command);
  }

  function perform(command: Command): void {
    if (command.type === "answerLeg") {
      later(0, { type: "legAnswered", legId: command.legId, dialogRef: "c" });
    } else if (command.type === "ringAgentLeg") {
      later(answerMs(), { type: "legAnswered", legId: command.legId, dialogRef: "a" });
    } else if (command.type === "play" && !command.repeat) {
      const { legId, playId } = command;
      later(promptMs, { type: "playFinished", legId, playId, outcome: "completed" });
    } else if (command.type === "dialLeg") {
      const { callId, legId } = command;
      if (callers.get(callId)?.isReachable === true) {
        later(pickUpMs, { type: "legAnswered", legId, dialogRef: "d" });
      } else later(pickUpMs, { type: "legFailed", legId, cause: busy });
    }
  }

  function talk(callId: string): void {
    const legId = centre.calls.get(callId)?.callerLegId ?? "";
    later(callers.get(callId)?.talkMs ?? 0, { ...released, legId });
  }

  const calls = options.calls[Symbol.iterator]();
  function arriveNext(): void {
    const next = calls.next();
    if (next.done === true) return;
    const call = next.value;
    schedule.at(startMs + call.atMs, () => {
      count += 1;
      const callId = `c${count}`;
      const legId = `${callId}-caller`;
      callers.set(callId, call);
      arriveNext();
      if (call.callbackAfterMs !== undefined) chooseLater(callId, legId, call.callbackAfterMs);
      if (Number.isFinite(call.patienceMs)) giveUpLater(callId, legId, call.patienceMs);
      const { dnis } = call;
      post({
        type: "callArrived",
        callId,
        legId,
        trunkId: "trunk",
        ani: `1${count}`,
        dnis,
        firstDnis: null,
      });
    });
  }

  /** Patience is for the queue: who talks, talks on. */
  function giveUpLater(callId: string, legId: string, ms: number): void {
    schedule.at(nowMs + ms, () => {
      const kind = centre.calls.get(callId)?.place.kind;
      if (kind === "queue" || kind === "offer") post({ ...released, legId });
    });
  }

  function chooseLater(callId: string, legId: string, ms: number): void {
    schedule.at(nowMs + ms, () => {
      if (centre.calls.get(callId)?.place.kind !== "queue") return;
      for (const digit of [callbackKey, "#"]) post({ type: "digitPressed", legId, digit });
    });
  }

  post({ type: "configured", config: options.config });
  for (const { atMs, event } of options.plan ?? []) schedule.at(startMs + atMs, () => post(event));
  arriveNext();
  for (;;) {
    const dueMs = nextDeadlineMs(centre) ?? Infinity;
    const nextMs = Math.min(dueMs, schedule.nextMs() ?? Infinity);
    if (nextMs === Infinity) return centre;
    nowMs = Math.max(nowMs, nextMs);
    schedule.runDue(nowMs);
    if ((nextDeadlineMs(centre) ?? Infinity) <= nowMs) post({ type: "timeAdvanced" });
  }
}

const released = { type: "legReleased", cause: { reason: "normal", sipStatus: null } } as const;
const busy = { reason: "busy", sipStatus: 486 } as const;
const promptMs = 3_000;
/** Until a phone that is called back is answered, or is found busy. */
const pickUpMs = 10_000;
