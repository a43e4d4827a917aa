// Prometheus: reads the folds of the core and the counters of the shells at each scrape. It counts
// nothing itself but the time that the engine's own work takes.
import { collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { Centre } from "../../core/centre.ts";
import type { EdgeStatus } from "../../wire/edge-operations.ts";
import { edgeMetrics } from "./edge-metrics.ts";
import { foldedCounter, foldedGauge, snakeCase } from "./folded.ts";
import { queueMetrics } from "./queue-metrics.ts";
import { type TrunkPeer, trunkMetrics } from "./trunk-metrics.ts";

type Totals = Readonly<Record<string, number>>;

/** Where the numbers come from. Records become one series for each key, in snake case. */
export type MetricsSources = Readonly<{
  version: string;
  commit: string;
  centre: () => Centre;
  nowMs: () => number;
  /** Calls refused before they became calls, by reason. */
  callsRejected: () => Totals;
  /** What the SIP shell counts, by event. */
  telephonyEvents: () => Totals;
  /** What the SIP edge says of itself at this scrape; null when it does not answer. */
  edgeStatus: () => EdgeStatus | null;
  /** What the desk counts, by event. */
  deskEvents: () => Totals;
  deskConnections: () => number;
  /** Whether each media server answers. */
  mediaServers: () => Readonly<Record<string, boolean>>;
  edgeConnected: () => boolean;
  /** Peers of trunks that are asked whether they are there, or that we register with. */
  trunkPeers: () => readonly TrunkPeer[];
  records: () => Readonly<{ ok: boolean; backlog: number }>;
  /** Checks of all figures against the facts, by result, and the red lines of the last one. */
  verify: () => Readonly<{ agreed: number; differed: number; failed: number; redLines: number }>;
  /** Steps of the core that threw. */
  invariantViolations: () => number;
}>;

export type Metrics = {
  readonly contentType: string;
  render(): Promise<string>;
  /** Time that one event took in the core. */
  observeDecision(seconds: number): void;
  close(): void;
};

const lagSampleMs = 100;
const lagBounds = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2];
const decisionBounds = [
  0.00001, 0.00002, 0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.1,
];

export function createMetrics(sources: MetricsSources): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  // Gauges with a counter's name; the same numbers are there by type.
  for (const kind of ["handles", "requests", "resources"]) {
    registry.removeSingleMetric(`nodejs_active_${kind}_total`);
  }
  new Gauge({
    name: "acd_build_info",
    help: "Always 1; says which program this is",
    labelNames: ["version", "commit"],
    registers: [registry],
  }).set({ version: sources.version, commit: sources.commit }, 1);
  queueMetrics(registry, sources);
  callMetrics(registry, sources);
  shellMetrics(registry, sources);
  edgeMetrics(registry, sources);
  trunkMetrics(registry, sources);
  const decision = new Histogram({
    name: "acd_routing_decision_seconds",
    help: "Time that the core took for one event",
    buckets: decisionBounds,
    registers: [registry],
  });
  const stopLag = measureLag(registry);
  return {
    contentType: registry.contentType,
    render: () => registry.metrics(),
    observeDecision: (seconds) => decision.observe(seconds),
    close: stopLag,
  };
}

function callMetrics(registry: Registry, { centre }: MetricsSources): void {
  const totals = () => centre().stats.totals;
  foldedCounter(registry, {
    name: "acd_calls_arrived_total",
    help: "Calls that came in on a trunk and were taken",
    read: () => [{ labels: {}, value: totals().arrived }],
  });
  foldedCounter(registry, {
    name: "acd_calls_ended_total",
    help: "Calls that ended, by outcome",
    labels: ["outcome"],
    read: () => series(totals().byOutcome, "outcome"),
  });
  foldedCounter(registry, {
    name: "acd_outbound_attempts_total",
    help: "Calls that agents made to numbers, by outcome",
    labels: ["outcome"],
    read: () => series(totals().made.outbound.byOutcome, "outcome"),
  });
  foldedCounter(registry, {
    name: "acd_dials_refused_total",
    help: "Numbers that agents asked for and may not dial",
    read: () => [{ labels: {}, value: totals().dialsRefused }],
  });
  foldedGauge(registry, {
    name: "acd_calls_live",
    help: "Calls now, by place",
    labels: ["place"],
    read: () => {
      const places = {
        flow: 0,
        queue: 0,
        offer: 0,
        bridge: 0,
        takenOver: 0,
        paused: 0,
        dialling: 0,
        internal: 0,
        ending: 0,
      };
      for (const { place } of centre().calls.values()) places[place.kind] += 1;
      return series(places, "place");
    },
  });
  foldedCounter(registry, {
    name: "acd_seats_lost_in_talk_total",
    help: "Talks that ended because the agent's leg was lost",
    read: () => [{ labels: {}, value: totals().seatsLostInTalk }],
  });
  foldedCounter(registry, {
    name: "acd_events_ignored_total",
    help: "Inputs of the core that fitted nothing any more",
    read: () => [{ labels: {}, value: totals().eventsIgnored }],
  });
}

function shellMetrics(registry: Registry, sources: MetricsSources): void {
  const one = (value: number) => [{ labels: {}, value }];
  foldedCounter(registry, {
    name: "acd_calls_rejected_total",
    help: "Calls refused before they became calls, by reason",
    labels: ["reason"],
    read: () => series(sources.callsRejected(), "reason"),
  });
  foldedCounter(registry, {
    name: "acd_telephony_events_total",
    help: "What the engine's SIP side met",
    labels: ["event"],
    read: () => series(sources.telephonyEvents(), "event"),
  });
  foldedCounter(registry, {
    name: "acd_desk_events_total",
    help: "What the desk's WebSocket server met",
    labels: ["event"],
    read: () => series(sources.deskEvents(), "event"),
  });
  foldedGauge(registry, {
    name: "acd_desk_connections",
    help: "Open desks and wallboards",
    read: () => one(sources.deskConnections()),
  });
  foldedGauge(registry, {
    name: "acd_edge_up",
    help: "1 while the SIP edge is connected",
    read: () => one(Number(sources.edgeConnected())),
  });
  foldedGauge(registry, {
    name: "acd_media_server_up",
    help: "1 while the media server answers",
    labels: ["server"],
    read: () =>
      Object.entries(sources.mediaServers()).map(([server, up]) => ({
        labels: { server },
        value: Number(up),
      })),
  });
  foldedGauge(registry, {
    name: "acd_records_up",
    help: "1 while facts reach the record store",
    read: () => one(Number(sources.records().ok)),
  });
  foldedGauge(registry, {
    name: "acd_records_backlog_facts",
    help: "Facts that wait for the record store",
    read: () => one(sources.records().backlog),
  });
  foldedCounter(registry, {
    name: "acd_verify_runs_total",
    help: "Checks of every figure against the facts, by result",
    labels: ["result"],
    read: () => {
      const { redLines, ...results } = sources.verify();
      return series(results, "result");
    },
  });
  foldedGauge(registry, {
    name: "acd_verify_red_lines",
    help: "Figures that did not agree with the facts at the last check",
    read: () => one(sources.verify().redLines),
  });
  foldedCounter(registry, {
    name: "acd_invariant_violations_total",
    help: "Bugs of the engine: steps of the core that failed, and invariants that the auditor found broken",
    read: () => one(sources.invariantViolations()),
  });
}

/** How late a timer fires: what every socket and deadline of this process suffers. */
function measureLag(registry: Registry): () => void {
  const lag = new Histogram({
    name: "acd_event_loop_lag_seconds",
    help: "Delay of a timer, sampled ten times a second",
    buckets: lagBounds,
    registers: [registry],
  });
  let dueMs = performance.now() + lagSampleMs;
  const timer = setInterval(() => {
    const nowMs = performance.now();
    lag.observe(Math.max(0, nowMs - dueMs) / 1_000);
    dueMs = nowMs + lagSampleMs;
  }, lagSampleMs);
  timer.unref();
  return () => clearInterval(timer);
}

function series(totals: Totals, label: string) {
  return Object.entries(totals).map(([key, value]) => ({
    labels: { [label]: snakeCase(key) },
    value,
  }));
}
