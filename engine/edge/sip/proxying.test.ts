// Requests that an application has the edge pass on, with the real drachtio-srf (RFC 3261 16).
import Srf from "drachtio-srf";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { better, type Failure } from "./agent/best-response.ts";
import { header, headersOf, type SipResponse } from "./message/message.ts";
import type { SipEdge } from "./start.ts";
import { Call, type Peer, sdp, udpPeer } from "./testing/peer.ts";
import { startTestEdge, until, untilEmpty } from "./testing/rig.ts";
import { VirtualTimers } from "./testing/virtual-timers.ts";
import { rfcTimerValues } from "./transaction/timers.ts";

type ProxyOptions = {
  remainInDialog?: boolean;
  followRedirects?: boolean;
  forking?: "simultaneous";
  provisionalTimeout?: string;
  headers?: Record<string, string>;
};
type ProxyResult = { connected: boolean; finalStatus: number; responses: unknown[] };

let edge: SipEdge;
let timers: VirtualTimers;
let alice: Peer & { port: number };
let bob: Peer & { port: number };
let carol: Peer & { port: number };
let srf: Srf;
let results: unknown[];

beforeEach(async () => {
  timers = new VirtualTimers();
  edge = await startTestEdge({ timers, timerValues: rfcTimerValues });
  alice = await udpPeer("alice", edge.port);
  bob = await udpPeer("bob", edge.port);
  carol = await udpPeer("carol", edge.port);
  results = [];
});

afterEach(async () => {
  timers.advance(64_000);
  await untilEmpty(edge);
  expect(timers.armed).toBe(0);
  srf.disconnect();
  for (const peer of [alice, bob, carol]) peer.wire?.close();
  await edge.close();
});

/** An application that proxies each INVITE to these. */
async function proxyTo(targets: string[], options: ProxyOptions = {}): Promise<void> {
  srf = new Srf();
  const parts = srf as unknown as {
    use(verb: string, handler: (req: Srf.SrfRequest, res: Srf.SrfResponse) => void): void;
    proxyRequest(
      req: Srf.SrfRequest,
      targets: string[],
      options: ProxyOptions,
      callback: (error: unknown, result: ProxyResult) => void,
    ): void;
  };
  parts.use("invite", (req) => {
    parts.proxyRequest(req, targets, options, (error, result) => results.push(error ?? result));
  });
  parts.use("info", (_req, res) => res.send(200));
  void srf.connect({ host: "127.0.0.1", port: edge.appPort, secret: "secret" });
  await new Promise<void>((resolve) => {
    srf.once("connect", () => resolve());
  });
  // Routes follow the authentication on the same connection.
  for (let status = 503, attempt = 0; status === 503; attempt++) {
    Call.over(carol, `probe-${attempt}`).request("INFO");
    status = (await Promise.race([carol.response(503), carol.response(200)])).status;
  }
}

function uri(peer: { name: string; port: number }): string {
  return `sip:${peer.name}@127.0.0.1:${peer.port}`;
}

/** An INVITE for a user at the edge: its URI becomes the target. */
function invite(callId: string, extra: string[] = []): Call {
  const call = Call.over(alice, callId);
  call.uri = `sip:100@127.0.0.1:${edge.port}`;
  call.request("INVITE", { body: sdp, extra });
  return call;
}

function ack(call: Call, response: SipResponse): void {
  call.to = header(response, "To") ?? "";
  call.request("ACK", { branch: call.inviteBranch });
}

async function outcome(): Promise<ProxyResult> {
  await until(() => results.length === 1, "result of the proxy");
  return results[0] as ProxyResult;
}

describe("one target", () => {
  test("the request goes on with Via, one hop less and added headers; answers come back", async () => {
    await proxyTo([uri(bob)], { headers: { "X-Added": "1", From: "<sip:liar@x>" } });
    invite("plain");
    const passed = await bob.request("INVITE");
    expect(passed.uri).toBe(uri(bob));
    expect(headersOf(passed, "Via")).toHaveLength(2);
    expect(header(passed, "Max-Forwards")).toBe("69");
    expect(header(passed, "From")).toBe("<sip:alice@127.0.0.1>;tag=alice-tag");
    expect(header(passed, "X-Added")).toBe("1");
    expect(header(passed, "Contact")).toBe(`<${alice.contact}>`);
    expect(header(passed, "Record-Route")).toBe(null);
    expect(passed.body).toBe(sdp);
    bob.answer(passed, 180);
    const ringing = await alice.response(180);
    expect(headersOf(ringing, "Via")).toHaveLength(1);
    expect(header(ringing, "Contact")).toBe(`<${bob.contact}>`);
    bob.answer(passed, 200, { body: sdp });
    const ok = await alice.response(200);
    expect(header(ok, "To")).toContain("tag=bob");
    // The callee repeats it until the caller's ACK is there, end to end.
    bob.answer(passed, 200, { body: sdp });
    expect(await alice.response(200)).toEqual(ok);
    expect(await outcome()).toMatchObject({ connected: true, finalStatus: 200 });
  });

  test.each([302, 404, 486, 603])(
    "%i comes back and is acknowledged hop by hop",
    async (status) => {
      await proxyTo([uri(bob)]);
      const call = invite("refused");
      bob.answer(await bob.request("INVITE"), status, { extra: ["X-Why: because"] });
      await bob.request("ACK");
      const response = await alice.response(status);
      expect(header(response, "X-Why")).toBe("because");
      ack(call, response);
      expect(await outcome()).toMatchObject({ connected: false, finalStatus: status });
    },
  );

  test("503 becomes 500; silence becomes 408", async () => {
    await proxyTo([uri(bob)]);
    const call = invite("unavailable");
    bob.answer(await bob.request("INVITE"), 503);
    await bob.request("ACK");
    ack(call, await alice.response(500));
    const silent = invite("silent");
    await bob.request("INVITE");
    timers.advance(32_000);
    ack(silent, await alice.response(408));
  });

  test("no hops left: 483", async () => {
    await proxyTo([uri(bob)]);
    const call = Call.over(alice, "hops");
    call.hops = 0;
    call.request("INVITE", { body: sdp });
    ack(call, await alice.response(483));
    await until(() => results.length === 1, "result");
    expect(results).toEqual(["too many hops"]);
  });

  test("nowhere to send: 500", async () => {
    await proxyTo(["sip:x@127.0.0.1:5061;transport=tls"]);
    ack(invite("nowhere"), await alice.response(500));
    await until(() => results.length === 1, "result");
    expect(String(results[0])).toContain("error proxying request to");
  });

  test("CANCEL goes on to the callee, as soon as that may be", async () => {
    await proxyTo([uri(bob)]);
    const call = invite("cancelled");
    const passed = await bob.request("INVITE");
    call.request("CANCEL", { branch: call.inviteBranch });
    await alice.response(200, "CANCEL");
    expect(bob.received).toEqual([]);
    bob.answer(passed, 180);
    const cancel = await bob.request("CANCEL");
    expect(header(cancel, "Via")).toBe(header(passed, "Via"));
    bob.answer(cancel, 200);
    bob.answer(passed, 487);
    await bob.request("ACK");
    ack(call, await alice.response(487));
    expect(await outcome()).toMatchObject({ finalStatus: 487 });
  });

  test("timer C ends an INVITE that only rings (16.8)", async () => {
    await proxyTo([uri(bob)]);
    const call = invite("timer-c");
    const passed = await bob.request("INVITE");
    bob.answer(passed, 180);
    await alice.response(180);
    timers.advance(185_000);
    bob.answer(await bob.request("CANCEL"), 200);
    bob.answer(passed, 487);
    await bob.request("ACK");
    ack(call, await alice.response(487));
  });
});

describe("several targets", () => {
  test("one after the other until one takes it", async () => {
    await proxyTo([uri(bob), uri(carol)]);
    invite("serial");
    bob.answer(await bob.request("INVITE"), 486);
    await bob.request("ACK");
    const passed = await carol.request("INVITE");
    expect(passed.uri).toBe(uri(carol));
    carol.answer(passed, 200, { body: sdp });
    expect(header(await alice.response(200), "To")).toContain("tag=carol");
    expect(await outcome()).toMatchObject({ connected: true });
  });

  test("silence leads to the next one after the provisional timeout", async () => {
    await proxyTo([uri(bob), uri(carol)], { provisionalTimeout: "2s" });
    invite("provisional");
    const late = await bob.request("INVITE");
    timers.advance(2_000);
    const passed = await carol.request("INVITE");
    carol.answer(passed, 200, { body: sdp });
    await alice.response(200);
    // The first one wakes up: it is cancelled.
    bob.answer(late, 180);
    bob.answer(await bob.request("CANCEL"), 200);
    bob.answer(late, 487);
    await bob.request("ACK");
  });

  test.each([401, 603])("%i ends the search", async (status) => {
    await proxyTo([uri(bob), uri(carol)]);
    const call = invite("stop");
    bob.answer(await bob.request("INVITE"), status);
    await bob.request("ACK");
    ack(call, await alice.response(status));
    expect(carol.received.filter(({ kind }) => kind === "request")).toEqual([]);
  });

  test("all at once: the first 2xx wins, the others are cancelled", async () => {
    await proxyTo([uri(bob), uri(carol)], { forking: "simultaneous" });
    invite("fork");
    const [one, other] = await Promise.all([bob.request("INVITE"), carol.request("INVITE")]);
    bob.answer(one, 180);
    carol.answer(other, 180);
    await alice.response(180);
    await alice.response(180);
    carol.answer(other, 200, { body: sdp });
    await alice.response(200);
    bob.answer(await bob.request("CANCEL"), 200);
    bob.answer(one, 487);
    await bob.request("ACK");
    expect(await outcome()).toMatchObject({ connected: true, finalStatus: 200 });
  });

  test("all at once: the best of the failures comes back, when all are in", async () => {
    await proxyTo([uri(bob), uri(carol)], { forking: "simultaneous" });
    const call = invite("best");
    bob.answer(await bob.request("INVITE"), 500);
    await bob.request("ACK");
    carol.answer(await carol.request("INVITE"), 404);
    await carol.request("ACK");
    ack(call, await alice.response(404));
  });

  test("a redirection is followed, once for each target", async () => {
    await proxyTo([uri(bob)], { followRedirects: true });
    const call = invite("redirect");
    const contact = [`Contact: <${uri(carol)}>, <${uri(bob)}>`];
    bob.answer(await bob.request("INVITE"), 302, { extra: contact });
    await bob.request("ACK");
    carol.answer(await carol.request("INVITE"), 480);
    await carol.request("ACK");
    ack(call, await alice.response(480));
  });
});

describe("remainInDialog", () => {
  test("ACK, INFO and BYE pass through both ways, unseen by the application", async () => {
    await proxyTo([uri(bob)], { remainInDialog: true });
    const call = invite("stay");
    const passed = await bob.request("INVITE");
    const route = header(passed, "Record-Route") ?? "";
    expect(route).toBe(`<sip:127.0.0.1:${edge.port};lr>`);
    bob.answer(passed, 200, { body: sdp });
    const ok = await alice.response(200);
    expect(header(ok, "Record-Route")).toBe(route);
    call.to = header(ok, "To") ?? "";
    call.uri = bob.contact;
    call.request("ACK", { extra: [`Route: ${route}`] });
    const acked = await bob.request("ACK");
    expect([acked.uri, header(acked, "Route")]).toEqual([bob.contact, null]);
    call.cseq++;
    call.request("INFO", { extra: [`Route: ${route}`] });
    const info = await bob.request("INFO");
    expect(header(info, "Max-Forwards")).toBe("69");
    bob.answer(info, 200);
    await alice.response(200, "INFO");
    const back = new Call(bob, {
      callId: call.callId,
      fromTag: "bob",
      via: `SIP/2.0/UDP 127.0.0.1:${bob.port}`,
      to: `<sip:alice@127.0.0.1>;tag=${call.fromTag}`,
    });
    back.uri = alice.contact;
    back.request("BYE", { extra: [`Route: ${route}`] });
    alice.answer(await alice.request("BYE"), 200);
    await bob.response(200, "BYE");
  });

  test("a stranger's Route does not make us a relay", async () => {
    await proxyTo([uri(bob)]);
    const call = Call.over(alice, "stranger");
    call.to = "<sip:bob@127.0.0.1>;tag=x";
    call.uri = bob.contact;
    call.request("INVITE", { body: sdp, extra: [`Route: <sip:127.0.0.1:${edge.port};lr>`] });
    ack(call, await alice.response(481));
    expect(bob.received).toEqual([]);
  });
});

test.each([
  { statuses: [404, 503, 302], best: 302 },
  { statuses: [486, 401, 404], best: 401 },
  { statuses: [500, 408, 486], best: 486 },
  { statuses: [404, 603, 302], best: 603 },
  { statuses: [408, 503], best: 408 },
])("the best of $statuses is $best (16.7)", ({ statuses, best }) => {
  const found = statuses.reduce<Failure<null> | null>(
    (before, status) => better(before, { status, response: null }),
    null,
  );
  expect(found?.status).toBe(best);
});
