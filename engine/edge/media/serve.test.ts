import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Logger, pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { mediaControlVersion } from "../../wire/media-control.ts";
import { toneShare } from "./dsp/goertzel.ts";
import { sequenceDistance, timestampDistance } from "./dsp/rtp-packet.ts";
import { toneSamples } from "./dsp/tone.ts";
import { writeWav } from "./dsp/wav.ts";
import { type RunningMedia, serveMedia } from "./serve.ts";
import { ControlClient, until } from "./testing/control-client.ts";
import { type HeardPacket, RtpPeer, samplesOf } from "./testing/rtp-peer.ts";

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

function serve(
  more: { ownerlessMs?: number; qualityMs?: number; logger?: Logger } = {},
): Promise<RunningMedia> {
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

/** How much longer the timestamps lasted than the packets did. */
function clockErrorMs(packets: readonly HeardPacket[]): number {
  const [first, last] = [packets[0], packets.at(-1)];
  if (first === undefined || last === undefined) return Number.NaN;
  const samples = timestampDistance(first.timestamp, last.timestamp);
  return samples / 8 - (last.atMs - first.atMs);
}

it("a leg that is dropped in the packet that asked for it does not stay", async () => {
  const peer = await RtpPeer.open("PCMU");
  peers.push(peer);
  const remoteSdp = peer.sdp();
  engine.write(
    [
      { type: "createLeg", id: "made", legId: "gone", kind: "rtp", remoteSdp },
      { type: "dropLeg", id: "dropped", legId: "gone" },
    ]
      .map((request) => JSON.stringify(request))
      .join("\n"),
  );
  await until(() => engine.events("result").length === 2);
  expect((await engine.must({ type: "list" })).legs).toEqual([]);
});

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
    // The word of its end may come later than the first silence.
    const sounding = a.audio().filter(({ payload }) => new Set(payload).size > 1);
    const lastOfPlay = samplesOf(sounding.slice(-14));
    expect(toneShare(lastOfPlay, { frequencyHz: 700 })).toBeGreaterThan(0.9);
    expect(engine.events("playFinished")).toEqual([
      { type: "playFinished", legId: "a", playId: "p1", outcome: "completed" },
    ]);
    await engine.must({ type: "bridge", bridgeId: "ab", legIds: ["a", "b"] });
    await until(() => a.share(1100) > 0.95);
    await play("a", "p2", "calm.wav", true);
    await until(() => a.share(500) > 0.95);
    const { sequence, timestamp } = steps(a.audio());
    expect(sequence).toEqual(new Set([1]));
    expect([...timestamp].every((step) => step > 0 && step % 160 === 0)).toBe(true);
    expect(Math.abs(clockErrorMs(a.audio()))).toBeLessThan(60);
    expect(new Set(a.audio().map((packet) => packet.ssrc)).size).toBe(1);
  });

  it("stop within a frame and leave silence that goes on", async () => {
    const a = await party("a");
    await play("a", "p1", "calm.wav", true);
    await until(() => a.share(500) > 0.95);
    await engine.must({ type: "stopPlay", legId: "a", playId: "p1" });
    const heard = a.heard.length;
    await until(() => a.heard.length >= heard + 5);
    // At most one frame was on its way when the answer came.
    const after = a.heard.slice(heard + 1).map(({ payload }) => payload);
    expect(after.every((payload) => payload.every((byte) => byte === 0xff))).toBe(true);
    expect(engine.events("playFinished")).toEqual([]);
  });

  it("fail for a path outside, and are not begun twice by a repeated command", async () => {
    const a = await party("a");
    await play("a", "bad", "../secret.wav");
    await until(() => engine.events("playFinished").length === 1);
    await play("a", "p", "welcome.wav");
    await play("a", "p", "welcome.wav");
    await until(() => engine.events("playFinished").length === 2);
    await play("a", "p", "welcome.wav");
    await until(() => engine.events("playFinished").length === 3);
    expect(engine.events("playFinished").map(({ playId, outcome }) => [playId, outcome])).toEqual([
      ["bad", "failed"],
      ["p", "completed"],
      ["p", "completed"],
    ]);
    const spoken = a.audio().filter(({ payload }) => payload.some((byte) => byte !== 0xff));
    expect(spoken.length).toBe(15);
  });

  it("goes on with the music where an announcement broke it off", async () => {
    const a = await party("a");
    const rising = toneSamples(
      [300, 500, 700, 900].map((frequencyHz) => ({ frequencyHz, ms: 400 })),
    );
    await writeFile(join(promptsDir, "m.wav"), writeWav({ sampleRateHz: 8000, samples: rising }));
    const music = (playId: string) =>
      engine.must({
        type: "play",
        legId: "a",
        playId,
        items: [{ kind: "music", path: "m.wav" }],
        repeat: false,
      });
    await music("m1");
    await until(() => a.share(500) > 0.95);
    await play("a", "p", "welcome.wav");
    await until(() => engine.events("playFinished").length === 1);
    const before = a.heard.length;
    await music("m2");
    await until(() => a.share(900) > 0.95);
    // The first third does not come again.
    expect(a.heard.slice(before).length).toBeLessThan(70);
  });
});

describe("strangers and failures", () => {
  it("does not hear another source, and counts it", async () => {
    const [a, b] = [await party("a"), await party("b")];
    await engine.must({ type: "bridge", bridgeId: "ab", legIds: ["a", "b"] });
    a.talk(600);
    await until(() => b.share(600) > 0.95);
    const stranger = await RtpPeer.open();
    peers.push(stranger);
    const { localSdp = "" } = await engine.must({ type: "createLeg", legId: "a", kind: "rtp" });
    stranger.aim(localSdp);
    stranger.talk(1500);
    await until(() => b.audio().length > 60);
    const { legs = [] } = await engine.must({ type: "list" });
    const refused = legs.find(({ legId }) => legId === "a")?.packetsRefused ?? 0;
    expect([b.share(1500, 400) < 0.01, refused > 5]).toEqual([true, true]);
  });

  it("latches on a source that the description does not name, once", async () => {
    const [peer, b] = [await RtpPeer.open(), await party("b")];
    peers.push(peer);
    const wrongPort = peer.sdp().replace(/m=audio \d+/, "m=audio 9");
    const { localSdp = "" } = await engine.must({
      type: "createLeg",
      legId: "nat",
      kind: "rtp",
      remoteSdp: wrongPort,
    });
    peer.aim(localSdp);
    await engine.must({ type: "bridge", bridgeId: "n", legIds: ["nat", "b"] });
    peer.talk(600);
    b.talk(900);
    await until(() => b.share(600) > 0.95 && peer.share(900) > 0.95);
  });

  it.each<[why: string, bytes: Uint8Array]>([
    ["empty", new Uint8Array(0)],
    ["short", Uint8Array.of(0x80, 0)],
    ["STUN", Uint8Array.from([0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, ...Array(12).fill(1)])],
    ["RTCP", Uint8Array.of(0x80, 201, 0, 1, 0, 0, 0, 1)],
    ["noise", new Uint8Array(1400).fill(0xff)],
  ])("survives %s", async (_, bytes) => {
    const [a, b] = [await party("a"), await party("b")];
    await engine.must({ type: "bridge", bridgeId: "ab", legIds: ["a", "b"] });
    a.sendBytes(bytes);
    a.talk(600);
    await until(() => b.share(600) > 0.95);
    a.sendBytes(bytes);
    expect(await engine.must({ type: "list" })).toMatchObject({ legs: [{}, {}] });
  });

  it("says within the time set that a joined party never sent, and when he does", async () => {
    const [a, b] = [await party("a"), await party("b")];
    b.talk(1100);
    await until(() => engine.events("legMedia").some(({ legId }) => legId === "b"));
    const joinedMs = performance.now();
    await engine.must({ type: "bridge", bridgeId: "ab", legIds: ["a", "b"] });
    const toldOfA = () =>
      engine.events("legMedia").flatMap(({ legId, media }) => (legId === "a" ? [media] : []));
    await until(() => toldOfA().length > 0);
    expect(performance.now() - joinedMs).toBeGreaterThan(290);
    expect(toldOfA()).toEqual(["silent"]);
    // He hears the other all the same.
    await until(() => a.share(1100) > 0.95);
    a.talk(600);
    await until(() => toldOfA().length > 1);
    expect(toldOfA()).toEqual(["silent", "flowing"]);
  });

  it("says when a party falls silent and comes back, but not while he holds", async () => {
    const a = await party("a");
    const said = () => engine.events("legMedia").map(({ media: state }) => state);
    a.talk(600);
    await until(() => said().length === 1);
    a.hush();
    await until(() => said().length === 2);
    a.talk(600);
    await until(() => said().length === 3);
    const held = await engine.must({
      type: "answerReoffer",
      legId: "a",
      remoteSdp: a.sdp("inactive"),
    });
    expect(held).toMatchObject({ remoteHolds: true });
    expect(held.localSdp).toContain("a=inactive");
    a.hush();
    // Another party who falls silent now tells when it would have been said.
    const b = await party("b");
    b.press("1");
    await until(() => engine.events("legMedia").at(-1)?.media === "silent");
    expect(engine.events("legMedia").map((event) => [event.legId, event.media])).toEqual([
      ["a", "flowing"],
      ["a", "silent"],
      ["a", "flowing"],
      ["b", "flowing"],
      ["b", "silent"],
    ]);
  });

  it.each<[code: string, request: Parameters<ControlClient["ask"]>[0]]>([
    ["unknownLeg", { type: "echo", legId: "x" }],
    ["unknownLeg", { type: "bridge", bridgeId: "b", legIds: ["x"] }],
    ["badSdp", { type: "createLeg", legId: "x", kind: "rtp", remoteSdp: "?" }],
    ["badRequest", { type: "createLeg", legId: "x", kind: "webrtc" }],
  ])("answers %s", async (code, request) => {
    expect(await engine.ask(request)).toMatchObject({ type: "failed", code });
    expect(await engine.must({ type: "dropLeg", legId: "x" })).toMatchObject({ type: "result" });
    expect(await engine.must({ type: "list" })).toMatchObject({ legs: [], bridges: [] });
  });

  it("tells how well a leg is heard, and that one hears and sends nothing", async () => {
    engine.close();
    await media.close();
    media = await serve({ qualityMs: 200 });
    engine = await ControlClient.own(media.controlPort, { secret, epoch: 1 });
    const [a] = [await party("a"), await party("mute")];
    a.talk(600);
    await engine.must({ type: "bridge", bridgeId: "b", legIds: ["a", "mute"] });
    const ofLeg = (legId: string) =>
      engine.events("legQuality").filter((event) => event.legId === legId);
    await until(
      () => ofLeg("mute").length > 0 && ofLeg("a").some(({ packetsIn }) => packetsIn > 5),
    );
    expect(ofLeg("mute")[0]).toMatchObject({ packetsIn: 0, mos: null, oneWay: true });
    expect(ofLeg("a").some(({ oneWay }) => oneWay)).toBe(false);
    expect(ofLeg("a").at(-1)).toMatchObject({ packetsLost: 0, mos: expect.any(Number) });
  });

  it("makes no more legs than the limit", async () => {
    for (let i = 0; i < 10; i += 1) await party(`leg${i}`);
    expect(await engine.ask({ type: "createLeg", legId: "more", kind: "rtp" })).toMatchObject({
      type: "failed",
      code: "limit",
    });
  });
});

describe("late offer, echo, digits out", () => {
  it("offers, takes the answer, echoes, and sends digits", async () => {
    const peer = await RtpPeer.open("PCMA");
    peers.push(peer);
    const { localSdp = "" } = await engine.must({ type: "createLeg", legId: "a", kind: "rtp" });
    peer.aim(localSdp);
    await engine.must({ type: "acceptAnswer", legId: "a", remoteSdp: peer.sdp() });
    peer.talk(600);
    await engine.must({ type: "echo", legId: "a" });
    await until(() => peer.share(600) > 0.95);
    await engine.must({ type: "sendDigits", legId: "a", digits: "1#" });
    const events = () => peer.heard.filter(({ payloadType }) => payloadType === 101);
    await until(() => events().length === 14);
    expect(events().map(({ payload }) => [payload[0], (payload[1] ?? 0) >> 7])).toEqual(
      [1, 11].flatMap((digit) => [0, 0, 0, 0, 1, 1, 1].map((end) => [digit, end])),
    );
    expect(new Set(events().map(({ timestamp }) => timestamp)).size).toBe(2);
    await until(() => peer.share(600, 100) > 0.95);
    expect(steps(peer.heard).sequence).toEqual(new Set([1]));
  });
});

describe("three parties", () => {
  it("hear the two others", async () => {
    const [a, b, c] = [await party("a"), await party("b", "PCMA"), await party("c")];
    a.talk(600);
    b.talk(900);
    c.talk(1300);
    await engine.must({ type: "bridge", bridgeId: "abc", legIds: ["a", "b", "c"] });
    const shares = (peer: RtpPeer) => [600, 900, 1300].map((hz) => peer.share(hz) > 0.3);
    await until(() => shares(a).join() === "false,true,true");
    await until(() => shares(b).join() === "true,false,true");
    await until(() => shares(c).join() === "true,true,false");
    await engine.must({ type: "bridge", bridgeId: "abc", legIds: ["a", "b"] });
    await until(() => a.share(900) > 0.95 && b.share(600) > 0.95);
    await until(() => c.share(600) + c.share(900) === 0);
  });
});

describe("control", () => {
  const answerTo = async (hello: object) => {
    const client = await ControlClient.dial(media.controlPort);
    client.write(JSON.stringify(hello));
    await until(() => client.closed);
    return client.messages;
  };

  it.each<[why: string, hello: object]>([
    ["secret", { type: "hello", version: mediaControlVersion, secret: "wrong", epoch: 9 }],
    ["epoch", { type: "hello", version: mediaControlVersion, secret, epoch: 0 }],
    ["version", { type: "hello", version: 99, secret, epoch: 9, more: true }],
    ["no hello", { type: "list", id: "1" }],
    ["bad hello", { type: "hello", version: mediaControlVersion, secret, epoch: -1 }],
  ])("refuses for %s, and the owner stays", async (why, hello) => {
    expect(await answerTo(hello)).toEqual([{ type: "refused", why }]);
    expect(await engine.must({ type: "list" })).toMatchObject({ legs: [] });
  });

  it("answers a bad request by its id and closes on a line without one", async () => {
    engine.write(JSON.stringify({ type: "play", id: "x1", legId: 5 }));
    await until(() => engine.messages.some((message) => "id" in message && message.id === "x1"));
    expect(engine.messages.at(-1)).toMatchObject({ type: "failed", id: "x1", code: "badRequest" });
    engine.write("not json");
    await until(() => engine.closed);
  });

  it("closes on a line that is too long", async () => {
    engine.write("x".repeat(300_000));
    await until(() => engine.closed);
  });

  it("goes on playing while a new owner takes over", async () => {
    const a = await party("a");
    await play("a", "m", "calm.wav", true);
    await until(() => a.share(500) > 0.95);
    const next = await ControlClient.own(media.controlPort, { secret, epoch: 1 });
    await until(() => engine.closed);
    expect(await next.must({ type: "list" })).toMatchObject({
      legs: [{ legId: "a", playId: "m", bridgeId: null }],
    });
    next.close();
    const heard = a.heard.length;
    await until(() => a.heard.length > heard + 20);
    expect(a.share(500)).toBeGreaterThan(0.95);
    expect(steps(a.audio()).sequence).toEqual(new Set([1]));
  });

  it("releases the legs when no engine comes back", async () => {
    await media.close();
    const logged: string[] = [];
    const logger = pino({ level: "warn" }, { write: (line: string) => void logged.push(line) });
    media = await serve({ ownerlessMs: 50, logger });
    const first = await ControlClient.own(media.controlPort, { secret, epoch: 1 });
    await first.must({ type: "createLeg", legId: "a", kind: "rtp" });
    first.close();
    await until(() => logged.join("").includes("legs released"));
    const second = await ControlClient.own(media.controlPort, { secret, epoch: 2 });
    expect(await second.must({ type: "list" })).toMatchObject({ legs: [] });
    second.close();
  });
});
