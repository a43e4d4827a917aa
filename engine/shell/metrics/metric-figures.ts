// The counters of /metrics as figures, and the same figures straight from the folded statistics.
import type { Figures } from "../../core/stats/compare.ts";
import type { Stats } from "../../core/stats/stats.ts";
import { snakeCase } from "./folded.ts";

/** Series of the exposition text whose families are compared, by their line without the value. */
export function metricFigures(text: string): Figures {
  const figures = new Map<string, number>();
  for (const line of text.split("\n")) {
    const at = line.lastIndexOf(" ");
    const name = line.slice(0, at);
    if (comparedFamilies.has(name.split("{")[0] ?? ""))
      figures.set(name, Number(line.slice(at + 1)));
  }
  return figures;
}

/** What those series must be. Written apart from the families themselves, so that each is checked. */
export function expectedMetrics(stats: Stats): Figures {
  const figures = new Map<string, number>();
  figures.set("acd_calls_arrived_total", stats.totals.arrived);
  const leftInFlow = stats.totals.byOutcome.abandonedInFlow;
  figures.set('acd_calls_abandoned_total{queue="",stage="ivr"}', leftInFlow);
  for (const { queueId, ...queue } of stats.queues.values()) {
    const of = `queue="${queueId}"`;
    const add = (name: string, labels: string, value: number) =>
      figures.set(`${name}{${labels}}`, value);
    add("acd_calls_answered_total", of, queue.answered);
    add("acd_calls_answered_within_target_total", of, queue.answeredWithinTarget);
    add("acd_calls_short_abandoned_total", of, queue.shortAbandoned);
    add("acd_calls_abandoned_within_target_total", of, queue.abandonedWithinTarget);
    for (const [stage, value] of Object.entries(queue.abandonedByStage)) {
      add("acd_calls_abandoned_total", `${of},stage="${stage}"`, value);
    }
    for (const [result, value] of Object.entries(queue.offers)) {
      add("acd_offers_total", `${of},result="${snakeCase(result)}"`, value);
    }
    for (const [reason, value] of Object.entries(queue.flowedOutByReason)) {
      add("acd_calls_flowed_out_total", `${of},reason="${snakeCase(reason)}"`, value);
    }
    add("acd_calls_offered_total", `${of},source="inbound"`, queue.offered - queue.transferredIn);
    add("acd_calls_offered_total", `${of},source="transfer"`, queue.transferredIn);
  }
  return figures;
}

const comparedFamilies: ReadonlySet<string> = new Set([
  "acd_calls_arrived_total",
  "acd_calls_answered_total",
  "acd_calls_answered_within_target_total",
  "acd_calls_short_abandoned_total",
  "acd_calls_abandoned_within_target_total",
  "acd_calls_offered_total",
  "acd_calls_abandoned_total",
  "acd_calls_flowed_out_total",
  "acd_offers_total",
]);
