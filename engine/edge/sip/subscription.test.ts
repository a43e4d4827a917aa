// SUBSCRIBE, NOTIFY, REFER, MESSAGE, OPTIONS and INFO, inside and outside of dialogs, with the real
// drachtio-srf and at the level of the protocol.
import Srf from "drachtio-srf";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { header } from "./message/message.ts";
import { tagOf } from "./message/name-addr.ts";
import { App } from "./testing/app.ts";
import { Call, fromCallee, sdp } from "./testing/peer.ts";
import { until } from "./testing/rig.ts";
import { app, edge, inVirtualTime, peer, timers } from "./testing/virtual-rig.ts";

inVirtualTime(["invite", "subscribe", "refer", "message", "options"]);

const event = "Event: presence";

/** Parts of drachtio-srf that its types leave out or describe wrongly. */
type SrfParts = {
  use(verb: string, handler: (req: Srf.SrfRequest, res: Srf.SrfResponse) => void): void;
  request(
    uri: string,
    options: { method: string },
    callback: (error: unknown, sent: Srf.SrfRequest) => void,
  ): void;
};
type DialogParts = {
  on(name: string, handler: (req: Srf.SrfRequest, res: Srf.SrfResponse) => void): void;
  request(options: { method: string; headers?: object; body?: string }): Promise<unknown>;
};

/** A subscription of the peer that the application accepted. */
async function subscribed(expires: number): Promise<Call> {
  const call = Call.over(peer, "watch");
  call.request("SUBSCRIBE", { extra: [event, `Expires: ${expires}`] });
  const asked = await app.sip("SUBSCRIBE");
  const sent = await app.answer(asked, 202, "", [`Expires: ${expires}`]);
  expect(sent.split("|")[11]).toBe(call.dialogId);
  const accepted = await peer.response(202);
  expect(header(accepted, "Contact")).toBe(`<sip:127.0.0.1:${edge.port}>`);
  call.to = header(accepted, "To") ?? "";
  return call;
}

async function notify(dialogId: string, state: string): Promise<void> {
  const extra = ["event: presence", `subscription-state: ${state}`];
  await app.request(dialogId, "NOTIFY", { extra });
  const sent = await peer.request("NOTIFY");
  expect(header(sent, "Subscription-State")).toBe(state);
  expect(tagOf(header(sent, "To") ?? "")).toBe("alice-tag");
  peer.answer(sent, 200);
  await app.sip("SIP/2.0 200");
}

describe("subscriptions of the peer", () => {
  test("NOTIFY, renewal, and the last NOTIFY ends the dialog", async () => {
    const call = await subscribed(600);
    await notify(call.dialogId, "active;expires=600");
    timers.advance(500_000);
    call.cseq++;
    call.request("SUBSCRIBE", { extra: [event, "Expires: 600"] });
    await app.answer(await app.sip("SUBSCRIBE"), 200, "", ["Expires: 600"]);
    await peer.response(200, "SUBSCRIBE");
    timers.advance(600_000);
    await notify(call.dialogId, "terminated;reason=timeout");
    expect(edge.tables().dialogs).toBe(0);
    expect(await app.request(call.dialogId, "NOTIFY")).toContain("unable to find dialog");
  });

  test("one that nobody renews ends by itself", async () => {
    const call = await subscribed(60);
    timers.advance(92_000);
    call.cseq++;
    call.request("SUBSCRIBE", { extra: [event] });
    await peer.response(481);
  });

  test("a NOTIFY that is answered 481 ends it", async () => {
    const call = await subscribed(600);
    await app.request(call.dialogId, "NOTIFY", { extra: ["subscription-state: active"] });
    peer.answer(await peer.request("NOTIFY"), 481);
    await app.sip("SIP/2.0 481");
    expect(edge.tables().dialogs).toBe(0);
  });

  test("a refused one leaves nothing", async () => {
    const call = Call.over(peer, "refused");
    call.request("SUBSCRIBE", { extra: [event] });
    await app.answer(await app.sip("SUBSCRIBE"), 489);
    await peer.response(489);
    expect(edge.tables().dialogs).toBe(0);
  });
});

describe("subscriptions of the application", () => {
  const ask = (method: string) =>
    app.ask(`sip||\r\n${method} ${peer.contact} SIP/2.0\r\nevent: presence\r\nexpires: 60\r\n\r\n`);

  test.each([
    { method: "SUBSCRIBE", first: "answer" },
    { method: "SUBSCRIBE", first: "NOTIFY" },
    { method: "REFER", first: "answer" },
  ])("$method, $first first; a terminated NOTIFY ends it", async ({ method, first }) => {
    await ask(method);
    const request = await peer.request(method);
    expect(header(request, "Contact")).toBe(`<sip:127.0.0.1:${edge.port}>`);
    const active = ["Event: presence", "Subscription-State: active"];
    const id = `${header(request, "Call-ID") ?? ""};from-tag=${tagOf(header(request, "From") ?? "")}`;
    if (first === "answer") peer.answer(request, 202, { extra: ["Expires: 60"] });
    else fromCallee(peer, request, { method: "NOTIFY", cseq: 1, extra: active });
    if (first === "answer") expect(App.dialogId(await app.sip("SIP/2.0 202"))).toBe(id);
    else fromCallee(peer, request, { method: "NOTIFY", cseq: 1, tag: "fork", extra: active });
    if (first === "NOTIFY") {
      // A second notifier is turned away.
      await peer.response(481, "NOTIFY");
      peer.answer(request, 200, { extra: ["Expires: 60"] });
      expect(App.dialogId(await app.sip("SIP/2.0 200"))).toBe(id);
    } else {
      fromCallee(peer, request, { method: "NOTIFY", cseq: 1, extra: active });
    }
    const shown = await app.sip("NOTIFY");
    expect(App.dialogId(shown)).toBe(id);
    await app.answer(shown, 200);
    await peer.response(200, "NOTIFY");
    await app.request(id, "SUBSCRIBE", { extra: ["expires: 0"] });
    peer.answer(await peer.request("SUBSCRIBE"), 200, { extra: ["Expires: 0"] });
    await app.sip("SIP/2.0 200");
    const last = ["Subscription-State: terminated;reason=timeout"];
    fromCallee(peer, request, { method: "NOTIFY", cseq: 2, extra: last });
    await app.answer(await app.sip("NOTIFY"), 200);
    await peer.response(200, "NOTIFY");
    expect(edge.tables().dialogs).toBe(0);
  });

  test("one that is never answered leaves nothing", async () => {
    await ask("SUBSCRIBE");
    await peer.request("SUBSCRIBE");
    timers.advance(32_000);
    await app.sip("SIP/2.0 408");
  });
});

describe("REFER in a call", () => {
  async function called(): Promise<Call> {
    const call = Call.over(peer, "refer");
    call.request("INVITE", { body: sdp });
    await app.answer(await app.sip("INVITE"), 200, sdp);
    call.to = header(await peer.response(200, "INVITE"), "To") ?? "";
    call.request("ACK");
    await app.sip("ACK");
    return call;
  }

  const referTo =
    "Refer-To: <sip:carol@127.0.0.1:5099?Replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2&Require=replaces>";

  test("of the peer, with NOTIFYs; the call survives the last of them", async () => {
    const call = await called();
    call.cseq++;
    call.request("REFER", { extra: [referTo, "Referred-By: <sip:alice@127.0.0.1>"] });
    const refer = await app.sip("REFER");
    expect(refer).toContain(`\r\n${referTo}\r\n`);
    await app.answer(refer, 202);
    const accepted = await peer.response(202);
    expect(header(accepted, "Contact")).toBe(`<sip:127.0.0.1:${edge.port}>`);
    for (const state of ["active", "terminated;reason=noresource"]) {
      await notify(call.dialogId, state);
    }
    expect(edge.tables().dialogs).toBe(1);
    call.cseq++;
    call.request("BYE");
    await app.answer(await app.sip("BYE"), 200);
    await peer.response(200, "BYE");
  });

  test("of the application: Refer-To goes out as given", async () => {
    const call = await called();
    await app.request(call.dialogId, "REFER", { extra: [referTo.replace("Refer-To", "refer-to")] });
    const refer = await peer.request("REFER");
    expect(`Refer-To: ${header(refer, "Refer-To") ?? ""}`).toBe(referTo);
    expect(header(refer, "Contact")).toBe(`<sip:127.0.0.1:${edge.port}>`);
    peer.answer(refer, 202);
    await app.sip("SIP/2.0 202");
    call.cseq++;
    call.request("NOTIFY", { extra: ["Event: refer", "Subscription-State: terminated"] });
    await app.answer(await app.sip("NOTIFY"), 200);
    await peer.response(200, "NOTIFY");
    call.cseq++;
    call.request("BYE");
    await app.answer(await app.sip("BYE"), 200);
    await peer.response(200, "BYE");
  });

  test("Replaces of an INVITE passes both ways unchanged", async () => {
    const replaces = "7@x;to-tag=1;from-tag=2;early-only";
    const call = Call.over(peer, "replaces");
    call.request("INVITE", { body: sdp, extra: [`Replaces: ${replaces}`, "Require: replaces"] });
    const invite = await app.sip("INVITE");
    expect(invite).toContain(`\r\nReplaces: ${replaces}\r\nRequire: replaces\r\n`);
    await app.answer(invite, 481);
    call.to = header(await peer.response(481), "To") ?? "";
    call.request("ACK", { branch: call.inviteBranch });
    await app.invite(peer.contact, { extra: [`replaces: ${replaces}`] });
    const sent = await peer.request("INVITE");
    expect(header(sent, "Replaces")).toBe(replaces);
    peer.answer(sent, 486);
    await peer.request("ACK");
    await app.sip("SIP/2.0 486");
  });
});

describe("with drachtio-srf", () => {
  let srf: Srf;
  let log: string[];

  beforeEach(async () => {
    app.close();
    await until(() => edge.tables().applications === 0, "no application");
    srf = new Srf();
    log = [];
    for (const verb of ["message", "options"]) {
      srf.use(verb, (req: Srf.SrfRequest, res: Srf.SrfResponse) => {
        log.push(`${req.method} ${req.body}`);
        res.send(200);
      });
    }
    srf.invite((req: Srf.SrfRequest, res: Srf.SrfResponse) => {
      void srf.createUAS(req, res, { localSdp: sdp }).then((made) => {
        const dialog = made as unknown as DialogParts;
        for (const name of ["info", "message", "options", "refer"]) {
          dialog.on(name, (inside: Srf.SrfRequest, answer: Srf.SrfResponse) => {
            log.push(`inside ${inside.method}`);
            answer.send(name === "refer" ? 202 : 200);
          });
        }
        void dialog.request({ method: "INFO", body: "Signal=1", headers: infoType });
      });
    });
    const accept = (req: Srf.SrfRequest, res: Srf.SrfResponse) => {
      void srf.createUAS(req, res, { localSdp: "", headers: { Expires: "60" } }).then((made) => {
        void (made as unknown as DialogParts).request({
          method: "NOTIFY",
          headers: { Event: "presence", "Subscription-State": "terminated" },
        });
      });
    };
    (srf as unknown as SrfParts).use("subscribe", accept);
    void srf.connect({ host: "127.0.0.1", port: edge.appPort, secret: "secret" });
    await new Promise<void>((resolve) => {
      srf.once("connect", () => resolve());
    });
    // Routes follow the authentication on the same connection.
    for (let status = 503; status === 503; ) {
      Call.over(peer, `probe-${log.length}`).request("SUBSCRIBE", { extra: [event] });
      status = (await Promise.race([peer.response(503), peer.response(202)])).status;
    }
    peer.answer(await peer.request("NOTIFY"), 200);
  });

  afterEach(() => srf.disconnect());

  const infoType = { "Content-Type": "application/dtmf-relay" };

  test("createUAS of a SUBSCRIBE, its NOTIFY, and the end of the dialog", async () => {
    // All of it happened in the set-up.
    await until(() => edge.tables().dialogs === 0, "no dialog");
  });

  test.each(["MESSAGE", "OPTIONS"])("%s outside of a dialog, both ways", async (method) => {
    Call.over(peer, method).request(method, { body: "v=0" });
    await peer.response(200, method);
    expect(log).toEqual([`${method} v=0`]);
    const answered = new Promise<number>((resolve, reject) => {
      (srf as unknown as SrfParts).request(peer.contact, { method }, (error, sent) => {
        if (error) reject(error);
        else sent.on("response", (res?: Srf.SrfResponse) => resolve(res?.status ?? 0));
      });
    });
    peer.answer(await peer.request(method), 200);
    expect(await answered).toBe(200);
  });

  test("INFO, MESSAGE, OPTIONS and REFER inside a call", async () => {
    const call = Call.over(peer, "inside");
    await call.answered();
    const info = await peer.request("INFO");
    expect(info.body).toBe("Signal=1");
    peer.answer(info, 200);
    for (const method of ["INFO", "MESSAGE", "OPTIONS", "REFER"]) {
      call.cseq++;
      call.request(method, { extra: ["Refer-To: <sip:carol@127.0.0.1>"] });
      await peer.response(method === "REFER" ? 202 : 200, method);
    }
    expect(log).toEqual(["inside INFO", "inside MESSAGE", "inside OPTIONS", "inside REFER"]);
    await call.bye();
  });
});
