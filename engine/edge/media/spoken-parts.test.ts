// Spoken numbers: parts played one after the other without a gap and broken off at once, by capture.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, expect, it } from "vitest";
import { sequenceDistance, timestampDistance } from "./dsp/rtp-packet.ts";
import { toneSamples } from "./dsp/tone.ts";
import { writeWav } from "./dsp/wav.ts";
import { type RunningMedia, serveMedia } from "./serve.ts";
import { PromptLibrary } from "./source/prompt-library.ts";
import { ControlClient, until } from "./testing/control-client.ts";
import { type HeardPacket, RtpPeer } from "./testing/rtp-peer.ts";

let promptsDir: string;
let media: RunningMedia;
let engine: ControlClient;
let caller: RtpPeer;

/** No part ends at a frame's end. */
const digits = [
  { name: "1", frequencyHz: 440, ms: 333 },
  { name: "3", frequencyHz: 550, ms: 251 },
  { name: "8", frequencyHz: 660, ms: 97 },
  { name: "0", frequencyHz: 770, ms: 11 },
] as const;
const pathOf = (name: string): string => `zh/number/${name}.wav`;
/** 138 0013 8013. */
const number = [..."13800138013"];

beforeEach(async () => {
  promptsDir = await mkdtemp(join(tmpdir(), "prompts-"));
  await mkdir(join(promptsDir, "zh", "number"), { recursive: true });
  for (const { name, ...segment } of digits) {
    const wav = writeWav({ sampleRateHz: 8000, samples: toneSamples([segment]) });
    await writeFile(join(promptsDir, pathOf(name)), wav);
  }
  media = await serveMedia({
    ...{ host: "127.0.0.1", publicHost: null, rtpPortMin: 0, rtpPortMax: 0, webrtcPort: 0 },
    ...{ controlPort: 0, controlSecret: "s", promptsDir, silentMs: 5000, legsMax: 10 },
    ...{ logger: pino({ level: "silent" }), webrtc: "off" },
  });
  engine = await ControlClient.own(media.controlPort, { secret: "s", epoch: 1 });
  caller = await RtpPeer.open("PCMU");
  const leg = { type: "createLeg", legId: "a", kind: "rtp", remoteSdp: caller.sdp() } as const;
  caller.aim((await engine.must(leg)).localSdp ?? "");
});

afterEach(async () => {
  engine.close();
  caller.close();
  await media.close();
  await rm(promptsDir, { recursive: true });
});

const say = (playId: string, names: readonly string[], repeat = false) => {
  const items = names.map((name) => ({ kind: "file", path: pathOf(name) }) as const);
  return engine.must({ type: "play", legId: "a", playId, items, repeat });
};

/** The bytes of these parts, one after the other. */
async function partsOf(names: readonly string[]): Promise<number[]> {
  const library = new PromptLibrary(promptsDir);
  const clips = await Promise.all(names.map((name) => library.load(pathOf(name))));
  return clips.flatMap(({ PCMU }) => [...PCMU]);
}

const bytesOf = (packets: readonly HeardPacket[]): number[] =>
  packets.flatMap(({ payload }) => [...payload]);

it("every sample of every part is heard, in order and with nothing between", async () => {
  await say("p", number);
  await until(() => engine.events("playFinished").length > 0);
  const wanted = await partsOf(number);
  const frames = Math.ceil(wanted.length / 160);
  const first = caller.audio().findIndex(({ payload }) => new Set(payload).size > 1);
  const spoken = caller.audio().slice(first, first + frames);
  const rest = Array<number>(frames * 160 - wanted.length).fill(0xff);
  expect(bytesOf(spoken)).toEqual([...wanted, ...rest]);
  // A machine that stood still for longer than is made up for shows as a marked jump of whole frames.
  for (const [i, packet] of spoken.slice(1).entries()) {
    const last = spoken[i] as HeardPacket;
    expect(sequenceDistance(last.sequence, packet.sequence)).toBe(1);
    const step = timestampDistance(last.timestamp, packet.timestamp);
    expect(packet.marker ? step % 160 : step - 160).toBe(0);
  }
});

it("are broken off by what comes next within a frame", async () => {
  await say("p", number, true);
  await until(() => caller.share(440) > 0.95);
  await say("q", ["3"]);
  const before = caller.heard.length;
  await until(() => engine.events("playFinished").length > 0);
  const after = caller.audio().slice(before);
  const three = await partsOf(["3"]);
  const opening = three.slice(0, 160).join();
  const begin = after.findIndex(({ payload }) => payload.join() === opening);
  // One frame was on its way when the answer came, and one may be silence while a file is looked up.
  expect(begin).toBeGreaterThanOrEqual(0);
  expect(begin).toBeLessThanOrEqual(2);
  expect(bytesOf(after.slice(begin)).slice(0, three.length)).toEqual(three);
  expect(engine.events("playFinished").map(({ playId }) => playId)).toEqual(["q"]);
});
