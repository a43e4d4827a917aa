// Legs against a fake edge and a fake media server: every order in which things may cross.
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import type { Command } from "../../core/command.ts";
import type { CentreEvent, LegCause } from "../../core/event.ts";
import type {
  MediaInventory,
  MediaListener,
  MediaPort,
  MediaQuality,
  MediaResult,
} from "../media/media-port.ts";
import type { EdgeHandlers, EdgeLink, InviteOptions } from "./edge-link.ts";
import type { SrfRequest, SrfResponse } from "./srf-types.ts";
import { createTelephonyOver } from "./telephony.ts";

const offer = "v=0\r\nm=audio 4000 RTP/AVP 8\r\n";
const ok = { ok: true, value: undefined } as const;
const normal: LegCause = { reason: "normal", sipStatus: null };

/** A turn of the event loop: everything that waits for nothing from outside is done after it. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

async function setUp() {
  const done: unknown[] = [];
  const events: CentreEvent[] = [];
  /** Told after each link to the media server, in a turn of its own. */
  const found: CentreEvent[] = [];
  const media = fakeMedia(done);
  const edge = fakeEdge(done);
  const log = pino({ level: "silent" });
  let calls = 0;
  const telephony = createTelephonyOver(edge.link, {
    sink: { post: (event) => (event.type === "recordingsFound" ? found : events).push(event) },
    clock: { nowMs: () => 1_000 },
    log,
    media: media.port,
    realm: "rexian",
    credentials: { secretOf: () => null },
    deviceOf: () => null,
    newId: () => `call${++calls}`,
    recordingFile: (callId) => `day/${callId}.wav`,
    trunks: [
      {
        id: "gateway",
        sources: ["192.0.2.0/24"],
        outbound: { host: "192.0.2.1", port: 5062, transport: "udp" },
      },
    ],
    callsPerSecondMax: 2,
    legsMax: 10,
  });
  const perform = (command: Command) => telephony.perform(command);
  return { telephony, perform, events, found, done, edge, media };
}

/** A call that has come in, with what was done for it so far forgotten. */
async function arrived(change: Parameters<typeof invite>[0] = {}) {
  const setup = await setUp();
  void setup.telephony.start();
  const request = invite(change);
  setup.edge.receive(request.req, request.res);
  setup.events.length = 0;
  return { ...setup, request };
}

async function talking() {
  const setup = await arrived();
  setup.perform({ type: "answerLeg", legId: "call1.c" });
  await turn();
  setup.events.length = 0;
  setup.done.length = 0;
  return setup;
}

const ring = {
  type: "ringAgentLeg",
  legId: "call1.a1",
  callId: "call1",
  agentId: "1001",
  target: "sip:1001@192.0.2.7:5070",
  media: "rtp",
  callerId: "13800138000",
} as const;

async function ringing() {
  const setup = await setUp();
  void setup.telephony.start();
  setup.perform(ring);
  await turn();
  setup.done.length = 0;
  return setup;
}

describe("a caller's leg", () => {
  it("is announced with its numbers", async () => {
    const { telephony, events, edge } = await setUp();
    void telephony.start();
    const { req, res } = invite({});
    edge.receive(req, res);
    const [callId, legId, trunkId] = ["call1", "call1.c", "gateway"];
    const numbers = { ani: "13800138000", dnis: "12345", firstDnis: null };
    expect(events).toEqual([{ type: "callArrived", callId, legId, trunkId, ...numbers }]);
  });

  it("from no trunk is refused", async () => {
    const { events, done, telephony } = await arrived({ address: "198.51.100.1" });
    const headers = { Warning: '399 rexian "no trunk calls from here"' };
    expect([events, done]).toEqual([[], [["respond", 403, { headers }]]]);
    expect(telephony.counters).toMatchObject({ invitesReceived: 1, invitesForbidden: 1 });
  });

  it.each<[string, Parameters<typeof invite>[0], number]>([
    ["without Contact", { headers: { contact: "" } }, 400],
    ["without a From tag", { headers: { from: "<sip:1@h>" } }, 400],
    ["with a Call-ID as long as a book", { headers: { "call-id": "x".repeat(1_490) } }, 400],
    ["inside a dialog that nobody knows", { headers: { to: "<sip:1@h>;tag=2" } }, 481],
  ])("%s is refused", async (_why, change, status) => {
    const { events, done } = await arrived(change);
    expect([events, done]).toEqual([[], [["respond", status]]]);
  });

  it("is refused above the rate, and counted", async () => {
    const { edge, done, telephony } = await arrived();
    for (let i = 0; i < 2; i += 1) {
      const { req, res } = invite({});
      edge.receive(req, res);
    }
    expect(done).toEqual([["respond", 503, { headers: { "Retry-After": "5" } }]]);
    expect(telephony.counters).toMatchObject({ invitesReceived: 3, invitesOverRate: 1 });
  });

  it("is answered with the media server's SDP", async () => {
    const { perform, events, done } = await arrived();
    perform({ type: "answerLeg", legId: "call1.c" });
    await turn();
    expect(done).toEqual([
      ["createLeg", { legId: "call1.c", kind: "rtp", sdpOffer: offer }],
      ["answer", "local SDP"],
    ]);
    const dialogRef = JSON.stringify({ v: 1, id: "dialog1" });
    expect(events).toEqual([{ type: "legAnswered", legId: "call1.c", dialogRef }]);
  });

  it.each<[string, "noCodec" | "badSdp" | "noPort", number, LegCause["reason"]]>([
    ["no common codec", "noCodec", 488, "noCodec"],
    ["SDP that cannot be read", "badSdp", 488, "noCodec"],
    ["no room", "noPort", 503, "error"],
  ])("with %s is refused", async (_why, code, sipStatus, reason) => {
    const { perform, events, done, media } = await arrived();
    media.next = { ok: false, code, message: "" };
    perform({ type: "answerLeg", legId: "call1.c" });
    await turn();
    expect(done.slice(1)).toEqual([
      ["respond", sipStatus],
      ["dropLeg", "call1.c"],
    ]);
    expect(events).toEqual([{ type: "legFailed", legId: "call1.c", cause: { reason, sipStatus } }]);
  });

  it("that is cancelled while media are made is not answered any more", async () => {
    const { perform, events, done, request } = await arrived();
    perform({ type: "answerLeg", legId: "call1.c" });
    request.cancel();
    await turn();
    expect(done.slice(1)).toEqual([["dropLeg", "call1.c"]]);
    const cause = { reason: "cancelled", sipStatus: 487 };
    expect(events).toEqual([{ type: "legFailed", legId: "call1.c", cause }]);
  });

  it("whose CANCEL crosses the 200 has failed", async () => {
    const { perform, events, done, edge } = await arrived();
    edge.answerFails = true;
    perform({ type: "answerLeg", legId: "call1.c" });
    await turn();
    expect(done.slice(1)).toEqual([
      ["answer", "local SDP"],
      ["dropLeg", "call1.c"],
    ]);
    const cause = { reason: "cancelled", sipStatus: 487 };
    expect(events).toEqual([{ type: "legFailed", legId: "call1.c", cause }]);
  });

  it("without SDP gets our offer, and answers it in the ACK (RFC 3261 13.2.1)", async () => {
    const { perform, done, edge } = await arrived({ body: "" });
    perform({ type: "answerLeg", legId: "call1.c" });
    await turn();
    edge.receive(...inDialog("dialog1", { method: "ACK", body: offer }));
    await turn();
    expect(done).toEqual([
      ["createLeg", { legId: "call1.c", kind: "rtp", sdpOffer: null }],
      ["answer", "local SDP"],
      ["acceptAnswer", { legId: "call1.c", sdpAnswer: offer }],
    ]);
  });

  it.each<[string, Command, unknown[]]>([
    [
      "rejected",
      { type: "rejectLeg", legId: "call1.c", sipStatus: 404, reason: 'no "such"\r\nnumber' },
      [
        "respond",
        404,
        { headers: { "X-Rexian-Call": "call1", Warning: '399 rexian "no suchnumber"' } },
      ],
    ],
    [
      "dropped",
      { type: "dropLeg", legId: "call1.c", cause: { reason: "error", sipStatus: 503 } },
      ["respond", 503],
    ],
    [
      "dropped without a status",
      { type: "dropLeg", legId: "call1.c", cause: normal },
      ["respond", 480],
    ],
  ])("is %s by the core, which hears no more of it", async (_why, command, response) => {
    const { perform, events, done, telephony } = await arrived();
    perform(command);
    await turn();
    expect(done).toEqual([response, ["dropLeg", "call1.c"]]);
    expect([events, telephony.state().legs]).toEqual([[], 0]);
  });

  it("dropped while the 200 is on its way ends with BYE", async () => {
    const { perform, events, done, edge } = await arrived();
    edge.answerWaits = true;
    perform({ type: "answerLeg", legId: "call1.c" });
    await turn();
    perform({ type: "dropLeg", legId: "call1.c", cause: normal });
    done.length = 0;
    edge.confirmAnswer();
    await turn();
    expect(done).toEqual([
      ["bye", "dialog1", "Q.850;cause=16"],
      ["dropLeg", "call1.c"],
    ]);
    expect(events).toEqual([]);
  });
});

describe("inside a dialog", () => {
  it("BYE releases the leg", async () => {
    const { events, done, edge, telephony } = await talking();
    edge.receive(...inDialog("dialog1", { method: "BYE" }));
    expect(done).toEqual([
      ["respond", 200],
      ["dropLeg", "call1.c"],
    ]);
    expect(events).toEqual([{ type: "legReleased", legId: "call1.c", cause: normal }]);
    expect(telephony.state().legs).toBe(0);
  });

  it("a BYE of the edge's own is not answered", async () => {
    const { events, done, edge } = await talking();
    edge.receive(...inDialog("dialog1", { method: "BYE", source: "application" }));
    expect(done).toEqual([["dropLeg", "call1.c"]]);
    expect(events).toEqual([{ type: "legReleased", legId: "call1.c", cause: normal }]);
  });

  it("a re-INVITE is answered, and hold and its end are told once each", async () => {
    const { events, done, edge, media } = await talking();
    for (const remoteHolds of [true, true, false]) {
      media.remoteHolds = remoteHolds;
      edge.receive(...inDialog("dialog1", { method: "INVITE", body: offer }));
      await turn();
    }
    const answer = { body: "re-local SDP", headers: expect.anything() };
    const exchange = [
      ["answerReoffer", { legId: "call1.c", sdpOffer: offer }],
      ["respond", 200, answer],
    ];
    expect(done).toEqual([...exchange, ...exchange, ...exchange]);
    const [held, unheld] = [true, false].map((held) => {
      return { type: "legHeld", legId: "call1.c", held };
    });
    expect(events).toEqual([held, unheld]);
  });

  it("a re-INVITE that cannot be met leaves the call as it was", async () => {
    const { events, done, edge, media } = await talking();
    media.next = { ok: false, code: "noCodec", message: "" };
    edge.receive(...inDialog("dialog1", { method: "INVITE", body: offer }));
    await turn();
    expect([done.slice(1), events]).toEqual([[["respond", 488]], []]);
  });

  it("a re-INVITE without SDP gets what stands", async () => {
    const { done, edge, media, events } = await talking();
    edge.receive(...inDialog("dialog1", { method: "INVITE", body: "" }));
    await turn();
    media.remoteHolds = true;
    edge.receive(...inDialog("dialog1", { method: "ACK", body: offer }));
    await turn();
    expect(done).toEqual([
      ["createLeg", { legId: "call1.c", kind: "rtp", sdpOffer: null }],
      ["respond", 200, { body: "local SDP", headers: expect.anything() }],
      ["answerReoffer", { legId: "call1.c", sdpOffer: offer }],
    ]);
    expect(events).toEqual([{ type: "legHeld", legId: "call1.c", held: true }]);
  });

  it.each<[string, string, string | null]>([
    ["application/dtmf-relay", "Signal=5\r\nDuration=160\r\n", "5"],
    ["application/dtmf-relay", "Signal= *\r\n", "*"],
    ["application/dtmf-relay", "Duration=1\nSignal=11", "#"],
    ["application/dtmf", "a", "A"],
    ["application/dtmf-relay", "Signal=55\r\n", null],
    ["text/plain", "Signal=5", null],
    ["application/dtmf-relay", "", null],
  ])("INFO %s %j is digit %s", async (type, body, digit) => {
    const { events, done, edge } = await talking();
    const headers = { "content-type": type };
    edge.receive(...inDialog("dialog1", { method: "INFO", body, headers }));
    expect(done).toEqual([["respond", 200]]);
    const pressed = { type: "digitPressed", legId: "call1.c", digit };
    expect(events).toEqual(digit === null ? [] : [pressed]);
  });

  it.each([
    ["OPTIONS", 200],
    ["MESSAGE", 200],
    ["UPDATE", 200],
    ["REFER", 603],
  ])("%s gets %i", async (method, status) => {
    const { done, edge } = await talking();
    edge.receive(...inDialog("dialog1", { method, body: "" }));
    expect(done.map((entry) => (entry as unknown[]).slice(0, 2))).toEqual([["respond", status]]);
  });
});

describe("outside a dialog", () => {
  it.each([
    ["OPTIONS", 200],
    ["MESSAGE", 405],
    ["SUBSCRIBE", 489],
    ["BYE", 481],
    ["FROBNICATE", 501],
  ])("%s gets %i", async (method, status) => {
    const { done, edge, telephony } = await setUp();
    void telephony.start();
    edge.receive(...inDialog("", { method, body: "" }));
    expect(done.map((entry) => (entry as unknown[]).slice(0, 2))).toEqual([["respond", status]]);
  });

  it("ACK and the edge's own BYE get nothing", async () => {
    const { done, edge, telephony } = await setUp();
    void telephony.start();
    edge.receive(...inDialog("gone", { method: "ACK" }));
    edge.receive(...inDialog("gone", { method: "BYE", source: "application" }));
    expect(done).toEqual([]);
  });
});

const dialled = {
  type: "dialLeg",
  legId: "call1.d1",
  callId: "call1",
  trunkId: "gateway",
  number: "+8613900000001",
  callerId: "10086",
} as const;

async function calling() {
  const setup = await setUp();
  void setup.telephony.start();
  setup.perform(dialled);
  await turn();
  return setup;
}

const listening = (wanted: { tones?: boolean; inbandDigits?: boolean }) => ({
  ...{ legId: "call1.d1", inbandDigits: false, digitsHidden: false, tones: false },
  ...wanted,
});

describe("a leg to a number", () => {
  it("has the audio of its trunk", async () => {
    const { telephony, perform, done } = await setUp();
    void telephony.start();
    const media = { srtp: "required", preferredCodec: "PCMA", dtmf: "inband" } as const;
    const outbound = { host: "192.0.2.1", port: 5062, transport: "udp" } as const;
    telephony.configure({
      trunks: [{ id: "gateway", sources: ["192.0.2.0/24"], outbound, ...media }],
      callsPerSecondMax: 2,
    });
    perform(dialled);
    await turn();
    const leg = { legId: "call1.d1", kind: "rtp", sdpOffer: null };
    expect(done.slice(0, 2)).toEqual([
      ["createLeg", { ...leg, srtp: "required", preferredCodec: "PCMA" }],
      ["listenFor", listening({ tones: true, inbandDigits: true })],
    ]);
  });

  it("tells of the network's tones until the answer", async () => {
    const { events, edge, media } = await calling();
    edge.respondToInvite(183, offer);
    await turn();
    events.length = 0;
    for (const tone of ["silence", "beep", "busy"] as const) {
      media.listener?.toneDetected?.("call1.d1", tone);
    }
    expect(events).toEqual([{ type: "legToneHeard", legId: "call1.d1", tone: "busy" }]);
    edge.respondToInvite(200, offer);
    await turn();
    events.length = 0;
    media.listener?.toneDetected?.("call1.d1", "busy");
    expect(events).toEqual([]);
  });

  it("goes to the trunk's own address and shows our number", async () => {
    const { done, edge } = await calling();
    expect(done).toEqual([
      ["createLeg", { legId: "call1.d1", kind: "rtp", sdpOffer: null }],
      ["listenFor", listening({ tones: true })],
      ["invite", "sip:+8613900000001@192.0.2.1:5062", "local SDP"],
    ]);
    expect(edge.invite?.headers).toEqual({
      From: '"10086" <sip:10086@localhost>',
      Allow: expect.any(String),
      "X-Rexian-Call": "call1",
      "P-Asserted-Identity": "<sip:10086@localhost>",
    });
  });

  it("tells of early media once, and takes the answer of the 200 as well", async () => {
    const { events, done, edge } = await calling();
    done.length = 0;
    edge.respondToInvite(180);
    for (let i = 0; i < 2; i += 1) edge.respondToInvite(183, offer);
    await turn();
    edge.respondToInvite(200, offer);
    await turn();
    const accept = ["acceptAnswer", { legId: "call1.d1", sdpAnswer: offer }];
    expect(done).toEqual([accept, ["listenFor", listening({})], ["ack"], accept]);
    expect(events).toEqual([
      { type: "legRinging", legId: "call1.d1" },
      { type: "legRinging", legId: "call1.d1", earlyMedia: true },
      { type: "legAnswered", legId: "call1.d1", dialogRef: '{"v":1,"id":"agentDialog"}' },
    ]);
  });

  it.each([
    ["a trunk that leads nowhere", { trunkId: "other" }],
    ["what is no number", { number: "1@evil.example" }],
  ])("to %s fails and sends nothing", async (_, change) => {
    const { telephony, perform, events, done } = await setUp();
    void telephony.start();
    perform({ ...dialled, ...change });
    await turn();
    expect(done).toEqual([]);
    const cause = { reason: "unreachable", sipStatus: null };
    expect(events).toEqual([{ type: "legFailed", legId: "call1.d1", cause }]);
  });
});

describe("an agent's leg", () => {
  it("is offered our SDP and shows the caller", async () => {
    const { telephony, perform, done, edge } = await setUp();
    void telephony.start();
    perform(ring);
    await turn();
    expect(done).toEqual([
      ["createLeg", { legId: "call1.a1", kind: "rtp", sdpOffer: null }],
      ["invite", "sip:1001@192.0.2.7:5070", "local SDP"],
    ]);
    expect(edge.invite?.headers).toEqual({
      From: '"13800138000" <sip:13800138000@localhost>',
      Allow: expect.any(String),
      "X-Rexian-Call": "call1",
    });
  });

  it("is asked to answer by itself when its owner wants the call", async () => {
    const { telephony, perform, edge } = await setUp();
    void telephony.start();
    perform({ ...ring, autoAnswer: true });
    await turn();
    expect(edge.invite?.headers).toMatchObject({
      "Answer-Mode": "Auto",
      "Call-Info": "<sip:localhost>;answer-after=0",
    });
  });

  it("rings once, is answered, and is bridged behind its answer", async () => {
    const { perform, events, done, edge } = await ringing();
    for (const status of [183, 180, 180]) edge.respondToInvite(status);
    edge.respondToInvite(200, offer);
    perform({ type: "bridge", bridgeId: "b", legIds: ["call1.a1"] });
    await turn();
    expect(done).toEqual([
      ["ack"],
      ["acceptAnswer", { legId: "call1.a1", sdpAnswer: offer }],
      ["bridge", { bridgeId: "b", legIds: ["call1.a1"] }],
    ]);
    expect(events).toEqual([
      { type: "legRinging", legId: "call1.a1" },
      { type: "legAnswered", legId: "call1.a1", dialogRef: '{"v":1,"id":"agentDialog"}' },
    ]);
  });

  it.each<[number, LegCause["reason"]]>([
    [486, "busy"],
    [600, "busy"],
    [603, "rejected"],
    [403, "rejected"],
    [480, "noAnswer"],
    [408, "unreachable"],
    [410, "unreachable"],
    [503, "unreachable"],
    [488, "noCodec"],
    [487, "cancelled"],
    [500, "error"],
    [302, "error"],
  ])("that fails with %i is %s", async (sipStatus, reason) => {
    const { events, done, edge } = await ringing();
    edge.respondToInvite(sipStatus);
    expect(done).toEqual([["dropLeg", "call1.a1"]]);
    const cause = { reason, sipStatus };
    expect(events).toEqual([{ type: "legFailed", legId: "call1.a1", cause }]);
  });

  it("dropped before its INVITE left never rings", async () => {
    const { telephony, perform, done, events } = await setUp();
    void telephony.start();
    perform(ring);
    perform({ type: "dropLeg", legId: "call1.a1", cause: normal });
    await turn();
    expect(done).toEqual([
      ["createLeg", { legId: "call1.a1", kind: "rtp", sdpOffer: null }],
      ["dropLeg", "call1.a1"],
    ]);
    expect([events, telephony.state().legs]).toEqual([[], 0]);
  });

  it("dropped while its INVITE leaves is cancelled", async () => {
    const { telephony, perform, done, edge } = await setUp();
    void telephony.start();
    edge.inviteWaits = true;
    perform(ring);
    await turn();
    perform({ type: "dropLeg", legId: "call1.a1", cause: normal });
    expect(done).toHaveLength(2);
    edge.confirmInvite();
    await turn();
    expect(done.slice(2)).toEqual([
      ["cancel", "Q.850;cause=16"],
      ["dropLeg", "call1.a1"],
    ]);
  });

  it.each<[string, number]>([
    ["487", 487],
    ["486, which crossed the CANCEL", 486],
  ])("dropped while it rings ends with %s, and silently", async (_why, status) => {
    const { telephony, perform, done, events, edge } = await ringing();
    perform({ type: "dropLeg", legId: "call1.a1", cause: normal });
    perform({ type: "dropLeg", legId: "call1.a1", cause: normal });
    edge.respondToInvite(180);
    edge.respondToInvite(status);
    expect(done).toEqual([
      ["cancel", "Q.850;cause=16"],
      ["dropLeg", "call1.a1"],
      ["dropLeg", "call1.a1"],
    ]);
    expect([events, telephony.state().legs]).toEqual([[], 0]);
  });

  it("whose 200 crosses our CANCEL is acknowledged and released (RFC 5407 3.1.2)", async () => {
    const { telephony, perform, done, events, edge } = await ringing();
    perform({ type: "dropLeg", legId: "call1.a1", cause: normal });
    done.length = 0;
    edge.respondToInvite(200, offer);
    await turn();
    expect(done).toEqual([["ack"], ["bye", "agentDialog", null], ["dropLeg", "call1.a1"]]);
    expect([events, telephony.state().legs]).toEqual([[], 0]);
  });

  it("with an answer that the media server refuses is released", async () => {
    const { done, events, edge, media } = await ringing();
    media.next = { ok: false, code: "noCodec", message: "" };
    edge.respondToInvite(200, offer);
    await turn();
    expect(done.slice(2)).toEqual([
      ["bye", "agentDialog", null],
      ["dropLeg", "call1.a1"],
    ]);
    const cause = { reason: "noCodec", sipStatus: null };
    expect(events.at(-1)).toEqual({ type: "legReleased", legId: "call1.a1", cause });
  });

  it("to what is no SIP URI is unreachable", async () => {
    const { telephony, perform, events } = await setUp();
    void telephony.start();
    perform({ ...ring, target: "mailto:x" });
    await turn();
    const cause = { reason: "unreachable", sipStatus: null };
    expect(events).toEqual([{ type: "legFailed", legId: "call1.a1", cause }]);
  });

  it("is rung once, however often it is asked for", async () => {
    const { perform, done } = await ringing();
    perform(ring);
    await turn();
    expect(done).toEqual([]);
  });
});

describe("order of work", () => {
  it("is kept on a leg that is being answered", async () => {
    const { perform, done, edge } = await arrived();
    edge.answerWaits = true;
    const items = [{ kind: "music", key: "calm" }] as const;
    perform({ type: "answerLeg", legId: "call1.c" });
    perform({ type: "play", legId: "call1.c", playId: "p1", items, repeat: true });
    perform({ type: "bridge", bridgeId: "b", legIds: ["call1.c"] });
    perform({ type: "unbridge", bridgeId: "b" });
    perform({ type: "echo", legId: "call1.c" });
    await turn();
    expect(done.map((entry) => (entry as unknown[])[0])).toEqual(["createLeg", "answer"]);
    edge.confirmAnswer();
    await turn();
    expect(done.slice(2)).toEqual([
      ["play", { legId: "call1.c", playId: "p1", items, repeat: true }],
      ["bridge", { bridgeId: "b", legIds: ["call1.c"] }],
      ["unbridge", "b"],
      ["echo", "call1.c"],
    ]);
  });

  it("a play that cannot be done is finished", async () => {
    const { perform, events, media } = await talking();
    media.next = { ok: false, code: "badRequest", message: "" };
    const items = [{ kind: "music", key: "calm" }] as const;
    perform({ type: "play", legId: "call1.c", playId: "p1", items, repeat: true });
    perform({ type: "play", legId: "call1.c", playId: "p2", items: [], repeat: false });
    await turn();
    expect(events).toEqual(
      ["p1", "p2"].map((playId) => {
        return { type: "playFinished", legId: "call1.c", playId, outcome: "failed" };
      }),
    );
  });

  it("commands for legs that are gone are counted", async () => {
    const { telephony, perform, done } = await setUp();
    void telephony.start();
    perform({ type: "answerLeg", legId: "gone.c" });
    perform({ type: "stopPlay", legId: "gone.c", playId: "p" });
    expect([done, telephony.counters.commandsIgnored]).toEqual([[], 2]);
  });
});

describe("losses", () => {
  it("another media server means that all its legs are lost", async () => {
    const { telephony, events, done, media } = await talking();
    media.listener?.up({ instanceId: "two", replaced: true });
    expect(done).toEqual([
      ["bye", "dialog1", "Q.850;cause=41"],
      ["dropLeg", "call1.c"],
    ]);
    const cause = { reason: "edgeLost", sipStatus: null };
    expect(events).toEqual([{ type: "legReleased", legId: "call1.c", cause }]);
    expect(telephony.counters.legsLost).toBe(1);
  });

  it("a lost SIP link ends what was not answered, and nothing else", async () => {
    const { telephony, perform, events, edge } = await talking();
    perform(ring);
    await turn();
    edge.handlers?.onDown();
    const cause = { reason: "edgeLost", sipStatus: null };
    expect(events).toEqual([{ type: "legFailed", legId: "call1.a1", cause }]);
    expect(telephony.state().legs).toBe(1);
  });

  it("news of the media server reach the core for legs that live", async () => {
    const { events, media } = await talking();
    for (const legId of ["call1.c", "gone.c"]) {
      media.listener?.digit(legId, "7");
      media.listener?.legMedia(legId, "silent");
      media.listener?.playFinished(legId, "p", "completed");
    }
    expect(events).toEqual([
      { type: "digitPressed", legId: "call1.c", digit: "7" },
      { type: "legMediaChanged", legId: "call1.c", media: "silent" },
      { type: "playFinished", legId: "call1.c", playId: "p", outcome: "completed" },
    ]);
  });
});

it("a trunk's audio is asked for as the site file says", async () => {
  const { telephony, edge, perform, done } = await setUp();
  void telephony.start();
  telephony.configure({
    trunks: [
      {
        id: "gateway",
        sources: ["192.0.2.0/24"],
        srtp: "required",
        preferredCodec: "PCMA",
        dtmf: "inband",
      },
    ],
    callsPerSecondMax: 2,
  });
  const { req, res } = invite({});
  edge.receive(req, res);
  perform({ type: "answerLeg", legId: "call1.c" });
  await turn();
  expect(done).toContainEqual([
    "createLeg",
    {
      legId: "call1.c",
      kind: "rtp",
      sdpOffer: offer,
      srtp: "required",
      preferredCodec: "PCMA",
    },
  ]);
  expect(done).toContainEqual([
    "listenFor",
    { ...listening({ inbandDigits: true }), legId: "call1.c" },
  ]);
});

describe("a silent leg that is asked", () => {
  it.each([
    [{ ok: true, value: 481 }, 481],
    [{ ok: true, value: 408 }, 408],
    [{ ok: true, value: 200 }, null],
    [{ ok: true, value: 501 }, null],
    [{ ok: true, value: 503 }, null],
    [{ ok: false, message: "no link" }, null],
  ] as const)("%o ends it with %s", async (probed, sipStatus) => {
    const { perform, telephony, edge, events, done } = await talking();
    edge.probed = probed;
    perform({ type: "probeLeg", legId: "call1.c" });
    await turn();
    const cause = { reason: "legDead", sipStatus };
    const isDead = sipStatus !== null;
    expect(events).toEqual(isDead ? [{ type: "legReleased", legId: "call1.c", cause }] : []);
    expect(done).toEqual([
      ["probe", "dialog1"],
      ...(isDead
        ? [
            ["bye", "dialog1", "Q.850;cause=41"],
            ["dropLeg", "call1.c"],
          ]
        : []),
    ]);
    expect(telephony.counters.legsDead).toBe(isDead ? 1 : 0);
  });

  it("is not asked before its answer, and not ended twice", async () => {
    const before = await arrived();
    before.perform({ type: "probeLeg", legId: "call1.c" });
    await turn();
    expect([before.done, before.events]).toEqual([[], []]);
    const { perform, edge, events } = await talking();
    edge.probed = { ok: true, value: 481 };
    perform({ type: "probeLeg", legId: "call1.c" });
    perform({ type: "dropLeg", legId: "call1.c", cause: normal });
    await turn();
    expect(events).toEqual([]);
  });
});

describe("quality", () => {
  const heard = {
    ...{ packetsIn: 198, packetsLost: 2, packetsOut: 250, jitterMs: 3, mos: 4.3, oneWay: false },
    ...{ roundTripMs: 20, peer: { lossShare: 0.5, jitterMs: 9 } },
  };
  const told = (change: object) => ({
    type: "legQualityChanged",
    legId: "call1.c",
    quality: {
      ...{ mos: 4.3, lossShare: 0.01, jitterMs: 3, roundTripMs: 20, oneWay: false },
      ...change,
    },
  });

  it("is told once, and again when a listener would notice", async () => {
    const { media, events } = await talking();
    const hear = (change: Partial<MediaQuality>) =>
      media.listener?.legQuality?.("call1.c", { ...heard, ...change });
    for (const mos of [4.3, 4.1, 3.7, 3.8, 3.1, 4.2]) hear({ mos });
    hear({ mos: null, packetsIn: 0, packetsLost: 0, oneWay: true });
    hear({ mos: null, packetsIn: 0, packetsLost: 0, oneWay: true });
    media.listener?.legQuality?.("gone", heard);
    expect(events).toEqual([
      ...[{}, { mos: 3.7 }, { mos: 3.1 }, { mos: 4.2 }].map(told),
      told({ mos: null, lossShare: 0, oneWay: true }),
    ]);
  });
});

describe("recordings", () => {
  const start: Command = {
    type: "startRecording",
    recordingId: "r",
    callId: "call1",
    legId: "call1.c",
    startedAtMs: 0,
  };
  const notStarted = {
    type: "recordingEnded",
    recordingId: "r",
    file: null,
    end: { outcome: "notStarted", durationMs: 0, bytes: 0, sha256: null },
  };

  it("are asked for in the order of the leg's other commands", async () => {
    const { perform, done, events } = await talking();
    perform({ type: "bridge", bridgeId: "b", legIds: ["call1.c"] });
    perform(start);
    perform({ type: "pauseRecording", recordingId: "r", legId: "call1.c" });
    perform({ type: "resumeRecording", recordingId: "r", legId: "call1.c" });
    perform({ type: "stopRecording", recordingId: "r" });
    perform({ type: "forgetRecording", recordingId: "r" });
    await turn();
    await turn();
    expect(done).toEqual([
      ["bridge", { bridgeId: "b", legIds: ["call1.c"] }],
      ["stopRecording", "r"],
      ["forgetRecording", "r"],
      ["startRecording", { recordingId: "r", legId: "call1.c", file: "day/call1.wav" }],
      ["pauseRecording", "r"],
      ["resumeRecording", "r"],
    ]);
    expect(events).toEqual([]);
  });

  it("that cannot begin are told as never started", async () => {
    const { perform, media, events, telephony } = await talking();
    media.next = { ok: false, code: "diskLow", message: "too little space" };
    perform(start);
    perform({ ...start, legId: "gone" });
    await turn();
    expect(events).toEqual([notStarted, notStarted]);
    expect(telephony.counters.mediaFailures).toBe(1);
  });

  it("that got no answer may have begun: the next list tells", async () => {
    const { perform, media, events, found } = await talking();
    media.next = { ok: false, code: "timeout", message: "" };
    perform(start);
    await turn();
    const end = { outcome: "complete", durationMs: 9, bytes: 202, sha256: "00" } as const;
    const recordings = [{ recordingId: "r", file: "day/call1.wav", end }];
    media.inventory = { legs: [], bridges: [], recordings };
    media.listener?.up({ instanceId: "one", replaced: false });
    await turn();
    expect(events).toEqual([]);
    expect(found).toEqual([
      { type: "recordingsFound", recordings: [] },
      { type: "recordingsFound", recordings },
    ]);
  });

  it("that are being asked for count as found", async () => {
    const { perform, media, found } = await talking();
    perform({ type: "bridge", bridgeId: "b", legIds: ["call1.c"] });
    perform(start);
    media.listener?.up({ instanceId: "one", replaced: false });
    await Promise.resolve();
    await Promise.resolve();
    expect(found.at(-1)).toEqual({
      type: "recordingsFound",
      recordings: [{ recordingId: "r", file: "", end: null }],
    });
  });

  it("tell how they ended and what troubles them", async () => {
    const { media, events } = await talking();
    const end = { outcome: "complete", durationMs: 9, bytes: 202, sha256: "00" } as const;
    media.listener?.recordingEnded({ recordingId: "r", file: "day/call1.wav", end });
    media.listener?.recordingTrouble({ what: "diskLow", recordingId: null, message: "1 MiB" });
    expect(events).toEqual([
      { type: "recordingEnded", recordingId: "r", file: "day/call1.wav", end },
      { type: "recordingTrouble", what: "diskLow", recordingId: null, message: "1 MiB" },
    ]);
  });
});

describe("recovery", () => {
  const remembered = (legId: string, dialog: string | null) => {
    const dialogRef = dialog === null ? null : JSON.stringify({ v: 1, id: dialog });
    return { legId, callId: "old", role: "caller", agentId: null, dialogRef } as const;
  };

  it("keeps what both sides know and ends the rest", async () => {
    const { telephony, done, media, edge, events } = await setUp();
    media.inventory = {
      legs: [
        { legId: "old.c", bridgeId: "b", playId: null },
        { legId: "old.a", bridgeId: "b", playId: null },
        { legId: "waiting.c", bridgeId: null, playId: "p9" },
        { legId: "stranger.c", bridgeId: "b", playId: null },
        { legId: "unanswered.a", bridgeId: null, playId: null },
      ],
      bridges: [{ bridgeId: "b", legIds: ["old.c", "old.a", "stranger.c"] }],
      recordings: [],
    };
    const inventory = await telephony.recover([
      remembered("old.c", "d1"),
      remembered("old.a", "d2"),
      remembered("waiting.c", "d3"),
      remembered("silent.c", "d4"),
      remembered("unanswered.a", null),
    ]);
    expect(inventory).toEqual({
      liveLegs: ["old.c", "old.a", "waiting.c"],
      liveBridges: [{ bridgeId: "b", legIds: ["old.c", "old.a"] }],
      livePlays: ["p9"],
    });
    expect(done).toEqual([
      ["dropLeg", "stranger.c"],
      ["dropLeg", "unanswered.a"],
      ["bye", "d4", null],
    ]);
    await turn();
    edge.receive(...inDialog("d1", { method: "BYE" }));
    expect(events).toEqual([{ type: "legReleased", legId: "old.c", cause: normal }]);
  });

  it("releases calls that the edge holds and nobody remembers", async () => {
    const { telephony, edge, media, done } = await setUp();
    edge.inherited = ["d1", "ghost"];
    media.inventory = {
      legs: [{ legId: "old.c", bridgeId: null, playId: null }],
      bridges: [],
      recordings: [],
    };
    await telephony.recover([remembered("old.c", "d1")]);
    expect(done).toEqual([["bye", "ghost", 'Q.850;cause=41;text="not remembered"']]);
  });

  it("hangs up on nobody when the media server does not say what it has", async () => {
    const { telephony, media, done } = await setUp();
    media.listFails = true;
    const inventory = await telephony.recover([remembered("old.c", "d1")]);
    expect(inventory).toEqual({ liveLegs: ["old.c"], liveBridges: [], livePlays: [] });
    expect(done).toEqual([]);
  });

  it("holds back events until the result is out, and leaves out who left meanwhile", async () => {
    const { telephony, media, edge, events } = await setUp();
    media.inventory = {
      legs: [{ legId: "old.c", bridgeId: null, playId: null }],
      bridges: [],
      recordings: [],
    };
    const recovering = telephony.recover([remembered("old.c", "d1")]);
    edge.receive(...inDialog("d1", { method: "BYE", source: "application" }));
    const inventory = await recovering;
    expect([inventory.liveLegs, events]).toEqual([[], []]);
    await turn();
    expect(events).toEqual([{ type: "legReleased", legId: "old.c", cause: normal }]);
  });
});

type FakeRequest = Readonly<{
  method?: string;
  address?: string;
  source?: "network" | "application";
  body?: string;
  headers?: Readonly<Record<string, string>>;
}>;

function message(headers: Readonly<Record<string, string>>, body: string) {
  return {
    get: (name: string) => headers[name],
    has: (name: string) => (headers[name] ?? "") !== "",
    body,
    payload: [],
  };
}

function invite(change: FakeRequest) {
  let onCancel: () => void = () => {};
  const headers: Record<string, string> = {
    from: "<sip:13800138000@192.0.2.1>;tag=1",
    to: "<sip:12345@192.0.2.9>",
    contact: "<sip:192.0.2.1>",
    "call-id": "c1",
    "content-type": "application/sdp",
    ...change.headers,
  };
  const req = {
    ...message(headers, change.body ?? offer),
    method: change.method ?? "INVITE",
    uri: "sip:12345@192.0.2.9",
    source: change.source ?? "network",
    source_address: change.address ?? "192.0.2.1",
    source_port: 5060,
    protocol: "udp",
    stackTxnId: "t1",
    stackDialogId: "",
    on: (_event: string, listener: () => void) => {
      onCancel = listener;
    },
    cancel: () => {},
  } as unknown as SrfRequest;
  return { req, res: response(0, ""), cancel: () => onCancel() };
}

function inDialog(dialogId: string, change: FakeRequest): [SrfRequest, SrfResponse] {
  const { req, res } = invite(change);
  return [{ ...req, stackDialogId: dialogId }, res];
}

function response(status: number, body: string): SrfResponse {
  const base = message({ "content-type": "application/sdp" }, body);
  const sent = {
    source_address: "192.0.2.7",
    stackDialogId: "agentDialog",
    send: () => {},
  } as const;
  return { ...base, ...sent, status, reason: "" };
}

function fakeEdge(done: unknown[]) {
  const fake = {
    handlers: null as EdgeHandlers | null,
    invite: null as InviteOptions | null,
    answerFails: false,
    answerWaits: false,
    inviteWaits: false,
    probed: { ok: true, value: 200 } as Awaited<ReturnType<EdgeLink["probe"]>>,
    confirmAnswer: () => {},
    confirmInvite: () => {},
    receive: (req: SrfRequest, res: SrfResponse) => fake.handlers?.onRequest(req, res),
    respondToInvite(status: number, body = "") {
      fake.invite?.onResponse(response(status, body), () => done.push(["ack"]));
    },
    /** What the edge says it handed over; null when it cannot say. */
    inherited: null as string[] | null,
    link: {} as EdgeLink,
  };
  fake.link = {
    open(handlers) {
      fake.handlers = handlers;
      handlers.onUp();
    },
    isUp: () => fake.handlers !== null,
    respond(_res, status, options) {
      const headers = Object.keys(options?.headers ?? {}).length > 0;
      done.push(options?.body || headers ? ["respond", status, options] : ["respond", status]);
    },
    async answer(_res, { body, onSent }) {
      done.push(["answer", body]);
      if (fake.answerFails) return { ok: false, message: "unknown transaction" };
      if (fake.answerWaits) {
        await new Promise<void>((resolve) => {
          fake.confirmAnswer = resolve;
        });
      }
      onSent("dialog1");
      return ok;
    },
    async invite(options) {
      fake.invite = options;
      done.push(["invite", options.target, options.body]);
      if (fake.inviteWaits) {
        await new Promise<void>((resolve) => {
          fake.confirmInvite = resolve;
        });
      }
      return { ok: true, value: { cancel: (reason) => done.push(["cancel", reason]) } };
    },
    ack: (ack) => ack(),
    bye: (dialogId, reason) => done.push(["bye", dialogId, reason]),
    async probe(dialogId) {
      done.push(["probe", dialogId]);
      return fake.probed;
    },
    ask: async () => ({ ok: true, value: null }),
    inheritedCalls: async () => fake.inherited,
    close: () => Promise.resolve(),
  };
  return fake;
}

function fakeMedia(done: unknown[]) {
  const fake = {
    listener: null as MediaListener | null,
    /** Result of the next request that is no dropLeg. */
    next: null as Extract<MediaResult<never>, { ok: false }> | null,
    remoteHolds: false,
    listFails: false,
    inventory: { legs: [], bridges: [], recordings: [] } as MediaInventory,
    port: {} as MediaPort,
  };
  async function answer<Value>(entry: unknown[], value: Value): Promise<MediaResult<Value>> {
    done.push(entry);
    const next = fake.next;
    fake.next = null;
    return next ?? { ok: true, value };
  }
  fake.port = {
    open(listener) {
      fake.listener = listener;
      listener.up({ instanceId: "one", replaced: false });
    },
    isUp: () => fake.listener !== null,
    createLeg: (leg) => answer(["createLeg", leg], "local SDP"),
    acceptAnswer: (given) => answer(["acceptAnswer", given], undefined),
    answerReoffer: (reoffer) =>
      answer(["answerReoffer", reoffer], {
        localSdp: "re-local SDP",
        remoteHolds: fake.remoteHolds,
      }),
    dropLeg: async (legId) => {
      done.push(["dropLeg", legId]);
      return ok;
    },
    play: ({ legId, playId, items, repeat }) =>
      answer(["play", { legId, playId, items, repeat }], undefined),
    stopPlay: (play) => answer(["stopPlay", play], undefined),
    bridge: (bridge) => answer(["bridge", bridge], undefined),
    unbridge: (bridgeId) => answer(["unbridge", bridgeId], undefined),
    echo: (legId) => answer(["echo", legId], undefined),
    listenFor: (listening) => answer(["listenFor", listening], undefined),
    sendDigits: (digits) => answer(["sendDigits", digits], undefined),
    startRecording: (recording) => answer(["startRecording", recording], recording.file),
    pauseRecording: (recordingId) => answer(["pauseRecording", recordingId], undefined),
    resumeRecording: (recordingId) => answer(["resumeRecording", recordingId], undefined),
    stopRecording: (recordingId) => answer(["stopRecording", recordingId], undefined),
    forgetRecording: (recordingId) => answer(["forgetRecording", recordingId], undefined),
    list: async () =>
      fake.listFails
        ? { ok: false, code: "timeout", message: "" }
        : { ok: true, value: fake.inventory },
    close: () => Promise.resolve(),
  };
  return fake;
}
