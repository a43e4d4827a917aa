// Browsers: REGISTER over a WebSocket, calls to and from it, and the end of its connection.
import Srf from "drachtio-srf";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { header, headersOf } from "./message/message.ts";
import type { SipEdge } from "./start.ts";
import { Call, type Peer, sdp } from "./testing/peer.ts";
import { startTestEdge, until, untilEmpty } from "./testing/rig.ts";
import { sipWebSockets, wsPeer } from "./testing/ws-peer.ts";

let edge: SipEdge;
let sockets: { port: number; close(): void };
let srf: Srf;
let peer: Peer;

beforeAll(async () => {
  sockets = await sipWebSockets(() => edge);
  edge = await startTestEdge({
    front: { host: "127.0.0.1", port: sockets.port, advertise: null },
  });
});

afterAll(async () => {
  await untilEmpty(edge);
  await edge.close();
  sockets.close();
});

beforeEach(async () => {
  peer = await wsPeer("carol", sockets.port);
  srf = new Srf();
  srf.use("register", (req: Srf.SrfRequest, res: Srf.SrfResponse) => {
    const seconds = req.get("Expires") ?? "60";
    res.send(200, { headers: { Contact: `${req.get("Contact")};expires=${seconds}` } });
  });
  srf.invite((req: Srf.SrfRequest, res: Srf.SrfResponse) => {
    void srf.createUAS(req, res, { localSdp: sdp });
  });
  void srf.connect({ host: "127.0.0.1", port: edge.appPort, secret: "secret" });
  await new Promise<void>((resolve) => {
    srf.once("connect", () => resolve());
  });
  await register(peer, 60);
});

afterEach(async () => {
  srf.disconnect();
  peer.wire?.close();
  await until(() => edge.tables().applications === 0, "application gone");
});

let registers = 0;

/** Repeats until the application's route is in. */
async function register(from: Peer, expires: number): Promise<void> {
  for (;;) {
    registers++;
    const call = callOf(from, `register-${registers}`);
    call.request("REGISTER", { extra: [`Expires: ${expires}`] });
    const done = await from.take((message) => message.kind === "response");
    if (done.kind === "response" && done.status === 200) return;
  }
}

function callOf(from: Peer, callId: string): Call {
  const via = `SIP/2.0/WS ${from.name}xyz.invalid`;
  return new Call(from, { callId, fromTag: "t", via, to: "<sip:100@127.0.0.1>" });
}

async function ring(): Promise<Srf.Dialog | Error> {
  return srf.createUAC(peer.contact, { localSdp: sdp }).catch((error: Error) => error);
}

test("a registered browser is called over its connection, and hung up over it", async () => {
  const calling = ring();
  const invite = await peer.request("INVITE");
  expect(header(invite, "Via")).toMatch(
    new RegExp(`^SIP/2.0/WS 127.0.0.1:${sockets.port};rport;branch=z9hG4bK`),
  );
  expect(header(invite, "Contact")).toBe(`<sip:127.0.0.1:${sockets.port};transport=ws>`);
  peer.answer(invite, 200, { body: sdp });
  const dialog = await calling;
  if (dialog instanceof Error) throw dialog;
  expect((await peer.request("ACK")).uri).toBe(peer.contact);
  const ended = dialog.destroy();
  peer.answer(await peer.request("BYE"), 200);
  await ended;
});

test("a browser calls, and the application hangs up over the same connection", async () => {
  const call = callOf(peer, "from-browser");
  const ok = await call.answered();
  expect(headersOf(ok, "Contact")).toEqual([`<sip:127.0.0.1:${sockets.port};transport=ws>`]);
  await call.bye();
});

test("a browser that comes back over a new connection keeps its call", async () => {
  const calling = ring();
  const invite = await peer.request("INVITE");
  peer.answer(invite, 200, { body: sdp });
  const dialog = await calling;
  if (dialog instanceof Error) throw dialog;
  await peer.request("ACK");
  peer.wire?.close();
  peer = await wsPeer("carol", sockets.port);
  await register(peer, 60);
  const ended = dialog.destroy();
  peer.answer(await peer.request("BYE"), 200);
  await ended;
});

test("a browser whose connection is gone is answered 410 at once", async () => {
  peer.wire?.close();
  await until(() => edge.tables().connections === 0, "closed");
  expect(await ring()).toMatchObject({ status: 410 });
});

test("a browser that goes while it rings fails the call at once", async () => {
  const calling = ring();
  peer.answer(await peer.request("INVITE"), 180);
  peer.wire?.close();
  expect(await calling).toMatchObject({ status: 503 });
});

test("a browser that signed off is not reached", async () => {
  await register(peer, 0);
  expect(await ring()).toMatchObject({ status: 410 });
});
