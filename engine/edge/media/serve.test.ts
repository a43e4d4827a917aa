import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sequenceDistance, timestampDistance } from "./dsp/rtp-packet.ts";
import { toneSamples } from "./dsp/tone.ts";
import { writeWav } from "./dsp/wav.ts";
import { type RunningMedia, serveMedia } from "./serve.ts";
import { ControlClient, until } from "./testing/control-client.ts";
import { type HeardPacket, RtpPeer } from "./testing/rtp-peer.ts";

let promptsDir: string;
let media: RunningMedia;
let engine: ControlClient;
const peers: RtpPeer[] = [];

const secret = "open sesame";
const wav = (frequencyHz: number, ms: number, sampleRateHz = 8000): Uint8Array =>
  writeWav({ sampleRateHz, samples: toneSamples([{ frequencyHz, ms }]) });

beforeEach(async () => {
  promptsDir = await mkdtemp(join(tmpdir(), "prompts-"));
  await writeFile(join(promptsDir, "welcome.wav"), wav(700, 300));
  await writeFile(join(promptsDir, "calm.wav"), wav(500, 1000));
  media = await serve();
  engine = await ControlClient.own(media.controlPort, { secret, epoch: 1 });
});

afterEach(async () => {
  engine.close();
  for (const peer of peers.splice(0)) peer.close();
  await media.close();
  await rm(promptsDir, { recursive: true });
});

function serve(more: { ownerlessMs?: number; legsMax?: number } = {}): Promise<RunningMedia> {
  return serveMedia({
    host: "127.0.0.1",
    publicHost: null,
    rtpPortMin: 0,
    rtpPortMax: 0,
    webrtcPort: 0,
    controlPort: 0,
    controlSecret: secret,
    promptsDir,
    silentMs: 300,
    legsMax: 10,
    logger: pino({ level: "silent" }),
    webrtc: "off",
    ...more,
  });
}

/** A party whose leg answers his offer. */
async function party(legId: string, codec: "PCMU" | "PCMA" = "PCMU"): Promise<RtpPeer> {
  const peer = await RtpPeer.open(codec);
  peers.push(peer);
  const { localSdp = "" } = await engine.must({
    type: "createLeg",
    legId,
    kind: "rtp",
    remoteSdp: peer.sdp(),
  });
  peer.aim(localSdp);
  return peer;
}

function play(legId: string, playId: string, path: string, repeat = false): Promise<unknown> {
  return engine.must({ type: "play", legId, playId, items: [{ kind: "file", path }], repeat });
}

/** Every step of sequence and timestamp between packets that came in order. */
function steps(packets: readonly HeardPacket[]): { sequence: Set<number>; timestamp: Set<number> } {
  const sequence = new Set<number>();
  const timestamp = new Set<number>();
  for (const [i, packet] of packets.entries()) {
    const before = packets[i - 1];
    if (before === undefined) continue;
    sequence.add(sequenceDistance(before.sequence, packet.sequence));
    timestamp.add(timestampDistance(before.timestamp, packet.timestamp));
  }
  return { sequence, timestamp };
}

describe("two parties", () => {
  it("hear each other across laws, and not themselves", async () => {
    const [a, b] = [await party("a", "PCMU"), await party("b", "PCMA")];
    a.talk(600);
    b.talk(1100);
    await engine.must({ type: "bridge", bridgeId: "ab", legIds: ["a", "b"] });
    await until(() => a.share(1100) > 0.95 && b.share(600) > 0.95);
    expect([a.share(600) < 0.01, b.share(1100) < 0.01]).toEqual([true, true]);
    expect(new Set(a.audio().map((packet) => packet.payloadType))).toEqual(new Set([0]));
    expect(new Set(b.audio().map((packet) => packet.payloadType))).toEqual(new Set([8]));
  });

  it("pass digits on and report them", async () => {
    const [a, b] = [await party("a"), await party("b")];
    await engine.must({ type: "bridge", bridgeId: "ab", legIds: ["a", "b"] });
    a.press("7");
    await until(() => engine.events("digit").length === 1);
    await until(() => b.heard.filter((packet) => packet.payloadType === 101).length === 7);
    expect(engine.events("digit")).toEqual([{ type: "digit", legId: "a", digit: "7" }]);
  });
});

describe("plays", () => {
  it("are heard, end once, and go over into the bridge without a break", async () => {
    const [a, b] = [await party("a"), await party("b")];
    b.talk(1100);
    await play("a", "p1", "welcome.wav");
    await until(() => engine.events("playFinished").length > 0);
    expect(a.share(700, 280)).toBeGreaterThan(0.9);
    expect(engine.events("playFinished")).toEqual([
      { type: "playFinished", legId: "a", playId: "p1", outcome: "completed" },
    ]);
    await engine.must({ type: "bridge", bridgeId: "ab", legIds: ["a", "b"] });
    await until(() => a.share(1100) > 0.95);
    await play("a", "p2", "calm.wav", true);
    await until(() => a.share(500) > 0.95);
    const { sequence, timestamp } = steps(a.audio());
    expect(sequence).toEqual(new Set([1]));
    expect([...timestamp].every((step) => step > 0 && step % 160 === 0 && step <= 480)).toBe(true);
    expect(new Set(a.audio().map((packet) => packet.ssrc)).size).toBe(1);
  });
});
