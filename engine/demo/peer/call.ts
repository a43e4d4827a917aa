// One SIP call of a simulated person, in either direction: INVITE, ACK, CANCEL, BYE and re-INVITE
// (RFC 3261 sections 9, 12 to 15). Signalling only; the SDP is the owner's.
import type { ClientTransaction } from "./client-transaction.ts";
import type { Credentials } from "./digest.ts";
import type { ServerTransaction } from "./server-transactions.ts";
import {
  type Destination,
  headerValue,
  headerValues,
  parameter,
  parseSipUri,
  type SipHeader,
  type SipRequest,
  type SipResponse,
  serialiseSip,
  uriOf,
} from "./sip-lite.ts";

export type CallEnd = Readonly<{
  by: "us" | "them" | "failure";
  /** SIP status that ended a call before it was answered, else null. */
  status: number | null;
}>;

export type CallHandlers = Readonly<{
  /** 180 and 183 of an outgoing call. */
  onProgress?: (status: number) => void;
  /** Outgoing: the 2xx, with its SDP. Incoming: the ACK, with SDP when our 2xx had the offer. */
  onAnswered?: (sdp: string) => void;
  /** A re-INVITE; returns the SDP answer, or null to refuse it with 488. */
  onReoffer?: (sdp: string) => string | null;
  /** Exactly once, whatever happened. */
  onEnded?: (end: CallEnd) => void;
}>;

/** What a call needs of the peer that owns the socket. */
export type CallHost = Readonly<{
  t1Ms: number;
  contact: (user: string) => string;
  send: (data: Buffer, to: Destination) => void;
  newToken: () => string;
  /** Headers Via and Max-Forwards with a new branch. */
  newVia: () => readonly SipHeader[];
  startTransaction: (
    request: SipRequest,
    to: Destination,
    on: Readonly<{ response: (response: SipResponse) => void; timeout: () => void }>,
  ) => ClientTransaction;
  authorization: (
    response: SipResponse,
    request: Readonly<{ method: string; uri: string; credentials: Credentials }>,
  ) => SipHeader | null;
  forget: (call: SipCall) => void;
}>;

type State = "inviting" | "cancelling" | "ringing" | "answered" | "established" | "ended";

export type CallIdentity = Readonly<{
  callId: string;
  localTag: string;
  localUser: string;
  /** Our From (outgoing) or To (incoming) value, tag included. */
  local: string;
}>;

export class SipCall {
  readonly identity: CallIdentity;
  readonly #host: CallHost;
  handlers: CallHandlers = {};
  #state: State;
  #remote: string;
  #remoteUri: string;
  #destination: Destination;
  #routes: readonly string[] = [];
  #cseq = 1;
  #inviteCseq = 1;
  #invite: SipRequest | null = null;
  #provisionalSeen = false;
  #authTried = false;
  #credentials: Credentials | null = null;
  #ack: Buffer | null = null;
  #incoming: ServerTransaction | null = null;
  #giveUp: NodeJS.Timeout | null = null;
  #byeAfterAck = false;

  private constructor(
    host: CallHost,
    identity: CallIdentity,
    start: Readonly<{ state: State; remote: string; remoteUri: string; destination: Destination }>,
  ) {
    this.#host = host;
    this.identity = identity;
    this.#state = start.state;
    this.#remote = start.remote;
    this.#remoteUri = start.remoteUri;
    this.#destination = start.destination;
  }

  /** Sends an INVITE. */
  static outgoing(
    host: CallHost,
    identity: CallIdentity,
    options: Readonly<{
      uri: string;
      destination: Destination;
      sdp: string;
      headers: readonly SipHeader[];
      credentials: Credentials | null;
      handlers: CallHandlers;
    }>,
  ): SipCall {
    const { uri, destination } = options;
    const remote = `<${uri}>`;
    const call = new SipCall(host, identity, {
      state: "inviting",
      remote,
      remoteUri: uri,
      destination,
    });
    call.handlers = options.handlers;
    call.#credentials = options.credentials;
    call.#sendInvite(options.sdp, options.headers);
    return call;
  }

  /** Takes an INVITE that arrived; the owner then rings, answers or rejects. */
  static incoming(host: CallHost, identity: CallIdentity, invite: ServerTransaction): SipCall {
    const { request } = invite;
    const remoteUri = uriOf(headerValue(request, "contact"));
    const remote = headerValue(request, "from");
    const call = new SipCall(host, identity, {
      state: "ringing",
      remote,
      remoteUri,
      destination: invite.from,
    });
    call.#incoming = invite;
    call.#setRoutes(headerValues(request, "record-route"));
    return call;
  }

  get state(): State {
    return this.#state;
  }

  /** SDP of the incoming INVITE; empty when it had none. */
  get offeredSdp(): string {
    return this.#incoming?.request.body ?? "";
  }

  ring(): void {
    if (this.#state === "ringing") this.#replyInvite(180, "");
  }

  answer(sdp: string): void {
    if (this.#state !== "ringing") return;
    this.#state = "answered";
    this.#replyInvite(200, sdp);
    this.#giveUp = setTimeout(() => this.#noAck(), 64 * this.#host.t1Ms);
  }

  reject(status: number): void {
    if (this.#state !== "ringing") return;
    this.#replyInvite(status, "");
    this.#end({ by: "us", status });
  }

  /** Ends the call in whatever state it is: CANCEL, a refusal, or BYE. */
  hangUp(): void {
    switch (this.#state) {
      case "inviting":
        this.#state = "cancelling";
        if (this.#provisionalSeen) this.#sendCancel();
        return;
      case "ringing":
        this.reject(480);
        return;
      case "answered":
        // RFC 3261 section 15: the callee's BYE must wait for the ACK.
        this.#byeAfterAck = true;
        return;
      case "established":
        this.#bye();
        this.#end({ by: "us", status: null });
        return;
      case "cancelling":
      case "ended":
        return;
    }
  }

  /** Offers new terms inside the call (RFC 3261 14.1); told the answer, or null when refused. */
  reoffer(sdp: string, onAnswer: (sdp: string | null) => void): void {
    if (this.#state !== "established") {
      onAnswer(null);
      return;
    }
    const cseq = this.#cseq;
    const contact = `<${this.#host.contact(this.identity.localUser)}>`;
    const request = this.#request("INVITE", [
      ["Contact", contact],
      ["Content-Type", "application/sdp"],
    ]);
    const response = ({ status, body }: SipResponse) => {
      if (status < 200) return;
      if (status < 300) {
        this.#ack = serialiseSip(this.#request("ACK", [], cseq));
        this.#host.send(this.#ack, this.#destination);
      }
      onAnswer(status < 300 ? body : null);
    };
    this.#host.startTransaction({ ...request, body: sdp }, this.#destination, {
      response,
      timeout: () => onAnswer(null),
    });
  }

  /** A request inside this call; the peer has matched the dialog. */
  receive(transaction: ServerTransaction): void {
    const { request } = transaction;
    switch (request.method) {
      case "BYE":
        transaction.reply({ status: 200 });
        this.#end({ by: "them", status: null });
        return;
      case "INVITE":
        this.#reinvite(transaction);
        return;
      case "OPTIONS":
      case "INFO":
      case "NOTIFY":
        transaction.reply({ status: 200 });
        return;
      default:
        transaction.reply({ status: 405, headers: [["Allow", allowedMethods]] });
    }
  }

  /** The ACK of our 2xx. */
  receiveAck(request: SipRequest): void {
    this.#incoming?.acknowledge();
    if (this.#state !== "answered") return;
    this.#stopTimer();
    this.#state = "established";
    this.handlers.onAnswered?.(request.body);
    if (this.#byeAfterAck) this.hangUp();
  }

  /** CANCEL of the INVITE that still rings; one that comes after our 2xx changes nothing. */
  receiveCancel(): void {
    if (this.#state !== "ringing") return;
    this.#replyInvite(487, "");
    this.#end({ by: "them", status: 487 });
  }

  /** A 2xx that no transaction waits for: a repetition, or another branch's (section 13.2.2.4). */
  receiveStray2xx(response: SipResponse): void {
    const tag = parameter(headerValue(response, "to"), "tag");
    const ours = parameter(this.#remote, "tag") === tag;
    if (ours && this.#ack !== null) this.#host.send(this.#ack, this.#destination);
  }

  /** Stops everything without a word on the wire. */
  abandon(): void {
    this.#end({ by: "failure", status: null });
  }

  #sendInvite(sdp: string, headers: readonly SipHeader[]): void {
    this.#inviteCseq = this.#cseq;
    const request = this.#request("INVITE", [
      ["Contact", `<${this.#host.contact(this.identity.localUser)}>`],
      ["Allow", allowedMethods],
      ...headers,
      ...(sdp === "" ? [] : [["Content-Type", "application/sdp"] as const]),
    ]);
    this.#invite = { ...request, body: sdp };
    this.#host.startTransaction(this.#invite, this.#destination, {
      response: (response) => this.#inviteResponse(response),
      timeout: () => this.#end({ by: "failure", status: 408 }),
    });
  }

  #inviteResponse(response: SipResponse): void {
    if (this.#state === "ended") {
      if (response.status >= 200 && response.status < 300) this.#acceptAndEnd(response);
      return;
    }
    if (response.status < 200) {
      const first = !this.#provisionalSeen;
      this.#provisionalSeen = true;
      if (first && this.#state === "cancelling") this.#sendCancel();
      if (response.status > 100) this.handlers.onProgress?.(response.status);
      return;
    }
    if (response.status < 300) {
      this.#accepted(response);
      return;
    }
    if (this.#retryWithDigest(response)) return;
    const by = this.#state === "cancelling" ? "us" : "them";
    this.#end({ by, status: response.status });
  }

  #retryWithDigest(response: SipResponse): boolean {
    const invite = this.#invite;
    const credentials = this.#credentials;
    if (response.status !== 401 && response.status !== 407) return false;
    if (invite === null || credentials === null || this.#authTried) return false;
    if (this.#state !== "inviting") return false;
    const header = this.#host.authorization(response, {
      method: "INVITE",
      uri: invite.uri,
      credentials,
    });
    if (header === null) return false;
    this.#authTried = true;
    this.#provisionalSeen = false;
    this.#sendInvite(invite.body, [header]);
    return true;
  }

  /** The 2xx: the dialog is there. A 2xx that crossed our CANCEL is acknowledged, then released. */
  #accepted(response: SipResponse): void {
    if (this.#state === "cancelling") {
      this.#acceptAndEnd(response);
      this.#end({ by: "us", status: null });
      return;
    }
    this.#establish(response);
    this.#state = "established";
    this.handlers.onAnswered?.(response.body);
  }

  #acceptAndEnd(response: SipResponse): void {
    this.#establish(response);
    this.#bye();
  }

  #establish(response: SipResponse): void {
    this.#remote = headerValue(response, "to");
    this.#retarget(headerValue(response, "contact"));
    this.#setRoutes([...headerValues(response, "record-route")].reverse());
    this.#ack = serialiseSip(this.#request("ACK", [], this.#inviteCseq));
    this.#host.send(this.#ack, this.#destination);
  }

  #sendCancel(): void {
    const invite = this.#invite;
    if (invite === null) return;
    const cancel: SipRequest = {
      kind: "request",
      method: "CANCEL",
      uri: invite.uri,
      headers: [
        ["Via", headerValue(invite, "via")],
        ["Max-Forwards", "70"],
        ["From", headerValue(invite, "from")],
        ["To", headerValue(invite, "to")],
        ["Call-ID", headerValue(invite, "call-id")],
        ["CSeq", `${this.#inviteCseq} CANCEL`],
      ],
      body: "",
    };
    const ignore = () => undefined;
    this.#host.startTransaction(cancel, this.#destination, { response: ignore, timeout: ignore });
    // Section 9.1: without a final response in 64*T1 the INVITE counts as cancelled.
    this.#giveUp = setTimeout(() => this.#end({ by: "us", status: null }), 64 * this.#host.t1Ms);
  }

  #bye(): void {
    const ignore = () => undefined;
    const bye = this.#request("BYE", []);
    this.#host.startTransaction(bye, this.#destination, { response: ignore, timeout: ignore });
  }

  #noAck(): void {
    this.#state = "established";
    this.#bye();
    this.#end({ by: "failure", status: 408 });
  }

  #reinvite(transaction: ServerTransaction): void {
    const answer = this.handlers.onReoffer?.(transaction.request.body) ?? null;
    if (answer === null || this.#state !== "established") {
      transaction.reply({ status: 488 });
      return;
    }
    this.#incoming = transaction;
    this.#retarget(headerValue(transaction.request, "contact"));
    this.#replyInvite(200, answer);
  }

  #replyInvite(status: number, sdp: string): void {
    const contact = `<${this.#host.contact(this.identity.localUser)}>`;
    const described: SipHeader[] = sdp === "" ? [] : [["Content-Type", "application/sdp"]];
    this.#incoming?.reply({
      status,
      tag: this.identity.localTag,
      headers: [["Contact", contact], ["Allow", allowedMethods], ...described],
      body: sdp,
    });
  }

  #request(method: string, extra: readonly SipHeader[], cseq = this.#cseq): SipRequest {
    if (method !== "ACK") this.#cseq += 1;
    return {
      kind: "request",
      method,
      uri: this.#remoteUri,
      headers: [
        ...this.#host.newVia(),
        ...this.#routes.map((route): SipHeader => ["Route", route]),
        ["From", this.identity.local],
        ["To", this.#remote],
        ["Call-ID", this.identity.callId],
        ["CSeq", `${cseq} ${method}`],
        ...extra,
      ],
      body: "",
    };
  }

  #retarget(contact: string): void {
    if (contact === "") return;
    this.#remoteUri = uriOf(contact);
    this.#aim(this.#routes[0] ?? contact);
  }

  #setRoutes(routes: readonly string[]): void {
    this.#routes = routes;
    this.#aim(routes[0] ?? this.#remoteUri);
  }

  /** Requests go to the first route or the contact when that is an address; else to the source. */
  #aim(target: string): void {
    const uri = parseSipUri(uriOf(target));
    if (uri === null || !/^[0-9a-fA-F.:]+$/.test(uri.host)) return;
    this.#destination = { host: uri.host, port: uri.port };
  }

  #stopTimer(): void {
    if (this.#giveUp !== null) clearTimeout(this.#giveUp);
    this.#giveUp = null;
  }

  #end(end: CallEnd): void {
    if (this.#state === "ended") return;
    // A refusal goes on being repeated until its ACK; a 2xx of a call that is over need not be.
    if (this.#state !== "ringing") this.#incoming?.acknowledge();
    this.#state = "ended";
    this.#stopTimer();
    this.#host.forget(this);
    this.handlers.onEnded?.(end);
  }
}

export const allowedMethods = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, NOTIFY";
