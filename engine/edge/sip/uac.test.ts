// Calls of an application to the network with the real drachtio-srf, and their races.
import Srf from "drachtio-srf";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { header } from "./message/message.ts";
import { tagOf } from "./message/name-addr.ts";
import type { SipEdge } from "./start.ts";
import { type Peer, sdp, udpPeer } from "./testing/peer.ts";
import { startTestEdge, until, untilEmpty } from "./testing/rig.ts";
import { VirtualTimers } from "./testing/virtual-timers.ts";
import { rfcTimerValues } from "./transaction/timers.ts";

let edge: SipEdge;
let timers: VirtualTimers;
let srf: Srf;
let peer: Peer & { port: number };

beforeAll(async () => {
  timers = new VirtualTimers();
  edge = await startTestEdge({ timers, timerValues: rfcTimerValues });
});

afterAll(async () => {
  timers.advance(64_000);
  await untilEmpty(edge);
  expect(timers.armed).toBe(0);
  await edge.close();
});

beforeEach(async () => {
  peer = await udpPeer("bob", edge.port);
  srf = new Srf();
  void srf.connect({ host: "127.0.0.1", port: edge.appPort, secret: "secret" });
  await new Promise<void>((resolve) => {
    srf.once("connect", () => resolve());
  });
});

afterEach(async () => {
  srf.disconnect();
  peer.wire?.close();
  await until(() => edge.tables().applications === 0, "application gone");
});

/** Starts a call; errors are kept as values, so that no rejection is left unhandled. */
function call(options: object = {}, callbacks: object = {}): Promise<Srf.Dialog | Error> {
  return srf
    .createUAC(peer.contact, { localSdp: sdp, ...options }, callbacks)
    .catch((error: Error) => error);
}

function established(result: Srf.Dialog | Error): Srf.Dialog {
  if (result instanceof Error) throw result;
  return result;
}

function status(result: Srf.Dialog | Error): number | string {
  return result instanceof Error && "status" in result ? Number(result.status) : "dialog";
}

describe("calls of an application", () => {
  test("INVITE, 180, 200, ACK, re-INVITE, BYE", async () => {
    const calling = call({ headers: { From: "<sip:800@localhost>", "X-Call": "7" } });
    const invite = await peer.request("INVITE");
    expect(header(invite, "From")).toMatch(
      new RegExp(`^<sip:800@127.0.0.1:${edge.port}>;tag=[0-9a-f]+$`),
    );
    expect(header(invite, "X-Call")).toBe("7");
    expect(header(invite, "Contact")).toBe(`<sip:127.0.0.1:${edge.port}>`);
    expect(invite.body).toBe(sdp);
    peer.answer(invite, 180);
    peer.answer(invite, 200, { body: sdp });
    const dialog = established(await calling);
    const ack = await peer.request("ACK");
    expect(ack.uri).toBe(peer.contact);
    const modified = dialog.modify(sdp);
    peer.answer(await peer.request("INVITE"), 200, { body: sdp });
    await peer.request("ACK");
    await modified;
    const ended = dialog.destroy();
    peer.answer(await peer.request("BYE"), 200);
    await ended;
  });

  test("BYE of the callee", async () => {
    const calling = call();
    const invite = await peer.request("INVITE");
    peer.answer(invite, 200, { body: sdp });
    const dialog = established(await calling);
    await peer.request("ACK");
    const destroyed = new Promise<void>((resolve) => {
      dialog.on("destroy", () => resolve());
    });
    peer.send([
      `BYE sip:127.0.0.1:${edge.port} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:${peer.port};branch=${peer.branch()}`,
      `From: ${header(invite, "To") ?? ""};tag=bob`,
      `To: ${header(invite, "From") ?? ""}`,
      `Call-ID: ${header(invite, "Call-ID") ?? ""}`,
      "CSeq: 1 BYE",
    ]);
    await peer.response(200, "BYE");
    await destroyed;
  });

  test("a failure is acknowledged by the edge and reported", async () => {
    const calling = call();
    const invite = await peer.request("INVITE");
    peer.answer(invite, 486);
    const ack = await peer.request("ACK");
    expect(header(ack, "Via")).toBe(header(invite, "Via"));
    expect(tagOf(header(ack, "To") ?? "")).toBe("bob");
    expect(status(await calling)).toBe(486);
  });

  test("nobody answers: 408 in the peer's stead", async () => {
    const calling = call();
    await peer.request("INVITE");
    timers.advance(500);
    await peer.request("INVITE");
    timers.advance(64 * 500);
    expect(status(await calling)).toBe(408);
  });

  test("CANCEL waits for a provisional response (9.1)", async () => {
    let request: Srf.SrfRequest | null = null;
    const calling = call(
      {},
      { cbRequest: (_error: Error, sent: Srf.SrfRequest) => (request = sent) },
    );
    const invite = await peer.request("INVITE");
    await until(() => request !== null, "request sent");
    (request as Srf.SrfRequest | null)?.cancel(() => {});
    peer.answer(invite, 180);
    const cancel = await peer.request("CANCEL");
    expect(header(cancel, "Via")).toBe(header(invite, "Via"));
    peer.answer(cancel, 200);
    peer.answer(invite, 487);
    await peer.request("ACK");
    expect(status(await calling)).toBe(487);
  });

  test("CANCEL crosses the 200: ACK, then BYE, and the application is told", async () => {
    const ended: string[] = [];
    let request: Srf.SrfRequest | null = null;
    const calling = call(
      {},
      { cbRequest: (_error: Error, sent: Srf.SrfRequest) => (request = sent) },
    );
    const invite = await peer.request("INVITE");
    peer.answer(invite, 180);
    await until(() => request !== null, "request sent");
    (request as Srf.SrfRequest | null)?.cancel(() => {});
    const cancel = await peer.request("CANCEL");
    peer.answer(invite, 200, { body: sdp });
    peer.answer(cancel, 481);
    await peer.request("ACK");
    const bye = await peer.request("BYE");
    expect(header(bye, "Reason")).toContain("ACK-BYE due to cancel race condition");
    peer.answer(bye, 200);
    const result = await calling;
    if (!(result instanceof Error)) result.on("destroy", () => ended.push("destroy"));
  });

  test("a second 200 from another fork gets ACK and BYE; the first call goes on (13.2.2.4)", async () => {
    const calling = call();
    const invite = await peer.request("INVITE");
    peer.answer(invite, 180, { tag: "one" });
    peer.answer(invite, 180, { tag: "two" });
    peer.answer(invite, 200, { tag: "one", body: sdp });
    const dialog = established(await calling);
    await peer.request("ACK");
    peer.answer(invite, 200, { tag: "two", body: sdp });
    expect(tagOf(header(await peer.request("ACK"), "To") ?? "")).toBe("two");
    const bye = await peer.request("BYE");
    expect(tagOf(header(bye, "To") ?? "")).toBe("two");
    peer.answer(bye, 200);
    const ended = dialog.destroy();
    const last = await peer.request("BYE");
    expect(tagOf(header(last, "To") ?? "")).toBe("one");
    peer.answer(last, 200);
    await ended;
  });

  test("a challenge is answered with the same Call-ID and tag, and the next CSeq", async () => {
    const calling = call({ auth: { username: "800", password: "pw" } });
    const invite = await peer.request("INVITE");
    const challenge = 'WWW-Authenticate: Digest realm="r", nonce="n", algorithm=MD5, qop="auth"';
    peer.answer(invite, 401, { extra: [challenge] });
    await peer.request("ACK");
    const again = await peer.request("INVITE");
    expect(header(again, "Call-ID")).toBe(header(invite, "Call-ID"));
    expect(tagOf(header(again, "From") ?? "")).toBe(tagOf(header(invite, "From") ?? ""));
    expect(Number.parseInt(header(again, "CSeq") ?? "", 10)).toBe(
      Number.parseInt(header(invite, "CSeq") ?? "", 10) + 1,
    );
    expect(header(again, "Authorization")).toContain('username="800"');
    peer.answer(again, 200, { body: sdp });
    const dialog = established(await calling);
    await peer.request("ACK");
    const ended = dialog.destroy();
    peer.answer(await peer.request("BYE"), 200);
    await ended;
  });

  test("BYE without an answer ends with 408 from the edge", async () => {
    const calling = call();
    peer.answer(await peer.request("INVITE"), 200, { body: sdp });
    const dialog = established(await calling);
    await peer.request("ACK");
    const ended = dialog.destroy();
    await peer.request("BYE");
    timers.advance(64 * 500);
    await ended;
  });

  test.each([
    { uri: () => `sip:x@127.0.0.1:${edge.port}`, error: "can not send request to myself" },
    { uri: () => "sip:x@127.0.0.1:5060;transport=tls", error: "transport not available" },
    { uri: () => "sip:bad user@127.0.0.1", error: "invalid" },
    { uri: () => "sip:gone@abc.invalid;transport=ws", error: 410 },
    { uri: () => "sip:x@127.0.0.1:1;transport=tcp", error: 503 },
    { uri: () => "sip:x@does-not-exist.invalid.", error: 503 },
  ])("an unreachable request URI fails with $error", async ({ uri, error }) => {
    const result = await srf.createUAC(uri(), { localSdp: sdp }).catch((caught: Error) => caught);
    if (typeof error === "number") expect(status(result)).toBe(error);
    else expect(String(result)).toContain(error);
  });
});
