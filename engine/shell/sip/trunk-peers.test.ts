// Peers of trunks in virtual time: OPTIONS, registration, digest, refresh, back-off.
import pino from "pino";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { CentreEvent } from "../../core/event.ts";
import type { Question } from "./edge-link.ts";
import type { SrfResponse } from "./srf-types.ts";
import { createTrunkPeers } from "./trunk-peers.ts";
import type { TrunkTarget } from "./trunk-target.ts";

type Answer = Readonly<{ status: number; headers?: Record<string, string> }> | null;

const target: TrunkTarget = {
  host: "192.0.2.1",
  port: 5062,
  transport: "udp",
  credentials: { username: "line-1", password: "secret" },
};
const challenge = { "www-authenticate": 'Digest realm="carrier", nonce="n1", qop="auth"' };

function peerOf(outbound: TrunkTarget, answer: (question: Question) => Answer) {
  const events: CentreEvent[] = [];
  const asked: Question[] = [];
  const link = { isUp: true };
  const peers = createTrunkPeers({
    trunks: [
      { id: "plain", outbound: target },
      { id: "carrier", outbound },
    ],
    edge: {
      isUp: () => link.isUp,
      async ask(question) {
        asked.push(question);
        const given = answer(question);
        return { ok: true, value: given === null ? null : responseOf(given) };
      },
    },
    log: pino({ level: "silent" }),
    post: (event) => events.push(event),
  });
  const states = () =>
    events.map((event) => event.type === "trunkStateChanged" && [event.trunkId, event.isUp]);
  return { peers, asked, states, link };
}

const responseOf = ({ status, headers = {} }: NonNullable<Answer>) =>
  ({ status, get: (name: string) => headers[name] }) as unknown as SrfResponse;

const seconds = (count: number) => vi.advanceTimersByTimeAsync(count * 1_000);

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it("asks with OPTIONS, and tells when answers stop and begin again", async () => {
  let answer: Answer = { status: 405 };
  const { peers, asked, states, link } = peerOf({ ...target, optionsSeconds: 10 }, () => answer);
  await seconds(60);
  expect(asked).toEqual([]);
  peers.start();
  await seconds(25);
  expect(asked.map((question) => [question.method, question.target])).toEqual(
    Array(3).fill(["OPTIONS", "sip:192.0.2.1:5062"]),
  );
  answer = null;
  await seconds(20);
  answer = { status: 200 };
  await seconds(10);
  answer = { status: 503 };
  await seconds(10);
  expect(states()).toEqual([
    ["carrier", true],
    ["carrier", false],
    ["carrier", true],
    ["carrier", false],
  ]);
  expect(peers.state()).toEqual([
    { trunkId: "carrier", answersOptions: false, registration: null },
  ]);
  link.isUp = false;
  const before = asked.length;
  await seconds(30);
  expect(asked.length).toBe(before);
  peers.close();
  link.isUp = true;
  await seconds(30);
  expect(asked.length).toBe(before);
});

it("registers with a digest, refreshes before the binding ends, and keeps one Call-ID", async () => {
  const { peers, asked, states } = peerOf(
    { ...target, register: { expiresSeconds: 600, domain: "carrier.example" } },
    ({ headers }) =>
      headers["Authorization"] === undefined
        ? { status: 401, headers: challenge }
        : { status: 200, headers: { contact: "<sip:line-1@10.0.0.1:5060>;expires=100" } },
  );
  peers.start();
  await seconds(1);
  expect(asked.map(({ headers }) => headers["CSeq"])).toEqual(["1 REGISTER", "2 REGISTER"]);
  expect(asked[0]?.headers).toMatchObject({
    To: "<sip:line-1@carrier.example>",
    Contact: "<sip:line-1@localhost>",
    Expires: "600",
  });
  expect(asked[1]?.headers["Authorization"]).toContain('username="line-1", realm="carrier"');
  await seconds(80);
  expect(asked.length).toBe(4);
  expect(new Set(asked.map(({ headers }) => headers["Call-ID"])).size).toBe(1);
  expect(states()).toEqual([["carrier", true]]);
  expect(peers.state()).toEqual([
    {
      trunkId: "carrier",
      answersOptions: null,
      registration: { isRegistered: true, failures: 0, lastStatus: 200 },
    },
  ]);
  peers.close();
});

it("tries again after ever longer pauses, and never twice with the same wrong password", async () => {
  let isRight = false;
  const { peers, asked, states } = peerOf(
    { ...target, register: { expiresSeconds: 600, domain: null } },
    ({ headers }) =>
      headers["Authorization"] !== undefined && isRight
        ? { status: 200 }
        : { status: 401, headers: challenge },
  );
  peers.start();
  const at: number[] = [];
  for (let second = 0; second < 80; second += 1) {
    await seconds(1);
    if (asked.length > at.length * 2) at.push(second);
  }
  expect(asked.length).toBe(at.length * 2);
  expect(at).toEqual([0, 4, 14, 34, 74]);
  isRight = true;
  await seconds(80);
  expect(states()).toEqual([
    ["carrier", false],
    ["carrier", true],
  ]);
  peers.close();
});

it("takes a longer interval when asked, and is out of order once the binding has ended unrenewed", async () => {
  let isThere = true;
  const { peers, asked, states } = peerOf(
    { ...target, register: { expiresSeconds: 60, domain: null } },
    ({ headers }) => {
      if (!isThere) return null;
      return headers["Expires"] === "60"
        ? { status: 423, headers: { "min-expires": "120" } }
        : { status: 200, headers: { expires: "120" } };
    },
  );
  peers.start();
  await seconds(1);
  expect(asked.map(({ headers }) => headers["Expires"])).toEqual(["60", "120"]);
  isThere = false;
  await seconds(110);
  expect(states()).toEqual([["carrier", true]]);
  await seconds(20);
  expect(states()).toEqual([
    ["carrier", true],
    ["carrier", false],
  ]);
  peers.close();
});
