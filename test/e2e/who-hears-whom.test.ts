// The whole matrix of who hears whom with the caller on a trunk and everybody else in Chromium.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { toneSamples } from "../../engine/edge/media/dsp/tone.ts";
import { writeWav } from "../../engine/edge/media/dsp/wav.ts";
import { type StartedMedia, startMedia } from "../../engine/edge/media/start.ts";
import { ControlClient } from "../../engine/edge/media/testing/control-client.ts";
import { RtpPeer } from "../../engine/edge/media/testing/rtp-peer.ts";
import {
  bridged,
  type HeardMatrix,
  heardOf,
  matrixOf,
  type PartyName,
  partyNames,
  talkStates,
  voices,
} from "../../engine/edge/media/testing/talk-states.ts";
import { openChromium } from "../system/browser.ts";
import { until } from "../system/wait.ts";
import { callSeat, inPage, openSeat, seatCalls, serveSeats } from "../system/webrtc-seat.ts";

let promptsDir: string;
let browser: Browser;
let site: Server;
let media: StartedMedia;
let engine: ControlClient;
let caller: RtpPeer;
const pages = new Map<PartyName, Page>();

beforeAll(async () => {
  promptsDir = await mkdtemp(join(tmpdir(), "prompts-"));
  const samples = toneSamples([{ frequencyHz: voices.music, ms: 60_000 }]);
  await writeFile(join(promptsDir, "music.wav"), writeWav({ sampleRateHz: 8000, samples }));
  site = await serveSeats();
  browser = await openChromium();
  media = await startMedia({
    ...{ host: "127.0.0.1", publicHost: null, rtpPortMin: 0, rtpPortMax: 0, webrtcPort: 0 },
    ...{ controlPort: 0, controlSecret: "s", promptsDir, silentMs: 5000, legsMax: 10 },
    logLevel: "silent",
  });
  engine = await ControlClient.own(media.controlPort, { secret: "s", epoch: 1 });
});

afterAll(async () => {
  engine?.close();
  caller?.close();
  await media?.close();
  await browser?.close();
  site?.close();
  await rm(promptsDir, { recursive: true });
});

/** Each frequency's share of what a party hears now. */
async function sharesOf(name: PartyName): Promise<Map<number, number>> {
  const page = pages.get(name);
  const wanted = Object.values(voices);
  const shares =
    page === undefined
      ? wanted.map((hz) => caller.share(hz))
      : await inPage<number[]>(page, "shares", wanted);
  return new Map(wanted.map((hz, i) => [hz, shares[i] ?? 0]));
}

async function matrix(): Promise<HeardMatrix> {
  const shares = await Promise.all(
    partyNames.map(async (name) => [name, await sharesOf(name)] as const),
  );
  const of = new Map(shares);
  return matrixOf((name) => heardOf((hz) => of.get(name)?.get(hz) ?? 0));
}

test("each hears whom the state says, and nobody else, there and back", async () => {
  caller = await RtpPeer.open("PCMA");
  const leg = { type: "createLeg", legId: "caller", kind: "rtp", remoteSdp: caller.sdp() } as const;
  caller.aim((await engine.must(leg)).localSdp ?? "");
  caller.talk(voices.caller);
  for (const name of ["agent", "second", "boss"] as const) {
    const page = await openSeat(browser, site, voices[name]);
    pages.set(name, page);
    // Either side may offer.
    await (name === "second" ? seatCalls : callSeat)(engine, name, page);
  }
  for (const { name, requests, heard } of talkStates.flatMap((state) => [bridged, state])) {
    for (const request of requests) await engine.must(request);
    let seen: HeardMatrix | null = null;
    await until(
      () => `${name}: ${JSON.stringify(heard)} (last ${JSON.stringify(seen)})`,
      async () => {
        seen = await matrix();
        return JSON.stringify(seen) === JSON.stringify(heard);
      },
    );
    expect(seen).toEqual(heard);
  }
  const { legs = [] } = await engine.must({ type: "list" });
  expect(legs.map(({ packetsRefused }) => packetsRefused)).toEqual([0, 0, 0, 0]);
});
