// `npm run bench -- media`: what the media server costs. The edge runs alone in its own process; its
// CPU is read from the kernel's books, and the load comes from other processes.
import { ControlClient } from "../../engine/edge/media/testing/control-client.ts";
import { Child } from "./child.ts";
import { browserCalls, browserSetUps } from "./media-browser-calls.ts";
import {
  bridgeInPairs,
  dropLegs,
  type MediaRig,
  makeLegs,
  measured,
  mediaOptionsIn,
  pause,
  playMusic,
  print,
  secret,
  startMediaRig,
} from "./media-rig.ts";
import { percentile } from "./processes.ts";

export type MediaBenchOptions = Readonly<{
  /** Only the parts whose name begins so; empty runs all. */
  only: string;
  seconds: number;
  /** Writes CPU profiles of the edge into this folder. */
  profileDir: string | null;
}>;

type Part = readonly [name: string, run: (rig: MediaRig) => Promise<unknown>];

const parts: readonly Part[] = [
  ["relay 50", (rig) => relay(rig, 50)],
  ["relay 100", (rig) => besideBareRelay(rig, 100)],
  ["relay 150", (rig) => relay(rig, 150)],
  ["relay 250", (rig) => relay(rig, 250)],
  ["recording", (rig) => recordedRelay(rig, 100)],
  ["music 100", (rig) => music(rig, 100)],
  ["music 300", (rig) => music(rig, 300)],
  ["music 500", (rig) => music(rig, 500)],
  ["mix", (rig) => mix(rig, 30)],
  ["first packet", firstPacket],
  ["browsers", browserCalls],
  ["set-ups", browserSetUps],
  ["memory", memory],
];

export async function benchMedia(options: MediaBenchOptions): Promise<void> {
  const rig = await startMediaRig(options);
  try {
    for (const [name, run] of parts) if (name.startsWith(options.only)) await run(rig);
  } finally {
    await rig.stop();
  }
}

async function relay(rig: MediaRig, calls: number): Promise<number> {
  const legs = await makeLegs(rig, calls * 2);
  await bridgeInPairs(rig, legs);
  const per = { hundreds: calls / 100, of: "calls", legs: calls * 2 };
  const cores = await measured(rig, `${calls} bridged calls (${calls * 2} legs)`, per);
  await dropLegs(rig, legs);
  return cores;
}

/** The same calls, and each is recorded. */
async function recordedRelay(rig: MediaRig, calls: number): Promise<void> {
  const legs = await makeLegs(rig, calls * 2);
  await bridgeInPairs(rig, legs);
  const callers = legs.filter((_, index) => index % 2 === 0);
  for (const legId of callers) {
    const file = `${legId}.wav`;
    await rig.engine.must({ type: "startRecording", recordingId: `r-${legId}`, legId, file });
  }
  const per = { hundreds: calls / 100, of: "calls", legs: calls * 2 };
  await measured(rig, `${calls} bridged calls, all recorded`, per);
  await dropLegs(rig, legs);
}

/** Ours between two runs of the bare relay, so that the ratio holds on any machine. */
async function besideBareRelay(rig: MediaRig, calls: number): Promise<void> {
  const before = await bareRelay(rig, calls);
  const ours = await relay(rig, calls);
  const after = await bareRelay(rig, calls);
  print("  ours to the bare relay", (ours / ((before + after) / 2)).toFixed(2), "times");
}

async function bareRelay(rig: MediaRig, calls: number): Promise<number> {
  const farPorts = Array.from({ length: calls * 2 }, (_, index) => rig.load.portOf(index));
  const { child, ready: ports } = await Child.start<number[]>("./media-relay-process.js", {
    args: farPorts.map(String),
  });
  rig.load.aim(
    ports.map((port, index) => ({ index, port })),
    { talks: true },
  );
  const per = { hundreds: calls / 100, of: "calls", legs: calls * 2 };
  const what = `${calls} calls through a bare Node relay`;
  const cores = await measured({ ...rig, pid: child.pid }, what, per);
  rig.load.clear();
  await child.stop();
  return cores;
}

async function music(rig: MediaRig, listeners: number): Promise<void> {
  const legs = await makeLegs(rig, listeners);
  await playMusic(rig, legs);
  const per = { hundreds: listeners / 100, of: "callers", legs: listeners };
  await measured(rig, `${listeners} on music, their RTP received`, per);
  await dropLegs(rig, legs);
}

async function mix(rig: MediaRig, conferences: number): Promise<void> {
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
  const per = { hundreds: conferences / 100, of: "conferences", legs: conferences * 3 };
  await measured(rig, `${conferences} conferences of three`, per);
  await dropLegs(rig, legs);
}

/** From the order to play until the far side has the first packet; the clock ticks every 20 ms. */
async function firstPacket(rig: MediaRig): Promise<void> {
  const delays: number[] = [];
  for (let turn = 0; turn < 50; turn += 1) {
    const legs = await makeLegs(rig, 1, { talks: false });
    await pause(7);
    const orderedAt = performance.timeOrigin + performance.now();
    await playMusic(rig, legs);
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

/** Resident memory of 500 legs on music, in fresh processes and after their garbage is collected. */
async function memory(rig: MediaRig): Promise<void> {
  const perLeg: number[] = [];
  for (let turn = 0; turn < 3; turn += 1) {
    const { child, ready } = await Child.start<{ controlPort: number }>(
      "./media-memory-process.js",
      { args: [JSON.stringify(mediaOptionsIn(rig.folder))], nodeOptions: ["--expose-gc"] },
    );
    const engine = await ControlClient.own(ready.controlPort, { secret, epoch: 1 });
    const alone = { engine, load: rig.load };
    const resident = async (): Promise<number> =>
      (await child.ask<{ rssBytes: number }>({ type: "collect" })).rssBytes;
    // The first legs load what all share.
    await dropLegs(alone, await hearMusic(alone, 50));
    const before = await resident();
    const legs = await hearMusic(alone, memoryLegs);
    perLeg.push((await resident()) - before);
    await dropLegs(alone, legs);
    engine.close();
    await child.stop();
  }
  const kb = perLeg.map((bytes) => (bytes / 1000 / memoryLegs).toFixed(1));
  print("memory per leg on music", kb.join(" / "), "kB resident, three fresh processes");
}

async function hearMusic(rig: Pick<MediaRig, "engine" | "load">, count: number): Promise<string[]> {
  const legs = await makeLegs(rig, count);
  await playMusic(rig, legs);
  await pause(3000);
  return legs;
}

const memoryLegs = 500;
