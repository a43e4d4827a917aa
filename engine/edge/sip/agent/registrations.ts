// Which connection leads to which registered contact, and which sources are registered devices. The
// edge is no registrar: it only remembers whence an accepted REGISTER came, because nothing else
// leads to a browser, and nothing else tells a phone from a trunk that has its address.
import { header, listOf, type SipRequest, type SipResponse } from "../message/message.ts";
import { parseNameAddr } from "../message/name-addr.ts";
import { paramOf, parseUri } from "../message/uri.ts";
import type { Timers } from "../transaction/timers.ts";
import type { Flow } from "../transport/flow.ts";

const entriesMax = 100_000;

type Entry = Readonly<{ flow: Flow; untilMs: number }>;
/** Where requests come from. */
export type Source = Pick<Flow, "protocol" | "remoteAddress" | "remotePort">;

export class Registrations {
  readonly #timers: Timers;
  readonly #entries = new Map<string, Entry>();
  readonly #bySource = new Map<string, Set<Entry>>();

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  get size(): number {
    return this.#entries.size;
  }

  /**
   * Notes the connection of an accepted REGISTER for the seconds that the response grants; without
   * `expires` in the response nothing is noted.
   */
  accepted(request: SipRequest, response: SipResponse, flow: Flow): void {
    const contact = listOf(request, "Contact")[0];
    const key = keyOf(parseNameAddr(contact ?? "")?.uri ?? "");
    if (key === null) return;
    // The answer lists every contact of the address, this one among them.
    const listed = listOf(response, "Contact").map(parseNameAddr);
    const granted = listed.find((one) => keyOf(one?.uri ?? "") === key) ?? listed[0] ?? null;
    const text = paramOf(granted?.params ?? "", "expires") ?? header(response, "Expires") ?? "";
    if (!/^\d{1,9}$/.test(text)) return;
    if (Number(text) === 0) {
      this.#forget(key);
      return;
    }
    if (this.#entries.size >= entriesMax && !this.#entries.has(key)) this.sweep();
    if (this.#entries.size >= entriesMax && !this.#entries.has(key)) return;
    this.#forget(key);
    const entry = { flow, untilMs: this.#timers.nowMs() + Number(text) * 1_000 };
    this.#entries.set(key, entry);
    const source = sourceKeyOf(flow);
    const others = this.#bySource.get(source);
    if (others === undefined) this.#bySource.set(source, new Set([entry]));
    else others.add(entry);
  }

  /** True for the very address, port and protocol of a device whose registration has not ended. */
  isDevice(source: Source): boolean {
    const nowMs = this.#timers.nowMs();
    for (const { untilMs } of this.#bySource.get(sourceKeyOf(source)) ?? []) {
      if (untilMs > nowMs) return true;
    }
    return false;
  }

  /** The connection for a request URI, open or not; null when none is known. UDP needs none. */
  find(uri: string): Flow | null {
    const key = keyOf(uri);
    const entry = key === null ? undefined : this.#entries.get(key);
    if (entry === undefined) return null;
    if (entry.untilMs > this.#timers.nowMs()) return entry.flow.reliable ? entry.flow : null;
    if (key !== null) this.#forget(key);
    return null;
  }

  /** Drops what has expired. */
  sweep(): void {
    const now = this.#timers.nowMs();
    for (const [key, entry] of this.#entries) if (entry.untilMs <= now) this.#forget(key);
  }

  #forget(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    const source = sourceKeyOf(entry.flow);
    const all = this.#bySource.get(source);
    all?.delete(entry);
    if (all?.size === 0) this.#bySource.delete(source);
  }
}

function sourceKeyOf({ protocol, remoteAddress, remotePort }: Source): string {
  return `${protocol} ${remoteAddress} ${remotePort}`;
}

/** The port counts too, except for `.invalid` names: phones behind one NAT share an address. */
function keyOf(text: string): string | null {
  const uri = parseUri(text);
  if (uri === null || uri.user === null) return null;
  const port = uri.port === null || uri.host.endsWith(".invalid") ? "" : `:${uri.port}`;
  return `${uri.user}@${uri.host}${port}`;
}
