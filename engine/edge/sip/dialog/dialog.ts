// The state of one dialog (RFC 3261 12), whoever began it. What is sent inside it is built in
// `dialog-request.ts`; who may send when is decided by the agent.
import type { AppClient } from "../app/app-client.ts";
import type { TimerHandle } from "../transaction/timers.ts";
import type { Flow } from "../transport/flow.ts";
import type { ResponseRepeater } from "./response-repeater.ts";

/** We called, got a 2xx, and the ACK is due from the application. */
export interface AckDuty {
  cseq: number;
  /** Set when the call must end as soon as the ACK went out (RFC 3261 9.1, CANCEL crossed 200). */
  byeReason: string | null;
  giveUp: TimerHandle;
}

export interface SentAck {
  cseq: number;
  text: string;
  flow: Flow;
}

/** A session timer that runs (RFC 4028). */
export interface SessionTimer {
  seconds: number;
  /** Who has to refresh. */
  refresher: "us" | "them";
  /** Our next refresh, or the end of our patience with theirs. */
  timer: TimerHandle;
}

export interface Dialog {
  /** `<Call-ID>;from-tag=<tag>` of the request that created it: what applications store. */
  readonly id: string;
  readonly role: "uas" | "uac";
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
  /** Our end with tag, as it stands in From of our requests. */
  readonly localEnd: string;
  readonly remoteEnd: string;
  /** What the dialog is for; a REFER inside a call begins none of its own. */
  usage: "call" | "subscription";
  /** Ends a subscription that nobody renews. */
  expiry: TimerHandle | null;
  state: "early" | "confirmed" | "ended";
  /** Of the trunk over which the call came; given back when the dialog ends. */
  channel: { release(): void } | null;
  /** Null while no application has taken the dialog over. */
  owner: AppClient | null;
  /** The owner took it over from another connection. */
  inherited: boolean;
  /** Grows with each dialog: the place in lists. */
  serial: number;
  localCseq: number;
  remoteCseq: number | null;
  /** In the order in which requests visit them. */
  routeSet: string[];
  remoteTarget: string;
  localContact: string;
  flow: Flow;
  /** Where requests go instead of the remote target when the peer sits behind a NAT. */
  natTarget: { address: string; port: number } | null;
  /** UAS: the INVITE whose ACK is reported with its transaction id. */
  inviteTransactionId: string;
  okSender: ResponseRepeater | null;
  /** The peer gave up (CANCEL) after our 200 had left: BYE as soon as its ACK is here. */
  byeAfterAck: string | null;
  ackDuty: AckDuty | null;
  sentAck: SentAck | null;
  /** Transaction ids of an INVITE that is open in either direction. */
  openInviteOut: string | null;
  openInviteIn: string | null;
  /** Transaction ids of an UPDATE that is open in either direction. */
  openUpdateOut: string | null;
  openUpdateIn: string | null;
  /** Whose session description waits for its answer (RFC 3264 4: one at a time). */
  sdpOffer: "none" | "ours" | "theirs";
  /** UAC: RSeq of the last reliable provisional response taken (RFC 3262 4). */
  remoteRseq: number | null;
  /** UAC: the RSeq for which the application owes a PRACK. */
  prackDue: number | null;
  /** The session description that we sent last, for refreshes; empty when none. */
  lastSdp: string;
  session: SessionTimer | null;
  /** The application's INVITE that waits while the edge refreshes the session. */
  heldInvite: (() => void) | null;
  /** The application's BYE that waits for the ACK of our 2xx (RFC 3261 15). */
  heldBye: (() => void) | null;
  /** The application's BYE left: only a BYE of the peer may still come (RFC 5407 2). */
  byeSent: boolean;
}

export function newDialog(
  fixed: Pick<
    Dialog,
    | "id"
    | "role"
    | "callId"
    | "localTag"
    | "remoteTag"
    | "localEnd"
    | "remoteEnd"
    | "owner"
    | "localCseq"
    | "remoteCseq"
    | "routeSet"
    | "remoteTarget"
    | "localContact"
    | "flow"
    | "natTarget"
    | "inviteTransactionId"
  >,
): Dialog {
  // Listed one by one: spreading an object of this size takes hundreds of times as long (80 µs).
  return {
    id: fixed.id,
    role: fixed.role,
    callId: fixed.callId,
    localTag: fixed.localTag,
    remoteTag: fixed.remoteTag,
    localEnd: fixed.localEnd,
    remoteEnd: fixed.remoteEnd,
    owner: fixed.owner,
    localCseq: fixed.localCseq,
    remoteCseq: fixed.remoteCseq,
    routeSet: fixed.routeSet,
    remoteTarget: fixed.remoteTarget,
    localContact: fixed.localContact,
    flow: fixed.flow,
    natTarget: fixed.natTarget,
    inviteTransactionId: fixed.inviteTransactionId,
    channel: null,
    inherited: false,
    serial: 0,
    usage: "call",
    expiry: null,
    state: "early",
    okSender: null,
    byeAfterAck: null,
    ackDuty: null,
    sentAck: null,
    openInviteOut: null,
    openInviteIn: null,
    openUpdateOut: null,
    openUpdateIn: null,
    sdpOffer: "none",
    remoteRseq: null,
    prackDue: null,
    lastSdp: "",
    session: null,
    heldInvite: null,
    heldBye: null,
    byeSent: false,
  };
}

export function dialogIdOf(callId: string, fromTag: string): string {
  return `${callId};from-tag=${fromTag}`;
}
