// What strangers send to the ports of a running centre: refused or ignored, counted, and calls that
// stand go on. Judged by a call that talks all the while.
import { createSocket } from "node:dgram";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import WebSocket from "ws";
import { type Centre, freePort, startCentre } from "../system/centre.ts";
import { RtpEndpoint } from "../system/rtp-endpoint.ts";
import { type SippRun, startSipp, startSippPhone } from "../system/sipp.ts";
import { callerUntilBye, phoneWhoAnswers } from "../system/sipp-scenarios.ts";
import { testSite } from "../system/site.ts";
import { until } from "../system/wait.ts";

let centre: Centre;
let caller: RtpEndpoint;
let phone: RtpEndpoint;
let pids: [number, number];
const running: SippRun[] = [];

beforeAll(async () => {
  const phonePort = await freePort();
  centre = await startCentre({
    site: testSite({
      agents: [{ id: "1101", device: { kind: "fixed", uri: `sip:1101@127.0.0.1:${phonePort}` } }],
    }),
  });
  caller = await RtpEndpoint.open({ toneHz: 500 });
  phone = await RtpEndpoint.open({ toneHz: 900 });
  running.push(
    await startSippPhone({
      scenario: phoneWhoAnswers({ rtpPort: phone.port, ringMs: 50 }),
      localPort: phonePort,
    }),
    startSipp({
      scenario: callerUntilBye({ rtpPort: caller.port }),
      target: centre.sipTarget,
      service: "10086",
      timeoutMs: 120_000,
    }),
  );
  await Promise.all([caller.hears(900), phone.hears(500)]);
  pids = [await centre.enginePid(), await centre.edgePid()];
});

afterAll(async () => {
  for (const sipp of running) sipp.kill();
  caller?.close();
  phone?.close();
  expect(await centre?.stop()).toBe(0);
});

/** The call talks on, nobody died, and the books know of no bug. */
async function unharmed(): Promise<void> {
  caller.forget();
  phone.forget();
  await Promise.all([caller.hears(900), phone.hears(500)]);
  expect([await centre.enginePid(), await centre.edgePid()]).toEqual(pids);
  expect(await centre.metric("acd_invariant_violations_total")).toBe(0);
}

function sipPort(): number {
  return Number(centre.sipTarget.split(":")[1]);
}

async function edgeCounter(name: string): Promise<number> {
  const health = (await (await fetch(`${centre.baseUrl}/edge/health`)).json()) as {
    sip: { counters: Record<string, number> };
  };
  return health.sip.counters[name] ?? Number.NaN;
}

describe("SIP", () => {
  test("malformed datagrams are counted and dropped", async () => {
    const before = await edgeCounter("malformed");
    const socket = createSocket("udp4");
    const messages = [
      "INVITE",
      "\0\0\0\0",
      "INVITE sip:12345@127.0.0.1 SIP/2.0\r\nContent-Length: -1\r\n\r\n",
      `INVITE sip:12345@127.0.0.1 SIP/2.0\r\nCSeq: ${"9".repeat(400)} INVITE\r\n\r\n`,
      `OPTIONS sip:x@127.0.0.1 SIP/2.0\r\n${"Via: SIP/2.0/UDP a\r\n".repeat(2_000)}\r\n`,
      "x".repeat(60_000),
    ];
    for (const message of messages) {
      await new Promise((resolve) => socket.send(message, sipPort(), "127.0.0.1", resolve));
    }
    await until(
      "all of them are counted",
      async () => (await edgeCounter("malformed")) - before >= messages.length - 1,
    );
    socket.close();
    await unharmed();
  });

  test("a stream that announces a huge body is closed before it is read", async () => {
    const socket = connect(sipPort(), "127.0.0.1");
    socket.on("error", () => undefined);
    const closed = new Promise((resolve) => socket.on("close", resolve));
    socket.write(
      "OPTIONS sip:x@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKx\r\nContent-Length: 999999999\r\n\r\n",
    );
    await closed;
    await unharmed();
  });
});

describe("WebSocket", () => {
  function open(path: string, options: WebSocket.ClientOptions = {}, protocol?: string): WebSocket {
    const url = `${centre.baseUrl.replace("http", "ws")}${path}`;
    const socket =
      protocol === undefined ? new WebSocket(url, options) : new WebSocket(url, protocol, options);
    socket.on("error", () => undefined);
    return socket;
  }
  const closeCode = (socket: WebSocket) =>
    new Promise<number>((resolve) => socket.on("close", (code) => resolve(code)));

  async function agentCookie(): Promise<string> {
    const response = await fetch(`${centre.baseUrl}/api/v1/login`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ username: "1101", password: centre.logins["1101"]?.password }),
    });
    expect(response.status).toBe(200);
    return response.headers.get("set-cookie")?.split(";")[0] ?? "";
  }

  test("an oversized SIP frame closes its connection only (1009)", async () => {
    const socket = open("/sip", {}, "sip");
    const code = closeCode(socket);
    socket.on("open", () => socket.send("x".repeat(1_000_000)));
    expect(await code).toBe(1009);
    await unharmed();
  });

  test.each([
    ["no JSON", "hello"],
    ["an unknown type", '{"type":"becomeAdmin","requestId":"1"}'],
    ["a wrong type of value", '{"type":"goNotReady","requestId":"1","reason":7}'],
    ["too many keys", '{"type":"goReady","requestId":"1","agentId":"1002"}'],
  ])("a desk frame with %s closes the desk with 1008", async (_why, frame) => {
    const socket = open("/desk", { headers: { cookie: await agentCookie() } });
    const code = closeCode(socket);
    socket.on("open", () => socket.send(frame));
    expect(await code).toBe(1008);
    await unharmed();
  });

  test("a desk without a login, or from a foreign page, is refused at the door", async () => {
    const status = (socket: WebSocket) =>
      new Promise((resolve) =>
        socket.on("unexpected-response", (_request, response) => resolve(response.statusCode)),
      );
    expect(await status(open("/desk"))).toBe(401);
    const cookie = await agentCookie();
    expect(
      await status(open("/desk", { headers: { cookie }, origin: "http://evil.example" })),
    ).toBe(403);
    expect(await status(open("/sip", { origin: "http://evil.example" }, "sip"))).toBe(403);
  });
});
