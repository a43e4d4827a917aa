// What the files of this folder share, put together once by `telephony.ts`.
import type { Logger } from "pino";
import type { CentreEvent } from "../../core/event.ts";
import type { CallId, Ms, RecordingId } from "../../core/ids.ts";
import type { MediaPort } from "../media/media-port.ts";
import type { EngineClock } from "../ports.ts";
import type { TelephonyCounters } from "./counters.ts";
import type { EdgeLink } from "./edge-link.ts";
import type { LegTable } from "./leg-table.ts";

export type Parts = Readonly<{
  edge: EdgeLink;
  media: MediaPort;
  legs: LegTable;
  clock: EngineClock;
  log: Logger;
  counters: TelephonyCounters;
  post(event: CentreEvent): void;
  /** Where a call's recording goes, below the folder of recordings. */
  recordingFile(callId: CallId, startedAtMs: Ms): string;
  /** Recordings that the media server was asked for and has not answered for. */
  recordingsAsked: Set<RecordingId>;
}>;

/** Our name of the call; the edge finds all its legs by it, and a browser its call. */
export const callIdHeader = "X-Rexian-Call";

export const headerSafe = (text: string) => text.replace(/[^\x21-\x7e]/g, "").slice(0, 200);

/** Methods that we answer (RFC 3261 20.5). */
export const allowedMethods = "INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE, PRACK";
