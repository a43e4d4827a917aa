// The media server against real Chromium: who hears whom, digits both ways, failures reported.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { toneSamples } from "../../engine/edge/media/dsp/tone.ts";
import { writeWav } from "../../engine/edge/media/dsp/wav.ts";
import { type StartedMedia, startMedia } from "../../engine/edge/media/start.ts";
import { ControlClient, until } from "../../engine/edge/media/testing/control-client.ts";
import { RtpPeer } from "../../engine/edge/media/testing/rtp-peer.ts";
import type { MediaBridgeRole } from "../../engine/wire/media-control.ts";
import { openChromium } from "../system/browser.ts";
import {
  callSeat,
  inPage,
  openSeat,
  seatCalls,
  serveSeats,
  untilHeard,
} from "../system/webrtc-seat.ts";

let browser: Browser;
let site: Server;
let media: StartedMedia;
let engine: ControlClient;
let promptsDir: string;
const peers: RtpPeer[] = [];
const pages: Page[] = [];

beforeAll(async () => {
  promptsDir = await mkdtemp(join(tmpdir(), "prompts-"));
  const music = toneSamples([{ frequencyHz: 1000, ms: 2000 }]);
  await writeFile(join(promptsDir, "m.wav"), writeWav({ sampleRateHz: 8000, samples: music }));
  site = await serveSeats();
  browser = await openChromium();
  // Once: the native library loads into one thread of a process only.
  media = await startMedia({
    host: "127.0.0.1",
    publicHost: null,
    rtpPortMin: 0,
    rtpPortMax: 0,
    webrtcPort: 0,
    controlPort: 0,
    controlSecret: "s",
    promptsDir,
    silentMs: 1000,
    legsMax: 20,
    logLevel: "silent",
  });
});

afterAll(async () => {
  await media.close();
  await browser.close();
  site.close();
  await rm(promptsDir, { recursive: true });
});

let epoch = 0;
beforeEach(async () => {
  epoch += 1;
  engine = await ControlClient.own(media.controlPort, { secret: "s", epoch });
});

afterEach(async () => {
  for (const page of pages.splice(0)) await page.close();
  for (const peer of peers.splice(0)) peer.close();
  const { legs = [] } = await engine.must({ type: "list" });
  for (const { legId } of legs) await engine.must({ type: "dropLeg", legId });
  engine.close();
});

async function seat(talkHz: number): Promise<Page> {
  const page = await openSeat(browser, site, talkHz);
  pages.push(page);
  return page;
}

async function trunk(legId: string): Promise<RtpPeer> {
  const peer = await RtpPeer.open("PCMA");
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

describe.each([
  ["we offer", callSeat],
  ["the browser offers", seatCalls],
])("%s", (_, connect) => {
  it("talks both ways with a trunk, passes digits, and plays music", async () => {
    const [page, caller] = [await seat(1500), await trunk("caller")];
    await connect(engine, "agent", page);
    await engine.must({ type: "bridge", bridgeId: "b", legIds: ["agent", "caller"] });
    caller.talk(600);
    await untilHeard(page, 600);
    await until(() => caller.share(1500) > 0.9);
    await inPage(page, "press", "7#");
    await until(() => engine.events("digit").length === 2);
    expect(engine.events("digit")).toEqual([
      { type: "digit", legId: "agent", digit: "7" },
      { type: "digit", legId: "agent", digit: "#" },
    ]);
    await until(() => caller.heard.filter(({ payloadType }) => payloadType === 101).length >= 14);
    await engine.must({
      type: "play",
      legId: "agent",
      playId: "p",
      items: [{ kind: "music", path: "m.wav" }],
      repeat: false,
    });
    await untilHeard(page, 1000);
    for (const [direction, remoteHolds] of [
      ["sendonly", true],
      ["sendrecv", false],
    ] as const) {
      const offer = await inPage<string>(page, "reoffer", direction);
      const held = await engine.must({ type: "answerReoffer", legId: "agent", remoteSdp: offer });
      expect(held.remoteHolds).toBe(remoteHolds);
      await inPage(page, "accept", held.localSdp ?? "");
      await untilHeard(page, remoteHolds ? 0 : 1000);
    }
    const { legs = [] } = await engine.must({ type: "list" });
    expect(legs.find(({ legId }) => legId === "agent")).toMatchObject({
      kind: "webrtc",
      playId: "p",
      bridgeId: null,
      packetsRefused: 0,
      packetsLost: 0,
    });
  });
});

it("puts all browsers on one port and lets two talk", async () => {
  const [left, right] = [await seat(900), await seat(1300)];
  await Promise.all([callSeat(engine, "left", left), callSeat(engine, "right", right)]);
  await engine.must({ type: "bridge", bridgeId: "b", legIds: ["left", "right"] });
  await untilHeard(left, 1300);
  await untilHeard(right, 900);
});

it("exchanges RTCP with the browser: round trip, and how the browser hears us", async () => {
  const [page, caller] = [await seat(1500), await trunk("caller")];
  await callSeat(engine, "agent", page);
  await engine.must({ type: "bridge", bridgeId: "b", legIds: ["agent", "caller"] });
  caller.talk(600);
  const measured = () =>
    engine.events("legQuality").find(({ legId, roundTripMs }) => {
      return legId === "agent" && roundTripMs !== null;
    });
  await until(() => measured() !== undefined, 20_000);
  expect(measured()?.roundTripMs).toBeLessThan(500);
  expect(measured()?.peer?.lossShare).toBe(0);
  const { legs = [] } = await engine.must({ type: "list" });
  expect(legs.find(({ legId }) => legId === "agent")?.packetsRefused).toBe(0);
});

it("mixes three", async () => {
  const [page, one, two] = [await seat(900), await trunk("one"), await trunk("two")];
  await callSeat(engine, "agent", page);
  one.talk(600);
  two.talk(1300);
  await engine.must({ type: "bridge", bridgeId: "b", legIds: ["agent", "one", "two"] });
  await until(() => one.share(900) > 0.3 && one.share(1300) > 0.3);
  await until(() => two.share(900) > 0.3 && two.share(600) > 0.3);
  expect(one.share(600)).toBeLessThan(0.01);
  await Promise.any([untilHeard(page, 600), untilHeard(page, 1300)]);
});

it("lets a browser monitor and whisper, and the caller hears nothing of it", async () => {
  const [page, caller, agent] = [await seat(900), await trunk("caller"), await trunk("agent")];
  await callSeat(engine, "boss", page);
  caller.talk(600);
  agent.talk(1300);
  const join = (role: MediaBridgeRole) =>
    engine.must({
      type: "bridge",
      bridgeId: "b",
      legIds: ["caller", "agent", "boss"],
      roles: [role],
    });
  await join({ legId: "boss", role: "listener" });
  await Promise.any([untilHeard(page, 600), untilHeard(page, 1300)]);
  await until(() => caller.share(1300) > 0.9 && agent.share(600) > 0.9);
  await join({ legId: "boss", role: "whisperer", whisperTo: "agent" });
  await until(() => agent.share(900) > 0.3 && agent.share(600) > 0.3);
  await until(() => caller.share(1300) > 0.9);
  expect(caller.share(900)).toBeLessThan(0.01);
});

it("says when the browser closes, and when its fingerprint is wrong", async () => {
  const page = await seat(900);
  await callSeat(engine, "agent", page);
  await until(() => engine.events("legMedia").some(({ media: state }) => state === "flowing"));
  await inPage(page, "pc.close");
  await until(() =>
    engine
      .events("legMedia")
      .some(({ legId, media: state }) => legId === "agent" && state === "failed"),
  );

  const [other, caller] = [await seat(900), await trunk("caller")];
  const { localSdp = "" } = await engine.must({ type: "createLeg", legId: "bad", kind: "webrtc" });
  const answer = await inPage<string>(other, "answer", localSdp);
  const forged = answer.replace(/(a=fingerprint:sha-256 )(..):(..)/g, "$1$3:$2");
  await engine.must({ type: "acceptAnswer", legId: "bad", remoteSdp: forged });
  await engine.must({ type: "bridge", bridgeId: "b", legIds: ["bad", "caller"] });
  const ofBad = () => engine.events("legMedia").filter(({ legId }) => legId === "bad");
  await until(() => ofBad().length > 0, 20_000);
  expect(ofBad()).toEqual([{ type: "legMedia", legId: "bad", media: "failed" }]);
  await until(() => caller.audio().length >= 25);
  // Silence of ours, and nothing else.
  expect(new Set(caller.audio().flatMap(({ payload }) => [...payload]))).toEqual(new Set([0xd5]));
});
