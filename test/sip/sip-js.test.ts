// The SIP stack of our own softphone as a peer: sip.js in this process, over the `ws` package, with
// session descriptions that stand for a browser's media. Over WS behind the HTTP front, as in the
// centre, and over a WSS port of the edge.
import Srf from "drachtio-srf";
import {
  Inviter,
  Registerer,
  type Session,
  type SessionDescriptionHandler,
  SessionState,
  UserAgent,
} from "sip.js";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import type { SipEdge } from "../../engine/edge/sip/start.ts";
import { sdp } from "../../engine/edge/sip/testing/peer.ts";
import { startTestEdge, until, untilEmpty } from "../../engine/edge/sip/testing/rig.ts";
import { testCert, testTlsFiles } from "../../engine/edge/sip/testing/tls.ts";
import { sipWebSockets } from "../../engine/edge/sip/testing/ws-peer.ts";

let edge: SipEdge;
let toClose: (() => void)[];
let srf: Srf;
let agent: UserAgent;
let log: string[];
/** Contact of the browser, as the application stored it. */
let contact: string;
let dialogs: Srf.Dialog[];

/** A browser that trusts the test's certificate. */
class TrustingWebSocket extends WebSocket {
  constructor(url: string, protocols?: string | string[]) {
    super(url, protocols, { ca: testCert });
  }
}

/** The edge with what a browser connects to; gives its URL. */
async function listen(transport: "ws" | "wss"): Promise<string> {
  if (transport === "ws") {
    const sockets = await sipWebSockets(() => edge);
    toClose.push(sockets.close);
    const front = { host: "127.0.0.1", port: sockets.port, advertise: null };
    edge = await startTestEdge({ front });
    return `ws://127.0.0.1:${sockets.port}/sip`;
  }
  const tls = testTlsFiles();
  toClose.push(tls.remove);
  edge = await startTestEdge({
    points: [{ host: "127.0.0.1", port: 0, protocols: ["wss"], advertise: null }],
    tls,
  });
  return `wss://127.0.0.1:${edge.port}`;
}

async function setUp(transport: "ws" | "wss"): Promise<void> {
  vi.stubGlobal("WebSocket", TrustingWebSocket);
  log = [];
  contact = "";
  dialogs = [];
  toClose = [];
  const server = await listen(transport);
  srf = new Srf();
  srf.use("register", (req: Srf.SrfRequest, res: Srf.SrfResponse) => {
    contact = /<([^>]+)>/.exec(req.get("Contact") ?? "")?.[1] ?? "";
    res.send(200, { headers: { Contact: `<${contact}>;expires=60` } });
  });
  srf.invite((req: Srf.SrfRequest, res: Srf.SrfResponse) => void answer(req, res));
  void srf.connect({ host: "127.0.0.1", port: edge.appPort, secret: "secret" });
  await new Promise<void>((resolve) => {
    srf.once("connect", () => resolve());
  });
  agent = new UserAgent({
    uri: address("sip:1001@rexian"),
    transportOptions: { server },
    sessionDescriptionHandlerFactory: () => describer,
    logBuiltinEnabled: false,
    delegate: {
      onInvite: (invitation) => {
        log.push("invited");
        invitation.delegate = { onBye: (bye) => void bye.accept() };
        void invitation.accept();
      },
    },
  });
  await agent.start();
  await registered();
}

afterEach(async () => {
  await agent.stop();
  await untilEmpty(edge);
  srf.disconnect();
  await edge.close();
  for (const close of toClose) close();
  vi.unstubAllGlobals();
});

async function answer(req: Srf.SrfRequest, res: Srf.SrfResponse): Promise<void> {
  res.send(180);
  if (req.calledNumber === "999") {
    log.push("asked");
    req.on("cancel", () => log.push("cancelled"));
    return;
  }
  const dialog = await srf.createUAS(req, res, { localSdp: sdp });
  dialogs.push(dialog);
  dialog.on("destroy", () => log.push("destroyed"));
  dialog.on("modify", (_req: Srf.SrfRequest, again: Srf.SrfResponse) => {
    log.push("modified");
    again.send(200, { body: sdp });
  });
}

/** Until the application's route is in: it follows the authentication. */
async function registered(): Promise<void> {
  const registerer = new Registerer(agent, { expires: 60 });
  for (let done = false; !done; ) {
    done = await new Promise<boolean>((resolve) => {
      void registerer.register({
        requestDelegate: { onAccept: () => resolve(true), onReject: () => resolve(false) },
      });
    });
  }
}

/** What stands for WebRTC: one description, always. */
const describer: SessionDescriptionHandler = {
  close: () => {},
  getDescription: () => Promise.resolve({ body: sdp, contentType: "application/sdp" }),
  hasDescription: (type) => type === "application/sdp",
  rollbackDescription: () => Promise.resolve(),
  setDescription: () => Promise.resolve(),
  sendDtmf: () => false,
};

function address(text: string) {
  const uri = UserAgent.makeURI(text);
  if (uri === undefined) throw new Error(`no URI: ${text}`);
  return uri;
}

function inState(session: Session, state: SessionState): Promise<void> {
  return until(() => session.state === state, `session ${state}`);
}

describe.each(["ws", "wss"] as const)("sip.js over %s", (transport) => {
  beforeEach(() => setUp(transport));

  test("calls, hears ringing, holds by re-INVITE, and hangs up", async () => {
    const inviter = new Inviter(agent, address("sip:100@rexian"));
    await inviter.invite({ requestDelegate: { onProgress: () => log.push("ringing") } });
    await inState(inviter, SessionState.Established);
    await until(() => dialogs.length === 1, "dialog");
    await inviter.invite();
    await until(() => log.includes("modified"), "re-INVITE");
    await inviter.bye();
    await until(() => log.includes("destroyed"), "BYE");
    // sip.js reports the 100 as well.
    expect(log.filter((entry) => entry !== "ringing")).toEqual(["modified", "destroyed"]);
    expect(log).toContain("ringing");
  });

  test("is called over its connection, and hung up on", async () => {
    expect(contact).toMatch(/\.invalid;transport=ws/);
    const dialog = await srf.createUAC(contact, { localSdp: sdp });
    await dialog.destroy();
    expect(log).toEqual(["invited"]);
  });

  test("gives up before the answer", async () => {
    const inviter = new Inviter(agent, address("sip:999@rexian"));
    await inviter.invite({ requestDelegate: { onProgress: () => log.push("ringing") } });
    await until(() => log.includes("asked"), "the application is asked");
    await inviter.cancel();
    await inState(inviter, SessionState.Terminated);
    await until(() => log.includes("cancelled"), "CANCEL");
    expect(dialogs).toEqual([]);
  });
});
