// Reliable provisional responses (RFC 3262) and UPDATE with its collisions (RFC 3311), both roles.
import Srf from "drachtio-srf";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { header, type SipResponse } from "./message/message.ts";
import { tagOf } from "./message/name-addr.ts";
import { App } from "./testing/app.ts";
import { Call, fromCallee, sdp } from "./testing/peer.ts";
import { until } from "./testing/rig.ts";
import { app, edge, inVirtualTime, peer, timers } from "./testing/virtual-rig.ts";

inVirtualTime(["invite", "bye"]);

const supported = "Supported: 100rel";
const required = "Require: 100rel";

function rackOf(response: SipResponse): string {
  return `RAck: ${header(response, "RSeq") ?? ""} ${header(response, "CSeq") ?? ""}`;
}

/** The caller acknowledges a reliable provisional response; the application says 200. */
async function prack(call: Call, response: SipResponse): Promise<void> {
  call.to = header(response, "To") ?? "";
  call.cseq++;
  call.request("PRACK", { extra: [rackOf(response)] });
  await app.answer(await app.sip("PRACK"), 200);
  await peer.response(200, "PRACK");
}

async function finish(call: Call): Promise<void> {
  const ok = await peer.response(200, "INVITE");
  call.to = header(ok, "To") ?? "";
  call.request("ACK", { cseq: 1 });
  await app.sip("ACK");
  await app.request(call.dialogId, "BYE");
  peer.answer(await peer.request("BYE"), 200);
  await app.sip("SIP/2.0 200");
}

describe("reliable answers of the application", () => {
  test("183 is repeated at 0.5, 1.5, 3.5 s until its PRACK", async () => {
    const call = Call.over(peer, "reliable");
    call.request("INVITE", { body: sdp, extra: [supported] });
    const invite = await app.sip("INVITE");
    const sent = await app.answer(invite, 183, sdp, [required]);
    expect(sent).toContain("\r\nRSeq: ");
    const first = await peer.response(183);
    expect(header(first, "Require")).toBe("100rel");
    for (const ms of [500, 1_000, 2_000]) {
      timers.advance(ms - 1);
      expect(peer.received.map(({ kind }) => kind)).toEqual(["response"]);
      timers.advance(1);
      expect(await peer.response(183)).toEqual(first);
    }
    await prack(call, first);
    timers.advance(30_000);
    expect(peer.received.filter((one) => "status" in one && one.status === 183)).toEqual([]);
    await app.answer(invite, 200, sdp);
    await finish(call);
  });

  test("the next reliable one and the 200 wait for the PRACK; RSeq grows by one", async () => {
    const call = Call.over(peer, "order");
    call.request("INVITE", { body: sdp, extra: [supported] });
    const invite = await app.sip("INVITE");
    await app.answer(invite, 183, sdp, [required]);
    const second = app.answer(invite, 180, "", [required]);
    const final = app.answer(invite, 200, sdp);
    const first = await peer.response(183);
    await prack(call, first);
    await second;
    const ringing = await peer.response(180);
    expect(Number(header(ringing, "RSeq"))).toBe(Number(header(first, "RSeq")) + 1);
    expect(peer.received.filter((one) => "status" in one && one.status === 200)).toEqual([]);
    await prack(call, ringing);
    expect(await final).toContain("|OK|");
    await finish(call);
  });

  test("a caller that demands 100rel gets every 1xx reliably", async () => {
    const call = Call.over(peer, "demand");
    call.request("INVITE", { body: sdp, extra: [required] });
    const invite = await app.sip("INVITE");
    await app.answer(invite, 180);
    const ringing = await peer.response(180);
    expect(header(ringing, "Require")).toBe("100rel");
    await prack(call, ringing);
    await app.answer(invite, 200, sdp);
    await finish(call);
  });

  test("a caller without 100rel: NOK, and the application may answer otherwise", async () => {
    const call = Call.over(peer, "without");
    call.request("INVITE", { body: sdp });
    const invite = await app.sip("INVITE");
    expect(await app.answer(invite, 183, sdp, [required])).toContain(
      "NOK|Remote endpoint does not support 100rel",
    );
    await app.answer(invite, 486);
    call.to = header(await peer.response(486), "To") ?? "";
    call.request("ACK", { branch: call.inviteBranch });
  });

  test("no PRACK: 504 after 64 T1, and the application is told as by a CANCEL", async () => {
    const call = Call.over(peer, "no-prack");
    call.request("INVITE", { body: sdp, extra: [supported] });
    const invite = await app.sip("INVITE");
    await app.answer(invite, 183, sdp, [required]);
    const late = app.answer(invite, 200, sdp);
    await peer.response(183);
    timers.advance(32_000);
    call.to = header(await peer.response(504), "To") ?? "";
    call.request("ACK", { branch: call.inviteBranch });
    await app.sip("CANCEL");
    expect(await late).toContain("NOK|Response not sent due to unknown transaction");
  });

  test("CANCEL while the 200 waits for the PRACK: 487, and NOK for the 200", async () => {
    const call = Call.over(peer, "cancelled");
    call.request("INVITE", { body: sdp, extra: [supported] });
    const invite = await app.sip("INVITE");
    await app.answer(invite, 183, sdp, [required]);
    const late = app.answer(invite, 200, sdp);
    await peer.response(183);
    call.request("CANCEL", { branch: call.inviteBranch });
    call.to = header(await peer.response(487), "To") ?? "";
    call.request("ACK", { branch: call.inviteBranch });
    await app.sip("CANCEL");
    expect(await late).toContain("NOK|");
  });

  test.each([
    { what: "another RSeq", rack: "RAck: 1 1 INVITE" },
    { what: "no RAck", rack: "X-None: 1" },
  ])("PRACK with $what is 481", async ({ rack }) => {
    const call = Call.over(peer, "wrong");
    call.request("INVITE", { body: sdp, extra: [supported] });
    const invite = await app.sip("INVITE");
    await app.answer(invite, 183, sdp, [required]);
    const first = await peer.response(183);
    call.to = header(first, "To") ?? "";
    call.cseq++;
    call.request("PRACK", { extra: [rack] });
    await peer.response(481, "PRACK");
    await prack(call, first);
    await app.answer(invite, 200, sdp);
    await finish(call);
  });
});

describe("reliable answers to the application", () => {
  test("each is shown once and in order, for each fork; PRACK goes to its fork", async () => {
    await app.invite(peer.contact, { extra: [supported] });
    const invite = await peer.request("INVITE");
    const cseq = header(invite, "CSeq") ?? "";
    const reliable = (rseq: number) => [required, `RSeq: ${rseq}`];
    peer.answer(invite, 183, { tag: "one", extra: reliable(100), body: sdp });
    const dialogId = App.dialogId(await app.sip("SIP/2.0 183"));
    peer.answer(invite, 183, { tag: "two", extra: reliable(7) });
    await app.sip("SIP/2.0 183");
    // Repeated, and one too far ahead: absorbed.
    peer.answer(invite, 183, { tag: "one", extra: reliable(100), body: sdp });
    peer.answer(invite, 180, { tag: "one", extra: reliable(102) });
    for (const { rseq, tag } of [
      { rseq: 100, tag: "one" },
      { rseq: 7, tag: "two" },
    ]) {
      await app.request(dialogId, "PRACK", { extra: [`rack: ${rseq} ${cseq}`] });
      const sent = await peer.request("PRACK");
      expect(header(sent, "RAck")).toBe(`${rseq} ${cseq}`);
      expect(tagOf(header(sent, "To") ?? "")).toBe(tag);
      expect(sent.uri).toBe(peer.contact);
      peer.answer(sent, 200);
      await app.sip("SIP/2.0 200");
    }
    peer.answer(invite, 180, { tag: "one", extra: reliable(101) });
    await app.sip("SIP/2.0 180");
    expect(app.messages).toEqual([]);
    peer.answer(invite, 200, { tag: "one", body: sdp });
    await app.sip("SIP/2.0 200");
    await app.request(dialogId, "ACK");
    expect(header(await peer.request("ACK"), "CSeq")).toBe(cseq.replace("INVITE", "ACK"));
    await app.request(dialogId, "BYE");
    peer.answer(await peer.request("BYE"), 200);
    await app.sip("SIP/2.0 200");
  });
});

describe("UPDATE", () => {
  async function called(): Promise<Call> {
    const call = Call.over(peer, "update");
    call.request("INVITE", { body: sdp });
    await app.answer(await app.sip("INVITE"), 200, sdp);
    call.to = header(await peer.response(200, "INVITE"), "To") ?? "";
    call.request("ACK");
    await app.sip("ACK");
    return call;
  }

  async function hangUp(dialogId: string): Promise<void> {
    await app.request(dialogId, "BYE");
    peer.answer(await peer.request("BYE"), 200);
    await app.sip("SIP/2.0 200");
  }

  test("of the caller in a confirmed dialog moves the target; the next waits its turn", async () => {
    const call = await called();
    peer.contact = `sip:moved@127.0.0.1:${peer.port}`;
    call.cseq++;
    call.request("UPDATE", { body: sdp });
    const update = await app.sip("UPDATE");
    call.cseq++;
    call.request("UPDATE", { body: sdp });
    expect(header(await peer.response(500, "UPDATE"), "Retry-After")).toBe("1");
    call.cseq++;
    call.request("INVITE", { body: sdp });
    await peer.response(500, "INVITE");
    call.request("ACK", { branch: call.inviteBranch });
    await app.answer(update, 200, sdp);
    expect(header(await peer.response(200, "UPDATE"), "CSeq")).toBe("2 UPDATE");
    await app.request(call.dialogId, "BYE");
    const bye = await peer.request("BYE");
    expect(bye.uri).toBe(peer.contact);
    peer.answer(bye, 200);
    await app.sip("SIP/2.0 200");
  });

  test("with an offer crosses our INVITE: 491; without one it is shown", async () => {
    const call = await called();
    await app.request(call.dialogId, "INVITE", { body: sdp });
    const invite = await peer.request("INVITE");
    call.cseq++;
    call.request("UPDATE", { body: sdp });
    await peer.response(491, "UPDATE");
    call.cseq++;
    call.request("UPDATE");
    await app.answer(await app.sip("UPDATE"), 200);
    await peer.response(200, "UPDATE");
    peer.answer(invite, 200, { body: sdp });
    await app.sip("SIP/2.0 200");
    await app.request(call.dialogId, "ACK");
    await peer.request("ACK");
    await hangUp(call.dialogId);
  });

  test("of the application crosses UPDATE and INVITE of the peer: 491 for them", async () => {
    const call = await called();
    await app.request(call.dialogId, "UPDATE", { body: sdp });
    const update = await peer.request("UPDATE");
    call.cseq++;
    call.request("UPDATE", { body: sdp });
    await peer.response(491, "UPDATE");
    call.cseq++;
    call.request("INVITE", { body: sdp });
    await peer.response(491, "INVITE");
    call.request("ACK", { branch: call.inviteBranch });
    // And nothing of ours leaves while this one is open.
    await app.request(call.dialogId, "UPDATE");
    await app.sip("SIP/2.0 491");
    peer.answer(update, 200, { body: sdp });
    await app.sip("SIP/2.0 200");
    await hangUp(call.dialogId);
  });

  test("before the answer, in both directions", async () => {
    await app.invite(peer.contact, { extra: [supported] });
    const invite = await peer.request("INVITE");
    peer.answer(invite, 183, { tag: "alice", extra: [required, "RSeq: 1"], body: sdp });
    const dialogId = App.dialogId(await app.sip("SIP/2.0 183"));
    await app.request(dialogId, "PRACK", { extra: [`rack: 1 ${header(invite, "CSeq") ?? ""}`] });
    peer.answer(await peer.request("PRACK"), 200);
    await app.sip("SIP/2.0 200");
    fromCallee(peer, invite, { method: "UPDATE", body: sdp });
    await app.answer(await app.sip("UPDATE"), 200, sdp);
    await peer.response(200, "UPDATE");
    await app.request(dialogId, "UPDATE", { body: sdp });
    peer.answer(await peer.request("UPDATE"), 200, { body: sdp });
    await app.sip("SIP/2.0 200");
    peer.answer(invite, 200, { tag: "alice" });
    await app.sip("SIP/2.0 200");
    await app.request(dialogId, "ACK");
    await peer.request("ACK");
    await hangUp(dialogId);
  });

  test("with an offer before the first one is answered: 491", async () => {
    await app.invite(peer.contact);
    const invite = await peer.request("INVITE");
    peer.answer(invite, 180, { tag: "alice" });
    await app.sip("SIP/2.0 180");
    fromCallee(peer, invite, { method: "UPDATE", body: sdp });
    await peer.response(491, "UPDATE");
    peer.answer(invite, 486);
    await peer.request("ACK");
    await app.sip("SIP/2.0 486");
  });
});

describe("with drachtio-srf", () => {
  let srf: Srf;

  beforeEach(async () => {
    app.close();
    await until(() => edge.tables().applications === 0, "no application");
    srf = new Srf();
  });

  afterEach(() => srf.disconnect());

  async function connect(): Promise<void> {
    void srf.connect({ host: "127.0.0.1", port: edge.appPort, secret: "secret" });
    await new Promise<void>((resolve) => {
      srf.once("connect", () => resolve());
    });
  }

  test("createUAC sends PRACK by itself", async () => {
    await connect();
    const calling = srf.createUAC(peer.contact, {
      localSdp: sdp,
      headers: { Supported: "100rel" },
    });
    const invite = await peer.request("INVITE");
    peer.answer(invite, 183, { extra: [required, "RSeq: 41"], body: sdp });
    const sent = await peer.request("PRACK");
    expect(header(sent, "RAck")).toBe(`41 ${header(invite, "CSeq") ?? ""}`);
    peer.answer(sent, 200);
    peer.answer(invite, 200, { body: sdp });
    const dialog = await calling;
    await peer.request("ACK");
    const ended = dialog.destroy();
    peer.answer(await peer.request("BYE"), 200);
    await ended;
  });

  test("a reliable 183, answered PRACK, then createUAS", async () => {
    const dialogs: Srf.Dialog[] = [];
    srf.invite((req: Srf.SrfRequest, res: Srf.SrfResponse) => {
      res.send(183, { headers: { Require: "100rel" }, body: sdp });
      void srf.createUAS(req, res, { localSdp: sdp }).then((dialog) => dialogs.push(dialog));
    });
    await connect();
    const call = Call.over(peer, "srf");
    for (;;) {
      call.request("INVITE", { body: sdp, extra: [supported] });
      const response = await Promise.race([peer.response(183), peer.response(503)]);
      if (response.status === 503) continue;
      call.to = header(response, "To") ?? "";
      call.request("PRACK", { cseq: 2, extra: [rackOf(response)] });
      break;
    }
    await peer.response(200, "PRACK");
    await peer.response(200, "INVITE");
    call.request("ACK");
    await until(() => dialogs.length === 1, "dialog");
    call.cseq = 2;
    await call.bye();
  });
});
