// A SIP peer for tests: sends what it is told, keeps what it receives, and knows no rules.
import dgram from "node:dgram";
import { header, type SipMessage, type SipRequest, type SipResponse } from "../message/message.ts";
import { tagOf } from "../message/name-addr.ts";
import { parseMessage } from "../message/parse.ts";

export const sdp =
  "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n";

/** Moves messages between a peer and the edge. */
export interface Wire {
  send(text: string): void;
  close(): void;
}

export class Peer {
  readonly name: string;
  /** Received and not yet taken by `take`. */
  readonly received: SipMessage[] = [];
  contact = "";
  wire: Wire | null = null;
  #branch = 0;

  constructor(name: string) {
    this.name = name;
  }

  /** Called by the wire. */
  push(bytes: Buffer): void {
    const parsed = parseMessage(bytes);
    if (!parsed.ok) throw new Error(`unreadable: ${parsed.error.reason}\n${bytes.toString()}`);
    if (parsed.message !== null) this.received.push(parsed.message);
  }

  send(lines: string[], body = ""): void {
    const length = Buffer.byteLength(body);
    this.wire?.send(`${[...lines, `Content-Length: ${length}`].join("\r\n")}\r\n\r\n${body}`);
  }

  branch(): string {
    return `z9hG4bK-${this.name}-${this.#branch++}`;
  }

  /** Takes the first message that fits out of `received`; waits for it if need be. */
  async take<T extends SipMessage>(fits: (message: SipMessage) => message is T): Promise<T> {
    const untilMs = performance.now() + 5_000;
    for (;;) {
      const index = this.received.findIndex(fits);
      const found = this.received[index];
      if (found !== undefined && fits(found)) {
        this.received.splice(index, 1);
        return found;
      }
      if (performance.now() > untilMs) {
        const seen = this.received.map((message) => startLine(message)).join(", ");
        throw new Error(`${this.name} did not receive it; waiting: [${seen}]`);
      }
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  request(method: string): Promise<SipRequest> {
    return this.take(
      (message): message is SipRequest => message.kind === "request" && message.method === method,
    );
  }

  response(status: number, method?: string): Promise<SipResponse> {
    return this.take(
      (message): message is SipResponse =>
        message.kind === "response" &&
        message.status === status &&
        (method === undefined || (header(message, "CSeq") ?? "").endsWith(` ${method}`)),
    );
  }

  /** Lines of an answer to a request. */
  answer(
    request: SipRequest,
    status: number,
    options: { tag?: string; extra?: string[]; body?: string } = {},
  ): void {
    const lines = [`SIP/2.0 ${status} Text`];
    for (const { name, value } of request.headers) {
      if (["Via", "From", "Call-ID", "CSeq", "Record-Route"].includes(name)) {
        lines.push(`${name}: ${value}`);
      } else if (name === "To") {
        const tag = options.tag ?? this.name;
        lines.push(`To: ${tagOf(value) === "" && status > 100 ? `${value};tag=${tag}` : value}`);
      }
    }
    if (status > 100 && status < 300) lines.push(`Contact: <${this.contact}>`);
    lines.push(...(options.extra ?? []));
    if (options.body !== undefined) lines.push("Content-Type: application/sdp");
    this.send(lines, options.body ?? "");
  }
}

export function startLine(message: SipMessage): string {
  return message.kind === "request" ? message.method : String(message.status);
}

/** A peer on a UDP port of its own. */
export async function udpPeer(name: string, edgePort: number): Promise<Peer & { port: number }> {
  const peer = new Peer(name);
  const socket = dgram.createSocket("udp4");
  socket.on("message", (bytes) => peer.push(bytes));
  await new Promise<void>((resolve) => {
    socket.bind(0, "127.0.0.1", resolve);
  });
  const { port } = socket.address();
  peer.wire = {
    send: (text) => socket.send(text, edgePort, "127.0.0.1"),
    close: () => socket.close(),
  };
  peer.contact = `sip:${name}@127.0.0.1:${port}`;
  return Object.assign(peer, { port });
}

/** A request of the callee in a call that the edge made with `invite`. */
export function fromCallee(
  peer: Peer & { port: number },
  invite: SipRequest,
  request: { method: string; cseq?: number; tag?: string; extra?: string[]; body?: string },
): void {
  const { method, cseq = 7, tag = peer.name, extra = [], body = "" } = request;
  const contact = (header(invite, "Contact") ?? "").replace(/[<>]/g, "");
  peer.send(
    [
      `${method} ${contact} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:${peer.port};branch=${peer.branch()}`,
      `From: ${header(invite, "To") ?? ""};tag=${tag}`,
      `To: ${header(invite, "From") ?? ""}`,
      `Call-ID: ${header(invite, "Call-ID") ?? ""}`,
      `CSeq: ${cseq} ${method}`,
      `Contact: <${peer.contact}>`,
      ...(body === "" ? [] : ["Content-Type: application/sdp"]),
      ...extra,
    ],
    body,
  );
}

/** One call of a peer to the edge: the headers that stay the same. */
export class Call {
  readonly peer: Peer;
  readonly callId: string;
  readonly fromTag: string;
  readonly via: string;
  to: string;
  cseq = 1;
  uri = "sip:100@127.0.0.1";
  hops = 70;
  /** Branch of the INVITE, for ACK of failures and CANCEL. */
  inviteBranch = "";

  constructor(peer: Peer, options: { callId: string; fromTag: string; via: string; to: string }) {
    this.peer = peer;
    this.callId = options.callId;
    this.fromTag = options.fromTag;
    this.via = options.via;
    this.to = options.to;
  }

  static over(peer: Peer & { port: number }, callId: string): Call {
    const via = `SIP/2.0/UDP 127.0.0.1:${peer.port}`;
    return new Call(peer, { callId, fromTag: `${peer.name}-tag`, via, to: "<sip:100@127.0.0.1>" });
  }

  get dialogId(): string {
    return `${this.callId};from-tag=${this.fromTag}`;
  }

  request(
    method: string,
    options: { branch?: string; cseq?: number; body?: string; extra?: string[] } = {},
  ): void {
    const branch = options.branch ?? this.peer.branch();
    if (method === "INVITE") this.inviteBranch = branch;
    this.peer.send(
      [
        `${method} ${this.uri} SIP/2.0`,
        `Via: ${this.via};branch=${branch}`,
        `Max-Forwards: ${this.hops}`,
        `From: <sip:${this.peer.name}@127.0.0.1>;tag=${this.fromTag}`,
        `To: ${this.to}`,
        `Call-ID: ${this.callId}`,
        `CSeq: ${options.cseq ?? this.cseq} ${method}`,
        `Contact: <${this.peer.contact}>`,
        ...(options.body === undefined ? [] : ["Content-Type: application/sdp"]),
        ...(options.extra ?? []),
      ],
      options.body ?? "",
    );
  }

  /** INVITE, 200, ACK. */
  async answered(): Promise<SipResponse> {
    this.request("INVITE", { body: sdp });
    const ok = await this.peer.response(200, "INVITE");
    this.to = header(ok, "To") ?? "";
    this.request("ACK");
    return ok;
  }

  async bye(): Promise<SipResponse> {
    this.cseq++;
    this.request("BYE");
    return this.peer.response(200, "BYE");
  }
}
