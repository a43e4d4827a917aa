// What the waiting hear: music, and in turn an announcement, with the estimated wait when it can be
// relied on.
import { playMusic, playPrompts } from "../call/hearing.ts";
import type { CallId, Ms, PlayId } from "../ids.ts";
import { assert } from "../invariant.ts";
import type { Hearing, PlaceOf, Queue } from "../state.ts";
import { callOf, queueOf, remind, setCall, type Turn } from "../turn.ts";
import { estimateWait } from "./estimate.ts";

/** Time for the next announcement. */
export function announce(turn: Turn, callId: CallId): void {
  const call = callOf(turn, callId);
  if (call.place.kind !== "queue" && call.place.kind !== "offer") return;
  const queue = queueOf(turn, call.place.visit.queueId);
  if (queue.config.announcement === null) return;
  const prompts = [...waitPrompt(turn, call.place, callId), queue.config.announcement.prompt];
  const playId = playPrompts(turn, callId, prompts);
  setHearing(turn, callId, { playId, kind: "announcement" });
  remindAnnouncement(turn, callId, queue);
}

/** The announcement is over (or silent for ever): music again. False when it was another play. */
export function announcementEnded(turn: Turn, callId: CallId, playId: PlayId | null): boolean {
  const { place } = callOf(turn, callId);
  if (place.kind !== "queue" && place.kind !== "offer") return false;
  if (place.hearing.kind !== "announcement") return false;
  if (playId !== null && place.hearing.playId !== playId) return false;
  restartMusic(turn, callId);
  return true;
}

/** Plays the queue's music to a waiting caller. */
export function restartMusic(turn: Turn, callId: CallId): void {
  const { place } = callOf(turn, callId);
  assert(place.kind === "queue" || place.kind === "offer", "music is for who waits");
  setHearing(turn, callId, startMusic(turn, callId, queueOf(turn, place.visit.queueId)));
}

export function startMusic(turn: Turn, callId: CallId, queue: Queue): Hearing {
  return { playId: playMusic(turn, callId, queue.config.music), kind: "music" };
}

function setHearing(turn: Turn, callId: CallId, hearing: Hearing): void {
  const { place } = callOf(turn, callId);
  assert(place.kind === "queue" || place.kind === "offer", "only who waits hears queue prompts");
  setCall(turn, callId, { place: { ...place, hearing } });
}

export function remindAnnouncement(turn: Turn, callId: CallId, queue: Queue): void {
  const everyMs: Ms | undefined = queue.config.announcement?.everyMs;
  if (everyMs !== undefined) remind(turn, { kind: "announcement", callId }, turn.nowMs + everyMs);
}

/** Rounded up: a wait that turns out shorter than told hurts nobody. */
function waitPrompt(
  turn: Turn,
  place: PlaceOf<"queue" | "offer">,
  callId: CallId,
): readonly string[] {
  const { visit } = place;
  const queue = queueOf(turn, visit.queueId);
  const prompts = queue.config.routing?.waitPrompts ?? [];
  if (prompts.length === 0 || place.kind === "offer") return [];
  const { waitMs, isReliable } = estimateWait(turn.centre, queue, { callId, ...visit });
  if (waitMs === null || !isReliable) return [];
  const fitting = prompts.find(({ withinMs }) => waitMs <= withinMs);
  return fitting === undefined ? [] : [fitting.prompt];
}
