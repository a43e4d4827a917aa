// What a stranger, or somebody on the path, can send to a browser's leg: ignored, and never heard.
import { createSocket } from "node:dgram";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type StartedMedia, startMedia } from "../../engine/edge/media/start.ts";
import { ControlClient } from "../../engine/edge/media/testing/control-client.ts";
import { seededRandom } from "../../engine/edge/media/testing/impairment.ts";
import { RtpPeer } from "../../engine/edge/media/testing/rtp-peer.ts";
import { openChromium } from "../system/browser.ts";
import { UdpTap, withoutCandidates } from "../system/udp-tap.ts";
import { until } from "../system/wait.ts";
import { inPage, openSeat, serveSeats } from "../system/webrtc-seat.ts";

const callerHz = 600;
const agentHz = 1500;
let browser: Browser;
let site: Server;
let media: StartedMedia;
let engine: ControlClient;
let caller: RtpPeer;
let tap: UdpTap;
let page: Page;

beforeAll(async () => {
  site = await serveSeats();
  browser = await openChromium();
  media = await startMedia({
    ...{ host: "127.0.0.1", publicHost: null, rtpPortMin: 0, rtpPortMax: 0, webrtcPort: 0 },
    ...{ controlPort: 0, controlSecret: "s", promptsDir: tmpdir(), silentMs: 5000, legsMax: 10 },
    logLevel: "silent",
  });
  engine = await ControlClient.own(media.controlPort, { secret: "s", epoch: 1 });
  caller = await RtpPeer.open("PCMU");
  const leg = { type: "createLeg", legId: "caller", kind: "rtp", remoteSdp: caller.sdp() } as const;
  caller.aim((await engine.must(leg)).localSdp ?? "");
  caller.talk(callerHz);
  page = await openSeat(browser, site, agentHz);
  tap = await UdpTap.open(media.webrtcPort);
  const made = await engine.must({ type: "createLeg", legId: "agent", kind: "webrtc" });
  const answer = await inPage<string>(page, "answer", tap.lead(made.localSdp ?? ""));
  const remoteSdp = withoutCandidates(answer);
  await engine.must({ type: "acceptAnswer", legId: "agent", remoteSdp });
  await engine.must({ type: "bridge", bridgeId: "b", legIds: ["caller", "agent"] });
});

afterAll(async () => {
  engine?.close();
  tap?.close();
  caller?.close();
  await media?.close();
  await browser?.close();
  site?.close();
});

async function packetsIn(): Promise<number> {
  const { legs = [] } = await engine.must({ type: "list" });
  return legs.find(({ legId }) => legId === "agent")?.packetsIn ?? -1;
}

const bothHear = () =>
  until("both hear each other", async () => {
    const [share = 0] = await inPage<number[]>(page, "shares", [callerHz]);
    return share > 0.9 && caller.share(agentHz) > 0.9;
  });

/** The browser's audio stops on the path, and what was under way has come. */
async function holdAudio(): Promise<void> {
  tap.holdsAudio = true;
  await until("the server has all that passed", async () => {
    return (await packetsIn()) === tap.passed.length && caller.share(agentHz) === 0;
  });
}

function rubbish(): Buffer[] {
  const random = seededRandom(7);
  return Array.from({ length: 300 }, (_, i) => {
    const bytes = Buffer.from(
      Array.from({ length: 1 + Math.floor(random() * 120) }, () => Math.floor(random() * 256)),
    );
    // STUN, DTLS, RTP and RTCP by their first byte (RFC 7983); the rest is anything.
    bytes[0] = [0x00, 0x01, 0x14, 0x15, 0x16, 0x17, 0x80, 0x90, 0xbf, 0xff][i % 10] ?? 0;
    return bytes;
  });
}

/** Unprotected DTLS 1.2 records: close_notify, a fatal alert, an empty ClientHello. */
const forgedDtls = ["15fefd000000000000000900020100", "15fefd000000000000000900020228"]
  .concat("16fefd000000000000000a000c010000000000000000000000")
  .map((hex) => Buffer.from(hex, "hex"));

/** A binding request without name and integrity, and one whose length is a lie. */
const forgedStun = ["000100002112a442", "0001ffff2112a442"].map((hex) =>
  Buffer.from(hex.padEnd(40, "7"), "hex"),
);

test("replayed and changed packets and forged handshakes are not heard and end nothing", async () => {
  await bothHear();
  await holdAudio();
  const heard = caller.audio().length;
  const known = tap.passed.slice(-100);
  const changed = known.map((packet) => {
    const copy = Buffer.from(packet);
    copy.writeUInt16BE((copy.readUInt16BE(2) + 500) & 0xffff, 2);
    return copy;
  });
  const stranger = createSocket("udp4");
  const hostile = [...known, ...changed, ...forgedStun, ...forgedDtls, ...rubbish()];
  for (const [i, bytes] of hostile.entries()) {
    tap.send(bytes);
    stranger.send(bytes, media.webrtcPort, "127.0.0.1");
    // A turn of the control link, so that no buffer runs over.
    if (i % 20 === 19) await packetsIn();
  }
  await until("half a second of what the caller hears", () => caller.audio().length > heard + 25);
  expect(await packetsIn()).toBe(tap.passed.length);
  // Silence of ours, and nothing else.
  expect(
    new Set(
      caller
        .audio()
        .slice(heard)
        .flatMap(({ payload }) => [...payload]),
    ),
  ).toEqual(new Set([0xff]));
  const states = engine.events("legMedia").filter(({ legId }) => legId === "agent");
  expect(states.map(({ media: state }) => state)).toEqual(["flowing"]);
  stranger.close();
  tap.holdsAudio = false;
  await bothHear();
  await holdAudio();
  expect(await packetsIn()).toBe(tap.passed.length);
});
