// What one leg hears. A new play replaces the one before it.
import type { PlayItem } from "../command.ts";
import type { CallId, PlayId } from "../ids.ts";
import { promptItems } from "../state.ts";
import { callOf, forget, nextId, order, remind, type Turn } from "../turn.ts";

/** Longest that the end of prompts is awaited; far above any real list of prompts. */
const playMsMax = 600_000;

/** Plays prompts to the caller in the call's language; their end comes as `playFinished`. */
export function playPrompts(turn: Turn, callId: CallId, keys: readonly string[]): PlayId {
  const { language } = callOf(turn, callId);
  const playId = startPlay(turn, callId, { items: promptItems(keys, language), repeat: false });
  remind(turn, { kind: "playWatchdog", callId }, turn.nowMs + playMsMax);
  return playId;
}

/** Plays music to the caller until something else replaces it. */
export function playMusic(turn: Turn, callId: CallId, key: string): PlayId {
  forget(turn, { kind: "playWatchdog", callId });
  return startPlay(turn, callId, { items: [{ kind: "music", key }], repeat: true });
}

function startPlay(
  turn: Turn,
  callId: CallId,
  play: Readonly<{ items: readonly PlayItem[]; repeat: boolean }>,
): PlayId {
  const playId = nextId(turn, callId, "play");
  const { callerLegId } = callOf(turn, callId);
  // A callback that waits has nobody who listens.
  if (!turn.centre.legs.has(callerLegId)) return playId;
  order(turn, { type: "play", legId: callerLegId, playId, ...play });
  return playId;
}
