// Which new requests from the network are let in. What stands goes on untouched: requests inside
// dialogs, repetitions, ACK and CANCEL are never asked here.
import type { BlockList } from "node:net";
import type { SipRequest } from "../message/message.ts";
import type { Timers } from "../transaction/timers.ts";
import { familyOf } from "../transport/address.ts";
import { blockList } from "../transport/block-list.ts";
import type { Protocol } from "../transport/flow.ts";
import type { Source } from "./registrations.ts";
import { isScanner } from "./scanners.ts";

/** A carrier's sources share allowances of their own. */
export interface TrunkLimit {
  id: string;
  /** Addresses or CIDR blocks. */
  sources: readonly string[];
  /** By which its requests come; all when left out. */
  protocols?: readonly Protocol[] | undefined;
  /**
   * New requests in a second: INVITEs, REGISTERs and all others each; as for one other source when
   * left out.
   */
  perSecondMax?: number | undefined;
  /** New INVITEs in a second; null for no limit of its own. */
  callsPerSecondMax: number | null;
  /** Calls at once, from the INVITE to their end; null for no limit. */
  channelsMax: number | null;
}

export interface AdmissionOptions {
  timers: Timers;
  /** New requests of one source address in a second, when it belongs to no trunk. */
  sourcePerSecondMax: number;
  /** New requests of all sources of no trunk in a second. */
  othersPerSecondMax: number;
  /** New INVITEs in a second: of all trunks, and of all other sources. */
  callsPerSecondMax: number;
  /** The first whose sources fit counts. */
  trunks: readonly TrunkLimit[];
  /** A registered phone is no trunk, although its address may be among a trunk's sources. */
  isDevice?(source: Source): boolean;
}

/** Why a new request is refused with 503 and Retry-After. */
export type Refusal = "rate" | "channels" | "overload" | "draining";

/** A place that a call of a trunk takes up. */
export interface Channel {
  /** Gives the place back; a second time does nothing. */
  release(): void;
}

export type Verdict =
  /** `trusted`: may assert who calls (RFC 3325 5). */
  | { kind: "admit"; channel: Channel | null; trusted: boolean }
  | { kind: "refuse"; why: Refusal }
  | { kind: "drop" };

/** What a trunk has and was refused since the start. */
export interface TrunkUse {
  id: string;
  channels: number;
  refusedRate: number;
  refusedChannels: number;
}

interface Trunk {
  limit: TrunkLimit;
  list: BlockList;
  use: TrunkUse;
}

const admitted: Verdict = { kind: "admit", channel: null, trusted: true };
const stranger: Verdict = { kind: "admit", channel: null, trusted: false };
const dropped: Verdict = { kind: "drop" };
/** Sources remembered within one second; beyond it all further ones share one allowance. */
const sourcesMax = 10_000;
const lookEveryMs = 100;
/** Looks that come later than this say that the process cannot keep up. */
const lateMsMax = 400;
/** A single pause is no overload. */
const lateLooksMin = 2;

export class Admission {
  readonly #options: AdmissionOptions;
  readonly #trunks: readonly Trunk[];
  readonly #counts = new Map<string, number>();
  #second = -1;
  #lateLooks = 0;
  #look: NodeJS.Timeout | undefined;
  /** Set while the process finishes its calls and takes no new ones. */
  draining = false;

  constructor(options: AdmissionOptions) {
    this.#options = options;
    this.#trunks = options.trunks.map((limit) => ({
      limit,
      list: blockList(limit.sources),
      use: { id: limit.id, channels: 0, refusedRate: 0, refusedChannels: 0 },
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

  get trunks(): readonly Readonly<TrunkUse>[] {
    return this.#trunks.map(({ use }) => use);
  }

  /** Counts a new request and judges it; a call that is let in takes a channel of its trunk. */
  judge(request: SipRequest, from: Source): Verdict {
    if (isScanner(request)) return dropped;
    const second = Math.floor(this.#options.timers.nowMs() / 1_000);
    if (second !== this.#second) {
      this.#second = second;
      this.#counts.clear();
    }
    const trunk = this.#trunkOf(from);
    const invite = request.method === "INVITE";
    if (
      !(trunk === null
        ? this.#takeOther(from.remoteAddress, invite)
        : this.#takeTrunk(trunk, request.method))
    ) {
      if (trunk !== null) trunk.use.refusedRate++;
      return { kind: "refuse", why: "rate" };
    }
    // Phones stay registered: calls that wait may still be answered.
    if (this.draining && request.method !== "REGISTER") return { kind: "refuse", why: "draining" };
    if (this.overloaded) return { kind: "refuse", why: "overload" };
    // Without trunks nobody can be told from a stranger; the application must know.
    if (trunk === null) return this.#trunks.length === 0 ? admitted : stranger;
    if (!invite) return admitted;
    const { limit, use } = trunk;
    if (limit.channelsMax !== null && use.channels >= limit.channelsMax) {
      use.refusedChannels++;
      return { kind: "refuse", why: "channels" };
    }
    return { kind: "admit", channel: takeChannel(use), trusted: true };
  }

  /** What one source was refused must not use up the allowance of all, nor strangers a trunk's. */
  #takeOther(address: string, invite: boolean): boolean {
    const { sourcePerSecondMax, othersPerSecondMax, callsPerSecondMax } = this.#options;
    if (!this.#take(address, sourcePerSecondMax)) return false;
    if (!this.#take("others", othersPerSecondMax)) return false;
    return !invite || this.#take("calls of others", callsPerSecondMax);
  }

  /** A flood of one kind must not starve the others. */
  #takeTrunk({ limit }: Trunk, method: string): boolean {
    const { sourcePerSecondMax, callsPerSecondMax } = this.#options;
    const { id } = limit;
    const kind = method === "INVITE" || method === "REGISTER" ? method : "other";
    if (!this.#take(`${kind} of ${id}`, limit.perSecondMax ?? sourcePerSecondMax)) return false;
    if (kind !== "INVITE") return true;
    const own = limit.callsPerSecondMax ?? callsPerSecondMax;
    return this.#take(`calls of ${id}`, own) && this.#take("calls of trunks", callsPerSecondMax);
  }

  #take(source: string, max: number): boolean {
    const key = this.#counts.size < sourcesMax || this.#counts.has(source) ? source : "rest";
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    return count <= max;
  }

  #trunkOf(source: Source): Trunk | null {
    if (this.#trunks.length === 0 || this.#options.isDevice?.(source) === true) return null;
    const { remoteAddress, protocol } = source;
    const family = familyOf(remoteAddress) === 6 ? "ipv6" : "ipv4";
    const fits = ({ limit, list }: Trunk) =>
      limit.protocols?.includes(protocol) !== false && list.check(remoteAddress, family);
    return this.#trunks.find(fits) ?? null;
  }
}

function takeChannel(use: TrunkUse): Channel {
  use.channels++;
  let held = true;
  return {
    release: () => {
      if (held) use.channels--;
      held = false;
    },
  };
}
