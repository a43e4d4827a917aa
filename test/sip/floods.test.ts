// Floods of one source against the SIP edge: refused quickly, while a standing call and the rated
// load of another source go on. The application is drachtio-srf in this process.
import dgram from "node:dgram";
import net from "node:net";
import Srf from "drachtio-srf";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { header, type SipMessage } from "../../engine/edge/sip/message/message.ts";
import { parseMessage } from "../../engine/edge/sip/message/parse.ts";
import { Call, type Peer, sdp, udpPeer } from "../../engine/edge/sip/testing/peer.ts";
import { type SipEdgeProcess, startSipEdge } from "../system/sip-edge.ts";

const sourceRate = 50;
const floodRate = 10 * sourceRate;
const floodMs = 3_000;
const ratedPerSecond = 20;

let edge: SipEdgeProcess;
let srf: Srf;
/** The call that stands all the while. */
let peer: Peer & { port: number };
let standing: Call;

beforeAll(async () => {
  edge = await startSipEdge({ env: { SIP_SOURCE_RATE: String(sourceRate) } });
  srf = new Srf();
  const ok = (_request: Srf.SrfRequest, response: Srf.SrfResponse) => response.send(200);
  srf.use("options", ok);
  srf.use("register", (_request: Srf.SrfRequest, response: Srf.SrfResponse) => response.send(403));
  srf.use("invite", (request: Srf.SrfRequest, response: Srf.SrfResponse) => {
    void srf
      .createUAS(request, response, { localSdp: sdp })
      .then((dialog) => {
        dialog.on("info", (_info: Srf.SrfRequest, answer: Srf.SrfResponse) => answer.send(200));
      })
      .catch(() => undefined);
  });
  void srf.connect({ host: "127.0.0.1", port: edge.adminPort, secret: edge.secret });
  await new Promise<void>((resolve) => {
    srf.once("connect", () => resolve());
  });
});

afterAll(async () => {
  srf?.disconnect();
  expect(await edge?.stop()).toBe(0);
});

beforeEach(async () => {
  peer = await udpPeer("standing", edge.sipPort);
  standing = Call.over(peer, `standing-${peer.port}`);
  await standing.answered();
});

afterEach(async () => {
  await standing.bye();
  peer.wire?.close();
});

/** A UDP source of its own address; answers arrive by Call-ID. */
async function source(address: string) {
  const socket = dgram.createSocket("udp4");
  const seen: { message: SipMessage; atMs: number }[] = [];
  socket.on("message", (bytes) => {
    const parsed = parseMessage(bytes);
    if (parsed.ok && parsed.message !== null) {
      seen.push({ message: parsed.message, atMs: performance.now() });
    }
  });
  await new Promise<void>((resolve) => {
    socket.bind(0, address, resolve);
  });
  const { port } = socket.address();
  const send = (method: string, callId: string, more: { to?: string; cseq?: number } = {}) => {
    const cseq = more.cseq ?? 1;
    const text = [
      `${method} sip:100@127.0.0.1:${edge.sipPort} SIP/2.0`,
      `Via: SIP/2.0/UDP ${address}:${port};branch=z9hG4bK${callId}${method}`,
      "Max-Forwards: 70",
      `From: <sip:flood@${address}>;tag=${callId}`,
      `To: ${more.to ?? `<sip:100@127.0.0.1>`}`,
      `Call-ID: ${callId}`,
      `CSeq: ${cseq} ${method}`,
      `Contact: <sip:flood@${address}:${port}>`,
    ].join("\r\n");
    socket.send(`${text}\r\nContent-Length: 0\r\n\r\n`, edge.sipPort, "127.0.0.1");
  };
  return { send, seen, close: () => socket.close() };
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const share = (values: number[], part: number) =>
  values.sort((a, b) => a - b)[Math.floor(part * (values.length - 1))] ?? Number.POSITIVE_INFINITY;

/** INVITE, 200, ACK, BYE, 200 at the rated speed; the share of calls that went through. */
async function ratedLoad(ms: number): Promise<number> {
  const caller = await source("127.0.0.2");
  const count = Math.floor((ms / 1_000) * ratedPerSecond);
  let handled = 0;
  let done = 0;
  const work = () => {
    for (; handled < caller.seen.length; handled++) {
      const message = caller.seen[handled]?.message;
      if (message?.kind !== "response" || message.status !== 200) continue;
      const [callId, to] = [header(message, "Call-ID") ?? "", header(message, "To") ?? ""];
      if (header(message, "CSeq") === "1 INVITE") {
        caller.send("ACK", callId, { to });
        caller.send("BYE", callId, { to, cseq: 2 });
      } else done++;
    }
  };
  const worker = setInterval(work, 5);
  for (let call = 0; call < count; call++) {
    caller.send("INVITE", `rated-${process.hrtime.bigint()}`);
    await pause(1_000 / ratedPerSecond);
  }
  const untilMs = performance.now() + 2_000;
  while (done < count && performance.now() < untilMs) await pause(10);
  clearInterval(worker);
  caller.close();
  return done / count;
}

/** In-dialog INFO every 100 ms: the slowest answer. */
async function standingCallAnswers(ms: number): Promise<number> {
  let slowest = 0;
  for (const endMs = performance.now() + ms; performance.now() < endMs; ) {
    standing.cseq++;
    const startMs = performance.now();
    standing.request("INFO");
    await peer.response(200, "INFO");
    slowest = Math.max(slowest, performance.now() - startMs);
    await pause(100);
  }
  return slowest;
}

async function flood(method: string): Promise<{ refused: number; delays: number[] }> {
  const attacker = await source("127.0.0.3");
  const sentAt = new Map<string, number>();
  const startMs = performance.now();
  for (let sent = 0; performance.now() - startMs < floodMs; ) {
    const due = Math.floor(((performance.now() - startMs) / 1_000) * floodRate);
    for (; sent < due; sent++) {
      const callId = `flood-${method}-${sent}-${Math.round(startMs)}`;
      sentAt.set(callId, performance.now());
      attacker.send(method, callId);
    }
    await pause(5);
  }
  await pause(200);
  const refusals = attacker.seen.filter(
    ({ message }) =>
      message.kind === "response" &&
      message.status === 503 &&
      header(message, "Retry-After") !== null,
  );
  attacker.close();
  return {
    refused: refusals.length / sentAt.size,
    delays: refusals.map(
      ({ message, atMs }) => atMs - (sentAt.get(header(message, "Call-ID") ?? "") ?? 0),
    ),
  };
}

describe("ten times what a source may send", () => {
  test.each(["INVITE", "REGISTER", "OPTIONS"])("%s", async (method) => {
    const [attack, goodput, slowest] = await Promise.all([
      flood(method),
      ratedLoad(floodMs),
      standingCallAnswers(floodMs),
    ]);
    expect(attack.refused).toBeGreaterThan(0.8);
    expect(share(attack.delays, 0.5)).toBeLessThan(50);
    expect(goodput).toBeGreaterThanOrEqual(0.8);
    expect(slowest).toBeLessThan(1_000);
    // Normal again at once: another second of rated load.
    expect(await ratedLoad(1_000)).toBe(1);
  });
});

test("a thousand slow TCP writers", async () => {
  const sockets = Array.from({ length: 1_000 }, () => {
    const socket = net.connect({
      host: "127.0.0.1",
      port: edge.sipPort,
      localAddress: "127.0.0.4",
    });
    socket.on("error", () => undefined);
    return socket;
  });
  const text = "OPTIONS sip:100@127.0.0.1 SIP/2.0\r\n";
  let at = 0;
  const writer = setInterval(() => {
    const byte = text[at++ % text.length] ?? "";
    for (const socket of sockets) if (socket.writable) socket.write(byte);
  }, 200);
  const [goodput, slowest] = await Promise.all([ratedLoad(floodMs), standingCallAnswers(floodMs)]);
  clearInterval(writer);
  for (const socket of sockets) socket.destroy();
  expect(goodput).toBeGreaterThanOrEqual(0.8);
  expect(slowest).toBeLessThan(1_000);
});

test("a scanner gets no answer", async () => {
  const stranger = await source("127.0.0.5");
  const socket = dgram.createSocket("udp4");
  const silent = new Promise((resolve) => socket.once("message", resolve));
  await new Promise<void>((resolve) => {
    socket.bind(0, "127.0.0.5", resolve);
  });
  const text = [
    "OPTIONS sip:100@127.0.0.1 SIP/2.0",
    `Via: SIP/2.0/UDP 127.0.0.5:${socket.address().port};branch=z9hG4bKscan`,
    "From: <sip:100@1.1.1.1>;tag=1",
    "To: <sip:100@1.1.1.1>",
    "Call-ID: scan",
    "CSeq: 1 OPTIONS",
    "User-Agent: friendly-scanner",
  ].join("\r\n");
  socket.send(`${text}\r\nContent-Length: 0\r\n\r\n`, edge.sipPort, "127.0.0.1");
  // What is asked afterwards is answered: the scanner's turn is over by then.
  stranger.send("OPTIONS", "after-scan");
  const untilMs = performance.now() + 5_000;
  while (stranger.seen.length === 0 && performance.now() < untilMs) await pause(5);
  expect(stranger.seen.map(({ message }) => message.kind === "response" && message.status)).toEqual(
    [200],
  );
  expect(await Promise.race([silent, Promise.resolve("silent")])).toBe("silent");
  socket.close();
  stranger.close();
});
