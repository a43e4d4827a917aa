// The engine's telephony on the real edge, in one process: sipp calls, telephony answers. What an
// engine that is killed leaves behind is what a second telephony finds here.
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import type { Command } from "../../engine/core/command.ts";
import type { CentreEvent } from "../../engine/core/event.ts";
import { type RunningMedia, serveMedia } from "../../engine/edge/media/serve.ts";
import { type SipEdge, startSip } from "../../engine/edge/sip/start.ts";
import { createClock } from "../../engine/shell/clock.ts";
import { createBuiltinMedia } from "../../engine/shell/media/builtin.ts";
import type { RememberedLeg } from "../../engine/shell/ports.ts";
import { digestResponse } from "../../engine/shell/sip/digest.ts";
import { createTelephony } from "../../engine/shell/sip/telephony.ts";
import { type SippOptions, startSipp } from "../system/sipp.ts";
import {
  callerUntilBye,
  callerWhoIsAsked,
  callerWhoReleases,
  phoneWhoAnswers,
  type Scenario,
} from "../system/sipp-scenarios.ts";
import { until } from "../system/wait.ts";

const log = pino({ level: "silent" });
const toClose: (() => Promise<unknown>)[] = [];
const normal = { reason: "normal", sipStatus: null } as const;

afterEach(async () => {
  for (const close of toClose.splice(0).reverse()) await close();
});

type Edge = { sip: SipEdge; media: RunningMedia };

async function startEdge(): Promise<Edge> {
  const sip = await startSip({
    points: [{ host: "127.0.0.1", port: 0, protocols: ["udp", "tcp"], advertise: null }],
    ...{ appHost: "127.0.0.1", appPort: 0, appSecret: "s", orphanMs: 5_000, log },
    // Only announced here: the test hands over WebSockets itself.
    front: { host: "127.0.0.1", port: 8080, advertise: null },
  });
  toClose.push(() => sip.close());
  const media = await serveMedia({
    ...{ host: "127.0.0.1", publicHost: null, rtpPortMin: 0, rtpPortMax: 0, webrtcPort: 0 },
    ...{ controlPort: 0, controlSecret: "s", silentMs: 3_000, legsMax: 100, webrtc: "off" },
    promptsDir: join(import.meta.dirname, "../../ivr-flows/prompts"),
    logger: log,
  });
  toClose.push(() => media.close());
  return { sip, media };
}

/** An engine that answers every call but those to 999, and remembers legs like a journal would. */
function startEngine(edge: Edge, epoch: number) {
  const events: CentreEvent[] = [];
  const legs = new Map<string, RememberedLeg>();
  let calls = 0;
  const telephony = createTelephony({
    sink: {
      post(event) {
        events.push(event);
        if (event.type === "callArrived") {
          const { callId, legId, dnis } = event;
          const role = "caller";
          legs.set(legId, { legId, callId, role, agentId: null, dialogRef: null });
          if (dnis !== "999") setImmediate(() => perform({ type: "answerLeg", legId }));
        }
        if (event.type !== "legAnswered") return;
        const { legId, dialogRef } = event;
        const role = legId.endsWith(".c") ? "caller" : "agent";
        legs.set(legId, { legId, callId: "", role, agentId: null, dialogRef });
      },
    },
    clock: createClock(0),
    recordingFile: (callId) => `${callId}.wav`,
    log,
    drachtio: { host: "127.0.0.1", port: edge.sip.appPort, secret: "s" },
    media: createBuiltinMedia({
      ...{ host: "127.0.0.1", port: edge.media.controlPort, secret: "s", epoch, log },
    }),
    realm: "rexian",
    credentials: { secretOf: (user) => (user === "1001" ? "right" : null) },
    deviceOf: (agentId) => (agentId === "1001" ? "phone" : null),
    newId: () => `${epoch}-${++calls}`,
    trunks: [{ id: "gateway", sources: ["127.0.0.0/8"] }],
    callsPerSecondMax: 100,
  });
  const perform = (command: Command) => telephony.perform(command);
  toClose.push(() => telephony.close());
  const happened = (type: CentreEvent["type"]) =>
    until(`${type} happens`, () => events.find((event) => event.type === type));
  return { telephony, events, legs, perform, happened };
}

function call(edge: Edge, scenario: Scenario, options: Partial<SippOptions> = {}) {
  const target = `127.0.0.1:${edge.sip.port}`;
  return startSipp({ scenario, target, timeoutMs: 20_000, ...options }).done;
}

/** The start's list of recordings is no event of a call. */
const types = (events: readonly CentreEvent[]) =>
  events.map(({ type }) => type).filter((type) => type !== "recordingsFound");

describe("a caller", () => {
  it.each(["udp", "tcp"] as const)("is answered over %s and released by BYE", async (transport) => {
    const edge = await startEdge();
    const engine = startEngine(edge, 1);
    await engine.telephony.start();
    const scenario = callerWhoReleases({ rtpPort: 40_000, stayMs: 200 });
    expect(await call(edge, scenario, { transport })).toMatchObject({ code: 0 });
    await engine.happened("legReleased");
    expect(types(engine.events)).toEqual(["callArrived", "legAnswered", "legReleased"]);
    expect(engine.telephony.state()).toMatchObject({ connected: true, mediaUp: true, legs: 0 });
    expect(edge.sip.tables().dialogs).toBe(0);
  });

  it("gives up by CANCEL before the answer", async () => {
    const edge = await startEdge();
    const engine = startEngine(edge, 1);
    await engine.telephony.start();
    expect(await call(edge, callerWhoCancels, { service: "999" })).toMatchObject({ code: 0 });
    const cause = { reason: "cancelled", sipStatus: 487 };
    expect(await engine.happened("legFailed")).toMatchObject({ legId: "1-1.c", cause });
  });

  it("with no codec of ours is refused", async () => {
    const edge = await startEdge();
    const engine = startEngine(edge, 1);
    await engine.telephony.start();
    const scenario = callerWhoReleases({ rtpPort: 40_000, stayMs: 0, codecs: "18" });
    expect((await call(edge, scenario)).code).not.toBe(0);
    const cause = { reason: "noCodec", sipStatus: 488 };
    expect(await engine.happened("legFailed")).toMatchObject({ legId: "1-1.c", cause });
  });
});

describe("a silent leg that is asked", () => {
  it("goes on when its far end is there, and is over when that does not know the call", async () => {
    const edge = await startEdge();
    const engine = startEngine(edge, 1);
    await engine.telephony.start();
    const says = ["200 OK", "501 Not Implemented", "481 Call/Transaction Does Not Exist"];
    const caller = call(edge, callerWhoIsAsked({ rtpPort: 40_000, says }));
    await engine.happened("legAnswered");
    for (const _answer of says) engine.perform({ type: "probeLeg", legId: "1-1.c" });
    const cause = { reason: "legDead", sipStatus: 481 };
    expect(await engine.happened("legReleased")).toMatchObject({ legId: "1-1.c", cause });
    expect(types(engine.events)).toEqual(["callArrived", "legAnswered", "legReleased"]);
    expect(await caller).toMatchObject({ code: 0 });
  });

  it("is over when nobody is there to answer", async () => {
    const edge = await startEdge();
    const engine = startEngine(edge, 1);
    await engine.telephony.start();
    const target = `127.0.0.1:${edge.sip.port}`;
    const caller = startSipp({ scenario: callerUntilBye({ rtpPort: 40_000 }), target });
    await engine.happened("legAnswered");
    caller.kill();
    await caller.done;
    engine.perform({ type: "probeLeg", legId: "1-1.c" });
    const cause = { reason: "legDead", sipStatus: 408 };
    expect(await engine.happened("legReleased")).toMatchObject({ legId: "1-1.c", cause });
  });
});

describe("an agent's phone", () => {
  it("rings, answers, is bridged, and is released by us", async () => {
    const edge = await startEdge();
    const engine = startEngine(edge, 1);
    await engine.telephony.start();
    const phone = startPhone();
    const caller = call(edge, callerUntilBye({ rtpPort: 40_000 }));
    await engine.happened("legAnswered");
    ring(engine, phone.port);
    await until("the phone answers", () => engine.legs.get("1-1.a")?.dialogRef);
    engine.perform({ type: "bridge", bridgeId: "b", legIds: ["1-1.c", "1-1.a"] });
    for (const legId of ["1-1.c", "1-1.a"]) {
      engine.perform({ type: "dropLeg", legId, cause: normal });
    }
    expect(await Promise.all([caller, phone.done])).toMatchObject([{ code: 0 }, { code: 0 }]);
    expect(types(engine.events)).toEqual([
      "callArrived",
      "legAnswered",
      "legRinging",
      "legAnswered",
    ]);
  });

  it("registers with digest, and only with the right password", async () => {
    const edge = await startEdge();
    const engine = startEngine(edge, 1);
    await engine.telephony.start();
    const right = call(edge, registration({ password: "right", status: 200 }));
    expect(await right).toMatchObject({ code: 0 });
    const wrong = call(edge, registration({ password: "wrong", status: 403 }));
    expect(await wrong).toMatchObject({ code: 0 });
    expect(types(engine.events)).toEqual(["deviceBound"]);
    expect(engine.telephony.state().registrations).toBe(1);
  });
});

describe("a browser", () => {
  it("registers over its WebSocket and is called over it (RFC 7118)", async () => {
    const edge = await startEdge();
    const engine = startEngine(edge, 1);
    await engine.telephony.start();
    const browser = await openBrowser(edge);
    browser.send(browserRegister({ cseq: 1, authorization: null }));
    const challenge = await until("a challenge", () => browser.find("SIP/2.0 401"));
    const nonce = /nonce="([^"]+)"/.exec(challenge)?.[1] ?? "";
    browser.send(browserRegister({ cseq: 2, authorization: browserDigest(nonce) }));
    const accepted = await until("the 200", () => browser.find("SIP/2.0 200"));
    expect(accepted).toContain(`Contact: <${browserContact}>;expires=120`);
    expect(challenge.match(/WWW-Authenticate/g)).toHaveLength(1);
    expect(await engine.happened("deviceBound")).toMatchObject({ contact: browserContact });

    const leg = { type: "ringAgentLeg", legId: "1-1.a", callId: "1-1", agentId: "1001" } as const;
    engine.perform({ ...leg, target: browserContact, media: "rtp", callerId: "13800138000" });
    const invited = await until("an INVITE", () => browser.find("INVITE "));
    expect(invited).toContain("X-Rexian-Call: 1-1");
    browser.send(busyTo(invited));
    const cause = { reason: "busy", sipStatus: 486 };
    expect(await engine.happened("legFailed")).toMatchObject({ legId: "1-1.a", cause });
  });
});

describe("after the engine's death", () => {
  it("the next engine ends both sides of a call", async () => {
    const edge = await startEdge();
    const dead = startEngine(edge, 1);
    await dead.telephony.start();
    const phone = startPhone();
    const caller = call(edge, callerUntilBye({ rtpPort: 40_000 }));
    await dead.happened("legAnswered");
    ring(dead, phone.port);
    await until("the phone answers", () => dead.legs.get("1-1.a")?.dialogRef);
    dead.perform({ type: "bridge", bridgeId: "b", legIds: ["1-1.c", "1-1.a"] });
    await until("media are bridged", async () => {
      const listed = await listMedia(edge, dead);
      return listed.liveBridges.length === 1;
    });
    const next = startEngine(edge, 3);
    const inventory = await next.telephony.recover([...dead.legs.values()]);
    expect(inventory).toEqual({
      liveLegs: ["1-1.c", "1-1.a"],
      liveBridges: [{ bridgeId: "b", legIds: expect.arrayContaining(["1-1.c", "1-1.a"]) }],
      livePlays: [],
    });
    for (const legId of inventory.liveLegs) {
      next.perform({ type: "dropLeg", legId, cause: normal });
    }
    expect(await Promise.all([caller, phone.done])).toMatchObject([{ code: 0 }, { code: 0 }]);
  });

  it.each([
    { what: "with the journal", remembered: [] },
    {
      what: "between its answer and the journal",
      remembered: [
        { legId: "1-1.c", callId: "1-1", role: "caller", agentId: null, dialogRef: null } as const,
      ],
    },
  ])("a call that was lost $what is released", async ({ remembered }) => {
    const edge = await startEdge();
    const dead = startEngine(edge, 1);
    await dead.telephony.start();
    const caller = call(edge, callerUntilBye({ rtpPort: 40_000 }));
    await dead.happened("legAnswered");
    await until("the call stands", () => edge.sip.tables().serverTransactions === 1);
    await dead.telephony.close();
    const next = startEngine(edge, 2);
    expect((await next.telephony.recover(remembered)).liveLegs).toEqual([]);
    expect(await caller).toMatchObject({ code: 0 });
    await until("no dialog is left", () => edge.sip.tables().dialogs === 0);
  });

  it("a caller who left meanwhile is reported to the next engine", async () => {
    const edge = await startEdge();
    const dead = startEngine(edge, 1);
    await dead.telephony.start();
    const caller = call(edge, callerWhoReleases({ rtpPort: 40_000, stayMs: 500 }));
    await dead.happened("legAnswered");
    await dead.telephony.close();
    expect(await caller).toMatchObject({ code: 0 });
    const next = startEngine(edge, 2);
    const inventory = await next.telephony.recover([...dead.legs.values()]);
    expect(inventory.liveLegs).toEqual([]);
    expect(await next.happened("legReleased")).toMatchObject({ legId: "1-1.c", cause: normal });
  });
});

type Engine = ReturnType<typeof startEngine>;

/** Takes the media link for a look; the telephony that had it is dead from here on. */
async function listMedia(edge: Edge, dead: Engine) {
  await dead.telephony.close();
  const looker = startEngine(edge, 2);
  const inventory = await looker.telephony.recover([...dead.legs.values()]);
  await looker.telephony.close();
  return inventory;
}

function ring(engine: Engine, port: number): void {
  engine.perform({
    ...{ type: "ringAgentLeg", legId: "1-1.a", callId: "1-1", agentId: "1001" },
    ...{ target: `sip:1001@127.0.0.1:${port}`, media: "rtp", callerId: "13800138000" },
  });
}

function startPhone() {
  // sipp cannot take port 0; each run of a test process has its own.
  const port = 42_000 + (process.pid % 10_000);
  const scenario = phoneWhoAnswers({ rtpPort: 40_002, ringMs: 100 });
  const { done } = startSipp({ scenario, localPort: port, timeoutMs: 20_000 });
  return { port, done };
}

function request(method: string, rest: string): string {
  return `<send retrans="500"><![CDATA[
${method} sip:[service]@[remote_ip]:[remote_port] SIP/2.0
From: <sip:1001@rexian>;tag=[pid]-[call_number]
To: <sip:1001@rexian>
Call-ID: [call_id]
Contact: <sip:1001@[local_ip]:[local_port]>
Max-Forwards: 70
${rest}
Content-Length: 0

]]></send>`;
}

const via = "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=";

const callerWhoCancels: Scenario = {
  name: "caller who cancels",
  xml: `<?xml version="1.0"?><scenario name="cancel">
${request("INVITE", `${via}[branch]\nCSeq: 1 INVITE`)}
<recv response="100"/>
<pause milliseconds="200"/>
${request("CANCEL", `${via}[branch-3]\nCSeq: 1 CANCEL`)}
<recv response="200"/>
<recv response="487"/>
<send><![CDATA[
ACK sip:[service]@[remote_ip]:[remote_port] SIP/2.0
${via}[branch-6]
From: <sip:1001@rexian>;tag=[pid]-[call_number]
[last_To:]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>
</scenario>`,
};

function registration(plan: Readonly<{ password: string; status: number }>): Scenario {
  const authentication = `[authentication username=1001 password=${plan.password}]`;
  return {
    name: "registration",
    xml: `<?xml version="1.0"?><scenario name="registration">
${request("REGISTER", `${via}[branch]\nCSeq: 1 REGISTER\nExpires: 120`)}
<recv response="401" auth="true"/>
${request("REGISTER", `${via}[branch]\nCSeq: 2 REGISTER\nExpires: 120\n${authentication}`)}
<recv response="${plan.status}"/>
</scenario>`,
  };
}

const browserContact = "sip:x9@df7jal23ls0d.invalid;transport=ws";

/** One WebSocket of a page, with the texts that came over it. */
async function openBrowser(edge: Edge) {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  toClose.push(() => new Promise((resolve) => server.close(resolve)));
  server.on("connection", (socket) =>
    edge.sip.adoptWebSocket(socket, { address: "127.0.0.1", port: 50_000 }),
  );
  await until("the server listens", () => server.address());
  const { port } = server.address() as AddressInfo;
  const socket = new WebSocket(`ws://127.0.0.1:${port}`, "sip");
  toClose.push(async () => socket.terminate());
  const texts: string[] = [];
  socket.on("message", (data) => texts.push(String(data)));
  await new Promise((resolve) => socket.once("open", resolve));
  return {
    send: (text: string) => socket.send(text.replace(/\r?\n/g, "\r\n")),
    find: (start: string) => texts.find((text) => text.startsWith(start)),
  };
}

function browserRegister(plan: Readonly<{ cseq: number; authorization: string | null }>): string {
  const authorization = plan.authorization === null ? "" : `Authorization: ${plan.authorization}\n`;
  return `REGISTER sip:rexian SIP/2.0
Via: SIP/2.0/WS df7jal23ls0d.invalid;branch=z9hG4bK${plan.cseq}
From: <sip:1001@rexian>;tag=b
To: <sip:1001@rexian>
Call-ID: browser
CSeq: ${plan.cseq} REGISTER
Contact: <${browserContact}>;expires=600
Max-Forwards: 70
${authorization}Content-Length: 0

`;
}

function browserDigest(nonce: string): string {
  const algorithm = "MD5" as const;
  const [nc, cnonce, uri] = ["00000001", "c", "sip:rexian"];
  const fields = { username: "1001", realm: "rexian", nonce, uri, algorithm, nc, cnonce };
  const response = digestResponse(fields, { method: "REGISTER", secret: "right" });
  return (
    `Digest algorithm=MD5, username="1001", realm="rexian", nonce="${nonce}", ` +
    `uri="sip:rexian", response="${response}", qop=auth, cnonce="c", nc=00000001`
  );
}

function busyTo(invited: string): string {
  const header = (name: string) => new RegExp(`^${name}: .*$`, "m").exec(invited)?.[0].trim() ?? "";
  return `SIP/2.0 486 Busy Here
${["Via", "From", "Call-ID", "CSeq"].map(header).join("\n")}
${header("To")};tag=browser
Content-Length: 0

`;
}
