// Calls from the network to an application with the real drachtio-srf, and their races.
import Srf from "drachtio-srf";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { header, headersOf } from "./message/message.ts";
import { tagOf } from "./message/name-addr.ts";
import type { SipEdge } from "./start.ts";
import { Call, type Peer, sdp, startLine, udpPeer } from "./testing/peer.ts";
import { startTestEdge, until, untilEmpty } from "./testing/rig.ts";

let edge: SipEdge;
let srf: Srf;
let peer: Peer & { port: number };
let log: string[];
let dialogs: Srf.Dialog[];

beforeAll(async () => {
  edge = await startTestEdge();
});

afterAll(async () => {
  await untilEmpty(edge);
  await edge.close();
});

beforeEach(async () => {
  peer = await udpPeer("alice", edge.port);
  log = [];
  dialogs = [];
  srf = new Srf();
});

afterEach(async () => {
  srf.disconnect();
  peer.wire?.close();
  await until(() => edge.tables().applications === 0, "application gone");
});

async function connect(): Promise<void> {
  void srf.connect({ host: "127.0.0.1", port: edge.appPort, secret: "secret" });
  await new Promise<void>((resolve) => {
    srf.once("connect", () => resolve());
  });
  // Routes follow the authentication on the same connection; OPTIONS tells when they are in.
  const probe = await udpPeer("probe", edge.port);
  for (let attempt = 0; ; attempt++) {
    const call = Call.over(probe, `probe-${attempt}`);
    call.request("INFO");
    const done = await Promise.race([
      probe.response(503).then(() => false),
      probe.response(200).then(() => true),
    ]);
    if (done) break;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  probe.wire?.close();
}

/** An application that answers calls at once. */
async function answering(): Promise<void> {
  const accept = async (req: Srf.SrfRequest, res: Srf.SrfResponse) => {
    const dialog = await srf.createUAS(req, res, { localSdp: sdp });
    dialogs.push(dialog);
    dialog.on("destroy", (bye: Srf.SrfRequest) => log.push(`destroy ${bye.get("reason") ?? ""}`));
    dialog.on("modify", (_req: Srf.SrfRequest, again: Srf.SrfResponse) => {
      log.push("modify");
      again.send(200, { body: sdp });
    });
    dialog.on("ack", () => log.push("ack"));
  };
  srf.invite((req: Srf.SrfRequest, res: Srf.SrfResponse) => void accept(req, res));
  srf.use("info", (_req: Srf.SrfRequest, res: Srf.SrfResponse) => res.send(200));
  await connect();
}

describe("calls to an application", () => {
  test("INVITE, 200, ACK, BYE of the caller", async () => {
    await answering();
    const call = Call.over(peer, "plain");
    const ok = await call.answered();
    expect(headersOf(ok, "Contact")).toEqual([`<sip:127.0.0.1:${edge.port}>`]);
    expect(ok.body).toBe(sdp);
    await call.bye();
    await until(() => log.includes("destroy "), "destroy");
    expect(peer.received.map(startLine)).toEqual(["100"]);
  });

  test("INVITE, 200, ACK, BYE of the application", async () => {
    await answering();
    const call = Call.over(peer, "app-bye");
    await call.answered();
    await until(() => dialogs.length === 1, "dialog");
    const ended = dialogs[0]?.destroy();
    const bye = await peer.request("BYE");
    expect(bye.uri).toBe(peer.contact);
    expect(tagOf(header(bye, "From") ?? "")).toBe(tagOf(call.to));
    expect(tagOf(header(bye, "To") ?? "")).toBe(call.fromTag);
    peer.answer(bye, 200);
    await ended;
  });

  test("180 has a Contact and the tag of the 200", async () => {
    srf.invite((req: Srf.SrfRequest, res: Srf.SrfResponse) => {
      res.send(180);
      void srf.createUAS(req, res, { localSdp: sdp });
    });
    srf.use("info", (_req: Srf.SrfRequest, res: Srf.SrfResponse) => res.send(200));
    await connect();
    const call = Call.over(peer, "ringing");
    const ok = await call.answered();
    const ringing = await peer.response(180);
    expect(header(ringing, "Contact")).toBe(header(ok, "Contact"));
    expect(header(ringing, "To")).toBe(header(ok, "To"));
    await call.bye();
  });

  test("a repeated INVITE is absorbed before and after the answer", async () => {
    await answering();
    const before = { ...edge.counters };
    const call = Call.over(peer, "again");
    call.request("INVITE", { branch: "z9hG4bK-same", body: sdp });
    call.request("INVITE", { branch: "z9hG4bK-same", body: sdp });
    const ok = await peer.response(200);
    call.request("INVITE", { branch: "z9hG4bK-same", body: sdp });
    call.to = header(ok, "To") ?? "";
    call.request("ACK");
    await call.bye();
    expect(edge.counters.callsReceived - before.callsReceived).toBe(1);
    expect(edge.counters.retransmissionsAbsorbed - before.retransmissionsAbsorbed).toBe(2);
  });

  test("the 200 is repeated until the ACK; without one the call ends with BYE (13.3.1.4)", async () => {
    await answering();
    const call = Call.over(peer, "no-ack");
    call.request("INVITE", { body: sdp });
    await peer.response(200);
    await peer.response(200);
    const bye = await peer.request("BYE");
    expect(header(bye, "Reason")).toBe('SIP ;cause=200 ;text="ACK timeout"');
    peer.answer(bye, 200);
    await until(() => log.length > 0, "unsolicited BYE");
    expect(log).toEqual(['destroy SIP ;cause=200 ;text="ACK timeout"']);
  });

  test("CANCEL before the answer: 200, 487, and the application is told", async () => {
    srf.invite((req: Srf.SrfRequest, res: Srf.SrfResponse) => {
      req.on("cancel", () => {
        log.push("cancel");
        // srf applications do this, and get NOK.
        res.send(487);
      });
      res.send(180);
    });
    srf.use("info", (_req: Srf.SrfRequest, res: Srf.SrfResponse) => res.send(200));
    await connect();
    const call = Call.over(peer, "cancelled");
    call.request("INVITE", { body: sdp });
    await peer.response(180);
    call.request("CANCEL", { branch: call.inviteBranch });
    await peer.response(200, "CANCEL");
    const terminated = await peer.response(487);
    call.to = header(terminated, "To") ?? "";
    call.request("ACK", { branch: call.inviteBranch });
    await until(() => log.includes("cancel"), "cancel");
    expect(log).toEqual(["cancel"]);
  });

  test("CANCEL crosses the 200: 481, and BYE after the ACK", async () => {
    await answering();
    const call = Call.over(peer, "crossed");
    call.request("INVITE", { body: sdp });
    const ok = await peer.response(200);
    call.request("CANCEL", { branch: call.inviteBranch });
    await peer.response(481, "CANCEL");
    call.to = header(ok, "To") ?? "";
    call.request("ACK");
    peer.answer(await peer.request("BYE"), 200);
    await until(() => log.length === 1, "unsolicited BYE");
    expect(log).toEqual(['destroy SIP ;cause=200 ;text="CANCEL after 200 OK"']);
  });

  test("re-INVITE of the caller", async () => {
    await answering();
    const call = Call.over(peer, "re-invite");
    await call.answered();
    await until(() => log.includes("ack") || dialogs.length === 1, "dialog");
    call.cseq++;
    call.request("INVITE", { body: sdp });
    const ok = await peer.response(200, "INVITE");
    expect(header(ok, "CSeq")).toBe("2 INVITE");
    call.request("ACK");
    await call.bye();
    expect(log.filter((entry) => entry === "modify")).toEqual(["modify"]);
  });

  test("re-INVITE of the application, and glare 491 (14.2)", async () => {
    await answering();
    const call = Call.over(peer, "modify");
    await call.answered();
    await until(() => dialogs.length === 1, "dialog");
    const modified = dialogs[0]?.modify(sdp);
    const invite = await peer.request("INVITE");
    call.cseq++;
    call.request("INVITE", { body: sdp });
    const glare = await peer.response(491, "INVITE");
    expect(header(glare, "CSeq")).toBe("2 INVITE");
    call.request("ACK", { branch: call.inviteBranch });
    peer.answer(invite, 200, { body: sdp });
    const ack = await peer.request("ACK");
    expect(header(ack, "CSeq")).toBe(`${Number.parseInt(header(invite, "CSeq") ?? "", 10)} ACK`);
    await modified;
    // The peer did not get it: it repeats the 200 and gets the same ACK, without the application.
    peer.answer(invite, 200, { body: sdp });
    expect(await peer.request("ACK")).toEqual(ack);
    await call.bye();
  });

  test("BYE crosses BYE", async () => {
    await answering();
    const call = Call.over(peer, "bye-bye");
    await call.answered();
    await until(() => dialogs.length === 1, "dialog");
    const ended = dialogs[0]?.destroy();
    const theirs = await peer.request("BYE");
    await call.bye();
    peer.answer(theirs, 200);
    await ended;
  });

  test("BYE of the caller before the answer ends the call like a CANCEL", async () => {
    srf.invite((req: Srf.SrfRequest, res: Srf.SrfResponse) => {
      req.on("cancel", () => log.push("cancel"));
      res.send(180);
    });
    srf.use("info", (_req: Srf.SrfRequest, res: Srf.SrfResponse) => res.send(200));
    await connect();
    const call = Call.over(peer, "early-bye");
    call.request("INVITE", { body: sdp });
    const ringing = await peer.response(180);
    const invite = call.inviteBranch;
    call.to = header(ringing, "To") ?? "";
    await call.bye();
    await peer.response(487, "INVITE");
    call.request("ACK", { branch: invite, cseq: 1 });
    await until(() => log.includes("cancel"), "cancel");
  });

  test.each([
    { method: "BYE", status: 481 },
    { method: "UPDATE", status: 481 },
    { method: "OPTIONS", status: 503 },
    { method: "FROB", status: 501 },
  ])("$method outside of a dialog is answered $status by the edge", async ({ method, status }) => {
    await answering();
    Call.over(peer, "outside").request(method);
    await peer.response(status, method);
  });

  test("the same INVITE over two paths is merged (8.2.2.2)", async () => {
    srf.invite((_req: Srf.SrfRequest, res: Srf.SrfResponse) => res.send(180));
    srf.use("info", (_req: Srf.SrfRequest, res: Srf.SrfResponse) => res.send(200));
    await connect();
    const call = Call.over(peer, "merged");
    call.request("INVITE", { branch: "z9hG4bK-one", body: sdp });
    await peer.response(180);
    call.request("INVITE", { branch: "z9hG4bK-two", body: sdp });
    await peer.response(482);
  });
});
