// Session timers (RFC 4028) in virtual time, in both roles and from both sides.
import { describe, expect, test } from "vitest";
import { header } from "./message/message.ts";
import { App } from "./testing/app.ts";
import { Call, fromCallee, sdp } from "./testing/peer.ts";
import { until } from "./testing/rig.ts";
import { app, edge, inVirtualTime, peer, timers } from "./testing/virtual-rig.ts";

inVirtualTime(["invite", "bye"]);

/** A call to the application; returns the 200. */
async function called(options: { ask: string[]; grant?: string[] }) {
  const call = Call.over(peer, "call");
  call.request("INVITE", { body: sdp, extra: options.ask });
  await app.answer(await app.sip("INVITE"), 200, sdp, options.grant);
  const ok = await peer.response(200, "INVITE");
  call.to = header(ok, "To") ?? "";
  call.request("ACK");
  await app.sip("ACK");
  return { call, ok };
}

/** A call of the application, with these headers in its INVITE and in the peer's 200. */
async function calling(options: { ask: string[]; grant: string[] }) {
  await app.invite(peer.contact, { extra: options.ask });
  const invite = await peer.request("INVITE");
  peer.answer(invite, 200, { body: sdp, extra: options.grant });
  const dialogId = App.dialogId(await app.sip("SIP/2.0 200"));
  await app.request(dialogId, "ACK");
  await peer.request("ACK");
  return { invite, dialogId };
}

async function hangUp(dialogId: string): Promise<void> {
  await app.request(dialogId, "BYE");
  peer.answer(await peer.request("BYE"), 200);
  await app.sip("SIP/2.0 200");
}

/** The edge hangs up, and says so to the application. */
async function expired(dialogId: string): Promise<void> {
  const bye = await peer.request("BYE");
  expect(header(bye, "Reason")).toBe('SIP ;cause=200 ;text="Session timer expired"');
  peer.answer(bye, 200);
  const report = await app.sip("BYE");
  expect(report.split("|").slice(8, 10)).toEqual(["unsolicited", dialogId]);
}

const timer = "Supported: timer";

describe("what a UAS agrees to (table 2)", () => {
  test.each([
    { ask: [timer, "Session-Expires: 1800"], answer: "1800;refresher=uac", require: "timer" },
    { ask: [timer, "x: 1800;refresher=uas"], answer: "1800;refresher=uas", require: null },
    { ask: [timer, "x: 1800;refresher=uac"], answer: "1800;refresher=uac", require: "timer" },
    { ask: ["Session-Expires: 1800"], answer: "1800;refresher=uas", require: null },
    { ask: ["Session-Expires: 60"], answer: "90;refresher=uas", require: null },
    { ask: [timer], answer: null, require: null },
    { ask: [timer, "Session-Expires: soon"], answer: null, require: null },
    {
      ask: [timer, "x: 1800", "Min-SE: 600"],
      grant: ["Session-Expires: 300"],
      answer: "600;refresher=uac",
      require: "timer",
    },
    {
      ask: [timer, "x: 1800"],
      grant: ["Session-Expires: 3600;refresher=uas"],
      answer: "1800;refresher=uas",
      require: null,
    },
    {
      ask: [timer],
      grant: ["Session-Expires: 900"],
      answer: "900;refresher=uac",
      require: "timer",
    },
  ])("$ask, application says $grant: $answer", async ({ ask, grant, answer, require }) => {
    const { call, ok } = await called({ ask, ...(grant === undefined ? {} : { grant }) });
    expect(header(ok, "Session-Expires")).toBe(answer);
    expect(header(ok, "Require")).toBe(require);
    await hangUp(call.dialogId);
  });

  test("an interval below 90 s is refused with 422 and Min-SE, unseen by the application", async () => {
    const call = Call.over(peer, "short");
    call.request("INVITE", { body: sdp, extra: [timer, "Session-Expires: 89"] });
    expect(header(await peer.response(422), "Min-SE")).toBe("90");
    expect(app.messages).toEqual([]);
  });

  test("a re-INVITE with too short an interval is refused; the call goes on", async () => {
    const { call } = await called({ ask: [] });
    call.cseq++;
    call.request("INVITE", { body: sdp, extra: [timer, "Session-Expires: 20"] });
    expect(header(await peer.response(422), "Min-SE")).toBe("90");
    call.request("ACK", { branch: call.inviteBranch });
    await hangUp(call.dialogId);
  });
});

describe("the peer refreshes", () => {
  const ask = [timer, "Session-Expires: 90;refresher=uac"];

  test("and falls silent: BYE a third of the interval before its end (section 10)", async () => {
    const { call } = await called({ ask });
    timers.advance(59_999);
    expect(edge.tables().dialogs).toBe(1);
    timers.advance(1);
    await expired(call.dialogId);
  });

  test.each(["INVITE", "UPDATE"])("with %s: the interval starts anew", async (method) => {
    const { call } = await called({ ask });
    timers.advance(45_000);
    call.cseq++;
    const body = method === "INVITE" ? { body: sdp } : {};
    call.request(method, { ...body, extra: ask });
    await app.answer(await app.sip(method), 200, body.body);
    const ok = await peer.response(200, method);
    expect(header(ok, "Session-Expires")).toBe("90;refresher=uac");
    if (method === "INVITE") {
      call.request("ACK");
      await app.sip("ACK");
    }
    timers.advance(59_999);
    expect(edge.tables().dialogs).toBe(1);
    timers.advance(1);
    await expired(call.dialogId);
  });

  test("in a call of the application that asked for it", async () => {
    const { invite, dialogId } = await calling({
      ask: ["Session-Expires: 120"],
      grant: ["Session-Expires: 120;refresher=uas", "Require: timer"],
    });
    expect(header(invite, "Supported")).toBe("timer");
    timers.advance(60_000);
    fromCallee(peer, invite, {
      method: "UPDATE",
      extra: [timer, "Session-Expires: 120;refresher=uac"],
    });
    await app.answer(await app.sip("UPDATE"), 200);
    await peer.response(200, "UPDATE");
    timers.advance(87_999);
    expect(edge.tables().dialogs).toBe(1);
    timers.advance(1);
    await expired(dialogId);
  });
});

describe("the edge refreshes", () => {
  const ask = [timer, "Session-Expires: 90;refresher=uas"];

  test("with the last description at half time, acknowledged without the application", async () => {
    const { call } = await called({ ask });
    for (let round = 0; round < 3; round++) {
      timers.advance(45_000);
      const again = await peer.request("INVITE");
      expect(again.body).toBe(sdp);
      expect(header(again, "Session-Expires")).toBe("90;refresher=uac");
      peer.answer(again, 200, { body: sdp, extra: ["Session-Expires: 90;refresher=uac"] });
      const ack = await peer.request("ACK");
      expect(header(ack, "CSeq")?.split(" ")[0]).toBe(header(again, "CSeq")?.split(" ")[0]);
      if (round > 0) continue;
      peer.answer(again, 200, { body: sdp, extra: ["Session-Expires: 90;refresher=uac"] });
      expect(await peer.request("ACK")).toEqual(ack);
    }
    expect(app.messages).toEqual([]);
    await hangUp(call.dialogId);
  });

  test("in a call of the application; the peer may then take the task", async () => {
    const { dialogId } = await calling({
      ask: ["Session-Expires: 90"],
      grant: ["Session-Expires: 90;refresher=uac", "Require: timer"],
    });
    timers.advance(45_000);
    peer.answer(await peer.request("INVITE"), 200, {
      body: sdp,
      extra: ["Session-Expires: 90;refresher=uas"],
    });
    await peer.request("ACK");
    timers.advance(59_999);
    expect(edge.tables().dialogs).toBe(1);
    timers.advance(1);
    await expired(dialogId);
  });

  test("491: tries again (14.1)", async () => {
    const { call } = await called({ ask });
    timers.advance(45_000);
    peer.answer(await peer.request("INVITE"), 491);
    await peer.request("ACK");
    timers.advance(2_100);
    peer.answer(await peer.request("INVITE"), 200, { extra: ["Session-Expires: 90"] });
    await peer.request("ACK");
    await hangUp(call.dialogId);
  });

  test("422: asks for the longer interval that the peer wants", async () => {
    const { call } = await called({ ask });
    timers.advance(45_000);
    peer.answer(await peer.request("INVITE"), 422, { extra: ["Min-SE: 300"] });
    await peer.request("ACK");
    const longer = await peer.request("INVITE");
    expect(header(longer, "Session-Expires")).toBe("300;refresher=uac");
    expect(header(longer, "Min-SE")).toBe("300");
    peer.answer(longer, 200, { extra: ["Session-Expires: 300;refresher=uac"] });
    await peer.request("ACK");
    await hangUp(call.dialogId);
  });

  test.each([481, 500])("%i ends the call", async (status) => {
    const { call } = await called({ ask });
    timers.advance(45_000);
    peer.answer(await peer.request("INVITE"), status);
    await peer.request("ACK");
    await expired(call.dialogId);
  });

  test("no answer ends the call", async () => {
    const { call } = await called({ ask });
    timers.advance(45_000);
    await peer.request("INVITE");
    timers.advance(32_000);
    await expired(call.dialogId);
  });

  test("an INVITE of the application waits for the refresh, and refreshes itself", async () => {
    const { call } = await called({ ask });
    timers.advance(45_000);
    const refresh = await peer.request("INVITE");
    await app.request(call.dialogId, "INVITE", { body: sdp });
    expect(peer.received.filter(({ kind }) => kind === "request")).toEqual([]);
    peer.answer(refresh, 200, { body: sdp, extra: ["Session-Expires: 90;refresher=uac"] });
    const theirs = await peer.request("INVITE");
    expect(header(theirs, "Session-Expires")).toBe("90;refresher=uac");
    expect(header(theirs, "Supported")).toBe("timer");
    peer.answer(theirs, 200, { body: sdp });
    await app.sip("SIP/2.0 200");
    await app.request(call.dialogId, "ACK");
    await peer.request("ACK");
    await peer.request("ACK");
    // The 200 has no Session-Expires: no timer any more (7.2).
    timers.advance(600_000);
    expect(peer.received.filter(({ kind }) => kind === "request")).toEqual([]);
    await hangUp(call.dialogId);
  });

  test("the call ends during a refresh", async () => {
    const { call } = await called({ ask });
    timers.advance(45_000);
    const refresh = await peer.request("INVITE");
    call.cseq++;
    call.request("BYE");
    await app.answer(await app.sip("BYE"), 200);
    await peer.response(200, "BYE");
    peer.answer(refresh, 487);
    await peer.request("ACK");
    await until(() => edge.tables().dialogs === 0, "no dialog");
  });
});
