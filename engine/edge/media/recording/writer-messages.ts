// What the media thread and the thread that writes recordings tell each other.
import type { EndedRecording, RecordingMark, RecordingStart } from "./recording-files.ts";

export interface WriterOptions {
  dir: string;
  key: { id: string; file: string } | null;
  /** Mend what a crash left; one writer of a folder does. */
  repairs: boolean;
}

export type ToWriter =
  | { type: "begin"; start: RecordingStart }
  /** Audio of several recordings, one after the other in `bytes`. */
  | {
      type: "append";
      bytes: Uint8Array;
      parts: { recordingId: string; length: number; silenceBytes: number }[];
    }
  | { type: "mark"; recordingId: string; atMs: number; mark: RecordingMark }
  | { type: "finish"; recordingId: string }
  /** Ends the thread when everything before is on disk. */
  | { type: "close" };

export type FromWriter =
  /** `unfinished`: left by a crash; an `ended` follows for each, one after the other. */
  | { type: "ready"; unfinished: RecordingStart[]; freeBytes: number }
  | { type: "failed"; reason: string }
  /** So many bytes of an `append` are done. */
  | { type: "written"; bytes: number }
  | { type: "trouble"; recordingId: string; message: string }
  | { type: "ended"; ended: EndedRecording }
  | { type: "space"; freeBytes: number };
