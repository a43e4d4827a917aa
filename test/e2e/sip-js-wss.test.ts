// sip.js in real Chromium over WSS: it registers, calls and is called, and both sides hear each
// other. The edge and the media server run in this process, with a drachtio-srf application.
import type { Server } from "node:http";
import Srf from "drachtio-srf";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type StartedMedia, startMedia } from "../../engine/edge/media/start.ts";
import { ControlClient } from "../../engine/edge/media/testing/control-client.ts";
import { RtpPeer } from "../../engine/edge/media/testing/rtp-peer.ts";
import type { SipEdge } from "../../engine/edge/sip/start.ts";
import { startTestEdge, untilEmpty } from "../../engine/edge/sip/testing/rig.ts";
import { testCert, testTlsFiles } from "../../engine/edge/sip/testing/tls.ts";
import { VirtualTimers } from "../../engine/edge/sip/testing/virtual-timers.ts";
import { rfcTimerValues } from "../../engine/edge/sip/transaction/timers.ts";
import { openChromium } from "../system/browser.ts";
import { sipJsScript, trusting } from "../system/sip-js-seat.ts";
import { until } from "../system/wait.ts";
import { inPage, pageOf, serveSeats, untilHeard } from "../system/webrtc-seat.ts";

const browserHz = 1_500;
const farHz = 600;
const tls = testTlsFiles();
const timers = new VirtualTimers();
let edge: SipEdge;
let media: StartedMedia;
let engine: ControlClient;
let srf: Srf;
let site: Server;
let browser: Browser;
let page: Page;
let far: RtpPeer;
/** Of the browser, as the application stored it. */
let contact = "";
let dialogs: Srf.Dialog[] = [];

beforeAll(async () => {
  edge = await startTestEdge({
    points: [{ host: "127.0.0.1", port: 0, protocols: ["wss"], advertise: null }],
    ...{ tls, timers, timerValues: rfcTimerValues },
  });
  media = await startMedia({
    ...{ host: "127.0.0.1", publicHost: null, rtpPortMin: 0, rtpPortMax: 0, webrtcPort: 0 },
    ...{ controlPort: 0, controlSecret: "s", promptsDir: "", silentMs: 1_000, legsMax: 20 },
    logLevel: "silent",
  });
  engine = await ControlClient.own(media.controlPort, { secret: "s", epoch: 1 });
  srf = new Srf();
  srf.use("register", (req: Srf.SrfRequest, res: Srf.SrfResponse) => {
    contact = /<([^>]+)>/.exec(req.get("Contact") ?? "")?.[1] ?? "";
    res.send(200, { headers: { Contact: `<${contact}>;expires=60` } });
  });
  srf.invite((req: Srf.SrfRequest, res: Srf.SrfResponse) => void answer(req, res));
  void srf.connect({ host: "127.0.0.1", port: edge.appPort, secret: "secret" });
  site = await serveSeats(await sipJsScript());
  browser = await openChromium([trusting(testCert)]);
  page = await pageOf(browser, site);
});

afterAll(async () => {
  await browser?.close();
  srf?.disconnect();
  engine?.close();
  far?.close();
  site?.close();
  await media?.close();
  await edge?.close();
  tls.remove();
});

async function answer(req: Srf.SrfRequest, res: Srf.SrfResponse): Promise<void> {
  const leg = { legId: "called", kind: "webrtc", remoteSdp: req.body } as const;
  const { localSdp = "" } = await engine.must({ type: "createLeg", ...leg });
  keep(await srf.createUAS(req, res, { localSdp }));
}

function keep(dialog: Srf.Dialog): void {
  dialogs.push(dialog);
  dialog.on("destroy", () => {
    dialogs = dialogs.filter((one) => one !== dialog);
  });
}

/** The leg of the browser with the far party: each hears the other's tone and not its own. */
async function talk(legId: string): Promise<void> {
  far?.close();
  far = await RtpPeer.open("PCMA");
  const other = `far-of-${legId}`;
  const asked = { legId: other, kind: "rtp", remoteSdp: far.sdp() } as const;
  const { localSdp = "" } = await engine.must({ type: "createLeg", ...asked });
  far.aim(localSdp);
  far.talk(farHz);
  await engine.must({ type: "bridge", bridgeId: `bridge-${legId}`, legIds: [legId, other] });
  await untilHeard(page, farHz);
  await until("the far party hears the browser", () => far.share(browserHz) > 0.9);
  for (const gone of [legId, other]) await engine.must({ type: "dropLeg", legId: gone });
}

test("registers, calls and is called over WSS, with audio both ways", async () => {
  const line = {
    server: `wss://127.0.0.1:${edge.port}`,
    aor: "sip:1001@rexian",
    talkHz: browserHz,
  };
  expect(await inPage<number>(page, "register", line)).toBe(200);
  expect(contact).toMatch(/\.invalid;transport=ws/);
  expect(edge.tables()).toMatchObject({ connections: 1, registrations: 1 });

  await inPage(page, "call", "sip:100@rexian");
  await until("the application answered", () => dialogs.length === 1);
  await talk("called");
  expect(await inPage<string>(page, "state")).toBe("Established");
  await inPage(page, "hangUp");
  await until("the application heard the BYE", () => dialogs.length === 0);

  const offered = await engine.must({ type: "createLeg", legId: "calling", kind: "webrtc" });
  const dialog = await srf.createUAC(contact, { localSdp: offered.localSdp ?? "" });
  await engine.must({ type: "acceptAnswer", legId: "calling", remoteSdp: dialog.remote.sdp });
  await talk("calling");
  await dialog.destroy();
  await until("the page heard the BYE", async () => {
    return (await inPage<string>(page, "state")) === "Terminated";
  });
  // What waits for a repeated 2xx goes within 64 T1 (RFC 6026).
  timers.advance(64_000);
  await untilEmpty(edge);
});
