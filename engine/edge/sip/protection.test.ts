// What the edge lets in of what trunks and strangers send, and what of it an application sees.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { header } from "./message/message.ts";
import type { SipEdge } from "./start.ts";
import { App } from "./testing/app.ts";
import { Call, type Peer, sdp, udpPeer } from "./testing/peer.ts";
import { startTestEdge, until, untilEmpty } from "./testing/rig.ts";
import { VirtualTimers } from "./testing/virtual-timers.ts";
import { sipWebSockets, wsPeer } from "./testing/ws-peer.ts";
import { rfcTimerValues } from "./transaction/timers.ts";

let edge: SipEdge;
let app: App;
let peer: Peer & { port: number };
let calls: number;
let timers: VirtualTimers;

async function start(options: Parameters<typeof startTestEdge>[0]): Promise<void> {
  timers = new VirtualTimers();
  edge = await startTestEdge({ timers, timerValues: rfcTimerValues, ...options });
  app = await App.connect(edge.appPort, ["invite", "options"]);
  peer = await udpPeer("gateway", edge.port);
}

beforeEach(() => {
  calls = 0;
});

afterEach(async () => {
  timers.advance(64_000);
  await untilEmpty(edge);
  app.close();
  peer.wire?.close();
  await edge.close();
});

const trunk = (channelsMax: number) => ({
  id: "t",
  sources: ["127.0.0.1"],
  callsPerSecondMax: null,
  channelsMax,
});

function newCall(): Call {
  return Call.over(peer, `call-${peer.port}-${calls++}`);
}

/** INVITE that the application has before it. */
async function invited(extra: string[] = []): Promise<{ call: Call; invite: string }> {
  const call = newCall();
  call.request("INVITE", { body: sdp, extra });
  return { call, invite: await app.sip("INVITE") };
}

async function answered(): Promise<Call> {
  const { call, invite } = await invited();
  await app.answer(invite, 200, sdp);
  call.to = header(await peer.response(200, "INVITE"), "To") ?? "";
  call.request("ACK");
  await app.sip("ACK");
  return call;
}

async function hangUp(call: Call): Promise<void> {
  call.cseq++;
  call.request("BYE");
  await app.answer(await app.sip("BYE"), 200);
  await peer.response(200, "BYE");
}

const used = () => edge.trunks()[0]?.channels;

describe("channels of a trunk", () => {
  beforeEach(() => start({ trunks: [trunk(2)] }));

  test("one call too many gets 503 with Retry-After and Q.850 34; an end makes room", async () => {
    const [first, second] = [await answered(), await answered()];
    newCall().request("INVITE", { body: sdp });
    const refused = await peer.response(503, "INVITE");
    expect([header(refused, "Retry-After"), header(refused, "Reason")]).toEqual([
      "1",
      "Q.850;cause=34",
    ]);
    expect(edge.trunks()).toEqual([{ id: "t", channels: 2, refusedRate: 0, refusedChannels: 1 }]);
    expect(edge.counters.refusedByChannels).toBe(1);
    await hangUp(first);
    expect(used()).toBe(1);
    const third = await answered();
    expect(used()).toBe(2);
    await hangUp(second);
    await hangUp(third);
    expect(used()).toBe(0);
  });

  test("a registered phone among its sources takes none, until its registration ends", async () => {
    await app.ask("route|register");
    const phone = await udpPeer("phone", edge.port);
    Call.over(phone, "registers").request("REGISTER");
    const granted = [`Contact: <${phone.contact}>;expires=60`];
    await app.answer(await app.sip("REGISTER"), 200, "", granted);
    await phone.response(200, "REGISTER");
    const calling = async (callId: string) => {
      const call = Call.over(phone, callId);
      const identity = "P-Asserted-Identity: <sip:13800138000@carrier>";
      call.request("INVITE", { body: sdp, extra: [identity] });
      const invite = await app.sip("INVITE");
      const taken = [used(), invite.includes("13800138000")];
      await app.answer(invite, 403);
      call.to = header(await phone.response(403), "To") ?? "";
      call.request("ACK", { branch: call.inviteBranch });
      return taken;
    };
    expect(await calling("as-phone")).toEqual([0, false]);
    timers.advance(60_000);
    expect(await calling("as-trunk")).toEqual([1, true]);
    phone.wire?.close();
  });

  test("are free again after a refusal, a CANCEL, and a 200 that nobody acknowledges", async () => {
    const refused = await invited();
    expect(used()).toBe(1);
    await app.answer(refused.invite, 486);
    await peer.response(486);
    expect(used()).toBe(0);

    const rung = await invited();
    await app.answer(rung.invite, 180);
    await peer.response(180);
    expect(used()).toBe(1);
    rung.call.request("CANCEL", { branch: rung.call.inviteBranch });
    await peer.response(487, "INVITE");
    expect(used()).toBe(0);

    const silent = await invited();
    await app.answer(silent.invite, 200, sdp);
    await peer.response(200, "INVITE");
    expect(used()).toBe(1);
    timers.advance(64 * 500);
    peer.answer(await peer.request("BYE"), 200);
    await until(() => used() === 0, "free");
  });
});

describe("identity", () => {
  const asserted = ["P-Asserted-Identity: <sip:110@a>", "Remote-Party-ID: <sip:110@a>"];

  test("asserted by who is no trunk does not reach the application", async () => {
    await start({ trunks: [{ ...trunk(2), sources: ["192.0.2.1"] }] });
    const { invite } = await invited([...asserted, "Privacy: id"]);
    expect(invite).not.toMatch(/P-Asserted-Identity|Remote-Party-ID/i);
    expect(invite).toContain("Privacy: id");
    await app.answer(invite, 403);
    await peer.response(403);
  });

  test("asserted by a trunk does", async () => {
    await start({ trunks: [trunk(2)] });
    const { invite } = await invited(asserted);
    expect(invite).toContain("P-Asserted-Identity: <sip:110@a>\r\nRemote-Party-ID: <sip:110@a>");
    await app.answer(invite, 403);
    await peer.response(403);
  });
});

test("a browser whose Via says UDP is refused: it could pass for a trunk", async () => {
  await start({});
  const sockets = await sipWebSockets(() => edge);
  const browser = await wsPeer("mallory", sockets.port);
  const via = "SIP/2.0/UDP 127.0.0.1:5060";
  new Call(browser, { callId: "via", fromTag: "m", via, to: "<sip:100@a>" }).request("INVITE");
  expect((await browser.response(400)).reason).toBe("Via Transport Mismatch");
  browser.wire?.close();
  sockets.close();
  await until(() => edge.tables().connections === 0, "closed");
});

describe("a stranger over UDP", () => {
  beforeEach(() => start({ trunks: [{ ...trunk(2), sources: ["192.0.2.1"] }] }));

  test("is answered once for each INVITE that he sends, for his address may be another's", async () => {
    const { call, invite } = await invited();
    await app.answer(invite, 403);
    const refused = await peer.response(403);
    timers.advance(31_000);
    call.request("INVITE", { body: sdp, branch: call.inviteBranch });
    expect(await peer.response(403)).toEqual(refused);
    timers.advance(900);
    newCall().request("OPTIONS");
    await app.answer(await app.sip("OPTIONS"), 200);
    await peer.response(200, "OPTIONS");
    // Nothing else came: no 100, no repetition.
    expect(peer.received).toEqual([]);
  });
});

describe("header injection", () => {
  beforeEach(() => start({}));

  test("%0d%0a from the network stays as it came, and a bare CR or LF is refused", async () => {
    const evil = '"x%0d%0aVia: evil" <sip:1%0d%0aRoute:%20x@a>';
    const { invite } = await invited([`P-Asserted-Identity: ${evil}`, "Reason: SIP;text=%0d%0aX"]);
    const headers = invite.split("\r\n\r\n")[0]?.split("\r\n") ?? [];
    expect(headers).toContain(`P-Asserted-Identity: ${evil}`);
    expect(headers).toContain("Reason: SIP;text=%0d%0aX");
    expect(headers.filter((line) => /^(Route|X)\b/.test(line))).toEqual([]);
    await app.answer(invite, 486);
    await peer.response(486);
    for (const lineEnd of ["\r", "\n"]) {
      newCall().request("INVITE", { body: sdp, extra: [`X-A: "a${lineEnd}Route: <sip:evil>"`] });
      if (lineEnd === "\r") expect((await peer.response(400)).reason).toBe("Bad Line End");
    }
    await until(() => edge.counters.malformed >= 1, "counted");
    expect(app.messages.filter((text) => text.includes("evil"))).toEqual([]);
  });

  test.each([
    { name: "P-Asserted-Identity", value: '"A\rX-Evil: 1" <sip:1@a>' },
    { name: "Reason", value: 'SIP;cause=486;text="a\nX-Evil: 1"' },
    { name: "P-Asserted-Identity", value: "<sip:1%0d%0aX-Evil:1@a>" },
  ])("of the application: $name: $value adds no header", async ({ name, value }) => {
    const { invite } = await invited();
    await app.answer(invite, 486, "", [`${name}: ${value}`]);
    const refused = await peer.response(486);
    expect(refused.headers.map((entry) => entry.name).filter((one) => /evil/i.test(one))).toEqual(
      [],
    );
  });
});

describe("draining", () => {
  test("new calls and OPTIONS get 503 with Retry-After; the call that stands ends as usual", async () => {
    await start({});
    const call = await answered();
    expect([edge.draining, edge.callCount]).toEqual([false, 1]);
    edge.drain();
    for (const method of ["INVITE", "OPTIONS"]) {
      newCall().request(method);
      expect(header(await peer.response(503, method), "Retry-After")).toBe("1");
    }
    expect([edge.draining, edge.callCount, edge.counters.refusedByDrain]).toEqual([true, 1, 2]);
    await hangUp(call);
    await until(() => edge.callCount === 0, "over");
  });
});

describe("the trace", () => {
  test("has both legs of a call by any of their names, and no secret", async () => {
    await start({ trace: { messagesMax: 100, bytesMax: 100_000 } });
    const callee = await udpPeer("agent", edge.port);
    const secret = 'Authorization: Digest username="a", response="0123"';
    const { call, invite } = await invited([secret]);
    const asked = app.invite(`${callee.contact}`, {
      extra: ["x-rexian-call: c7", "Call-ID: leg2"],
    });
    const onward = await callee.request("INVITE");
    callee.answer(onward, 486);
    await asked;
    await callee.request("ACK");
    await app.answer(invite, 486, "", ["x-rexian-call: c7"]);
    const refused = await peer.response(486);
    expect(header(refused, "X-Rexian-Call")).toBeNull();
    call.to = header(refused, "To") ?? "";
    call.request("ACK", { branch: call.inviteBranch });
    await until(() => edge.trace(call.callId).messages.length >= 7, "the ACK is there");

    const shape = (id: string) => {
      return edge.trace(id).messages.map(({ direction, sipCallId, remote, text }) => {
        const start = text.split("\r\n")[0]?.replace(/ sip:.*| SIP\/2.0.*/, "") ?? "";
        return `${direction} ${sipCallId === "leg2" ? "leg2" : "leg1"} ${remote.port} ${start}`;
      });
    };
    const [one, two] = [peer.port, callee.port];
    const expected = [
      `received leg1 ${one} INVITE`,
      `sent leg1 ${one} SIP/2.0 100 Trying`,
      `sent leg2 ${two} INVITE`,
      `received leg2 ${two} SIP/2.0 486 Text`,
      `sent leg2 ${two} ACK`,
      `sent leg1 ${one} SIP/2.0 486 Text`,
      `received leg1 ${one} ACK`,
    ];
    expect(shape("c7")).toEqual(expected);
    expect(shape("leg2")).toEqual(expected);
    expect(shape(call.callId)).toEqual(expected);
    expect(shape("unknown")).toEqual([]);
    expect(edge.trace("c7").messages[0]?.text).toContain("\r\nAuthorization: Digest (hidden)\r\n");
    callee.wire?.close();
  });
});
