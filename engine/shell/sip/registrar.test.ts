import { describe, expect, it } from "vitest";
import type { CentreEvent } from "../../core/event.ts";
import { createCounters } from "./counters.ts";
import { type DigestAlgorithm, digestResponse } from "./digest.ts";
import { createRegistrar, type RegisterRequest } from "./registrar.ts";

const udp = "SIP/2.0/UDP 10.0.0.5:5060;branch=z9hG4bK1";
const ws = "SIP/2.0/WS df7jal23ls0d.invalid;branch=z9hG4bK1";
const wsContact = "sip:x9@df7jal23ls0d.invalid;transport=ws";

/** Each REGISTER of a test has the next number. */
let cseq = 0;

function setUp() {
  cseq = 0;
  const events: CentreEvent[] = [];
  const counters = createCounters();
  const clock = { nowMs: () => clock.at, at: 1_000_000 };
  const registrar = createRegistrar({
    realm: "rexian",
    credentials: { secretOf: (user) => (user === "1001" || user === "2001" ? `pw-${user}` : null) },
    deviceOf: (agentId) => (agentId === "1001" ? "browser" : null),
    clock,
    counters,
    post: (event) => events.push(event),
  });
  return { registrar, events, counters, clock };
}

type Setup = ReturnType<typeof setUp>;
type Register = Readonly<{
  headers?: Record<string, string>;
  user?: string;
  to?: string;
  password?: string;
  algorithm?: DigestAlgorithm;
}>;

function request(headers: Record<string, string>): RegisterRequest {
  return {
    get: (name) => headers[name],
    source_address: "192.0.2.7",
    source_port: 40_000,
  };
}

/** REGISTER, challenge, REGISTER with its answer. */
function registerWell(setup: Setup, register: Register) {
  const { user = "1001", password = `pw-${user}`, algorithm = "MD5" } = register;
  cseq += 1;
  const headers = {
    ...{ to: `<sip:${register.to ?? user}@rexian>`, via: udp },
    ...{ "call-id": "device", cseq: `${cseq} REGISTER`, ...register.headers },
  };
  const challenge = setup.registrar.register(request(headers));
  const value = challenge.headers?.["WWW-Authenticate"] ?? "";
  const nonce = /nonce="([^"]+)"/.exec(value)?.[1] ?? "";
  const fields = {
    ...{ username: user, realm: "rexian", nonce, uri: "sip:rexian", algorithm },
    ...{ nc: "00000001", cnonce: "c" },
  };
  const response = digestResponse(fields, { method: "REGISTER", secret: password });
  const authorization =
    `Digest username="${user}", realm="rexian", nonce="${nonce}", uri="sip:rexian", ` +
    `response="${response}", algorithm=${algorithm}, cnonce="c", nc=00000001, qop=auth`;
  const again = request({ ...headers, authorization });
  return { challenge, reply: setup.registrar.register(again), again };
}

describe("challenges", () => {
  it.each([
    ["phones get both algorithms on lines of their own", udp, ["MD5", "SHA-256"]],
    ["browsers get what their library knows", ws, ["MD5"]],
  ])("%s", (_why, via, algorithms) => {
    const { registrar } = setUp();
    const reply = registrar.register(request({ to: "<sip:1001@rexian>", via }));
    const lines = `WWW-Authenticate: ${reply.headers?.["WWW-Authenticate"]}`.split("\r\n");
    const offered = lines.map((line) => /^WWW-Authenticate: .*algorithm=([^,]+)/.exec(line)?.[1]);
    expect([reply.status, offered]).toEqual([401, algorithms]);
  });
});

describe("bindings", () => {
  it.each<[string, Record<string, string>, [contact: string, seconds: number], string]>([
    [
      "a browser, for two minutes at most",
      { via: ws, contact: `<${wsContact}>;expires=600` },
      [wsContact, 120],
      `<${wsContact}>;expires=120`,
    ],
    [
      "a UDP phone behind NAT is called at its source",
      { contact: "<sip:1001@10.0.0.5:5060;line=2>", expires: "300" },
      ["sip:1001@192.0.2.7:40000;line=2", 300],
      "<sip:1001@10.0.0.5:5060;line=2>;expires=300",
    ],
    [
      "a TCP phone is called over its connection",
      { via: "SIP/2.0/TCP 10.0.0.5:5060", contact: "sip:1001@10.0.0.5;expires=9999" },
      ["sip:1001@10.0.0.5", 3_600],
      "<sip:1001@10.0.0.5>;expires=3600",
    ],
  ])("%s", (_why, headers, [contact, seconds], echoed) => {
    const setup = setUp();
    const { reply } = registerWell(setup, { headers, algorithm: "MD5" });
    const expiresAtMs = 1_000_000 + seconds * 1_000;
    expect(reply).toEqual({
      status: 200,
      headers: { Contact: echoed, Expires: String(seconds) },
    });
    expect(setup.events).toEqual([{ type: "deviceBound", agentId: "1001", contact, expiresAtMs }]);
    expect(setup.registrar.count()).toBe(1);
  });

  it.each<[string, Record<string, string>, number]>([
    ["a phone that would come too often", { contact: "<sip:1@h>;expires=30" }, 423],
    ["`*` that does not end", { contact: "*", expires: "60" }, 400],
    ["a contact that is no SIP URI", { contact: "<http://evil>" }, 400],
    ["a contact with a line break", { contact: "<sip:a\r\nX: y@h>" }, 400],
    ["an expiry that is no number", { contact: "<sip:1@h>;expires=soon" }, 400],
  ])("refuses %s", (_why, headers, status) => {
    const setup = setUp();
    expect(registerWell(setup, { headers }).reply.status).toBe(status);
    expect(setup.events).toEqual([]);
  });

  it("end with expires 0 or `*`, but not by an old page's good-bye", () => {
    const setup = setUp();
    const [oldPage, newPage] = ["sip:old@a.invalid;transport=ws", "sip:new@b.invalid;transport=ws"];
    for (const uri of [oldPage, newPage]) {
      registerWell(setup, { headers: { via: ws, contact: `<${uri}>` } });
    }
    setup.events.length = 0;
    registerWell(setup, { headers: { via: ws, contact: `<${oldPage}>;expires=0` } });
    expect([setup.events, setup.registrar.count()]).toEqual([[], 1]);
    registerWell(setup, { headers: { via: ws, contact: `<${newPage}>;expires=0` } });
    registerWell(setup, { headers: { via: ws, contact: "*", expires: "0" } });
    const unbound = { type: "deviceUnbound", agentId: "1001" };
    expect([setup.events, setup.registrar.count()]).toEqual([[unbound, unbound], 0]);
  });

  it("name the source that is a device: its transport, address and port, until they end", () => {
    const setup = setUp();
    const headers = { contact: "<sip:1001@10.0.0.5>", expires: "60" };
    const isDevice = (change: { via?: string; port?: number } = {}) => {
      const { via = udp, port = 40_000 } = change;
      return setup.registrar.isDevice({ ...request({ via }), source_port: port });
    };
    expect(isDevice()).toBe(false);
    registerWell(setup, { headers });
    registerWell(setup, { headers: { ...headers, contact: "<sip:1001@10.0.0.5;line=2>" } });
    const others = [isDevice({ via: ws }), isDevice({ port: 40_001 })];
    expect([isDevice(), ...others]).toEqual([true, false, false]);
    registerWell(setup, { headers: { ...headers, expires: "0" } });
    expect(isDevice()).toBe(true);
    setup.clock.at += 60_000;
    expect(isDevice()).toBe(false);
    registerWell(setup, { headers });
    registerWell(setup, { headers: { contact: "*", expires: "0" } });
    expect(isDevice()).toBe(false);
  });

  it("end when the edge lost that contact's connection", () => {
    const setup = setUp();
    registerWell(setup, { headers: { via: ws, contact: `<${wsContact}>` } });
    setup.events.length = 0;
    setup.registrar.forget("1001", "sip:other@a.invalid");
    setup.registrar.forget("1001", wsContact);
    expect(setup.events).toEqual([{ type: "deviceUnbound", agentId: "1001" }]);
  });
});

describe("several contacts of one agent", () => {
  const [first, second] = ["sip:1001@192.0.2.7:40000;line=1", "sip:1001@192.0.2.7:40000;line=2"];
  const put = (setup: Setup, contact: string, headers: Record<string, string> = {}) =>
    registerWell(setup, { headers: { contact, ...headers } }).reply;
  const bound = (contact: string, expiresAtMs: number) =>
    ({ type: "deviceBound", agentId: "1001", contact, expiresAtMs }) as const;

  it("are all listed, the newest first, and calls go to that one", () => {
    const setup = setUp();
    put(setup, `<${first}>;expires=300`);
    setup.clock.at += 10_500;
    expect(put(setup, `<${second}>;expires=60`)).toEqual({
      status: 200,
      headers: { Contact: `<${second}>;expires=60, <${first}>;expires=290`, Expires: "60" },
    });
    expect(setup.events).toEqual([bound(first, 1_300_000), bound(second, 1_070_500)]);
    expect(setup.registrar.count()).toBe(2);
  });

  it("come back in turn when the newest ends, is taken away, or loses its connection", () => {
    const setup = setUp();
    put(setup, `<${first}>;expires=300`);
    put(setup, `<${second}>;expires=60`);
    setup.events.length = 0;
    setup.clock.at += 61_000;
    setup.registrar.sweep();
    expect([setup.events.splice(0), setup.registrar.count()]).toEqual([
      [bound(first, 1_300_000)],
      1,
    ]);
    put(setup, `<${second}>;expires=60`);
    put(setup, `<${second}>;expires=0`);
    put(setup, `<${second}>;expires=60`);
    setup.registrar.forget("1001", second);
    const again = bound(second, 1_121_000);
    const back = bound(first, 1_300_000);
    expect(setup.events.splice(0)).toEqual([again, back, again, back]);
    setup.clock.at += 300_000;
    setup.registrar.sweep();
    const unbound = { type: "deviceUnbound", agentId: "1001" };
    expect([setup.events, setup.registrar.count()]).toEqual([[unbound], 0]);
  });

  it("in one REGISTER: the first is preferred, and one that is refused refuses all", () => {
    const setup = setUp();
    const both = put(setup, `<${first}>;expires=60, <${second}>;expires=90`);
    expect(both.headers?.["Contact"]).toBe(`<${first}>;expires=60, <${second}>;expires=90`);
    expect(put(setup, `<${first}>;expires=0, <${second}>;expires=5`).status).toBe(423);
    expect(setup.registrar.count()).toBe(2);
    expect(put(setup, "*", { expires: "0" }).status).toBe(200);
    expect(setup.registrar.count()).toBe(0);
  });

  it("a REGISTER that a later one overtook changes nothing (RFC 3261 10.3 step 7)", () => {
    const setup = setUp();
    put(setup, `<${first}>;expires=300`, { cseq: "7 REGISTER" });
    setup.events.length = 0;
    const late = [
      put(setup, `<${first}>;expires=0`, { cseq: "6 REGISTER" }),
      put(setup, "*", { expires: "0", cseq: "6 REGISTER" }),
    ];
    expect(late.map(({ status }) => status)).toEqual([500, 500]);
    expect(setup.events).toEqual([]);
    expect(put(setup, `<${first}>;expires=0`, { "call-id": "restarted" }).status).toBe(200);
  });

  it("are ten at most; the oldest goes", () => {
    const setup = setUp();
    for (let line = 1; line <= 12; line += 1) put(setup, `<sip:1001@192.0.2.7:40000;line=${line}>`);
    expect(setup.registrar.count()).toBe(10);
    expect(registerWell(setup, {}).reply.headers?.["Contact"]).not.toMatch(/line=[12]>/);
  });
});

describe("refusals", () => {
  it.each<[string, Register, number]>([
    ["SHA-256 is welcome", { algorithm: "SHA-256" }, 200],
    ["a wrong password", { password: "guess" }, 403],
    ["an unknown user", { user: "7777" }, 403],
    ["a user who is no agent", { user: "2001" }, 403],
    ["an address that is not the user's", { to: "1002" }, 403],
  ])("%s", (_why, register, status) => {
    const headers = { contact: "<sip:1@h>;expires=60" };
    expect(registerWell(setUp(), { headers, ...register }).reply.status).toBe(status);
  });

  it("asks anew for a repeated request and for an old nonce", () => {
    const setup = setUp();
    const { again } = registerWell(setup, { headers: { contact: "<sip:1@h>;expires=60" } });
    const replayed = setup.registrar.register(again);
    setup.clock.at += 61_000;
    const stale = setup.registrar.register(again);
    const isStale = (reply: typeof stale) =>
      reply.headers?.["WWW-Authenticate"]?.includes("stale=true") ?? false;
    expect([replayed.status, isStale(replayed), stale.status, isStale(stale)]).toEqual([
      401,
      false,
      401,
      true,
    ]);
    expect(setup.events).toHaveLength(1);
  });

  it("stops answering after ten wrong passwords, for a minute", () => {
    const setup = setUp();
    const guess = () => registerWell(setup, { password: "guess" }).reply.status;
    expect(Array.from({ length: 11 }, guess)).toEqual([...Array(10).fill(403), 503]);
    setup.clock.at += 60_000;
    expect(registerWell(setup, { headers: { contact: "<sip:1@h>" } }).reply.status).toBe(200);
    expect(setup.counters.registersLimited).toBe(2);
  });
});
