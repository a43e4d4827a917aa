// Which new requests from the network are let in. What stands goes on untouched: requests inside
// dialogs, repetitions, ACK and CANCEL are never asked here.
import { BlockList } from "node:net";
import { header, type SipRequest } from "../message/message.ts";
import type { Timers } from "../transaction/timers.ts";
import { familyOf } from "../transport/address.ts";

/** A carrier's sources share one allowance of their own. */
export interface TrunkLimit {
  id: string;
  /** Addresses or CIDR blocks. */
  sources: readonly string[];
  /** New requests in a second. */
  perSecondMax: number;
}

export interface AdmissionOptions {
  timers: Timers;
  /** New requests of one source address in a second, when it belongs to no trunk. */
  sourcePerSecondMax: number;
  /** New INVITEs of all sources in a second. */
  callsPerSecondMax: number;
  trunks: readonly TrunkLimit[];
  /** User-Agents that get no answer at all, in lower case. */
  scanners: readonly string[];
}

export type Verdict = "admit" | "refuse" | "drop";

/** Tools that look for open relays and weak passwords: an answer would only encourage them. */
export const knownScanners: readonly string[] = [
  "friendly-scanner",
  "friendly-request",
  "sipvicious",
  "sip-scan",
  "sipscan",
  "sundayddr",
  "iwar",
  "vaxsip",
  "sipcli",
  "pplsip",
  "siparmyknife",
  "sivus",
];

/** Sources remembered within one second; beyond it all further ones share one allowance. */
const sourcesMax = 10_000;
const lookEveryMs = 100;
/** Looks that come later than this say that the process cannot keep up. */
const lateMsMax = 400;
/** A single pause is no overload. */
const lateLooksMin = 2;

export class Admission {
  readonly #options: AdmissionOptions;
  readonly #trunks: { key: string; list: BlockList; perSecondMax: number }[];
  readonly #counts = new Map<string, number>();
  #second = -1;
  #lateLooks = 0;
  #look: NodeJS.Timeout | undefined;

  constructor(options: AdmissionOptions) {
    this.#options = options;
    this.#trunks = options.trunks.map(({ id, sources, perSecondMax }) => ({
      key: `trunk ${id}`,
      list: blockList(sources),
      perSecondMax,
    }));
  }

  /** Begins to watch the event loop: in real time, whatever the SIP timers run on. */
  watch(): void {
    let dueMs = performance.now() + lookEveryMs;
    this.#look = setInterval(() => {
      const nowMs = performance.now();
      this.#lateLooks = nowMs - dueMs > lateMsMax ? this.#lateLooks + 1 : 0;
      dueMs = nowMs + lookEveryMs;
    }, lookEveryMs);
    this.#look.unref();
  }

  stop(): void {
    clearInterval(this.#look);
  }

  /** True while the process cannot keep up. */
  get overloaded(): boolean {
    return this.#lateLooks >= lateLooksMin;
  }

  /** Counts a new request and judges it. */
  judge(request: SipRequest, address: string): Verdict {
    if (this.#isScanner(request)) return "drop";
    const second = Math.floor(this.#options.timers.nowMs() / 1_000);
    if (second !== this.#second) {
      this.#second = second;
      this.#counts.clear();
    }
    const { sourcePerSecondMax, callsPerSecondMax } = this.#options;
    const trunk = this.#trunkOf(address);
    const allowed =
      trunk === null
        ? this.#take(address, sourcePerSecondMax)
        : this.#take(trunk.key, trunk.perSecondMax);
    if (!allowed || this.overloaded) return "refuse";
    // What one source was refused must not use up the allowance of all.
    if (request.method === "INVITE" && !this.#take("calls", callsPerSecondMax)) return "refuse";
    return "admit";
  }

  #take(source: string, max: number): boolean {
    const key = this.#counts.size < sourcesMax || this.#counts.has(source) ? source : "others";
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    return count <= max;
  }

  #trunkOf(address: string): { key: string; perSecondMax: number } | null {
    if (this.#trunks.length === 0) return null;
    const family = familyOf(address) === 6 ? "ipv6" : "ipv4";
    return this.#trunks.find(({ list }) => list.check(address, family)) ?? null;
  }

  #isScanner(request: SipRequest): boolean {
    const agent = header(request, "User-Agent");
    if (agent === null) return false;
    const text = agent.toLowerCase();
    return this.#options.scanners.some((name) => text.includes(name));
  }
}

function blockList(sources: readonly string[]): BlockList {
  const list = new BlockList();
  for (const source of sources) {
    const [address = "", bits] = source.split("/");
    const family = familyOf(address) === 6 ? "ipv6" : "ipv4";
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list;
}
