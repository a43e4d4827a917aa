// What the parts of `npm run bench -- media` share: the edge alone in its process, legs whose far
// sides the load plays, and how CPU is counted.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toneSamples } from "../../engine/edge/media/dsp/tone.ts";
import { writeWav } from "../../engine/edge/media/dsp/wav.ts";
import { ControlClient } from "../../engine/edge/media/testing/control-client.ts";
import type { EdgeConfig, EdgeReady } from "../../engine/wire/edge-config.ts";
import { Child } from "./child.ts";
import { type MediaLoad, startMediaLoad } from "./media-load.ts";
import { cpuMs } from "./processes.ts";

export interface MediaRig {
  pid: number;
  engine: ControlClient;
  load: MediaLoad;
  seconds: number;
  folder: string;
  stop(): Promise<void>;
}

export async function startMediaRig(options: {
  seconds: number;
  profileDir: string | null;
}): Promise<MediaRig> {
  const folder = await mkdtemp(join(tmpdir(), "rexian-bench-"));
  const music = toneSamples([{ frequencyHz: 440, ms: 10_000 }]);
  await writeFile(join(folder, "music.wav"), writeWav({ sampleRateHz: 8000, samples: music }));
  const file = join(folder, "edge.json");
  await writeFile(file, JSON.stringify(edgeConfigIn(folder)), { mode: 0o600 });
  const { profileDir } = options;
  const { child, ready } = await Child.start<EdgeReady | { type: "failed"; reason: string }>(
    "../../engine/edge/main.js",
    {
      args: [file],
      nodeOptions: profileDir === null ? [] : ["--cpu-prof", `--cpu-prof-dir=${profileDir}`],
    },
  );
  if (ready.type === "failed") throw new Error(ready.reason);
  const load = await startMediaLoad();
  const engine = await ControlClient.own(ready.mediaControlPort, { secret, epoch: 1 });
  return {
    ...{ pid: child.pid, engine, load, seconds: options.seconds, folder },
    async stop() {
      engine.close();
      await load.close();
      await child.stop();
      await rm(folder, { recursive: true });
    },
  };
}

export function mediaOptionsIn(folder: string): EdgeConfig["media"] {
  return {
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
    recordings: { dir: join(folder, "recordings"), freeBytesMin: 0 },
  };
}

function edgeConfigIn(folder: string): EdgeConfig {
  return {
    dataDir: folder,
    logLevel: "warn",
    sip: { host: "127.0.0.1", port: 0, appPort: 0, appSecret: secret, orphanMs: 1000 },
    front: { host: "127.0.0.1", port: 0, engineSocket: join(folder, "none.sock"), origins: [] },
    media: mediaOptionsIn(folder),
  };
}

/** Makes legs whose far sides the load plays. */
export async function makeLegs(
  rig: Pick<MediaRig, "engine" | "load">,
  count: number,
  options = { talks: true },
): Promise<string[]> {
  const legs = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const legId = `leg${index}`;
      const remoteSdp = sdpOf(rig.load.portOf(index));
      const made = { type: "createLeg", legId, kind: "rtp", remoteSdp } as const;
      const { localSdp = "" } = await rig.engine.must(made);
      return { legId, index, port: Number(/m=audio (\d+)/.exec(localSdp)?.[1]) };
    }),
  );
  rig.load.aim(legs, options);
  return legs.map(({ legId }) => legId);
}

export async function dropLegs(
  rig: Pick<MediaRig, "engine" | "load">,
  legIds: readonly string[],
): Promise<void> {
  rig.load.clear();
  await Promise.all(legIds.map((legId) => rig.engine.must({ type: "dropLeg", legId })));
}

export async function bridgeInPairs(rig: MediaRig, legs: readonly string[]): Promise<void> {
  await Promise.all(
    legs.flatMap((legId, index) => {
      const other = legs[index + 1];
      if (index % 2 === 1 || other === undefined) return [];
      const legIds = [legId, other];
      return [rig.engine.must({ type: "bridge", bridgeId: `b${index}`, legIds })];
    }),
  );
}

export async function playMusic(
  rig: Pick<MediaRig, "engine">,
  legIds: readonly string[],
): Promise<void> {
  const play = { type: "play", playId: "music", repeat: false } as const;
  const items = [{ kind: "music" as const, path: "music.wav" }];
  await Promise.all(legIds.map((legId) => rig.engine.must({ ...play, legId, items })));
}

/**
 * CPU of `pid` over the time of measuring, and what the far sides saw. A busy machine starves the
 * load, so the CPU is counted per packet and told for the full rate of `legs` legs. Gives cores per
 * hundred.
 */
export async function measured(
  rig: Pick<MediaRig, "pid" | "load" | "seconds">,
  what: string,
  per: { hundreds: number; of: string; legs: number },
): Promise<number> {
  await pause(1500);
  rig.load.measure();
  const before = { cpu: cpuMs(rig.pid), at: performance.now() };
  await pause(rig.seconds * 1000);
  const usedMs = cpuMs(rig.pid) - before.cpu;
  const seconds = (performance.now() - before.at) / 1000;
  const report = await rig.load.report();
  const nominal = per.legs * packetsPerSecond;
  const microseconds = (usedMs * 1000) / report.packets;
  const share = (100 * report.packets) / nominal / seconds;
  const perHundred = (microseconds * nominal) / 1e6 / per.hundreds;
  const unit = `core per 100 ${per.of} (${microseconds.toFixed(1)} µs a packet, ${share.toFixed(0)} % of the rate)`;
  print(what, perHundred.toFixed(3), unit);
  const between = [report.p50Ms.toFixed(1), report.p99Ms.toFixed(1), report.maxMs.toFixed(0)];
  const lost = `ms; ${report.lost} of ${report.packets} lost`;
  print("  between packets, p50 / p99 / max", between.join(" / "), lost);
  return perHundred;
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

export function print(what: string, value: string, unit: string): void {
  console.log(`${what.padEnd(48)} ${value.padStart(8)} ${unit}`);
}

function sdpOf(port: number): string {
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

export const secret = "bench";
export const packetsPerSecond = 50;
