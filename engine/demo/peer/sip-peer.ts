// A SIP user agent on one UDP socket: any number of calls in both directions, and registrations.
// It stands for the outside world (carrier, callers, desk phones) in the demo and in load tests.
import { randomBytes } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { allowedMethods, type CallHandlers, type CallHost, SipCall } from "./call.ts";
import { ClientTransaction, clientTransactionKey, t1MsDefault } from "./client-transaction.ts";
import { type Credentials, digestAuthorization } from "./digest.ts";
import { Registration, type RegistrationOptions } from "./registration.ts";
import { createServerTransactions, type ServerTransaction } from "./server-transactions.ts";
import {
  type Destination,
  headerValue,
  parameter,
  parseSip,
  parseSipUri,
  type SipHeader,
  type SipRequest,
  type SipResponse,
  uriHost,
  uriOf,
} from "./sip-lite.ts";

export type SipPeerOptions = Readonly<{
  host: string;
  /** 0 takes a free port. */
  port?: number;
  t1Ms?: number;
  /** A new call; the owner sets `handlers` and then rings, answers or rejects. Else 480. */
  onCall?: (call: SipCall, invite: SipRequest) => void;
  /** Calls at once, both directions; more are refused with 503. */
  callsMax?: number;
  /** For tests: true loses the datagram that is about to be sent. */
  loses?: (data: Buffer) => boolean;
}>;

export type OutgoingOptions = Readonly<{
  /** Where the INVITE goes, and the dialled user part. */
  target: Destination;
  dialled: string;
  callerUser: string;
  sdp: string;
  credentials?: Credentials;
  handlers: CallHandlers;
}>;

export class SipPeer {
  readonly host: string;
  readonly port: number;
  readonly #socket: Socket;
  readonly #options: SipPeerOptions;
  readonly #t1Ms: number;
  readonly #calls = new Map<string, SipCall>();
  readonly #clients = new Map<string, ClientTransaction>();
  readonly #servers;
  readonly #registrations = new Set<Registration>();
  readonly #tokenBase = randomBytes(6).toString("hex");
  #tokens = 0;
  #closed = false;
  readonly #callHost: CallHost;

  private constructor(socket: Socket, options: SipPeerOptions) {
    this.host = options.host;
    this.port = socket.address().port;
    this.#socket = socket;
    this.#options = options;
    this.#t1Ms = options.t1Ms ?? t1MsDefault;
    this.#servers = createServerTransactions({
      t1Ms: this.#t1Ms,
      send: (data, to) => this.#send(data, to),
    });
    this.#callHost = {
      t1Ms: this.#t1Ms,
      contact: (user) => this.contact(user),
      send: (data, to) => this.#send(data, to),
      newToken: () => this.#newToken(),
      newVia: () => this.#newVia(),
      startTransaction: (request, to, on) => this.#startTransaction(request, to, on),
      authorization: (response, request) => this.#authorization(response, request),
      forget: (call) => this.#calls.delete(`${call.identity.callId} ${call.identity.localTag}`),
    };
    socket.on("message", (data, from) =>
      this.#receive(data, { host: from.address, port: from.port }),
    );
    // A destination that is gone shows in the transactions' time limits.
    socket.on("error", () => undefined);
  }

  static async open(options: SipPeerOptions): Promise<SipPeer> {
    const family = options.host.includes(":") ? 6 : 4;
    const socket = createSocket({
      type: family === 6 ? "udp6" : "udp4",
      lookup: (hostname, _options, done) => done(null, hostname, family),
      recvBufferSize: 4 * 1024 * 1024,
    });
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.bind(options.port ?? 0, options.host, () => {
        socket.off("error", reject);
        resolve();
      });
    });
    return new SipPeer(socket, options);
  }

  get callCount(): number {
    return this.#calls.size;
  }

  contact(user: string): string {
    return `sip:${user}@${uriHost(this.host)}:${this.port}`;
  }

  invite(options: OutgoingOptions): SipCall {
    const localTag = this.#newToken();
    const callId = `${this.#newToken()}@${uriHost(this.host)}`;
    const local = `<sip:${options.callerUser}@${uriHost(this.host)}>;tag=${localTag}`;
    const uri = `sip:${options.dialled}@${uriHost(options.target.host)}:${options.target.port}`;
    const call = SipCall.outgoing(
      this.#callHost,
      { callId, localTag, localUser: options.callerUser, local },
      {
        uri,
        destination: options.target,
        sdp: options.sdp,
        headers: [],
        credentials: options.credentials ?? null,
        handlers: options.handlers,
      },
    );
    this.#calls.set(`${callId} ${localTag}`, call);
    return call;
  }

  /** Keeps an address of record registered until `stop()` or the peer's end. */
  register(options: RegistrationOptions): Registration {
    const registration = new Registration(this.#callHost, options);
    this.#registrations.add(registration);
    return registration;
  }

  /** Ends without a word on the wire; hang up the calls first to be polite. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const registration of this.#registrations) registration.stop();
    for (const call of [...this.#calls.values()]) call.abandon();
    for (const client of [...this.#clients.values()]) client.stop();
    this.#servers.stop();
    this.#socket.close();
  }

  #send(data: Buffer, to: Destination): void {
    if (this.#closed || this.#options.loses?.(data) === true) return;
    this.#socket.send(data, to.port, to.host);
  }

  #newToken(): string {
    this.#tokens += 1;
    return `${this.#tokenBase}${this.#tokens.toString(36)}`;
  }

  #newVia(): readonly SipHeader[] {
    const sentBy = `${uriHost(this.host)}:${this.port}`;
    return [
      ["Via", `SIP/2.0/UDP ${sentBy};branch=z9hG4bK${this.#newToken()};rport`],
      ["Max-Forwards", "70"],
    ];
  }

  #startTransaction(
    request: SipRequest,
    to: Destination,
    on: Readonly<{ response: (response: SipResponse) => void; timeout: () => void }>,
  ): ClientTransaction {
    const key = clientTransactionKey(request);
    const transaction = new ClientTransaction({
      request,
      t1Ms: this.#t1Ms,
      send: (data) => this.#send(data, to),
      onResponse: on.response,
      onTimeout: on.timeout,
      onDone: () => this.#clients.delete(key),
    });
    this.#clients.set(key, transaction);
    return transaction;
  }

  #authorization(
    response: SipResponse,
    request: Readonly<{ method: string; uri: string; credentials: Credentials }>,
  ): SipHeader | null {
    const proxy = response.status === 407;
    const challenge = headerValue(response, proxy ? "proxy-authenticate" : "www-authenticate");
    const value = digestAuthorization({ challenge, ...request, cnonce: this.#newToken() });
    return value === null ? null : [proxy ? "Proxy-Authorization" : "Authorization", value];
  }

  #receive(data: Buffer, from: Destination): void {
    const message = parseSip(data);
    if (message === null) return;
    if (message.kind === "request") {
      this.#receiveRequest(message, from);
      return;
    }
    const transaction = this.#clients.get(clientTransactionKey(message));
    if (transaction !== undefined) {
      transaction.receive(message);
      return;
    }
    if (message.status < 200 || message.status >= 300) return;
    if (!/INVITE$/.test(headerValue(message, "cseq"))) return;
    const tag = parameter(headerValue(message, "from"), "tag");
    this.#calls.get(`${headerValue(message, "call-id")} ${tag}`)?.receiveStray2xx(message);
  }

  #receiveRequest(request: SipRequest, from: Destination): void {
    const tag = parameter(headerValue(request, "to"), "tag");
    const call =
      tag === null ? undefined : this.#calls.get(`${headerValue(request, "call-id")} ${tag}`);
    if (request.method === "ACK") {
      this.#servers.inviteOf(request)?.acknowledge();
      call?.receiveAck(request);
      return;
    }
    const transaction = this.#servers.begin(request, from);
    if (transaction === null) return;
    if (call !== undefined) {
      call.receive(transaction);
      return;
    }
    if (tag !== null) {
      transaction.reply({ status: 481 });
      return;
    }
    this.#receiveOutsideDialog(transaction);
  }

  #receiveOutsideDialog(transaction: ServerTransaction): void {
    const { request } = transaction;
    const tag = this.#newToken();
    switch (request.method) {
      case "INVITE":
        this.#receiveInvite(transaction, tag);
        return;
      case "CANCEL": {
        const invite = this.#servers.inviteOf(request);
        transaction.reply({ status: invite === null ? 481 : 200, tag });
        if (invite !== null) this.#callOf(invite.request)?.receiveCancel();
        return;
      }
      case "OPTIONS":
        transaction.reply({ status: 200, tag, headers: [["Allow", allowedMethods]] });
        return;
      default:
        transaction.reply({ status: 405, tag, headers: [["Allow", allowedMethods]] });
    }
  }

  #receiveInvite(transaction: ServerTransaction, localTag: string): void {
    const { request } = transaction;
    const { onCall } = this.#options;
    if (onCall === undefined) {
      transaction.reply({ status: 480, tag: localTag });
      return;
    }
    if (this.#calls.size >= (this.#options.callsMax ?? 5_000)) {
      transaction.reply({ status: 503, tag: localTag });
      return;
    }
    transaction.reply({ status: 100 });
    const callId = headerValue(request, "call-id");
    const localUser = parseSipUri(request.uri)?.user ?? "";
    const local = `${headerValue(request, "to")};tag=${localTag}`;
    const identity = { callId, localTag, localUser, local };
    const call = SipCall.incoming(this.#callHost, identity, transaction);
    this.#calls.set(`${callId} ${localTag}`, call);
    onCall(call, request);
  }

  /** The ringing call of an INVITE that a CANCEL names; it has no tag of ours yet. */
  #callOf(invite: SipRequest): SipCall | undefined {
    const callId = headerValue(invite, "call-id");
    for (const call of this.#calls.values()) {
      if (call.identity.callId === callId && call.state === "ringing") return call;
    }
    return undefined;
  }
}

/** User part of the caller of an INVITE. */
export function callerOf(invite: SipRequest): string {
  return parseSipUri(uriOf(headerValue(invite, "from")))?.user ?? "";
}
