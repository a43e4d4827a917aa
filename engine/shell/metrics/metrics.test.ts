import { afterEach, describe, expect, it } from "vitest";
import { type Centre, createCentre, handle } from "../../core/centre.ts";
import type { CentreConfig } from "../../core/centre-config.ts";
import { waitBoundsSeconds } from "../../core/stats/histogram.ts";
import { applyFact } from "../../core/stats/stats.ts";
import { createMetrics, type Metrics, type MetricsSources } from "./metrics.ts";

const name = { zh: "甲", en: "A" };
const config: CentreConfig = {
  trunks: [{ id: "t1", channelsMax: 3 }],
  numbers: [
    { id: "100", digits: "100", hotline: name, language: "zh", flowId: null, queueId: "tax" },
  ],
  queues: [
    {
      id: "tax",
      name,
      requirements: [],
      priority: 0,
      strategy: "longestIdle",
      targetMs: 15_000,
      targetRatio: 0.8,
      shortAbandonMs: 5_000,
      ringMsMax: 15_000,
      wrapUpMs: 0,
      music: "calm",
      announcement: null,
      waitingMax: 10,
      waitMsMax: null,
      fullPrompt: "full",
    },
  ],
  agents: [{ id: "1001", name, skills: {}, device: { kind: "browser" } }],
  flows: [],
  limits: { callsMax: 10, flowStepsMax: 10 },
  notReadyReasons: [],
  wrapUpCodes: [],
  seatGraceMs: 5_000,
};
const startMs = 1_800_000_000_000;

const open: Metrics[] = [];
afterEach(() => {
  for (const metrics of open.splice(0)) metrics.close();
});

function world(edit: Partial<MetricsSources> = {}): { centre: Centre; metrics: Metrics } {
  const centre = createCentre();
  handle(centre, { type: "configured", config }, startMs);
  const metrics = createMetrics({
    version: "1.2.3",
    commit: "abc",
    centre: () => centre,
    nowMs: () => startMs + 7_500,
    callsRejected: () => ({ forbidden: 2, overRate: 0 }),
    telephonyEvents: () => ({ registersRefused: 1 }),
    edgeStatus: () => ({
      draining: true,
      calls: 2,
      counters: { scannersDropped: 6 },
      tables: { dialogs: 7 },
      trunks: [{ id: "t1", channels: 2, refusedRate: 8, refusedChannels: 9 }],
    }),
    deskEvents: () => ({ badFrames: 3 }),
    deskConnections: () => 4,
    mediaServers: () => ({ builtin: true, other: false }),
    edgeConnected: () => true,
    trunkPeers: () => [
      { trunkId: "trunk", registration: { isRegistered: true, failures: 0 } },
      { trunkId: "asked", registration: null },
    ],
    records: () => ({ ok: false, backlog: 17 }),
    verify: () => ({ agreed: 3, differed: 1, failed: 0, redLines: 2 }),
    invariantViolations: () => 0,
    ...edit,
  });
  open.push(metrics);
  return { centre, metrics };
}

/** The lines of our own families, by series. */
async function scrape(metrics: Metrics): Promise<ReadonlyMap<string, number>> {
  const lines = (await metrics.render()).split("\n").filter((line) => line.startsWith("acd_"));
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(" ");
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}

function subset(samples: ReadonlyMap<string, number>, prefix: string): Record<string, number> {
  return Object.fromEntries([...samples].filter(([series]) => series.startsWith(prefix)));
}

describe("the first scrape", () => {
  it("has every series of a configured queue, at zero", async () => {
    const samples = await scrape(world().metrics);
    const queue = 'queue="tax"';
    for (const series of [
      `acd_calls_offered_total{${queue},source="inbound"}`,
      `acd_calls_answered_total{${queue}}`,
      `acd_calls_answered_within_target_total{${queue}}`,
      'acd_calls_abandoned_total{queue="",stage="ivr"}',
      `acd_calls_abandoned_total{${queue},stage="queue"}`,
      `acd_calls_abandoned_total{${queue},stage="ringing"}`,
      `acd_calls_abandoned_within_target_total{${queue}}`,
      `acd_calls_short_abandoned_total{${queue}}`,
      `acd_calls_flowed_out_total{${queue},reason="full"}`,
      `acd_calls_flowed_out_total{${queue},reason="no_agent"}`,
      `acd_queue_waiting_calls{${queue}}`,
      `acd_queue_longest_wait_seconds{${queue}}`,
      `acd_queue_wait_seconds_bucket{${queue},outcome="answered",le="15"}`,
      `acd_queue_wait_seconds_count{${queue},outcome="abandoned"}`,
      `acd_response_seconds_sum{${queue}}`,
      `acd_ring_seconds_count{${queue}}`,
      `acd_talk_seconds_count{${queue}}`,
      `acd_hold_seconds_count{${queue}}`,
      `acd_wrapup_seconds_count{${queue}}`,
      `acd_agents{${queue},state="available"}`,
      `acd_offers_total{${queue},result="no_answer"}`,
      `acd_offers_total{${queue},result="seat_lost"}`,
      'acd_calls_live{place="queue"}',
      'acd_trunk_channels{trunk="t1",state="busy"}',
      "acd_invariant_violations_total",
      "acd_routing_decision_seconds_count",
    ]) {
      expect([series, samples.get(series)]).toEqual([series, 0]);
    }
  });

  it("has configuration and what the shells say", async () => {
    const samples = await scrape(world().metrics);
    const expected = {
      'acd_build_info{version="1.2.3",commit="abc"}': 1,
      'acd_queue_target_seconds{queue="tax"}': 15,
      'acd_queue_target_ratio{queue="tax"}': 0.8,
      'acd_agents{queue="tax",state="offline"}': 1,
      'acd_trunk_channels{trunk="t1",state="free"}': 3,
      'acd_calls_rejected_total{reason="forbidden"}': 2,
      'acd_calls_rejected_total{reason="over_rate"}': 0,
      'acd_telephony_events_total{event="registers_refused"}': 1,
      'acd_sip_edge_events_total{event="scanners_dropped"}': 6,
      'acd_sip_edge_table_entries{table="dialogs"}': 7,
      acd_sip_edge_draining: 1,
      'acd_sip_edge_trunk_channels{trunk="t1"}': 2,
      'acd_sip_edge_trunk_refused_total{trunk="t1",reason="rate"}': 8,
      'acd_sip_edge_trunk_refused_total{trunk="t1",reason="channels"}': 9,
      'acd_desk_events_total{event="bad_frames"}': 3,
      acd_desk_connections: 4,
      acd_edge_up: 1,
      'acd_media_server_up{server="builtin"}': 1,
      'acd_media_server_up{server="other"}': 0,
      acd_records_up: 0,
      acd_records_backlog_facts: 17,
    };
    expect(Object.fromEntries(Object.keys(expected).map((key) => [key, samples.get(key)]))).toEqual(
      expected,
    );
  });

  it("gives every family of ours a type and a help text", async () => {
    const text = await world().metrics.render();
    const families = new Set(
      [...(await scrape(world().metrics)).keys()].map((series) =>
        series.replace(/\{.*/, "").replace(/_(bucket|sum|count)$/, ""),
      ),
    );
    const documented = [...families].filter(
      (family) => text.includes(`# HELP ${family} `) && text.includes(`# TYPE ${family} `),
    );
    expect(documented).toEqual([...families]);
    expect(families.size).toBeGreaterThan(30);
  });
});

describe("names", () => {
  it("end in _total when, and only when, the family is a counter", async () => {
    const text = await world().metrics.render();
    const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)];
    const wrong = types.filter(
      ([, family = "", type]) => family.endsWith("_total") !== (type === "counter"),
    );
    expect(wrong.map(([line]) => line)).toEqual([]);
    expect(types.length).toBeGreaterThan(40);
  });
});

describe("numbers", () => {
  it("follow a caller who waits", async () => {
    const { centre, metrics } = world();
    const caller = { ani: "138", dnis: "100", firstDnis: null };
    handle(
      centre,
      { type: "callArrived", callId: "c1", legId: "l1", trunkId: "t1", ...caller },
      startMs,
    );
    handle(centre, { type: "legAnswered", legId: "l1", dialogRef: "d" }, startMs);
    const samples = await scrape(metrics);
    expect(subset(samples, "acd_calls_offered")).toEqual({
      'acd_calls_offered_total{queue="tax",source="inbound"}': 1,
      'acd_calls_offered_total{queue="tax",source="transfer"}': 0,
    });
    expect(subset(samples, "acd_queue_waiting")).toEqual({
      'acd_queue_waiting_calls{queue="tax"}': 1,
    });
    expect(subset(samples, "acd_queue_longest")).toEqual({
      'acd_queue_longest_wait_seconds{queue="tax"}': 7.5,
    });
    expect(subset(samples, "acd_trunk_channels")).toEqual({
      'acd_trunk_channels{trunk="t1",state="busy"}': 1,
      'acd_trunk_channels{trunk="t1",state="free"}': 2,
    });
  });

  it("are the folds', cumulative by bucket, and the same at the next scrape", async () => {
    const { centre, metrics } = world();
    const left = {
      type: "queueLeft",
      callId: "c",
      queueId: "tax",
      queuedAtMs: startMs,
      outcome: { kind: "answered", agentId: "1001" },
    } as const;
    for (const waitMs of [2_500, 15_000, 15_001, 5_000_000]) {
      applyFact(centre.stats, {
        seq: 1,
        atMs: startMs,
        ...left,
        waitMs,
        sinceArrivalMs: waitMs + 8_000,
      });
    }
    await scrape(metrics);
    const samples = await scrape(metrics);
    const series = (le: string): string =>
      `acd_queue_wait_seconds_bucket{queue="tax",outcome="answered",le="${le}"}`;
    expect(
      ["2", "3", "10", "15", "20", "1200", "+Inf"].map((le) => samples.get(series(le))),
    ).toEqual([0, 1, 1, 2, 3, 3, 4]);
    expect(subset(samples, "acd_queue_wait_seconds_sum")).toEqual({
      'acd_queue_wait_seconds_sum{queue="tax",outcome="answered"}': 5_032.501,
      'acd_queue_wait_seconds_sum{queue="tax",outcome="abandoned"}': 0,
    });
    expect(samples.get('acd_response_seconds_bucket{queue="tax",le="20"}')).toBe(1);
    expect(samples.get('acd_calls_answered_within_target_total{queue="tax"}')).toBe(2);
    expect(Object.keys(subset(samples, "acd_talk_seconds_bucket"))).toHaveLength(
      waitBoundsSeconds.length + 1,
    );
  });

  it("measure the engine's own work", async () => {
    const { metrics } = world();
    metrics.observeDecision(0.000_03);
    const samples = await scrape(metrics);
    expect([
      samples.get('acd_routing_decision_seconds_bucket{le="0.00002"}'),
      samples.get('acd_routing_decision_seconds_bucket{le="0.00005"}'),
    ]).toEqual([0, 1]);
  });
});
