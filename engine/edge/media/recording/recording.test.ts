import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { EdgeConfig } from "../../../wire/edge-config.ts";
import type { MediaMessage } from "../../../wire/media-control.ts";
import { openSealed } from "../../../wire/recording/sealed-file.ts";
import { stereoHeader, stereoHeaderBytes } from "../../../wire/recording/stereo-wav.ts";
import { g711Decode } from "../dsp/g711.ts";
import { toneShare } from "../dsp/goertzel.ts";
import { toneSamples } from "../dsp/tone.ts";
import { writeWav } from "../dsp/wav.ts";
import { type RunningMedia, serveMedia } from "../serve.ts";
import { ControlClient, until } from "../testing/control-client.ts";
import { RtpPeer } from "../testing/rtp-peer.ts";
import { RecordingFiles } from "./recording-files.ts";

let root: string;
let dir: string;
let media: RunningMedia;
let engine: ControlClient;
const peers: RtpPeer[] = [];
const secret = "open sesame";
const keyHex = "ab".repeat(32);

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "recording-"));
  dir = join(root, "recordings");
  await writeFile(join(root, "key"), `${keyHex}\n`);
  const samples = toneSamples([{ frequencyHz: 500, ms: 1000 }]);
  await writeFile(join(root, "calm.wav"), writeWav({ sampleRateHz: 8000, samples }));
});

afterEach(async () => {
  engine?.close();
  for (const peer of peers.splice(0)) peer.close();
  await media?.close();
  await rm(root, { recursive: true });
});

type Recordings = NonNullable<EdgeConfig["media"]["recordings"]>;

async function serve(more: Partial<Recordings> = {}): Promise<void> {
  media = await serveMedia({
    host: "127.0.0.1",
    publicHost: null,
    rtpPortMin: 0,
    rtpPortMax: 0,
    webrtcPort: 0,
    controlPort: 0,
    controlSecret: secret,
    promptsDir: root,
    silentMs: 3000,
    legsMax: 10,
    logger: pino({ level: "silent" }),
    webrtc: "off",
    recordings: { dir, freeBytesMin: 0, ...more },
  });
  engine = await ControlClient.own(media.controlPort, { secret, epoch: 1 });
}

async function party(
  legId: string,
  talk: { codec?: "PCMU" | "PCMA"; frequencyHz: number },
): Promise<RtpPeer> {
  const peer = await RtpPeer.open(talk.codec ?? "PCMU");
  peers.push(peer);
  const remoteSdp = peer.sdp();
  const { localSdp = "" } = await engine.must({ type: "createLeg", legId, kind: "rtp", remoteSdp });
  peer.aim(localSdp);
  peer.talk(talk.frequencyHz);
  return peer;
}

const record = (file = "2026/11/a.wav") =>
  engine.must({ type: "startRecording", recordingId: "r", legId: "caller", file });
const stop = () => engine.must({ type: "stopRecording", recordingId: "r" });
const bridge = (...legIds: string[]) => engine.must({ type: "bridge", bridgeId: "b", legIds });

async function ended(): Promise<Extract<MediaMessage, { type: "recordingEnded" }>> {
  await until(() => engine.events("recordingEnded").length > 0);
  return engine.events("recordingEnded")[0] as Extract<MediaMessage, { type: "recordingEnded" }>;
}

interface Sides {
  left: Int16Array;
  right: Int16Array;
}

function sidesOf(wav: Buffer): Sides {
  const audio = wav.subarray(stereoHeaderBytes);
  expect(wav.subarray(0, stereoHeaderBytes)).toEqual(stereoHeader(audio.length));
  const side = (offset: number): Int16Array =>
    g711Decode(
      "PCMU",
      Uint8Array.from({ length: audio.length / 2 }, (_, i) => audio[2 * i + offset] ?? 0),
    );
  return { left: side(0), right: side(1) };
}

const sidesAt = async (file: string): Promise<Sides> => sidesOf(await readFile(join(dir, file)));

/** Which of these tones fill 200 ms around a time; `-` where there is none. */
function heardAt(samples: Int16Array, ms: number): string {
  const part = [...samples.subarray((ms - 100) * 8, (ms + 100) * 8)];
  const tones = [500, 600, 1100, 1700].filter(
    (frequencyHz) => toneShare(part, { frequencyHz }) > 0.2,
  );
  const loudness = part.reduce((sum, sample) => Math.max(sum, Math.abs(sample)), 0);
  return tones.length > 0 ? tones.join("+") : loudness < 50 ? "-" : "?";
}

/** Milliseconds since now, for later. */
function stopwatch(): () => number {
  const startMs = performance.now();
  return () => performance.now() - startMs;
}

/** Lets `ms` of audio pass: time is what is being recorded here. */
const passes = async (ms: number): Promise<void> => {
  const endMs = performance.now() + ms;
  await until(() => performance.now() >= endMs);
};

describe("a recording", () => {
  it("has the caller left and others right, aligned through hold, transfer and conference", async () => {
    await serve();
    const caller = await party("caller", { codec: "PCMA", frequencyHz: 600 });
    const agent = await party("agent", { frequencyHz: 1100 });
    await party("colleague", { frequencyHz: 1700 });
    await bridge("caller", "agent");
    await until(() => caller.share(1100) > 0.95 && agent.share(600) > 0.95);
    const elapsedMs = stopwatch();
    expect(await record()).toMatchObject({ file: "2026/11/a.wav" });
    const phases: { atMs: number; left: string; right: string }[] = [];
    const phase = async (left: string, right: string): Promise<void> => {
      await passes(800);
      phases.push({ atMs: Math.round(elapsedMs() - 300), left, right });
    };
    await phase("600", "1100");
    const items = [{ kind: "file", path: "calm.wav" } as const];
    await engine.must({ type: "play", legId: "caller", playId: "p", items, repeat: true });
    await phase("600", "-");
    await bridge("caller", "colleague");
    await phase("600", "1700");
    await bridge("caller", "agent", "colleague");
    await phase("600", "1100+1700");
    caller.hush();
    await phase("-", "1100+1700");
    const durationMs = elapsedMs();
    await stop();
    const { end, file } = await ended();
    const bytes = await readFile(join(dir, file));
    const sides = sidesOf(bytes);
    const found = phases.map(({ atMs }) => ({
      atMs,
      left: heardAt(sides.left, atMs),
      right: heardAt(sides.right, atMs),
    }));
    expect(found).toEqual(phases);
    expect(Math.abs(end.durationMs - durationMs)).toBeLessThan(100);
    expect(end).toEqual({
      outcome: "complete",
      durationMs: Math.round(sides.left.length / 8),
      bytes: bytes.length,
      sha256: createHash("sha256").update(bytes).digest("hex"),
    });
  });

  it("writes silence on both sides while paused, marks it, and ends with the leg", async () => {
    await serve();
    const caller = await party("caller", { frequencyHz: 600 });
    await party("agent", { frequencyHz: 1100 });
    await bridge("caller", "agent");
    await until(() => caller.share(1100) > 0.95);
    await record();
    await passes(600);
    await engine.must({ type: "pauseRecording", recordingId: "r" });
    await engine.must({ type: "pauseRecording", recordingId: "r" });
    const { recordings } = await engine.must({ type: "list" });
    expect(recordings?.map(({ state }) => state)).toEqual(["paused"]);
    await passes(600);
    await engine.must({ type: "resumeRecording", recordingId: "r" });
    await passes(600);
    await engine.must({ type: "dropLeg", legId: "caller" });
    const { end } = await ended();
    const list = (await readFile(join(dir, "2026/11/a.wav.jsonl"), "utf8")).trim().split("\n");
    const [start, paused, resumed, over] = list.map((line) => JSON.parse(line));
    expect(start).toEqual({
      recordingId: "r",
      legId: "caller",
      file: "2026/11/a.wav",
      startedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    });
    expect([paused.mark, resumed.mark, over]).toEqual(["paused", "resumed", { end }]);
    const { left, right } = await sidesAt("2026/11/a.wav");
    const times = [paused.atMs - 200, (paused.atMs + resumed.atMs) / 2, resumed.atMs + 250];
    expect(times.map((ms) => `${heardAt(left, ms)} ${heardAt(right, ms)}`)).toEqual([
      "600 1100",
      "- -",
      "600 1100",
    ]);
  });

  it("goes on without an engine, and the next one finds it", async () => {
    await serve();
    await party("caller", { frequencyHz: 600 });
    await record();
    await passes(300);
    engine.close();
    await passes(700);
    engine = await ControlClient.own(media.controlPort, { secret, epoch: 2 });
    expect((await engine.must({ type: "list" })).recordings).toEqual([
      { recordingId: "r", legId: "caller", file: "2026/11/a.wav", state: "recording", end: null },
    ]);
    // Asked again as by an engine that does not know whether it asked.
    expect(await record("2026/11/other.wav")).toMatchObject({ file: "2026/11/a.wav" });
    await stop();
    const { end } = await ended();
    await stop();
    const { recordings } = await engine.must({ type: "list" });
    const file = "2026/11/a.wav";
    expect(recordings).toEqual([{ recordingId: "r", legId: "caller", file, state: "ended", end }]);
    await engine.must({ type: "forgetRecording", recordingId: "r" });
    expect((await engine.must({ type: "list" })).recordings).toEqual([]);
    const { left } = await sidesAt(file);
    expect([200, 600, 900].map((ms) => heardAt(left, ms))).toEqual(["600", "600", "600"]);
  });

  it("is on disk within a second", async () => {
    await serve();
    await party("caller", { frequencyHz: 600 });
    await record();
    const elapsedMs = stopwatch();
    let worstMs = 0;
    const path = join(dir, "2026/11/a.wav");
    await until(() => existsSync(path));
    while (elapsedMs() < 2500) {
      const onDiskMs = ((await readFile(path)).length - stereoHeaderBytes) / 16;
      worstMs = Math.max(worstMs, elapsedMs() - onDiskMs);
      await passes(50);
    }
    expect(worstMs).toBeLessThan(1000);
  });

  it("is encrypted where a key is configured", async () => {
    await serve({ key: { id: "k1", file: join(root, "key") } });
    await party("caller", { frequencyHz: 600 });
    expect(await record()).toMatchObject({ file: "2026/11/a.wav.sealed" });
    await passes(1200);
    await stop();
    const { end, file } = await ended();
    const sealed = await readFile(join(dir, file));
    const opened = openSealed(sealed, (id) => (id === "k1" ? Buffer.from(keyHex, "hex") : null));
    expect(opened).toMatchObject({ isWhole: true, durationMs: end.durationMs });
    const { left } = sidesOf(opened.wav);
    expect([300, 900].map((ms) => heardAt(left, ms))).toEqual(["600", "600"]);
  });
});

describe("trouble", () => {
  it("of a disk that fills is told early, and nothing new is recorded", async () => {
    await serve({ freeBytesMin: 2 ** 60 });
    const caller = await party("caller", { frequencyHz: 600 });
    await party("agent", { frequencyHz: 1100 });
    const recording = { recordingId: "r", legId: "caller", file: "a.wav" };
    const answer = await engine.ask({ type: "startRecording", ...recording });
    expect(answer).toMatchObject({ type: "failed", code: "diskLow" });
    await bridge("caller", "agent");
    await until(() => caller.share(1100) > 0.95);
  });

  it("with a file ends that recording alone; the call goes on", async () => {
    await serve();
    await mkdir(join(dir, "taken.wav"), { recursive: true });
    const caller = await party("caller", { frequencyHz: 600 });
    await party("agent", { frequencyHz: 1100 });
    await record("taken.wav");
    const { end } = await ended();
    expect(end).toEqual({ outcome: "failed", durationMs: 0, bytes: 0, sha256: null });
    expect(engine.events("recordingTrouble")).toMatchObject([
      { what: "writeFailed", recordingId: "r" },
    ]);
    await bridge("caller", "agent");
    await until(() => caller.share(1100) > 0.95);
  });

  it("with a request gets a clear error", async () => {
    await serve();
    await party("caller", { frequencyHz: 600 });
    await record();
    const codes: string[] = [];
    const refused = async (request: Parameters<ControlClient["ask"]>[0]): Promise<void> => {
      const answer = await engine.ask(request);
      codes.push(answer.type === "failed" ? answer.code : answer.type);
    };
    const start = { type: "startRecording", recordingId: "s", legId: "caller" } as const;
    await refused({ ...start, file: "../a.wav" });
    await refused({ ...start, file: "a/../../b.wav" });
    await refused({ ...start, file: "a.mp3" });
    await refused({ ...start, file: "b.wav" });
    await refused({ ...start, legId: "nobody", file: "b.wav" });
    await refused({ type: "pauseRecording", recordingId: "nothing" });
    await refused({ type: "stopRecording", recordingId: "nothing" });
    expect(codes).toEqual([
      "badRequest",
      "badRequest",
      "badRequest",
      "limit",
      "unknownLeg",
      "unknownRecording",
      "unknownRecording",
    ]);
  });

  it("with the key is told at the start", async () => {
    await writeFile(join(root, "key"), "short");
    await expect(serve({ key: { id: "k1", file: join(root, "key") } })).rejects.toThrow(
      "not 64 hexadecimal digits",
    );
  });
});

it("serves and records at once while many files of a crash are mended, and tells of each", async () => {
  const before = new RecordingFiles(dir, null);
  const count = 40;
  for (let i = 0; i < count; i += 1) {
    const start = {
      recordingId: `old${i}`,
      legId: "gone",
      file: `old/${i}.wav`,
      startedAt: "then",
    };
    before.begin(start);
    before.append(start.recordingId, { silenceBytes: 80_000, bytes: new Uint8Array(0) });
  }
  await serve();
  const { recordings = [] } = await engine.must({ type: "list" });
  expect(recordings.length).toBe(count);
  await party("caller", { frequencyHz: 600 });
  expect((await record()).file).toBe("2026/11/a.wav");
  const listed = async () => (await engine.must({ type: "list" })).recordings ?? [];
  // Each file is forced onto the disk, which may be busy.
  await until(async () => (await listed()).every(({ state }) => state !== "ending"), 15_000);
  const ends = await listed();
  expect(
    new Set(ends.map(({ state, end }) => `${state} ${end?.outcome} ${end?.durationMs}`)),
  ).toEqual(new Set(["recording undefined undefined", "ended repaired 5000"]));
  expect(ends.length).toBe(count + 1);
});
