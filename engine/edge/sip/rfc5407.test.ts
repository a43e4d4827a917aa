// Every race of RFC 5407 by its number, with the edge on the side that the race is about. After
// each test all tables are empty and no timer is armed.
import { describe, expect, test } from "vitest";
import { header } from "./message/message.ts";
import { App } from "./testing/app.ts";
import { Call, fromCallee, sdp } from "./testing/peer.ts";
import { app, inVirtualTime, peer, timers } from "./testing/virtual-rig.ts";

inVirtualTime(["invite", "bye"], () => expect(app.messages).toEqual([]));

/** The 200 has left and its ACK is not here: the moratorium of the callee. */
async function moratorium(options: { body?: string; ring?: boolean } = {}): Promise<Call> {
  const call = Call.over(peer, "race");
  call.request("INVITE", options.body === "" ? {} : { body: sdp });
  const invite = await app.sip("INVITE");
  if (options.ring === true) {
    await app.answer(invite, 180);
    call.to = header(await peer.response(180), "To") ?? "";
  }
  await app.answer(invite, 200, sdp);
  call.to = header(await peer.response(200, "INVITE"), "To") ?? "";
  return call;
}

async function established(): Promise<Call> {
  const call = await moratorium();
  call.request("ACK");
  await app.sip("ACK");
  return call;
}

/** BYE of the peer, with the application's answer. */
async function peerLeaves(call: Call): Promise<void> {
  call.cseq++;
  call.request("BYE");
  await app.answer(await app.sip("BYE"), 200);
  await peer.response(200, "BYE");
}

function repeatedOks(): number {
  return peer.received.filter((one) => "status" in one && one.status === 200).length;
}

describe("3.1 receiving a message in the moratorium state", () => {
  test("3.1.1 the initial INVITE again: absorbed; the 200 is repeated by its timer", async () => {
    const call = await moratorium();
    call.request("INVITE", { branch: call.inviteBranch, body: sdp });
    timers.advance(500);
    await peer.response(200, "INVITE");
    call.request("ACK");
    await app.sip("ACK");
    expect(repeatedOks()).toBe(0);
    await peerLeaves(call);
  });

  test("3.1.2 CANCEL: 481, and after the ACK our BYE; theirs crosses it and is answered", async () => {
    const call = await moratorium({ ring: true });
    call.request("CANCEL", { branch: call.inviteBranch });
    await peer.response(481, "CANCEL");
    call.request("ACK");
    const bye = await peer.request("BYE");
    call.cseq++;
    call.request("BYE");
    await peer.response(200, "BYE");
    peer.answer(bye, 200);
    expect((await app.sip("BYE")).split("|").slice(8, 10)).toEqual(["unsolicited", call.dialogId]);
  });

  test("3.1.3 BYE of the early state: 200; the 2xx is not repeated, a late ACK is absorbed", async () => {
    const call = await moratorium({ ring: true });
    await peerLeaves(call);
    timers.advance(4_000);
    call.request("ACK", { cseq: 1 });
    expect(repeatedOks()).toBe(0);
  });

  test("3.1.3 at the caller: the answer crosses our BYE and gets ACK and BYE", async () => {
    await app.invite(peer.contact);
    const invite = await peer.request("INVITE");
    peer.answer(invite, 180);
    const dialogId = App.dialogId(await app.sip("SIP/2.0 180"));
    await app.request(dialogId, "BYE");
    const bye = await peer.request("BYE");
    peer.answer(invite, 200, { body: sdp });
    await peer.request("ACK");
    peer.answer(bye, 200);
    peer.answer(await peer.request("BYE"), 481);
    await app.sip("SIP/2.0 487");
    await app.sip("SIP/2.0 200");
  });

  test("3.1.4 re-INVITE (case 1, offer and answer are through): answered", async () => {
    const call = await moratorium();
    call.cseq++;
    call.request("INVITE", { body: sdp });
    await app.answer(await app.sip("INVITE"), 200, sdp);
    expect(header(await peer.response(200, "INVITE"), "CSeq")).toBe("2 INVITE");
    call.request("ACK");
    await app.sip("ACK");
    timers.advance(4_000);
    expect(repeatedOks()).toBe(0);
    await peerLeaves(call);
  });

  test("3.1.5 re-INVITE (case 2, our offer waits for its answer in the ACK): 491", async () => {
    const call = await moratorium({ body: "" });
    call.cseq++;
    call.request("INVITE", { body: sdp });
    await peer.response(491, "INVITE");
    call.request("ACK", { branch: call.inviteBranch });
    call.request("ACK", { cseq: 1, body: sdp });
    await app.sip("ACK");
    call.cseq++;
    call.request("INVITE", { body: sdp });
    await app.answer(await app.sip("INVITE"), 200, sdp);
    await peer.response(200, "INVITE");
    call.request("ACK");
    await app.sip("ACK");
    await peerLeaves(call);
  });

  test("3.1.6 BYE of the established state, the ACK was lost: 200, nothing repeated", async () => {
    const call = await moratorium();
    await peerLeaves(call);
    timers.advance(4_000);
    expect(repeatedOks()).toBe(0);
  });

  test("3.1 our own BYE waits for the ACK (RFC 3261 15)", async () => {
    const call = await moratorium();
    await app.request(call.dialogId, "BYE");
    timers.advance(400);
    expect(peer.received.filter(({ kind }) => kind === "request")).toEqual([]);
    call.request("ACK");
    await app.sip("ACK");
    peer.answer(await peer.request("BYE"), 200);
    await app.sip("SIP/2.0 200");
  });

  test("3.1 our own BYE leaves after 64 T1 without an ACK", async () => {
    const call = await moratorium();
    await app.request(call.dialogId, "BYE");
    timers.advance(32_000);
    peer.answer(await peer.request("BYE"), 200);
    await app.sip("SIP/2.0 200");
  });
});

describe("3.2 receiving a message in the mortal state", () => {
  test("3.2.1 BYE: 200 to each side's BYE", async () => {
    const call = await established();
    await app.request(call.dialogId, "BYE");
    const ours = await peer.request("BYE");
    await peerLeaves(call);
    peer.answer(ours, 200);
    await app.sip("SIP/2.0 200");
  });

  test("3.2.1 BYE after the edge's own", async () => {
    const call = await moratorium();
    timers.advance(32_000);
    const ours = await peer.request("BYE");
    call.cseq++;
    call.request("BYE");
    await peer.response(200, "BYE");
    peer.answer(ours, 200);
    await app.sip("BYE");
  });

  test("3.2.2 re-INVITE: 481", async () => {
    const call = await established();
    await app.request(call.dialogId, "BYE");
    const bye = await peer.request("BYE");
    call.cseq++;
    call.request("INVITE", { body: sdp });
    await peer.response(481, "INVITE");
    call.request("ACK", { branch: call.inviteBranch });
    peer.answer(bye, 200);
    await app.sip("SIP/2.0 200");
  });

  test("3.2.3 200 to our re-INVITE: ACK", async () => {
    const call = await established();
    await app.request(call.dialogId, "INVITE", { body: sdp });
    const invite = await peer.request("INVITE");
    await peerLeaves(call);
    peer.answer(invite, 200, { body: sdp });
    expect(header(await peer.request("ACK"), "CSeq")).toBe(
      (header(invite, "CSeq") ?? "").replace("INVITE", "ACK"),
    );
    await app.sip("SIP/2.0 487");
  });

  test("3.2.4 ACK of the moratorium: absorbed", async () => {
    const call = await moratorium();
    await peerLeaves(call);
    call.request("ACK", { cseq: 1 });
    call.request("ACK", { cseq: 1 });
    // Behind them, so that they are through.
    call.cseq++;
    call.request("INFO");
    await peer.response(481, "INFO");
  });
});

describe("3.3 other races", () => {
  test("3.3.1 re-INVITE crosses re-INVITE: 491 from both", async () => {
    const call = await established();
    await app.request(call.dialogId, "INVITE", { body: sdp });
    const ours = await peer.request("INVITE");
    call.cseq++;
    call.request("INVITE", { body: sdp });
    await peer.response(491, "INVITE");
    call.request("ACK", { branch: call.inviteBranch });
    peer.answer(ours, 491);
    await peer.request("ACK");
    await app.sip("SIP/2.0 491");
    await peerLeaves(call);
  });

  test("3.3.2 re-INVITE crosses UPDATE: 491 from both", async () => {
    const call = await established();
    await app.request(call.dialogId, "UPDATE", { body: sdp });
    const ours = await peer.request("UPDATE");
    call.cseq++;
    call.request("INVITE", { body: sdp });
    await peer.response(491, "INVITE");
    call.request("ACK", { branch: call.inviteBranch });
    peer.answer(ours, 491);
    await app.sip("SIP/2.0 491");
    await peerLeaves(call);
  });

  test("3.3.3 REFER in the mortal state: 481", async () => {
    const call = await established();
    await app.request(call.dialogId, "BYE");
    const bye = await peer.request("BYE");
    call.cseq++;
    call.request("REFER", { extra: ["Refer-To: <sip:carol@127.0.0.1>"] });
    await peer.response(481, "REFER");
    peer.answer(bye, 200);
    await app.sip("SIP/2.0 200");
  });
});

describe("appendices", () => {
  test("A: BYE in the early dialog ends the INVITE with 487", async () => {
    const call = Call.over(peer, "early");
    call.request("INVITE", { body: sdp });
    await app.answer(await app.sip("INVITE"), 180);
    call.to = header(await peer.response(180), "To") ?? "";
    const { inviteBranch } = call;
    await call.bye();
    await peer.response(487, "INVITE");
    call.request("ACK", { branch: inviteBranch, cseq: 1 });
    await app.sip("CANCEL");
  });

  test("B: BYE overlaps the peer's open re-INVITE: 487 for that", async () => {
    const call = await established();
    call.cseq++;
    call.request("INVITE", { body: sdp });
    const again = await app.sip("INVITE");
    const { inviteBranch } = call;
    await peerLeaves(call);
    await peer.response(487, "INVITE");
    call.request("ACK", { branch: inviteBranch, cseq: 2 });
    expect(await app.answer(again, 200, sdp)).toContain("NOK|");
  });

  test("B: our BYE overlaps our own re-INVITE: that is cancelled", async () => {
    const call = await established();
    await app.request(call.dialogId, "INVITE", { body: sdp });
    const invite = await peer.request("INVITE");
    peer.answer(invite, 180);
    await app.sip("SIP/2.0 180");
    await app.request(call.dialogId, "BYE");
    peer.answer(await peer.request("CANCEL"), 200);
    peer.answer(await peer.request("BYE"), 200);
    peer.answer(invite, 487);
    await peer.request("ACK");
    await app.sip("SIP/2.0 200");
    await app.sip("SIP/2.0 487");
  });

  test("C: CANCEL that comes twice is absorbed", async () => {
    const call = Call.over(peer, "twice");
    call.request("INVITE", { body: sdp });
    await app.sip("INVITE");
    call.request("CANCEL", { branch: call.inviteBranch });
    await peer.response(200, "CANCEL");
    call.to = header(await peer.response(487), "To") ?? "";
    call.to = "<sip:100@127.0.0.1>";
    call.request("CANCEL", { branch: call.inviteBranch });
    await peer.response(200, "CANCEL");
    call.request("ACK", { branch: call.inviteBranch });
    await app.sip("CANCEL");
  });

  test("D: other requests in the mortal state: 481", async () => {
    const call = await established();
    await app.request(call.dialogId, "BYE");
    const bye = await peer.request("BYE");
    for (const method of ["INFO", "UPDATE", "OPTIONS", "MESSAGE"]) {
      call.cseq++;
      call.request(method);
      await peer.response(481, method);
    }
    peer.answer(bye, 200);
    await app.sip("SIP/2.0 200");
  });

  test("E: a second fork answers after the first: ACK and BYE; the first goes on", async () => {
    await app.invite(peer.contact);
    const invite = await peer.request("INVITE");
    peer.answer(invite, 200, { tag: "one", body: sdp });
    const dialogId = App.dialogId(await app.sip("SIP/2.0 200"));
    peer.answer(invite, 200, { tag: "two", body: sdp });
    expect(header(await peer.request("ACK"), "To")).toContain("tag=two");
    peer.answer(await peer.request("BYE"), 200);
    await app.request(dialogId, "ACK");
    expect(header(await peer.request("ACK"), "To")).toContain("tag=one");
    fromCallee(peer, invite, { method: "BYE", tag: "one" });
    await app.answer(await app.sip("BYE"), 200);
    await peer.response(200, "BYE");
  });
});
