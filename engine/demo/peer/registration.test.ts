// A registrar of a few lines on a plain socket: challenges, checks, grants.
import { createHash } from "node:crypto";
import { createSocket } from "node:dgram";
import { afterEach, expect, test } from "vitest";
import type { RegistrationState } from "./registration.ts";
import { headerValue, parameter, parseSip, type SipRequest, serialiseSip } from "./sip-lite.ts";
import { SipPeer } from "./sip-peer.ts";

const host = "127.0.0.1";
const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

const md5 = (text: string) => createHash("md5").update(text).digest("hex");

function authorised(request: SipRequest, password: string): boolean {
  const value = headerValue(request, "authorization");
  const uri = /uri="([^"]*)"/.exec(value)?.[1] ?? "";
  const expected = md5(`${md5(`1015:demo:${password}`)}:n1:${md5(`REGISTER:${uri}`)}`);
  return /response="([^"]*)"/.exec(value)?.[1] === expected;
}

async function registrar(password: string, grantedSeconds: number) {
  const socket = createSocket("udp4");
  const seen: string[] = [];
  socket.on("message", (data, from) => {
    const request = parseSip(data);
    if (request?.kind !== "request") return;
    const given = headerValue(request, "authorization") !== "";
    const good = given && authorised(request, password);
    const status = good ? 200 : given ? 403 : 401;
    seen.push(`${request.method} expires ${headerValue(request, "expires")} -> ${status}`);
    const copied = request.headers.filter(([name]) =>
      ["Via", "From", "To", "Call-ID", "CSeq"].includes(name),
    );
    const extra = good
      ? (["Contact", `${headerValue(request, "contact")};expires=${grantedSeconds}`] as const)
      : (["WWW-Authenticate", 'Digest realm="demo", nonce="n1", algorithm=MD5'] as const);
    const headers = [...copied, extra];
    socket.send(
      serialiseSip({ kind: "response", status, reason: "x", headers, body: "" }),
      from.port,
      from.address,
    );
  });
  await new Promise<void>((resolve) => socket.bind(0, host, resolve));
  const peer = await SipPeer.open({ host, t1Ms: 40 });
  cleanups.push(() => {
    peer.close();
    socket.close();
  });
  const registration = (states: RegistrationState[], done: () => boolean) =>
    new Promise<ReturnType<SipPeer["register"]>>((resolve) => {
      const made = peer.register({
        registrar: { host, port: socket.address().port },
        credentials: { username: "1015", password: "secret" },
        expiresSeconds: 60,
        retryMs: 20,
        onState: (state) => {
          states.push(state);
          if (done()) setImmediate(() => resolve(made));
        },
      });
    });
  return { seen, registration };
}

test("answers the challenge, and refreshes before the granted time ends", async () => {
  const { seen, registration } = await registrar("secret", 2);
  const states: RegistrationState[] = [];
  await registration(states, () => states.length === 2);
  expect(states).toEqual([{ kind: "registered" }, { kind: "registered" }]);
  expect(seen).toEqual([
    "REGISTER expires 60 -> 401",
    "REGISTER expires 60 -> 200",
    "REGISTER expires 60 -> 401",
    "REGISTER expires 60 -> 200",
  ]);
});

test("a wrong password is tried once per turn, then again after the pause", async () => {
  const { seen, registration } = await registrar("another", 60);
  const states: RegistrationState[] = [];
  const made = await registration(states, () => states.length === 2);
  made.stop();
  expect(states).toEqual([
    { kind: "failed", status: 403 },
    { kind: "failed", status: 403 },
  ]);
  expect(seen.slice(0, 4)).toEqual([
    "REGISTER expires 60 -> 401",
    "REGISTER expires 60 -> 403",
    "REGISTER expires 60 -> 401",
    "REGISTER expires 60 -> 403",
  ]);
});

test("tags of From and branch of Via are there, as every registrar demands", async () => {
  let request: SipRequest | null = null;
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, host, resolve));
  const peer = await SipPeer.open({ host, t1Ms: 40 });
  cleanups.push(() => {
    peer.close();
    socket.close();
  });
  const arrived = new Promise<void>((resolve) => {
    socket.once("message", (data) => {
      const message = parseSip(data);
      if (message?.kind === "request") request = message;
      resolve();
    });
  });
  peer.register({
    registrar: { host, port: socket.address().port },
    credentials: { username: "1015", password: "secret" },
  });
  await arrived;
  const value = (name: string) => (request === null ? "" : headerValue(request, name));
  expect(parameter(value("from"), "tag")).not.toBeNull();
  expect(parameter(value("via"), "branch")).toMatch(/^z9hG4bK/);
  expect(value("contact")).toBe(`<sip:1015@${host}:${peer.port}>`);
});
