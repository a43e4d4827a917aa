// Recording of calls: which ones, who may pause, and what became of the file. The media server
// records by itself from then on; a call is done with its recording when its end has been told.
import type { DeskRefusal } from "../command.ts";
import type { CentreEvent, RecordingEnd } from "../event.ts";
import type { RecordingResult } from "../fact.ts";
import type { CallId, QueueId, RecordingId } from "../ids.ts";
import { lotOf } from "../lot.ts";
import type { Centre } from "../state.ts";
import { callOf, ignore, order, queueOf, record, type Turn } from "../turn.ts";

type RecordingEvent = Extract<
  CentreEvent,
  { type: "recordingEnded" | "recordingsFound" | "recordingTrouble" }
>;

/** At the first answer of an agent: records the call when the policy says so. */
export function beginRecording(turn: Turn, callId: CallId, queueId: QueueId): void {
  if (!isChosen(turn, callId, queueId)) return;
  const recordingId = recordingIdOf(callId);
  const legId = callOf(turn, callId).callerLegId;
  turn.centre.recordings.set(recordingId, { callId, legId, startedAtMs: turn.nowMs, state: "on" });
  record(turn, { type: "recordingStarted", callId, recordingId });
  order(turn, { type: "startRecording", recordingId, callId, legId, startedAtMs: turn.nowMs });
}

/** How the call that an agent is in is being recorded; null when it is not. */
export function recordingOf(centre: Centre, callId: CallId): "on" | "paused" | null {
  return centre.recordings.get(recordingIdOf(callId))?.state ?? null;
}

/** An agent pauses, as for a card number, and resumes. Asked twice changes nothing. */
export function pauseRecording(turn: Turn, callId: CallId, isPaused: boolean): DeskRefusal | null {
  const recordingId = recordingIdOf(callId);
  const recording = turn.centre.recordings.get(recordingId);
  if (recording === undefined) return "notRecorded";
  const state = isPaused ? "paused" : "on";
  if (recording.state === state) return null;
  turn.centre.recordings.set(recordingId, { ...recording, state });
  const { legId } = recording;
  record(turn, { type: isPaused ? "recordingPaused" : "recordingResumed", callId, recordingId });
  order(turn, { type: isPaused ? "pauseRecording" : "resumeRecording", recordingId, legId });
  return null;
}

export function recordingEvent(turn: Turn, event: RecordingEvent): void {
  switch (event.type) {
    case "recordingEnded":
      recordingEnded(turn, event);
      return;
    case "recordingsFound":
      recordingsFound(turn, event);
      return;
    case "recordingTrouble": {
      const { what, recordingId, message } = event;
      record(turn, { type: "recordingTrouble", recordingId, what, message });
      return;
    }
  }
}

function recordingEnded(turn: Turn, event: RecordingEnd): void {
  const { recordingId, file, end } = event;
  if (turn.centre.recordings.has(recordingId)) settle(turn, recordingId, { file, ...end });
  // Its end was told twice, or an engine without this journal began it.
  else ignore(turn, "recordingEnded", "unknownRecording");
  if (end.outcome !== "notStarted") order(turn, { type: "forgetRecording", recordingId });
}

/** What a media server holds, as seen after a new link to it: both sides are made to agree. */
function recordingsFound(
  turn: Turn,
  { recordings }: Extract<RecordingEvent, { type: "recordingsFound" }>,
): void {
  const found = new Set(recordings.map(({ recordingId }) => recordingId));
  for (const recordingId of [...turn.centre.recordings.keys()]) {
    if (!found.has(recordingId)) settle(turn, recordingId, lost);
  }
  for (const { recordingId, file, end } of recordings) {
    if (end !== null) recordingEnded(turn, { recordingId, file, end });
    else if (!turn.centre.recordings.has(recordingId)) {
      order(turn, { type: "stopRecording", recordingId });
    }
  }
}

function settle(turn: Turn, recordingId: RecordingId, result: RecordingResult): void {
  const recording = turn.centre.recordings.get(recordingId);
  if (recording === undefined) return;
  turn.centre.recordings.delete(recordingId);
  record(turn, { type: "recordingEnded", callId: recording.callId, recordingId, ...result });
}

/** The queue's share rules, else the number's, else the site's. The call's id draws the lot. */
function isChosen(turn: Turn, callId: CallId, queueId: QueueId): boolean {
  const share =
    queueOf(turn, queueId).config.recordShare ??
    callOf(turn, callId).number.recordShare ??
    turn.centre.config.recordShare ??
    0;
  return lotOf(callId) < share;
}

const recordingIdOf = (callId: CallId): RecordingId => `${callId}-recording`;

const lost: RecordingResult = {
  file: null,
  outcome: "lost",
  durationMs: 0,
  bytes: 0,
  sha256: null,
};
