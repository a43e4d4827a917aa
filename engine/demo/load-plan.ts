// What a load test is asked for, and what it reports.
import type { CallEnd } from "./peer/call.ts";
import type { Destination } from "./peer/sip-lite.ts";

export type LoadAgentsOptions = Readonly<{
  /**
   * Who they are. With a password they register with digest; without they wait at `port` for calls
   * to their id (sites with fixed SIP URIs).
   */
  people: readonly Readonly<{ id: string; password: string | null }>[];
  /** UDP port of all these agents; 0 takes a free one. */
  port?: number;
  answerDelayMs: number;
  /** After this time of talk the agent hangs up; null leaves that to the caller. */
  talkMs: number | null;
}>;

export type LoadOptions = Readonly<{
  /** The centre's SIP address. */
  target: Destination;
  localHost?: string;
  calls: number;
  callsPerSecond: number;
  dialled: string;
  /** Keys, each with the time since the answer. */
  keys?: readonly Readonly<{ digit: string; afterMs: number }>[];
  /** The caller hangs up so long after the agent's tone is heard; without RTP: after the answer. */
  talkMs: number;
  /** A caller who hears no agent leaves after this time since the answer. */
  waitMsMax: number;
  /** False: no audio at all; then only the agents' side knows when calls are connected. */
  withRtp: boolean;
  agents?: LoadAgentsOptions;
  /** Told of each step as it happens; must not block. */
  onEvent?: (event: LoadEvent) => void;
}>;

export type LoadEvent = Readonly<{
  slot: number;
  type: "invited" | "answered" | "bridged" | "ended";
  atMs: number;
}>;

/** Times are `performance.now()` milliseconds, so that differences are exact. */
export type LoadCallResult = Readonly<{
  slot: number;
  callerUser: string;
  invitedMs: number;
  /** 200 OK of the INVITE. */
  answeredMs: number | null;
  /** End of the first 100 ms window in which an agent's tone was heard. */
  bridgedMs: number | null;
  endedMs: number;
  end: CallEnd;
  /** Tone in Hz to windows of 100 ms: what this caller heard. */
  heardTones: Readonly<Record<number, number>>;
  packetsOut: number;
  packetsIn: number;
}>;

/** One call as the agent's phone saw it. */
export type LoadAgentResult = Readonly<{
  agentId: string;
  toneHz: number;
  callerUser: string;
  invitedMs: number;
  answeredMs: number | null;
  endedMs: number;
  end: CallEnd;
  heardTones: Readonly<Record<number, number>>;
}>;

export type LoadReport = Readonly<{
  calls: readonly LoadCallResult[];
  agentCalls: readonly LoadAgentResult[];
  /** Calls that were neither answered nor properly refused, and audio that went the wrong way. */
  faults: readonly string[];
}>;
