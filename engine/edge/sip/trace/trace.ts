// The recent SIP messages of all calls, in memory taken once, for the ladder of one call.
import type { TraceAnswer, TracedMessage } from "../../../wire/edge-operations.ts";
import type { Flow } from "../transport/flow.ts";
import { ByteRing } from "./byte-ring.ts";
import { CallLinks } from "./call-links.ts";
import { callIdOf, headLength, type RecordHead, readMessage, writeHead } from "./message-record.ts";

export interface TraceLimits {
  /** 0 keeps none. */
  messagesMax: number;
  /** Of memory for them, taken at the start: a message needs its length and about 80 bytes. */
  bytesMax: number;
}

/** A call with more is a loop, or an attack. */
const messagesPerCallMax = 2_000;

type Kept = Readonly<{ ring: ByteRing; links: CallLinks }>;

export class Trace {
  /** Null when nothing is to be kept. */
  readonly #kept: Kept | null;

  constructor({ messagesMax, bytesMax }: TraceLimits) {
    const none = messagesMax === 0 || bytesMax === 0;
    this.#kept = none
      ? null
      : { ring: new ByteRing({ recordsMax: messagesMax, bytesMax }), links: new CallLinks() };
  }

  /** `sipCallId` as the parser found it. */
  received(message: Buffer, flow: Flow, sipCallId: string): void {
    if (this.#kept === null) return;
    const { ring } = this.#kept;
    const head: RecordHead = { atMs: Date.now(), direction: "received", flow, sipCallId };
    const offset = ring.claim(headLength(head) + message.length);
    if (offset >= 0) message.copy(ring.bytes, writeHead(ring.bytes, offset, head));
  }

  /** Text as our own serialiser wrote it. */
  sent(text: string, flow: Flow): void {
    if (this.#kept === null) return;
    const { ring } = this.#kept;
    const at = text.indexOf("\r\nCall-ID: ");
    if (at < 0) return;
    const sipCallId = text.slice(at + 11, text.indexOf("\r\n", at + 11));
    const head: RecordHead = { atMs: Date.now(), direction: "sent", flow, sipCallId };
    const offset = ring.claim(headLength(head) + Buffer.byteLength(text));
    if (offset >= 0) ring.bytes.write(text, writeHead(ring.bytes, offset, head));
  }

  /** The engine's name of the call to which a SIP call belongs. */
  link(sipCallId: string, callId: string): void {
    this.#kept?.links.add(sipCallId, callId);
  }

  /** All legs of a call, by the engine's id or by a Call-ID of one of them. */
  find(id: string): TraceAnswer {
    if (this.#kept === null) return { messages: [], forgotten: 0 };
    const { ring, links } = this.#kept;
    const wanted = links.siblings(id);
    const messages: TracedMessage[] = [];
    for (let seq = ring.first; seq < ring.next; seq++) {
      const offset = ring.offsetOf(seq);
      const record = ring.bytes.subarray(offset, offset + ring.lengthOf(seq));
      if (!wanted.has(callIdOf(record))) continue;
      messages.push(readMessage(record, seq));
      if (messages.length >= messagesPerCallMax) break;
    }
    return { messages, forgotten: ring.first };
  }
}
