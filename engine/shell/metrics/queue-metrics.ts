// What Prometheus sees of queues and the agents who serve them.
import type { Registry } from "prom-client";
import { lineOf, waitingCount } from "../../core/acd/queue.ts";
import type { Centre } from "../../core/centre.ts";
import type { Agent, Queue } from "../../core/state.ts";
import { type Histogram, waitBoundsSeconds } from "../../core/stats/histogram.ts";
import type { QueueStats } from "../../core/stats/queue-stats.ts";
import {
  foldedCounter,
  foldedGauge,
  foldedHistogram,
  type HistogramSample,
  type Labels,
  type Sample,
  snakeCase,
} from "./folded.ts";

type Split = Readonly<Record<string, number>>;

/** Every configured queue has all its series from the first scrape on. */
export function queueMetrics(
  registry: Registry,
  { centre, nowMs }: Readonly<{ centre: () => Centre; nowMs: () => number }>,
): void {
  queueCounters(registry, centre);
  queueGauges(registry, centre, nowMs);
  queueHistograms(registry, centre);
  foldedGauge(registry, {
    name: "acd_agents",
    help: "Agents who serve a queue, by state; one who serves several is in each",
    labels: ["queue", "state"],
    read: () => agentSamples(centre()),
  });
}

function queueCounters(registry: Registry, centre: () => Centre): void {
  const counter = (
    name: string,
    help: string,
    read: (stats: QueueStats) => number,
    more: Labels = {},
  ): void =>
    foldedCounter(registry, {
      name,
      help,
      labels: ["queue", ...Object.keys(more)],
      read: () =>
        statsOf(centre()).map((stats) => ({
          labels: { queue: stats.queueId, ...more },
          value: read(stats),
        })),
    });
  foldedCounter(registry, {
    name: "acd_calls_offered_total",
    help: "Calls that entered the queue, by where they came from",
    labels: ["queue", "source"],
    read: () =>
      split(centre(), "source", ({ offered, transferredIn }) => ({
        inbound: offered - transferredIn,
        transfer: transferredIn,
      })),
  });
  foldedCounter(registry, {
    name: "acd_transfers_total",
    help: "Callers whom agents of the queue handed over, by result",
    labels: ["queue", "kind", "result"],
    read: () =>
      statsOf(centre()).flatMap(({ queueId, transfers }) =>
        Object.entries(transfers).flatMap(([kind, results]) =>
          Object.entries(results).map(([result, value]) => ({
            labels: { queue: queueId, kind, result: snakeCase(result) },
            value,
          })),
        ),
      ),
  });
  counter("acd_calls_answered_total", "Calls that an agent answered", (q) => q.answered);
  counter(
    "acd_calls_answered_within_target_total",
    "Calls that an agent answered within the queue's target",
    (q) => q.answeredWithinTarget,
  );
  counter(
    "acd_calls_abandoned_within_target_total",
    "Callers who left within the target, short abandons included",
    (q) => q.abandonedWithinTarget,
  );
  counter(
    "acd_calls_short_abandoned_total",
    "Callers who left before the short-abandon threshold",
    (q) => q.shortAbandoned,
  );
  foldedCounter(registry, {
    name: "acd_calls_abandoned_total",
    help: "Callers who left before an agent answered, short abandons of queues not included",
    labels: ["queue", "stage"],
    read: () => [
      // A caller who leaves in the flow has not come to a queue.
      {
        labels: { queue: "", stage: "ivr" },
        value: centre().stats.totals.byOutcome.abandonedInFlow,
      },
      ...split(centre(), "stage", (q) => q.abandonedByStage),
    ],
  });
  foldedCounter(registry, {
    name: "acd_calls_flowed_out_total",
    help: "Calls that left the queue by rule",
    labels: ["queue", "reason"],
    read: () => split(centre(), "reason", (q) => renamed(q.flowedOutByReason)),
  });
  foldedCounter(registry, {
    name: "acd_callbacks_total",
    help: "Callbacks by what became of them; booked counts each once, when it was asked for",
    labels: ["queue", "result"],
    read: () => split(centre(), "result", (q) => renamed(q.callbacks)),
  });
  foldedCounter(registry, {
    name: "acd_offers_total",
    help: "Calls presented to an agent, by result",
    labels: ["queue", "result"],
    read: () => split(centre(), "result", (q) => renamed(q.offers)),
  });
}

function queueGauges(registry: Registry, centre: () => Centre, nowMs: () => number): void {
  const gauge = (name: string, help: string, read: (queue: Queue) => number): void =>
    foldedGauge(registry, {
      name,
      help,
      labels: ["queue"],
      read: () =>
        [...centre().queues.values()].map((queue) => ({
          labels: { queue: queue.config.id },
          value: read(queue),
        })),
    });
  gauge(
    "acd_queue_target_seconds",
    "Service level: seconds within which calls should be answered",
    (queue) => queue.config.targetMs / 1_000,
  );
  gauge(
    "acd_queue_target_ratio",
    "Service level: share of calls that should be answered within the target",
    (queue) => queue.config.targetRatio,
  );
  gauge("acd_queue_waiting_calls", "Callers who wait now, ringing ones included", waitingCount);
  gauge("acd_queue_longest_wait_seconds", "Wait of the caller who waits longest", (queue) => {
    const oldestMs = Math.min(...lineOf(centre(), queue).map(({ queuedAtMs }) => queuedAtMs));
    return Number.isFinite(oldestMs) ? Math.max(0, nowMs() - oldestMs) / 1_000 : 0;
  });
}

function queueHistograms(registry: Registry, centre: () => Centre): void {
  const histogram = (
    name: string,
    help: string,
    read: (stats: QueueStats) => Readonly<Record<string, Histogram>>,
    label: string | null = null,
  ): void =>
    foldedHistogram(registry, {
      name,
      help,
      labels: label === null ? ["queue"] : ["queue", label],
      bounds: waitBoundsSeconds,
      read: () =>
        statsOf(centre()).flatMap((stats) =>
          Object.entries(read(stats)).map(([key, folded]) =>
            histogramSample(
              { queue: stats.queueId, ...(label === null ? {} : { [label]: key }) },
              folded,
            ),
          ),
        ),
    });
  histogram(
    "acd_queue_wait_seconds",
    "Wait from queue entry until an agent answered or the caller left",
    (q) => ({ answered: q.waitAnswered, abandoned: q.waitAbandoned }),
    "outcome",
  );
  histogram(
    "acd_response_seconds",
    "From arrival at the trunk until an agent answered, announcements included",
    (q) => ({ all: q.response }),
  );
  histogram("acd_ring_seconds", "Ringing at an agent, each offer", (q) => ({ all: q.ring }));
  histogram("acd_talk_seconds", "Talk with an agent, without hold", (q) => ({ all: q.talk }));
  histogram("acd_hold_seconds", "Hold in one talk, 0 included", (q) => ({ all: q.hold }));
  histogram("acd_wrapup_seconds", "Wrap-up after a call", (q) => ({ all: q.wrapUp }));
}

function statsOf(centre: Centre): readonly QueueStats[] {
  return [...centre.stats.queues.values()];
}

function split(centre: Centre, label: string, read: (stats: QueueStats) => Split): Sample[] {
  return statsOf(centre).flatMap((stats) =>
    Object.entries(read(stats)).map(([key, value]) => ({
      labels: { queue: stats.queueId, [label]: key },
      value,
    })),
  );
}

function histogramSample(labels: Labels, { counts, sumMs }: Histogram): HistogramSample {
  return { labels, counts, sumSeconds: sumMs / 1_000 };
}

/** The core's camelCase as label values. */
function renamed(totals: Split): Split {
  return Object.fromEntries(Object.entries(totals).map(([key, value]) => [snakeCase(key), value]));
}

type AgentLabel = (typeof agentLabels)[number];
const agentLabels = [
  "available",
  "offered",
  "dialling",
  "talking",
  "hold",
  "wrapup",
  "not_ready",
  "offline",
] as const;

function agentSamples(centre: Centre): Sample[] {
  const counts = new Map<string, Map<AgentLabel, number>>();
  for (const queueId of centre.queues.keys()) {
    counts.set(queueId, new Map(agentLabels.map((label) => [label, 0])));
  }
  for (const agent of centre.agents.values()) {
    const label = agentLabel(centre, agent);
    for (const queueId of agent.serves) {
      const queue = counts.get(queueId);
      queue?.set(label, (queue.get(label) ?? 0) + 1);
    }
  }
  return [...counts].flatMap(([queue, states]) =>
    [...states].map(([state, value]) => ({ labels: { queue, state }, value })),
  );
}

function agentLabel(centre: Centre, { state }: Agent): AgentLabel {
  switch (state.kind) {
    case "loggedOut":
      return "offline";
    case "notReady":
      return "not_ready";
    case "ready":
      return "available";
    case "offered":
      return "offered";
    case "dialling":
      return "dialling";
    case "wrapUp":
      return "wrapup";
    case "onCall": {
      const place = centre.calls.get(state.callId)?.place;
      return place?.kind === "bridge" && place.talk.hold !== null ? "hold" : "talking";
    }
  }
}
