// Which of the measurements have to be flat, by which bound, and whether they are.
import { basename, dirname } from "node:path";
import type { ProcessSample } from "../system/probing.ts";
import { flatness, type Point } from "./flatness.ts";

/** One process's life: a new one begins when the process was started again. */
export type Life = Readonly<{
  name: string;
  pid: number;
  samples: { atMs: number; of: ProcessSample }[];
}>;

/** Compiled code, caches and rings fill up first. */
export const warmUpMinutes = 10;
/** A shorter window says nothing about an hour. */
const judgedMinutes = 20;

type Bound = Readonly<{ unit: string; scale: number; atLeast: number; share: number }>;

/** Growth in an hour may be this much, or this share of the level: whichever is more. */
const heapBound: Bound = { unit: "MB", scale: 1e6, atLeast: 2e6, share: 0.05 };
/** Pages are kept by the allocators between bursts. */
const nativeBound: Bound = { unit: "MB", scale: 1e3, atLeast: 5e3, share: 0.1 };
/** A connection or two comes and goes with health checks. */
const descriptorBound: Bound = { unit: "", scale: 1, atLeast: 5, share: 0 };

export type FlatnessRow = Readonly<{
  what: string;
  shown: string;
  verdict: "flat" | "GROWS" | "not judged";
}>;

export function judgeLife(life: Life): FlatnessRow[] {
  const firstMs = life.samples[0]?.atMs ?? 0;
  const settled = life.samples.filter(({ atMs }) => atMs - firstMs >= warmUpMinutes * 60_000);
  const series = (value: (sample: ProcessSample) => number | undefined): Point[] =>
    settled.flatMap(({ atMs, of }) => {
      const found = value(of);
      return found === undefined ? [] : [{ atMs, value: found }];
    });
  const threads = life.samples.at(-1)?.of.threads ?? [];
  const rows = threads.map(({ threadId, script }) => {
    const thread =
      threadId === 0 ? "main thread" : `worker ${basename(dirname(script))}/${threadId}`;
    const points = series(({ threads: all }) => {
      const one = all.find((candidate) => candidate.threadId === threadId);
      return one === undefined ? undefined : one.heapUsed + one.external;
    });
    return judge(`${life.name} ${life.pid}: heap and external, ${thread}`, points, heapBound);
  });
  // What the heaps hold is judged above, after a full collection. Their pages go up and down with
  // the collector's compactions, up to a quarter in half an hour.
  const native = series((sample) => nativeKb(sample));
  rows.push(judge(`${life.name} ${life.pid}: own memory outside the heaps`, native, nativeBound));
  const descriptors = series((sample) => sample.descriptors);
  rows.push(judge(`${life.name} ${life.pid}: descriptors`, descriptors, descriptorBound));
  return rows;
}

function nativeKb({ ownKb, threads }: ProcessSample): number {
  return ownKb - threads.reduce((sum, { heapResident }) => sum + heapResident, 0) / 1_024;
}

function judge(what: string, points: readonly Point[], bound: Bound): FlatnessRow {
  const found = flatness(points);
  if (found === null) return { what, shown: "no samples after the warm-up", verdict: "not judged" };
  const { level, growthPerHour, minutes } = found;
  const allowed = Math.max(bound.atLeast, bound.share * level);
  const number = (value: number) => (value / bound.scale).toFixed(2);
  const shown = `level ${number(level)}${bound.unit}, growth ${number(growthPerHour)}${bound.unit}/h (allowed ${number(allowed)}), ${minutes.toFixed(0)} min`;
  if (minutes < judgedMinutes - 1) return { what, shown, verdict: "not judged" };
  return { what, shown, verdict: growthPerHour <= allowed ? "flat" : "GROWS" };
}
