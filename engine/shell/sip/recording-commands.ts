// Commands about recordings, and how the core learns what a media server holds of them.
import type { Command } from "../../core/command.ts";
import type { RecordingEnd } from "../../core/event.ts";
import type { RecordingId } from "../../core/ids.ts";
import type { MediaResult } from "../media/media-port.ts";
import { enqueue, isOver, type Leg } from "./leg-table.ts";
import type { Parts } from "./parts.ts";

type RecordingCommand = Extract<Command, { recordingId: RecordingId }>;

/** `leg` undefined: it is gone already, or the command concerns none. */
export function performRecording(
  parts: Parts,
  leg: Leg | undefined,
  command: RecordingCommand,
): void {
  switch (command.type) {
    case "startRecording":
      start(parts, leg, command);
      return;
    case "pauseRecording":
    case "resumeRecording": {
      const { recordingId, type } = command;
      if (leg !== undefined) {
        enqueue([leg], async () => note(parts, type, await parts.media[type](recordingId)));
      }
      return;
    }
    case "stopRecording":
    case "forgetRecording": {
      const { recordingId, type } = command;
      void parts.media[type](recordingId).then((result) => note(parts, type, result));
      return;
    }
  }
}

/** After each new link: both sides are made to agree, also about what an earlier engine began. */
export async function tellRecordings(parts: Parts): Promise<void> {
  const listed = await parts.media.list();
  if (!listed.ok) return;
  const { recordings } = listed.value;
  const found = new Set(recordings.map(({ recordingId }) => recordingId));
  // Asked for and not answered yet: the list may be older than they are.
  const asked = [...parts.recordingsAsked]
    .filter((recordingId) => !found.has(recordingId))
    .map((recordingId) => ({ recordingId, file: "", end: null }));
  parts.post({ type: "recordingsFound", recordings: [...recordings, ...asked] });
}

function start(
  parts: Parts,
  leg: Leg | undefined,
  command: Extract<Command, { type: "startRecording" }>,
): void {
  const { recordingId, legId, callId, startedAtMs } = command;
  if (leg === undefined) {
    notStarted(parts, recordingId);
    return;
  }
  parts.recordingsAsked.add(recordingId);
  enqueue([leg], async () => {
    const file = parts.recordingFile(callId, startedAtMs);
    const result = isOver(leg)
      ? null
      : await parts.media.startRecording({ recordingId, legId, file });
    parts.recordingsAsked.delete(recordingId);
    if (result?.ok === true) return;
    if (result !== null) {
      parts.counters.mediaFailures += 1;
      parts.log.warn({ recordingId, code: result.code }, `not recorded: ${result.message}`);
    }
    // Without an answer it may have begun; the next list tells.
    if (result?.code !== "timeout") notStarted(parts, recordingId);
  });
}

function notStarted(parts: Parts, recordingId: RecordingId): void {
  const end: RecordingEnd["end"] = {
    outcome: "notStarted",
    durationMs: 0,
    bytes: 0,
    sha256: null,
  };
  parts.post({ type: "recordingEnded", recordingId, file: null, end });
}

function note(parts: Parts, what: string, result: MediaResult<undefined>): void {
  if (result.ok) return;
  parts.counters.mediaFailures += 1;
  parts.log.warn({ what, code: result.code }, `media: ${result.message}`);
}
