// Look-ups against a real HTTP server: answers, and every way in which one can fail.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pino from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LookUpRequest } from "../../core/command.ts";
import type { CentreEvent } from "../../core/event.ts";
import { valueAt } from "./json-path.ts";
import { createLookUps } from "./look-ups.ts";

const dir = mkdtempSync(join(tmpdir(), "look-ups-"));
const asked: string[] = [];
let server: Server;
let host = "";

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = "";
  for await (const part of request) body += String(part);
  asked.push(`${request.method} ${request.url} ${request.headers["x-key"] ?? ""} ${body}`);
  if (request.url === "/slow") return;
  if (request.url === "/moved") response.writeHead(302, { location: "http://127.0.0.1:1/" });
  if (request.url === "/missing") response.statusCode = 404;
  if (request.url === "/large") response.write(" ".repeat(5_000));
  response.end(request.url === "/text" ? "hello" : '{"a":{"b":[1,{"c":"x"}]}}');
}

beforeAll(async () => {
  writeFileSync(join(dir, "key"), "s3cret\n");
  server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
  rmSync(dir, { recursive: true });
});

function lookUp(path: string, changes: Partial<LookUpRequest> = {}, runningMax = 10) {
  return new Promise<CentreEvent>((done) => {
    const performer = createLookUps({
      sink: { post: done },
      hosts: [host],
      secrets: { crm: join(dir, "key"), gone: join(dir, "none") },
      answerBytesMax: 4_096,
      log: pino({ level: "silent" }),
      runningMax,
    });
    performer.perform({
      type: "lookUp",
      callId: "c1",
      lookUpId: "l1",
      request: {
        method: "GET",
        url: `http://${host}${path}`,
        secretHeaders: {},
        body: null,
        timeoutMs: 2_000,
        into: { one: "$.a.b[0]", two: "$.a.b[1].c", none: "$.z" },
        ...changes,
      },
    });
  });
}

const ended = (values: object, why: string | null) => ({
  type: "lookUpEnded",
  callId: "c1",
  lookUpId: "l1",
  values,
  why,
});

describe("a look-up", () => {
  it("sends its body and secrets, and takes the values out of the answer", async () => {
    const given = { method: "POST", body: { q: 1 }, secretHeaders: { "x-key": "crm" } } as const;
    expect(await lookUp("/ok", given)).toEqual(ended({ one: 1, two: "x", none: null }, null));
    expect(asked.at(-1)).toBe('POST /ok s3cret {"q":1}');
  });

  it.each([
    ["/missing", {}, "status"],
    ["/text", {}, "notJson"],
    ["/large", {}, "tooLarge"],
    ["/moved", {}, "unreachable"],
    ["/slow", { timeoutMs: 100 }, "timeout"],
    ["/ok", { secretHeaders: { a: "gone" } }, "refused"],
    ["/ok", { url: "http://127.0.0.1:1/" }, "refused"],
    ["/ok", { url: "file:///etc/passwd" }, "refused"],
    ["/ok", { url: "no url" }, "refused"],
  ])("of %s with %o fails: %s", async (path, changes, why) => {
    expect(await lookUp(path, changes)).toEqual(ended({}, why));
  });

  it("is refused while too many run, and says unreachable where nobody listens", async () => {
    expect(await lookUp("/ok", {}, 0)).toEqual(ended({}, "refused"));
  });
});

it.each([
  ["$", null],
  ["$.a.b[0]", 1],
  ["$.a.b", null],
  ["$.a.b[9]", null],
  ["$.__proto__.x", null],
  ["a.b", null],
  ["$..a", null],
  ["$.a[", null],
] as const)("the path %s gives %s", (path, value) => {
  expect(valueAt({ a: { b: [1] } }, path)).toBe(value);
});
