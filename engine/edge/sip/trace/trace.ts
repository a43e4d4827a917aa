// The recent SIP messages of all calls, in bounded memory, for the ladder of one call.
import type { TraceAnswer, TracedMessage } from "../../../wire/edge-operations.ts";
import { bare } from "../transport/address.ts";
import type { Flow } from "../transport/flow.ts";
import { redact } from "./redact.ts";

export interface TraceLimits {
  /** 0 keeps none. */
  messagesMax: number;
  /** Of their texts, in all. */
  bytesMax: number;
}

type Kept = Omit<TracedMessage, "seq" | "text" | "local" | "remote"> &
  Pick<Flow, "localAddress" | "localPort" | "remoteAddress" | "remotePort"> & {
    /** In bytes as characters (Latin-1) when received, plain text when sent. */
    text: string;
  };

/** Calls whose legs are known to belong together. */
const linksMax = 20_000;
/** A call with more is a loop, or an attack. */
const messagesPerCallMax = 2_000;

export class Trace {
  readonly #limits: TraceLimits;
  /** A ring: the oldest is number `#first`. */
  readonly #kept: Kept[] = [];
  readonly #links = new Map<string, string>();
  #first = 0;
  #next = 0;
  #bytes = 0;

  constructor(limits: TraceLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#next - this.#first;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** `sipCallId` as the parser found it. */
  received(bytes: Buffer, flow: Flow, sipCallId: string): void {
    if (this.#limits.messagesMax === 0) return;
    this.#keep("received", bytes.toString("latin1"), flow, sipCallId);
  }

  /** Text as our own serialiser wrote it. */
  sent(text: string, flow: Flow): void {
    if (this.#limits.messagesMax === 0) return;
    const at = text.indexOf("\r\nCall-ID: ");
    if (at < 0) return;
    this.#keep("sent", text, flow, text.slice(at + 11, text.indexOf("\r\n", at + 11)));
  }

  /** The engine's name of the call to which a SIP call belongs. */
  link(sipCallId: string, callId: string): void {
    if (this.#limits.messagesMax === 0) return;
    if (this.#links.size >= linksMax) {
      const oldest = this.#links.keys().next().value;
      if (oldest !== undefined) this.#links.delete(oldest);
    }
    this.#links.set(sipCallId, callId);
  }

  /** All legs of a call, by the engine's id or by a Call-ID of one of them. */
  find(id: string): TraceAnswer {
    const callId = this.#links.get(id) ?? id;
    const messages: TracedMessage[] = [];
    for (let seq = this.#first; seq < this.#next; seq++) {
      const kept = this.#at(seq);
      if (kept === undefined) continue;
      if (kept.sipCallId !== id && this.#links.get(kept.sipCallId) !== callId) continue;
      messages.push(shown(kept, seq));
      if (messages.length >= messagesPerCallMax) break;
    }
    return { messages, forgotten: this.#first };
  }

  #at(seq: number): Kept | undefined {
    return this.#kept[seq % this.#limits.messagesMax];
  }

  #keep(direction: Kept["direction"], text: string, flow: Flow, sipCallId: string): void {
    const { messagesMax, bytesMax } = this.#limits;
    if (text.length > bytesMax) return;
    while (this.size >= messagesMax || this.#bytes + text.length > bytesMax) this.#forget();
    // Written out: this runs for every message.
    this.#kept[this.#next % messagesMax] = {
      atMs: Date.now(),
      direction,
      sipCallId,
      protocol: flow.protocol,
      localAddress: flow.localAddress,
      localPort: flow.localPort,
      remoteAddress: flow.remoteAddress,
      remotePort: flow.remotePort,
      text,
    };
    this.#next++;
    this.#bytes += text.length;
  }

  #forget(): void {
    this.#bytes -= this.#at(this.#first)?.text.length ?? 0;
    this.#first++;
  }
}

function shown(kept: Kept, seq: number): TracedMessage {
  const { atMs, direction, sipCallId, protocol, text } = kept;
  const { localAddress, localPort, remoteAddress, remotePort } = kept;
  const whole = direction === "sent" ? text : Buffer.from(text, "latin1").toString("utf8");
  return {
    seq,
    atMs,
    direction,
    sipCallId,
    protocol,
    local: { address: bare(localAddress), port: localPort },
    remote: { address: remoteAddress, port: remotePort },
    text: redact(whole),
  };
}
