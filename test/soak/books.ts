// The centre's books against what callers did: every call arrived once and ended once, as its kind
// has to; every queue's numbers add up; facts, metrics and the record store agree.
import { join } from "node:path";
import Database from "better-sqlite3";
import type { Fact } from "../../engine/core/fact.ts";
import { callerKinds, kindOfNumber } from "./kinds.ts";

/** Longest time in which another engine is there. */
const outageMs = 10_000;

type QueueBook = { entered: number; left: Record<string, number> };

export class Books {
  readonly faults: string[] = [];
  /** `kind: outcome` to number of calls. */
  readonly outcomes: Record<string, number> = {};
  arrived = 0;
  ended = 0;
  lastSeq = 0;
  private readonly live = new Map<string, string>();
  /** Calls that stood or arrived while the engine or its link was away. */
  private readonly disturbed = new Set<string>();
  private disturbedUntilMs = 0;
  private readonly queues = new Map<string, QueueBook>();

  get liveCount(): number {
    return this.live.size;
  }

  /** The engine or its link to the edge goes away now: offers and set-ups under way may fail. */
  disturb(): void {
    for (const callId of this.live.keys()) this.disturbed.add(callId);
    this.disturbedUntilMs = Date.now() + outageMs;
  }

  add(facts: readonly Fact[]): void {
    for (const fact of facts) {
      if (fact.seq !== this.lastSeq + 1 && this.lastSeq !== 0) {
        this.faults.push(`fact ${fact.seq} follows ${this.lastSeq}`);
      }
      this.lastSeq = fact.seq;
      this.addOne(fact);
    }
  }

  /** At the end: nothing is open, and each queue's entries all left it. */
  close(): void {
    for (const callId of this.live.keys()) this.faults.push(`call ${callId} has not ended`);
    for (const [queueId, { entered, left }] of this.queues) {
      const leftAll = sum(left);
      if (entered !== leftAll) {
        this.faults.push(`queue ${queueId}: ${entered} entered, ${leftAll} left ${text(left)}`);
      }
    }
  }

  /** `/metrics` must tell the same numbers. */
  compareMetrics(metrics: string): void {
    for (const [queueId, { entered, left }] of this.queues) {
      const of = (name: string) => metricSum(metrics, name, `queue="${queueId}"`);
      const abandoned = of("acd_calls_abandoned_total") + of("acd_calls_short_abandoned_total");
      const told = {
        offered: of("acd_calls_offered_total"),
        ...{ answered: of("acd_calls_answered_total"), abandoned },
        flowedOut: of("acd_calls_flowed_out_total"),
      };
      const ours = {
        offered: entered,
        answered: left["answered"] ?? 0,
        abandoned: left["abandoned"] ?? 0,
        flowedOut: left["flowedOut"] ?? 0,
      };
      if (text(told) !== text(ours)) {
        this.faults.push(`queue ${queueId}: metrics ${text(told)}, facts ${text(ours)}`);
      }
    }
  }

  /** One record for each call that ended, with its outcome. */
  compareRecords(dataDir: string): void {
    const store = new Database(join(dataDir, "records.sqlite"), { readonly: true });
    const rows = store
      .prepare("select ani, outcome, count(*) as calls from call_record group by ani, outcome")
      .all() as { ani: string; outcome: string; calls: number }[];
    store.close();
    const recorded: Record<string, number> = {};
    for (const { ani, outcome, calls } of rows) {
      const key = `${kindOfNumber(ani)?.name ?? ani}: ${outcome}`;
      recorded[key] = (recorded[key] ?? 0) + calls;
    }
    if (text(recorded) !== text(this.outcomes)) {
      this.faults.push(`records ${text(recorded)}, facts ${text(this.outcomes)}`);
    }
  }

  private addOne(fact: Fact): void {
    switch (fact.type) {
      case "callArrived":
        this.arrived += 1;
        if (this.live.has(fact.callId)) this.faults.push(`call ${fact.callId} arrived twice`);
        this.live.set(fact.callId, fact.ani);
        if (fact.atMs < this.disturbedUntilMs) this.disturbed.add(fact.callId);
        return;
      case "callEnded": {
        const ani = this.live.get(fact.callId);
        if (ani === undefined) {
          this.faults.push(`call ${fact.callId} ended without having arrived`);
          return;
        }
        this.live.delete(fact.callId);
        this.ended += 1;
        const kind = kindOfNumber(ani);
        const key = `${kind?.name ?? ani}: ${fact.outcome}`;
        this.outcomes[key] = (this.outcomes[key] ?? 0) + 1;
        const disturbed = this.disturbed.delete(fact.callId);
        const further = disturbed ? (kind?.outcomesWhenDisturbed ?? []) : [];
        if (kind === null || ![...kind.outcomes, ...further].includes(fact.outcome)) {
          this.faults.push(`call of ${ani}, ${key}: ${JSON.stringify(fact)}`);
        }
        return;
      }
      case "queueEntered":
        if (!fact.returned) this.queue(fact.queueId).entered += 1;
        return;
      case "queueLeft": {
        const { left } = this.queue(fact.queueId);
        left[fact.outcome.kind] = (left[fact.outcome.kind] ?? 0) + 1;
        return;
      }
      default:
    }
  }

  private queue(queueId: string): QueueBook {
    const known = this.queues.get(queueId);
    if (known !== undefined) return known;
    const made: QueueBook = { entered: 0, left: {} };
    this.queues.set(queueId, made);
    return made;
  }
}

/** Every kind was played. */
export function kindsMissing(ended: Readonly<Record<string, number>>): string[] {
  return callerKinds.map(({ name }) => name).filter((name) => ended[name] === undefined);
}

function metricSum(metrics: string, name: string, label: string): number {
  return metrics
    .split("\n")
    .filter((line) => line.startsWith(`${name}{`) && line.includes(label))
    .reduce((total, line) => total + Number(line.slice(line.lastIndexOf(" "))), 0);
}

const sum = (counts: Readonly<Record<string, number>>) =>
  Object.values(counts).reduce((total, value) => total + value, 0);

const text = (counts: Readonly<Record<string, number>>) =>
  JSON.stringify(Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1))));
