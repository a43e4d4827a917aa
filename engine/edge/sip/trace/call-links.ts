// Which SIP calls belong to one call of the engine: the last of them, in memory taken once.
import { ByteRing } from "./byte-ring.ts";

/** The application names its call in each of its messages, about twice a leg: 20,000 legs. */
const recordsMax = 40_000;
const bytesMax = 4 * 1_048_576;
/** Parts the two ids of a record: no header value contains it. */
const separator = "\n";

export class CallLinks {
  readonly #ring = new ByteRing({ recordsMax, bytesMax });

  add(sipCallId: string, callId: string): void {
    const record = sipCallId + separator + callId;
    const offset = this.#ring.claim(Buffer.byteLength(record));
    if (offset >= 0) this.#ring.bytes.write(record, offset);
  }

  /** All SIP calls of the call that `id` names: the engine's own id, or one of the SIP calls. */
  siblings(id: string): ReadonlySet<string> {
    const callIds = new Map<string, string>();
    const { first, next } = this.#ring;
    for (let record = first; record < next; record++) {
      const [sipCallId = "", callId = ""] = this.#read(record).split(separator);
      callIds.set(sipCallId, callId);
    }
    const wanted = callIds.get(id) ?? id;
    const found = new Set([id]);
    for (const [sipCallId, callId] of callIds) if (callId === wanted) found.add(sipCallId);
    return found;
  }

  #read(record: number): string {
    const offset = this.#ring.offsetOf(record);
    return this.#ring.bytes.toString("utf8", offset, offset + this.#ring.lengthOf(record));
  }
}
