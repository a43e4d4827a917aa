// Listening for digits and tones in legs' audio over real sockets, and hiding digits from others.
import { tmpdir } from "node:os";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { dtmfFrequenciesHz } from "./dsp/dtmf-detector.ts";
import { g711Encode } from "./dsp/g711.ts";
import { goertzelPower, meanPower } from "./dsp/goertzel.ts";
import { type ToneSegment, toneSamples } from "./dsp/tone.ts";
import { type RunningMedia, serveMedia } from "./serve.ts";
import { ControlClient, until } from "./testing/control-client.ts";
import { RtpPeer, samplesOf } from "./testing/rtp-peer.ts";

let media: RunningMedia;
let engine: ControlClient;
let caller: RtpPeer;
let agent: RtpPeer;

beforeEach(async () => {
  media = await serveMedia({
    host: "127.0.0.1",
    publicHost: null,
    rtpPortMin: 0,
    rtpPortMax: 0,
    webrtcPort: 0,
    controlPort: 0,
    controlSecret: "s",
    promptsDir: tmpdir(),
    silentMs: 5000,
    legsMax: 10,
    logger: pino({ level: "silent" }),
    webrtc: "off",
  });
  engine = await ControlClient.own(media.controlPort, { secret: "s", epoch: 1 });
  caller = await join("caller", await RtpPeer.open("PCMA"));
  agent = await join("agent", await RtpPeer.open("PCMU"));
  await engine.must({ type: "bridge", bridgeId: "b", legIds: ["caller", "agent"] });
});

afterEach(async () => {
  engine.close();
  caller.close();
  agent.close();
  await media.close();
});

async function join(legId: string, peer: RtpPeer): Promise<RtpPeer> {
  const made = { type: "createLeg", legId, kind: "rtp", remoteSdp: peer.sdp() } as const;
  peer.aim((await engine.must(made)).localSdp ?? "");
  return peer;
}

const nothing = { inbandDigits: false, digitsHidden: false, tones: false };

async function listenFor(modes: Partial<typeof nothing>): Promise<void> {
  await engine.must({ type: "listenFor", legId: "caller", ...nothing, ...modes });
}

/** Sends samples as the caller's packets, all at once. */
function say(samples: Int16Array): void {
  for (let at = 0; at < samples.length; at += 160) {
    const payload = g711Encode(caller.codec, samples.subarray(at, at + 160));
    caller.sendAudio(payload);
  }
}

function keyed(digits: string): Int16Array {
  const sounds = [...digits].map((digit) => {
    const [rowHz, columnHz] = dtmfFrequenciesHz(digit) ?? [0, 0];
    const row = toneSamples([tone(rowHz, 100), tone(0, 100)]);
    const column = toneSamples([tone(columnHz, 100), tone(0, 100)]);
    return row.map((sample, i) => sample + (column[i] ?? 0));
  });
  return Int16Array.from(sounds.flatMap((sound) => [...sound]));
}

const tone = (frequencyHz: number, ms: number): ToneSegment => ({ frequencyHz, ms });
const digits = (): string =>
  engine
    .events("digit")
    .map(({ digit }) => digit)
    .join("");

describe("digits as sound", () => {
  it("count where they are listened for, and only there", async () => {
    say(keyed("12"));
    await until(() => agent.audio().length >= 20);
    await listenFor({ inbandDigits: true });
    say(keyed("3459"));
    await until(() => digits().length >= 4);
    await listenFor({ inbandDigits: true });
    expect(digits()).toBe("3459");
  });

  it("count once from a far side that also sends events", async () => {
    await listenFor({ inbandDigits: true });
    caller.press("7");
    say(keyed("7"));
    await until(() => agent.audio().length >= 10);
    expect(digits()).toBe("7");
  });
});

describe("hidden digits", () => {
  it("are told to us and reach nobody else, as events or as sound; speech goes on", async () => {
    await listenFor({ inbandDigits: true, digitsHidden: true });
    say(keyed("4111"));
    await until(() => digits().length === 4);
    caller.press("5");
    await until(() => digits().length === 5);
    say(toneSamples([tone(500, 200)]));
    await until(() => agent.audio().length >= 50);

    expect(digits()).toBe("41115");
    expect(agent.heard.filter(({ payloadType }) => payloadType === 101)).toEqual([]);
    const heard = samplesOf(agent.audio());
    expect(meanPower(heard.slice(0, 6400))).toBeLessThan(100);
    expect(goertzelPower(heard.slice(-1280), { frequencyHz: 500 })).toBeGreaterThan(1_000_000);
    const numbers = agent.heard.map(({ sequence }) => sequence);
    expect(numbers).toEqual(numbers.map((_, i) => ((numbers[0] ?? 0) + i) & 0xffff));
  });

  it("are heard again afterwards", async () => {
    await listenFor({ digitsHidden: true });
    await listenFor({});
    caller.press("6");
    say(keyed("6"));
    await until(() => agent.audio().length >= 10);
    expect(agent.heard.some(({ payloadType }) => payloadType === 101)).toBe(true);
    expect(meanPower(samplesOf(agent.audio()).slice(0, 800))).toBeGreaterThan(1_000_000);
  });
});

it("a busy tone is told once, to who asked", async () => {
  const busy = toneSamples([0, 1, 2, 3].flatMap(() => [tone(450, 350), tone(0, 350)]));
  say(busy);
  await until(() => agent.audio().length >= 140);
  expect(engine.events("toneDetected")).toEqual([]);
  await listenFor({ tones: true });
  say(busy);
  await until(() => engine.events("toneDetected").length > 0);
  expect(engine.events("toneDetected")).toEqual([
    { type: "toneDetected", legId: "caller", tone: "busy" },
  ]);
});

it("who is not there cannot be listened to", async () => {
  const answer = await engine.ask({ type: "listenFor", legId: "nobody", ...nothing });
  expect(answer).toMatchObject({ type: "failed", code: "unknownLeg" });
});
