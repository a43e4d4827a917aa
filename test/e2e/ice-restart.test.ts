// A browser whose network changes in a talk: ICE begins anew on the same leg, and audio goes on.
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type StartedMedia, startMedia } from "../../engine/edge/media/start.ts";
import { ControlClient } from "../../engine/edge/media/testing/control-client.ts";
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
const toClose: { close(): void }[] = [];

beforeAll(async () => {
  site = await serveSeats();
  browser = await openChromium();
  media = await startMedia({
    ...{ host: "127.0.0.1", publicHost: null, rtpPortMin: 0, rtpPortMax: 0, webrtcPort: 0 },
    ...{ controlPort: 0, controlSecret: "s", promptsDir: tmpdir(), silentMs: 60_000, legsMax: 10 },
    logLevel: "silent",
  });
  engine = await ControlClient.own(media.controlPort, { secret: "s", epoch: 1 });
});

afterAll(async () => {
  engine?.close();
  for (const one of toClose) one.close();
  await media?.close();
  await browser?.close();
  site?.close();
});

async function tapped(): Promise<UdpTap> {
  const tap = await UdpTap.open(media.webrtcPort);
  toClose.push(tap);
  return tap;
}

async function callerOf(legId: string): Promise<RtpPeer> {
  const caller = await RtpPeer.open("PCMU");
  toClose.push(caller);
  const leg = { type: "createLeg", legId, kind: "rtp", remoteSdp: caller.sdp() } as const;
  caller.aim((await engine.must(leg)).localSdp ?? "");
  caller.talk(callerHz);
  return caller;
}

/** By the first description of either side. */
const connects: Record<"we" | "the browser", (page: Page, tap: UdpTap) => Promise<string>> = {
  we: async (page, tap) => {
    const made = await engine.must({ type: "createLeg", legId: "agent", kind: "webrtc" });
    const answer = await inPage<string>(page, "answer", tap.lead(made.localSdp ?? ""));
    const remoteSdp = withoutCandidates(answer);
    await engine.must({ type: "acceptAnswer", legId: "agent", remoteSdp });
    return made.localSdp ?? "";
  },
  "the browser": async (page, tap) => {
    const remoteSdp = withoutCandidates(await inPage<string>(page, "local"));
    const leg = { type: "createLeg", legId: "agent", kind: "webrtc", remoteSdp } as const;
    const { localSdp = "" } = await engine.must(leg);
    await inPage(page, "accept", tap.lead(localSdp));
    return localSdp;
  },
};

test.each(["we", "the browser"] as const)("%s offered first", async (who) => {
  const page = await openSeat(browser, site, agentHz);
  const [caller, before, after] = [await callerOf("caller"), await tapped(), await tapped()];
  const bothHear = (what: string) =>
    until(`both hear each other ${what}`, async () => {
      const [share = 0] = await inPage<number[]>(page, "shares", [callerHz]);
      return share > 0.9 && caller.share(agentHz) > 0.9;
    });
  const first = await connects[who](page, before);
  await engine.must({ type: "bridge", bridgeId: "b", legIds: ["caller", "agent"] });
  await bothHear("at first");

  // The old network is gone: from now on nothing passes there.
  before.close();
  await until("the caller hears silence", () => caller.share(agentHz) === 0);
  await inPage(page, "pc.restartIce");
  const offer = withoutCandidates(await inPage<string>(page, "local"));
  const answered = await engine.must({
    type: "answerReoffer",
    legId: "agent",
    remoteSdp: offer,
  });
  const second = answered.localSdp ?? "";
  await inPage(page, "accept", after.lead(second));
  await bothHear("after the restart");

  for (const attribute of ["ice-ufrag", "ice-pwd"]) {
    expect(lineOf(second, attribute)).not.toBe(lineOf(first, attribute));
  }
  // To the caller it is one stream.
  expect(new Set(caller.audio().map(({ ssrc }) => ssrc)).size).toBe(1);
  const states = engine.events("legMedia").filter(({ legId }) => legId === "agent");
  expect(states.map(({ media: state }) => state)).toEqual(
    Array(who === "we" ? 1 : 2).fill("flowing"),
  );
  for (const legId of ["agent", "caller"]) await engine.must({ type: "dropLeg", legId });
  await page.close();
});

const lineOf = (sdp: string, attribute: string): string | undefined =>
  new RegExp(`^a=${attribute}:(.*)$`, "m").exec(sdp)?.[1];
