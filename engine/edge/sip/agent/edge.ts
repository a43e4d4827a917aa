// What the agent's parts share: configuration, tables and the layers below. The parts are functions
// over this one object; each says in its header what it decides.
import type { Logger } from "pino";
import type { AppClient } from "../app/app-client.ts";
import type { AppServer } from "../app/app-server.ts";
import type { Dialog } from "../dialog/dialog.ts";
import type { DialogTable } from "../dialog/dialog-table.ts";
import type { ResponseRepeater } from "../dialog/response-repeater.ts";
import type { Essentials } from "../message/essentials.ts";
import type { SipRequest } from "../message/message.ts";
import type { Trace } from "../trace/trace.ts";
import type { ClientTransaction } from "../transaction/client.ts";
import type { TransactionLayer } from "../transaction/layer.ts";
import type { ServerTransaction } from "../transaction/server.ts";
import type { TimerHandle, Timers, TimerValues } from "../transaction/timers.ts";
import type { Flow } from "../transport/flow.ts";
import type { Locator } from "../transport/locator.ts";
import type { Transports } from "../transport/transports.ts";
import type { Admission, Channel } from "./admission.ts";
import type { Counters } from "./counters.ts";
import type { PassingCalls } from "./passing-calls.ts";
import type { Registrations } from "./registrations.ts";
import type { Reports } from "./reports.ts";

/** A well-formed request as a transport received it. */
export interface ReceivedRequest {
  request: SipRequest;
  essentials: Essentials;
  flow: Flow;
  size: number;
}

/** Reliable provisional responses to one INVITE (RFC 3262 3). */
export interface ReliableAnswers {
  /** Of the last one sent. */
  rseq: number;
  /** Repeats that one until its PRACK; null when nothing is due. */
  repeater: ResponseRepeater | null;
  /** Answers of the application that have to wait for the PRACK. */
  readonly held: (() => void)[];
}

/** A request from the network that waits for the application's final answer. */
export interface IncomingRequest {
  readonly transactionId: string;
  readonly transaction: ServerTransaction;
  readonly request: SipRequest;
  readonly essentials: Essentials;
  readonly flow: Flow;
  /** Bytes on the wire. */
  readonly size: number;
  /** Ours in this dialog: the same in 18x and 200. */
  localTag: string;
  client: AppClient | null;
  dialog: Dialog | null;
  /** True when it came inside a confirmed dialog. */
  readonly inDialog: boolean;
  /** Set while it is passed on to others instead of answered. */
  proxy: { cancel(): void } | null;
  /** Null until a reliable provisional response was sent. */
  reliable: ReliableAnswers | null;
  /** INVITE without description: we have offered ours. */
  sdpOffered: boolean;
  /** What a call of a trunk takes up until a dialog takes it over. */
  readonly channel: Channel | null;
  /** Ends the wait for an answer, or for the next application. */
  timer: TimerHandle | null;
}

/** A request of the application that waits for a final response. */
export interface OutgoingRequest {
  readonly transactionId: string;
  readonly request: SipRequest;
  readonly flow: Flow;
  readonly localTag: string;
  /** Set as soon as the transaction exists. */
  transaction: ClientTransaction | null;
  client: AppClient | null;
  /** The dialog in which it was sent; null for a new request. */
  readonly dialog: Dialog | null;
  /** Early dialogs of a new INVITE, one for each fork. */
  readonly forks: Dialog[];
  provisionalSeen: boolean;
  /** Headers of the CANCEL that is wanted or was sent. */
  cancel: { headers: { name: string; value: string }[]; sent: boolean } | null;
  /** A final response (or its local substitute) was handed on. */
  answered: boolean;
}

export interface Edge {
  readonly timers: Timers;
  readonly values: TimerValues;
  readonly log: Logger;
  readonly counters: Counters;
  readonly transactions: TransactionLayer;
  readonly dialogs: DialogTable;
  readonly registrations: Registrations;
  readonly reports: Reports;
  readonly admission: Admission;
  readonly trace: Trace;
  readonly incoming: Map<string, IncomingRequest>;
  /** Unanswered new INVITEs by dialog id, to find loops and merged requests. */
  readonly incomingCalls: Map<string, IncomingRequest>;
  readonly outgoing: Map<string, OutgoingRequest>;
  /** Unanswered SUBSCRIBEs and REFERs by dialog id: a NOTIFY may come before their answer. */
  readonly subscribing: Map<string, OutgoingRequest>;
  readonly passing: PassingCalls;
  readonly orphanMs: number;
  /** Set once, right after the listeners are open. */
  transports: Transports;
  locator: Locator;
  apps: AppServer;
}
