// `npm run bench -- media`: what the media server costs. The edge runs alone in its own process; its
// CPU is read from the kernel's books, and the load comes from threads of this process.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { toneSamples } from "../../engine/edge/media/dsp/tone.ts";
import { writeWav } from "../../engine/edge/media/dsp/wav.ts";
import { ControlClient } from "../../engine/edge/media/testing/control-client.ts";
import type { EdgeConfig, EdgeReady } from "../../engine/wire/edge-config.ts";
import { type MediaLoad, startMediaLoad } from "./media-load.ts";
import { cpuMs, percentile, rssKb } from "./processes.ts";

export type MediaBenchOptions = Readonly<{
  /** Only the parts whose name begins so; empty runs all. */
  only: string;
  seconds: number;
}>;

interface Rig {
  pid: number;
  engine: ControlClient;
  load: MediaLoad;
  seconds: number;
  webrtcPort: number;
  folder: string;
}

type Part = readonly [name: string, run: (rig: Rig) => Promise<void>];

const parts: readonly Part[] = [
  ["relay 100", (rig) => relay(rig, 100)],
  ["relay 250", (rig) => relay(rig, 250)],
  ["music 100", (rig) => music(rig, 100)],
  ["music 300", (rig) => music(rig, 300)],
  ["music 500", (rig) => music(rig, 500)],
  ["mix", (rig) => mix(rig, 30)],
  ["first packet", firstPacket],
];

export async function benchMedia(options: MediaBenchOptions): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "rexian-bench-"));
  const music = toneSamples([{ frequencyHz: 440, ms: 10_000 }]);
  await writeFile(join(folder, "music.wav"), writeWav({ sampleRateHz: 8000, samples: music }));
  const edge = await startEdge(folder);
  const load = await startMediaLoad();
  try {
    const engine = await ControlClient.own(edge.ready.mediaControlPort, { secret, epoch: 1 });
    const rig: Rig = {
      pid: edge.process.pid ?? 0,
      engine,
      load,
      seconds: options.seconds,
      webrtcPort: edge.ready.webrtcPort,
      folder,
    };
    for (const [name, run] of parts) if (name.startsWith(options.only)) await run(rig);
    engine.close();
  } finally {
    await load.close();
    edge.process.kill("SIGTERM");
    if (edge.process.exitCode === null) await once(edge.process, "exit");
    await rm(folder, { recursive: true });
  }
}

async function startEdge(folder: string): Promise<{ process: ChildProcess; ready: EdgeReady }> {
  const config: EdgeConfig = {
    dataDir: folder,
    logLevel: "warn",
    sip: { host: "127.0.0.1", port: 0, appPort: 0, appSecret: secret, orphanMs: 1000 },
    front: {
      host: "127.0.0.1",
      port: 0,
      engineSocket: join(folder, "none.sock"),
      origins: [],
    },
    media: {
      host: "127.0.0.1",
      publicHost: null,
      rtpPortMin: 0,
      rtpPortMax: 0,
      webrtcPort: 0,
      controlPort: 0,
      controlSecret: secret,
      promptsDir: folder,
      silentMs: 5000,
      legsMax: 2000,
    },
  };
  const file = join(folder, "edge.json");
  await writeFile(file, JSON.stringify(config), { mode: 0o600 });
  const main = fileURLToPath(new URL("../../engine/edge/main.js", import.meta.url));
  const process = fork(main, [file]);
  const [ready] = (await once(process, "message")) as [
    EdgeReady | { type: "failed"; reason: string },
  ];
  if (ready.type === "failed") throw new Error(ready.reason);
  return { process, ready };
}

/** Makes legs whose far sides the load plays. */
async function makeLegs(rig: Rig, count: number, options = { talks: true }): Promise<string[]> {
  const legs = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const legId = `leg${index}`;
      const { localSdp = "" } = await rig.engine.must({
        type: "createLeg",
        legId,
        kind: "rtp",
        remoteSdp: sdp(rig.load.portOf(index)),
      });
      return { legId, index, port: Number(/m=audio (\d+)/.exec(localSdp)?.[1]) };
    }),
  );
  rig.load.aim(legs, options);
  return legs.map(({ legId }) => legId);
}

async function dropLegs(rig: Rig, legIds: readonly string[]): Promise<void> {
  rig.load.clear();
  await Promise.all(legIds.map((legId) => rig.engine.must({ type: "dropLeg", legId })));
}

/**
 * CPU of the edge over the time of measuring, and what the far sides saw. A busy machine starves the
 * load, so the CPU is counted per packet and told for the full rate of `legs` legs.
 */
async function measured(
  rig: Rig,
  what: string,
  per: { hundreds: number; of: string; legs: number },
): Promise<void> {
  await pause(1500);
  rig.load.measure();
  const before = { cpu: cpuMs(rig.pid), at: performance.now() };
  await pause(rig.seconds * 1000);
  const usedMs = cpuMs(rig.pid) - before.cpu;
  const seconds = (performance.now() - before.at) / 1000;
  const report = await rig.load.report();
  const nominal = per.legs * packetsPerSecond;
  const cores = ((usedMs / report.packets) * nominal) / 1000;
  print(
    what,
    (cores / per.hundreds).toFixed(3),
    `core per 100 ${per.of} (${((usedMs * 1000) / report.packets).toFixed(1)} µs a packet, ${((100 * report.packets) / nominal / seconds).toFixed(0)} % of the rate)`,
  );
  print(
    "  between packets, p50 / p99 / max",
    `${report.p50Ms.toFixed(1)} / ${report.p99Ms.toFixed(1)} / ${report.maxMs.toFixed(0)}`,
    `ms; ${report.lost} of ${report.packets} lost`,
  );
}

async function bridgeInPairs(rig: Rig, legs: readonly string[]): Promise<void> {
  await Promise.all(
    legs.flatMap((legId, index) => {
      const other = legs[index + 1];
      if (index % 2 === 1 || other === undefined) return [];
      const legIds = [legId, other];
      return [rig.engine.must({ type: "bridge", bridgeId: `b${index}`, legIds })];
    }),
  );
}

async function relay(rig: Rig, calls: number): Promise<void> {
  const legs = await makeLegs(rig, calls * 2);
  await bridgeInPairs(rig, legs);
  await measured(rig, `${calls} bridged calls`, {
    hundreds: calls / 100,
    of: "calls",
    legs: calls * 2,
  });
  await dropLegs(rig, legs);
}

async function music(rig: Rig, listeners: number): Promise<void> {
  const before = rssKb(rig.pid);
  const legs = await makeLegs(rig, listeners);
  await Promise.all(legs.map((legId) => playMusic(rig, legId)));
  await measured(rig, `${listeners} on music, their RTP received`, {
    hundreds: listeners / 100,
    of: "callers",
    legs: listeners,
  });
  const kb = (rssKb(rig.pid) - before) / listeners;
  print("  memory per leg", kb.toFixed(1), "kB resident");
  await dropLegs(rig, legs);
}

async function playMusic(rig: Rig, legId: string): Promise<void> {
  await rig.engine.must({
    type: "play",
    legId,
    playId: "music",
    items: [{ kind: "music", path: "music.wav" }],
    repeat: false,
  });
}

async function mix(rig: Rig, conferences: number): Promise<void> {
  const legs = await makeLegs(rig, conferences * 3);
  await Promise.all(
    Array.from({ length: conferences }, (_, index) =>
      rig.engine.must({
        type: "bridge",
        bridgeId: `c${index}`,
        legIds: legs.slice(index * 3, index * 3 + 3),
      }),
    ),
  );
  await measured(rig, `${conferences} conferences of three`, {
    hundreds: conferences / 100,
    of: "conferences",
    legs: conferences * 3,
  });
  await dropLegs(rig, legs);
}

/** From the order to play until the far side has the first packet; the clock ticks every 20 ms. */
async function firstPacket(rig: Rig): Promise<void> {
  const delays: number[] = [];
  for (let turn = 0; turn < 50; turn += 1) {
    const legs = await makeLegs(rig, 1, { talks: false });
    await pause(7);
    const orderedAt = performance.timeOrigin + performance.now();
    for (const legId of legs) await playMusic(rig, legId);
    await pause(40);
    const { firstAt } = await rig.load.report();
    for (const at of firstAt.values()) delays.push(at - orderedAt);
    await dropLegs(rig, legs);
  }
  print(
    "order to first packet, p50 / p99",
    `${percentile(delays, 0.5).toFixed(1)} / ${percentile(delays, 0.99).toFixed(1)}`,
    `ms (${delays.length} times)`,
  );
}

function sdp(port: number): string {
  return [
    "v=0",
    "o=- 1 1 IN IP4 127.0.0.1",
    "s=-",
    "c=IN IP4 127.0.0.1",
    "t=0 0",
    `m=audio ${port} RTP/AVP 0 101`,
    "a=rtpmap:101 telephone-event/8000",
    "",
  ].join("\r\n");
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function print(what: string, value: string, unit: string): void {
  console.log(`${what.padEnd(48)} ${value.padStart(8)} ${unit}`);
}

const secret = "bench";
const packetsPerSecond = 50;
