// What a trunk may do, and what nobody else may: channels, numbers, credentials, calls of agents.
import dgram from "node:dgram";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import WebSocket from "ws";
import { header, type SipResponse } from "../../engine/edge/sip/message/message.ts";
import { parseMessage } from "../../engine/edge/sip/message/parse.ts";
import { digestResponse } from "../../engine/shell/sip/digest.ts";
import { type Centre, startCentre } from "../system/centre.ts";
import { startSipp } from "../system/sipp.ts";
import { callerRefused, callerWhoReleases, callerWithDigest } from "../system/sipp-scenarios.ts";
import { testSite } from "../system/site.ts";

let centre: Centre;

const credentials = { username: "gateway-1", password: "correct-horse" };

beforeAll(async () => {
  const site = testSite({
    agents: [{ id: "1001" }, { id: "1102", device: { kind: "phone" } }],
    more: {
      trunks: [
        { id: "main", sources: ["127.0.0.1"] },
        { id: "small", sources: ["127.0.0.2"], channelsMax: 1, numbers: ["8000"] },
        { id: "secret", sources: ["127.0.0.3"], credentials },
      ],
    },
  });
  centre = await startCentre({ site });
});

afterAll(async () => {
  expect(await centre?.stop()).toBe(0);
});

function refused(localHost: string, status: number, service: string) {
  return startSipp({
    scenario: callerRefused({ rtpPort: 40_000, status }),
    target: centre.sipTarget,
    localHost,
    service,
    timeoutMs: 10_000,
  }).done;
}

describe("a trunk", () => {
  test("with one channel has one call at once; each refusal is counted", async () => {
    const plan = { rtpPort: 40_000, stayMs: 2_000 };
    const call = () =>
      startSipp({
        scenario: callerWhoReleases(plan),
        target: centre.sipTarget,
        localHost: "127.0.0.2",
        service: "8000",
      }).done;
    const first = call();
    await centre.fact("callAnswered");
    expect(await centre.metric('acd_sip_edge_trunk_channels{trunk="small"}')).toBe(1);
    expect(await refused("127.0.0.2", 503, "8000")).toMatchObject({ code: 0 });
    expect(await first).toMatchObject({ code: 0 });
    const counted = 'acd_sip_edge_trunk_refused_total{trunk="small",reason="channels"}';
    expect(await centre.metric(counted)).toBe(1);
    expect(await call()).toMatchObject({ code: 0 });
    expect(await centre.metric('acd_sip_edge_trunk_channels{trunk="small"}')).toBe(0);
  });

  test("reaches its own numbers only", async () => {
    expect(await refused("127.0.0.2", 403, "10086")).toMatchObject({ code: 0 });
  });

  test("with credentials is asked for them, and let in with the right ones only", async () => {
    const call = (password: string) =>
      startSipp({
        scenario: callerWithDigest({ rtpPort: 40_000, ...credentials, password }),
        target: centre.sipTarget,
        localHost: "127.0.0.3",
        service: "8000",
        timeoutMs: 10_000,
      }).done;
    expect(await call(credentials.password)).toMatchObject({ code: 0 });
    expect((await call("guess-guess")).code).not.toBe(0);
    expect(await centre.metric('acd_calls_rejected_total{reason="forbidden"}')).toBeGreaterThan(1);
  });
});

describe("an agent's phone", () => {
  type Wire = Readonly<{
    via: string;
    contact: string;
    send(text: string): void;
    /** One listener at a time. */
    listen(take: (data: Buffer) => void): void;
    close(): void;
  }>;

  /** A WebSocket from an address of the trunk, as through a proxy on the gateway's machine. */
  async function browserWire(): Promise<Wire> {
    const url = `${centre.baseUrl.replace("http", "ws")}/sip`;
    const socket = new WebSocket(url, "sip");
    await new Promise((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("error", reject);
    });
    return {
      via: "SIP/2.0/WS browser.invalid",
      contact: "sip:1102@browser.invalid;transport=ws",
      send: (text) => socket.send(text),
      listen: (take) => socket.removeAllListeners("message").on("message", take),
      close: () => socket.terminate(),
    };
  }

  /** A desk phone over UDP, with an address of the trunk. */
  async function deskPhoneWire(): Promise<Wire> {
    const socket = dgram.createSocket("udp4");
    await new Promise<void>((resolve) => {
      socket.bind(0, "127.0.0.1", resolve);
    });
    const [host = "", port] = centre.sipTarget.split(":");
    const own = `127.0.0.1:${socket.address().port}`;
    return {
      via: `SIP/2.0/UDP ${own}`,
      contact: `sip:1102@${own}`,
      send: (text) => socket.send(text, Number(port), host),
      listen: (take) => socket.removeAllListeners("message").on("message", take),
      close: () => socket.close(),
    };
  }

  function device(wire: Wire) {
    let cseq = 0;
    async function ask(
      method: string,
      options: { to: string; extra?: string[] },
    ): Promise<SipResponse> {
      cseq += 1;
      const lines = [
        `${method} sip:${method === "REGISTER" ? "rexian" : options.to} SIP/2.0`,
        `Via: ${wire.via};branch=z9hG4bK-${method}-${cseq}`,
        "Max-Forwards: 70",
        "From: <sip:1102@rexian>;tag=device",
        `To: <sip:${options.to}>`,
        `Call-ID: ${method}-${options.to}-${wire.contact}`,
        `CSeq: ${cseq} ${method}`,
        `Contact: <${wire.contact}>;expires=60`,
        ...(options.extra ?? []),
        "Content-Length: 0",
      ];
      const answer = new Promise<SipResponse>((resolve) => {
        wire.listen((data) => {
          const parsed = parseMessage(data);
          const message = parsed.ok ? parsed.message : null;
          if (message?.kind !== "response" || message.status < 200) return;
          if (header(message, "CSeq") !== `${cseq} ${method}`) return;
          resolve(message);
        });
      });
      wire.send(`${lines.join("\r\n")}\r\n\r\n`);
      return await answer;
    }
    return { ask, close: wire.close };
  }

  function authorization(challenge: string, username: string): string {
    const given = {
      username,
      realm: "rexian",
      nonce: /nonce="([^"]+)"/.exec(challenge)?.[1] ?? "",
      uri: "sip:rexian",
      algorithm: "MD5",
      nc: "00000001",
      cnonce: "abc",
    } as const;
    const secret = centre.logins["1102"]?.sip ?? "";
    const response = digestResponse(given, { method: "REGISTER", secret });
    const fields = Object.entries({ ...given, response }).map(([name, value]) =>
      name === "nc" || name === "algorithm" ? `${name}=${value}` : `${name}="${value}"`,
    );
    return `Authorization: Digest ${fields.join(", ")}, qop=auth`;
  }

  test.each([
    ["a browser", browserWire],
    ["a desk phone", deskPhoneWire],
  ])(
    "%s registers as himself only, and no call that it begins gets through",
    async (_what, wire) => {
      const phone = device(await wire());
      const register = async (to: string) => {
        const challenge = header(await phone.ask("REGISTER", { to }), "WWW-Authenticate") ?? "";
        const extra = [authorization(challenge, "1102")];
        return (await phone.ask("REGISTER", { to, extra })).status;
      };
      expect([await register("1001@rexian"), await register("1102@rexian")]).toEqual([403, 200]);
      const numbers = ["10086@rexian", "008613800138000@rexian", "1001@rexian", "%31%30086@rexian"];
      for (const to of numbers) {
        const answer = await phone.ask("INVITE", { to });
        expect([to, answer.status, header(answer, "Warning")]).toEqual([
          to,
          403,
          '399 rexian "agents call from their desk"',
        ]);
      }
      const extra = ["P-Asserted-Identity: <sip:13800138000@carrier>"];
      expect((await phone.ask("INVITE", { to: "8000@rexian", extra })).status).toBe(403);
      const arrived = (await centre.facts()).filter(({ type }) => type === "callArrived");
      expect(arrived.every((fact) => !JSON.stringify(fact).includes("1102"))).toBe(true);
      phone.close();
    },
  );
});
