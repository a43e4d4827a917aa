// The application dies and another comes: calls stay, and nothing that ended is forgotten.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { header } from "./message/message.ts";
import { tagOf } from "./message/name-addr.ts";
import type { SipEdge } from "./start.ts";
import { App } from "./testing/app.ts";
import { Call, type Peer, sdp, udpPeer } from "./testing/peer.ts";
import { startTestEdge, until, untilEmpty } from "./testing/rig.ts";

const verbs = ["invite", "bye"];
let edge: SipEdge;
let peer: Peer & { port: number };
let app: App;
let calls = 0;

beforeAll(async () => {
  edge = await startTestEdge();
});

afterAll(async () => {
  await untilEmpty(edge);
  await edge.close();
});

beforeEach(async () => {
  peer = await udpPeer("dave", edge.port);
  app = await App.connect(edge.appPort, verbs);
});

afterEach(async () => {
  app.close();
  peer.wire?.close();
  await gone();
});

async function gone(): Promise<void> {
  await until(() => edge.tables().applications === 0, "application gone");
}

/** The application is killed. */
async function lose(): Promise<void> {
  app.close();
  await gone();
}

function newCall(): Call {
  calls++;
  return Call.over(peer, `call-${calls}`);
}

async function talking(): Promise<Call> {
  const call = newCall();
  const answered = call.answered();
  await app.answer(await app.sip("INVITE"), 200, sdp);
  await answered;
  await app.sip("ACK");
  return call;
}

describe("without an application", () => {
  test("BYE is answered 200 and reported to the next one", async () => {
    const call = await talking();
    await lose();
    await call.bye();
    app = await App.connect(edge.appPort, verbs);
    const report = await app.sip("BYE");
    expect(report.split("|").slice(1, 3)).toEqual(["sip", "application"]);
    expect(report.split("|").slice(8, 10)).toEqual(["unsolicited", call.dialogId]);
  });

  test("re-INVITE is answered 500 with Retry-After after a while; the call goes on", async () => {
    const call = await talking();
    await lose();
    call.cseq++;
    call.request("INVITE", { body: sdp });
    await peer.response(100, "INVITE");
    expect(header(await peer.response(500), "Retry-After")).toBe("1");
    call.request("ACK", { branch: call.inviteBranch });
    app = await App.connect(edge.appPort, verbs);
    const ended = call.bye();
    await app.answer(await app.sip("BYE"), 200);
    await ended;
  });

  test("a BYE that the dead application held is answered 200 and reported", async () => {
    const call = await talking();
    const ended = call.bye();
    await app.sip("BYE");
    await lose();
    await ended;
    app = await App.connect(edge.appPort, verbs);
    expect((await app.sip("BYE")).split("|")[9]).toBe(call.dialogId);
  });
});

describe("the next application", () => {
  test("hangs up a call by its dialog id", async () => {
    const call = await talking();
    await lose();
    app = await App.connect(edge.appPort, []);
    expect(await app.request(call.dialogId, "BYE")).toContain("|OK|");
    peer.answer(await peer.request("BYE"), 200);
    await app.sip("SIP/2.0 200");
  });

  test("gets a new call that was still ringing, with the same To tag for the caller", async () => {
    const call = newCall();
    call.request("INVITE", { body: sdp });
    await app.answer(await app.sip("INVITE"), 180);
    const ringing = await peer.response(180);
    await lose();
    app = await App.connect(edge.appPort, verbs);
    await app.answer(await app.sip("INVITE"), 200, sdp);
    const ok = await peer.response(200);
    expect(tagOf(header(ok, "To") ?? "")).toBe(tagOf(header(ringing, "To") ?? ""));
    call.to = header(ok, "To") ?? "";
    call.request("ACK");
    await app.sip("ACK");
    const ended = call.bye();
    await app.answer(await app.sip("BYE"), 200);
    await ended;
  });

  test("comes too late for a new call: 503", async () => {
    const call = newCall();
    call.request("INVITE", { body: sdp });
    await app.sip("INVITE");
    await lose();
    call.to = header(await peer.response(503), "To") ?? "";
    call.request("ACK", { branch: call.inviteBranch });
  });

  test("a call cancelled meanwhile is 487", async () => {
    const call = newCall();
    call.request("INVITE", { body: sdp });
    await app.sip("INVITE");
    await lose();
    call.request("CANCEL", { branch: call.inviteBranch });
    call.to = header(await peer.response(487), "To") ?? "";
    call.request("ACK", { branch: call.inviteBranch });
    app = await App.connect(edge.appPort, verbs);
    expect(app.messages.filter((text) => text.split("|")[1] === "sip")).toEqual([]);
  });
});

describe("requests inside a call", () => {
  const inDialog = ["INVITE", "UPDATE", "INFO"] as const;

  test.each(inDialog)(
    "%s that came meanwhile is answered by the next application",
    async (method) => {
      const call = await talking();
      await lose();
      call.cseq++;
      call.request(method, method === "INFO" ? {} : { body: sdp });
      await until(() => edge.tables().incoming === 1, "request waits");
      app = await App.connect(edge.appPort, verbs);
      const shown = await app.sip(method);
      expect(App.dialogId(shown)).toBe(call.dialogId);
      await app.answer(shown, 200, method === "INFO" ? "" : sdp);
      await peer.response(200, method);
      if (method === "INVITE") call.request("ACK");
      await hangUp(call);
    },
  );

  test("re-INVITE that the dead application held is shown to the next one", async () => {
    const call = await talking();
    call.cseq++;
    call.request("INVITE", { body: sdp });
    await app.sip("INVITE");
    await lose();
    app = await App.connect(edge.appPort, verbs);
    await app.answer(await app.sip("INVITE"), 200, sdp);
    await peer.response(200, "INVITE");
    call.request("ACK");
    await hangUp(call);
  });

  test("CANCEL and BYE end a re-INVITE that waits", async () => {
    const call = await talking();
    await lose();
    call.cseq++;
    call.request("INVITE", { body: sdp });
    await peer.response(100, "INVITE");
    call.request("CANCEL", { branch: call.inviteBranch });
    await peer.response(200, "CANCEL");
    await peer.response(487, "INVITE");
    call.request("ACK", { branch: call.inviteBranch });
    call.cseq++;
    call.request("INVITE", { body: sdp });
    await peer.response(100, "INVITE");
    await call.bye();
    await peer.response(487, "INVITE");
    expect(edge.tables().dialogs).toBe(0);
  });

  async function hangUp(call: Call): Promise<void> {
    const ended = call.bye();
    await app.answer(await app.sip("BYE"), 200);
    await ended;
  }
});

describe("outgoing calls of a dead application", () => {
  async function calling(): Promise<void> {
    const asked = await app.ask(
      `sip||\r\nINVITE ${peer.contact} SIP/2.0\r\ncontent-type: application/sdp\r\n\r\n${sdp}`,
    );
    expect(asked).toContain("|Msg sent:|\r\nINVITE ");
  }

  test("are cancelled while they ring", async () => {
    await calling();
    const invite = await peer.request("INVITE");
    peer.answer(invite, 180);
    await app.sip("SIP/2.0 180");
    await lose();
    peer.answer(await peer.request("CANCEL"), 200);
    peer.answer(invite, 487);
    await peer.request("ACK");
  });

  test("are acknowledged and ended if they were answered after all", async () => {
    await calling();
    const invite = await peer.request("INVITE");
    await lose();
    peer.answer(invite, 200, { body: sdp });
    await peer.request("ACK");
    peer.answer(await peer.request("BYE"), 200);
    app = await App.connect(edge.appPort, verbs);
    await app.sip("BYE");
  });
});

describe("the list of inherited calls", () => {
  async function inherited(after = 0): Promise<{ dialogs: string[]; next: number | null }> {
    const response = await app.ask(`dialogs|${after}`);
    return JSON.parse(response.split("|").slice(4).join("|"));
  }

  test("names those of before, not those of this application, and is empty after a while", async () => {
    const before = await talking();
    expect(await inherited()).toEqual({ dialogs: [], next: null });
    await lose();
    app = await App.connect(edge.appPort, verbs);
    const now = await talking();
    expect(await inherited()).toEqual({ dialogs: [before.dialogId], next: null });
    for (const call of [before, now]) {
      const ended = call.bye();
      await app.answer(await app.sip("BYE"), 200);
      await ended;
    }
    expect(await inherited()).toEqual({ dialogs: [], next: null });
  });

  test("comes in pages, each in a frame below 64 kB, with any characters in an id", async () => {
    const names = Array.from({ length: 5 }, (_, n) => `${n}${"|".repeat(300)}${"x".repeat(7_500)}`);
    const open: Call[] = [];
    for (const name of names) {
      const call = Call.over(peer, name);
      const answered = call.answered();
      await app.answer(await app.sip("INVITE"), 200, sdp);
      await answered;
      await app.sip("ACK");
      open.push(call);
    }
    await lose();
    app = await App.connect(edge.appPort, verbs);
    const first = await inherited();
    expect(first.dialogs).toHaveLength(4);
    const second = await inherited(first.next ?? 0);
    expect(second.next).toBe(null);
    expect([...first.dialogs, ...second.dialogs]).toEqual(open.map(({ dialogId }) => dialogId));
    for (const call of open) {
      const ended = call.bye();
      await app.answer(await app.sip("BYE"), 200);
      await ended;
    }
  });
});
