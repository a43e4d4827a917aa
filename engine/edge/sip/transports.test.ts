// Every transport with the real drachtio-srf behind it: a request in, a call out.
import dgram from "node:dgram";
import net from "node:net";
import tls from "node:tls";
import Srf from "drachtio-srf";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { header, type SipRequest } from "./message/message.ts";
import type { SipEdge } from "./start.ts";
import { Peer, sdp, udpPeer } from "./testing/peer.ts";
import { startTestEdge, until, untilEmpty } from "./testing/rig.ts";
import { testCert, testKey, testTlsFiles } from "./testing/tls.ts";
import { VirtualTimers } from "./testing/virtual-timers.ts";
import { rfcTimerValues } from "./transaction/timers.ts";

const files = testTlsFiles();
const advertise = "192.0.2.10";
/** Of the hosts behind `two.example.com`. */
let twoPorts: number[] = [];
let edge: SipEdge;
let srf: Srf;
let timers: VirtualTimers;
let hostPorts: string;
let localHostPorts: string;

beforeAll(async () => {
  const host = "127.0.0.1";
  timers = new VirtualTimers();
  edge = await startTestEdge({
    ...{ timers, timerValues: rfcTimerValues },
    points: [
      { host, port: 0, protocols: ["udp", "tcp"], advertise },
      { host, port: 0, protocols: ["tls"], advertise: null },
      { host, port: 0, protocols: ["ws"], advertise: null },
      { host, port: 0, protocols: ["wss"], advertise: null },
      {
        host: "::1",
        port: 0,
        protocols: ["udp", "tcp"],
        advertise: null,
      },
    ],
    tls: files,
    names: {
      naptr: async () => [],
      srv: async (name) =>
        name === "_sip._udp.two.example.com"
          ? twoPorts.map((port, priority) => ({
              priority,
              weight: 0,
              name: "sip.example.com",
              port,
            }))
          : [],
      addresses: async (name) =>
        name === "sip.example.com" ? [{ address: "127.0.0.1", ttlSeconds: 60 }] : [],
    },
  });
  srf = new Srf();
  srf.use("options", (_request: Srf.SrfRequest, response: Srf.SrfResponse) => response.send(200));
  void srf.connect({ host: "127.0.0.1", port: edge.appPort, secret: "secret" });
  await new Promise<void>((resolve) => {
    srf.once("connect", (_error: unknown, listed: string, _version: string, local: string) => {
      hostPorts = listed;
      localHostPorts = local;
      resolve();
    });
  });
});

// What stays for repetitions goes.
afterEach(() => timers.advance(64_000));

afterAll(async () => {
  srf.disconnect();
  await untilEmpty(edge);
  await edge.close();
  files.remove();
});

/** Port of the listener with that prefix, as the application sees the list. */
function portOf(prefix: string): number {
  const listed = localHostPorts.split(",").find((one) => one.startsWith(`${prefix}:`));
  return Number(listed?.slice(prefix.length + 1));
}

async function streamPeer(socket: net.Socket): Promise<Peer> {
  const peer = new Peer("stream");
  socket.on("data", (bytes: Buffer) => peer.push(bytes));
  await new Promise<void>((resolve, reject) => {
    socket.once(socket instanceof tls.TLSSocket ? "secureConnect" : "connect", () => resolve());
    socket.once("error", reject);
  });
  peer.wire = { send: (text) => socket.write(text), close: () => socket.destroy() };
  return peer;
}

async function webSocketPeer(url: string): Promise<Peer> {
  const peer = new Peer("web");
  const socket = new WebSocket(url, ["sip"], { ca: testCert });
  socket.on("message", (data: Buffer) => peer.push(data));
  await new Promise<void>((resolve, reject) => {
    socket.once("open", () => resolve());
    socket.once("error", reject);
  });
  peer.wire = { send: (text) => socket.send(text), close: () => socket.terminate() };
  return peer;
}

async function datagramPeer(type: "udp4" | "udp6", host: string, port: number): Promise<Peer> {
  const peer = new Peer("datagram");
  const socket = dgram.createSocket(type);
  socket.on("message", (bytes) => peer.push(bytes));
  await new Promise<void>((resolve) => {
    socket.bind(0, host, resolve);
  });
  peer.wire = {
    send: (text) => socket.send(text, port, host),
    close: () => socket.close(),
  };
  return peer;
}

function options(peer: Peer, via: string): void {
  peer.send([
    "OPTIONS sip:100@example.com SIP/2.0",
    `Via: ${via};branch=${peer.branch()}`,
    "Max-Forwards: 70",
    "From: <sip:a@example.com>;tag=1",
    "To: <sip:100@example.com>",
    `Call-ID: ${via.replaceAll(/\W/g, "-")}`,
    "CSeq: 1 OPTIONS",
  ]);
}

describe("requests in", () => {
  const secure = { ca: testCert, servername: "localhost", host: "127.0.0.1" };
  test.each<[string, string, () => Promise<Peer>]>([
    [
      "UDP",
      "SIP/2.0/UDP 127.0.0.1",
      () => datagramPeer("udp4", "127.0.0.1", portOf("udp/127.0.0.1")),
    ],
    [
      "TCP",
      "SIP/2.0/TCP 127.0.0.1",
      () => streamPeer(net.connect(portOf("tcp/127.0.0.1"), "127.0.0.1")),
    ],
    [
      "TLS",
      "SIP/2.0/TLS 127.0.0.1",
      () => streamPeer(tls.connect({ ...secure, port: portOf("tls/127.0.0.1") })),
    ],
    ["WS", "SIP/2.0/WS x.invalid", () => webSocketPeer(`ws://127.0.0.1:${portOf("ws/127.0.0.1")}`)],
    [
      "WSS",
      "SIP/2.0/WSS x.invalid",
      () => webSocketPeer(`wss://127.0.0.1:${portOf("wss/127.0.0.1")}`),
    ],
    ["UDP over IPv6", "SIP/2.0/UDP [::1]", () => datagramPeer("udp6", "::1", portOf("udp/[::1]"))],
    [
      "TCP over IPv6",
      "SIP/2.0/TCP [::1]",
      () => streamPeer(net.connect(portOf("tcp/[::1]"), "::1")),
    ],
  ])("%s", async (_name, via, open) => {
    const peer = await open();
    options(peer, via);
    const ok = await peer.response(200);
    const source = via.includes("[::1]") ? "::1" : "127.0.0.1";
    expect(header(ok, "Via")).toMatch(new RegExp(`;received=${source};rport=\\d+$`));
    peer.wire?.close();
  });

  test("TLS below 1.2 is refused", async () => {
    const socket = tls.connect({
      ...secure,
      port: portOf("tls/127.0.0.1"),
      maxVersion: "TLSv1.1",
      minVersion: "TLSv1",
    });
    await new Promise((resolve) => socket.once("error", resolve));
  });

  test("a program that speaks HTTP on the WebSocket port is told so", async () => {
    const response = await fetch(`http://127.0.0.1:${portOf("ws/127.0.0.1")}/`);
    expect([response.status, await response.text()]).toEqual([426, "SIP over WebSocket only.\n"]);
  });
});

test("the application sees every listener, advertised and bound", () => {
  const kinds = (list: string) =>
    list
      .replace(/:\d+(?=,|$)/g, "")
      .split(",")
      .sort();
  const own = ["tcp/[::1]", "tls/127.0.0.1", "udp/[::1]", "ws/127.0.0.1", "wss/127.0.0.1"];
  expect(kinds(hostPorts)).toEqual([`tcp/${advertise}`, `udp/${advertise}`, ...own].sort());
  expect(kinds(localHostPorts)).toEqual(["tcp/127.0.0.1", "udp/127.0.0.1", ...own].sort());
});

describe("calls out", () => {
  /** Rejects the call so that the test need not end it. */
  async function invited(uri: string, peer: Peer): Promise<[via: string, contact: string]> {
    const calling = srf
      .createUAC(uri, { localSdp: sdp, headers: { Contact: "<sip:me@localhost>" } })
      .catch((error: { status: number }) => error.status);
    const invite = await peer.request("INVITE");
    peer.answer(invite, 486);
    expect(await calling).toBe(486);
    await peer.request("ACK");
    return [header(invite, "Via") ?? "", header(invite, "Contact") ?? ""];
  }

  async function answeredBy(peer: Peer, status: number): Promise<SipRequest> {
    const invite = await peer.request("INVITE");
    peer.answer(invite, status);
    await peer.request("ACK");
    return invite;
  }

  test("UDP over IPv6 writes its address in brackets (RFC 5118 4.1)", async () => {
    const peer = new Peer("six");
    const socket = dgram.createSocket("udp6");
    socket.on("message", (bytes, from) => {
      peer.wire = {
        send: (text) => socket.send(text, from.port, from.address),
        close: () => socket.close(),
      };
      peer.push(bytes);
    });
    await new Promise<void>((resolve) => {
      socket.bind(0, "::1", resolve);
    });
    const [via, contact] = await invited(`sip:x@[::1]:${socket.address().port}`, peer);
    const port = portOf("udp/[::1]");
    expect(via).toMatch(`SIP/2.0/UDP [::1]:${port};rport;branch=`);
    expect(contact).toBe(`<sip:me@[::1]:${port}>`);
    peer.wire?.close();
  });

  test.each([
    [
      "TLS to an address of its certificate",
      (port: number) => `sip:x@127.0.0.1:${port};transport=tls`,
    ],
    ["TLS to a name of its certificate", (port: number) => `sips:x@sip.example.com:${port}`],
  ])("%s", async (_name, uri) => {
    const peer = new Peer("secure");
    const sockets: tls.TLSSocket[] = [];
    const server = tls.createServer({ key: testKey, cert: testCert }, (socket) => {
      sockets.push(socket);
      peer.wire = { send: (text) => socket.write(text), close: () => socket.destroy() };
      socket.on("data", (bytes: Buffer) => peer.push(bytes));
      socket.on("error", () => {});
    });
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    const { port } = server.address() as net.AddressInfo;
    const [via, contact] = await invited(uri(port), peer);
    expect(via).toMatch(`SIP/2.0/TLS 127.0.0.1:${portOf("tls/127.0.0.1")};rport;branch=`);
    expect(contact).toBe(`<sip:me@127.0.0.1:${portOf("tls/127.0.0.1")};transport=tls>`);
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  test("TLS to a peer whose certificate bears another name fails with 503", async () => {
    const server = tls.createServer({ key: testKey, cert: testCert });
    server.on("tlsClientError", () => {});
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.2", resolve);
    });
    const { port } = server.address() as net.AddressInfo;
    const status = await srf
      .createUAC(`sip:x@127.0.0.2:${port};transport=tls`, { localSdp: sdp })
      .catch((error: { status: number }) => error.status);
    expect(status).toBe(503);
    server.close();
  });

  test("a dead UDP port is noticed at the first repetition: 503", async () => {
    const socket = dgram.createSocket("udp4");
    await new Promise<void>((resolve) => {
      socket.bind(0, "127.0.0.1", resolve);
    });
    const { port } = socket.address();
    await new Promise<void>((resolve) => {
      socket.close(() => resolve());
    });
    const calling = srf
      .createUAC(`sip:x@127.0.0.1:${port}`, { localSdp: sdp })
      .catch((error: { status: number }) => error.status);
    expect(await timers.advanceUntil(calling)).toBe(503);
  });

  test("a name that leads nowhere: 503", async () => {
    const status = await srf
      .createUAC("sip:x@nowhere.example.com", { localSdp: sdp })
      .catch((error: { status: number }) => error.status);
    expect(status).toBe(503);
  });

  test("the next host when the first is dead, and when it answers 503 (RFC 3263 4.3)", async () => {
    const [first, second] = [await udpPeer("first", edge.port), await udpPeer("second", edge.port)];
    twoPorts = [first.port, second.port];
    const calling = () =>
      srf
        .createUAC("sip:x@two.example.com", { localSdp: sdp })
        .catch((error: { status: number }) => error.status);
    const refused = calling();
    const tried = await answeredBy(first, 503);
    const next = await timers.advanceUntil(answeredBy(second, 486));
    expect(header(next, "Call-ID")).toBe(header(tried, "Call-ID"));
    expect(header(next, "Via")).not.toBe(header(tried, "Via"));
    expect(await refused).toBe(486);
    first.wire?.close();
    const dead = calling();
    await timers.advanceUntil(answeredBy(second, 487));
    expect(await dead).toBe(487);
    second.wire?.close();
  });

  test.each(["sip:x@127.0.0.1;transport=sctp", "sips:x@127.0.0.1;transport=udp"])(
    "%s is refused at once",
    async (uri) => {
      const error = await srf.createUAC(uri, { localSdp: sdp }).catch((failure: Error) => failure);
      expect(String(error)).toContain("requested protocol/transport not available");
    },
  );
});

test("closed connections are forgotten", async () => {
  await until(() => edge.tables().connections === 0, "no connection");
});
