import { mkdtempSync, writeFileSync } from "node:fs";
import { request as httpRequest, IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fastify from "fastify";
import { describe, expect, it } from "vitest";
import { guardRoutes } from "./access.ts";

import { board, errorOf, fact, people, row, site, why, world } from "./testing-world.ts";

describe("access", () => {
  type Row = [url: string, allowed: readonly string[]];
  const everybody = ["1001", "2001", "3001", "4001", "5001", "9001"];
  it.each<Row>([
    ["/api/v1/me", everybody],
    ["/api/v1/wallboard", ["2001", "3001", "9001"]],
    ["/api/v1/calls/c1/why", ["2001", "3001", "9001"]],
    ["/api/v1/calls", ["2001", "3001", "4001", "5001", "9001"]],
    ["/api/v1/reports/queues?from=1&to=2&by=day", ["2001", "3001", "4001", "5001", "9001"]],
    ["/api/v1/reports/queues.csv?from=1&to=2&by=day", ["2001", "3001", "4001", "5001", "9001"]],
    ["/api/v1/calls/c1", ["2001", "3001", "9001"]],
    ["/api/v1/site", ["9001"]],
  ])("%s", async (url, allowed) => {
    const { web, cookieOf } = await world();
    const statuses = await Promise.all(
      everybody.map(async (id) => {
        const headers = { cookie: await cookieOf(id) };
        return [id, (await web.app.inject({ url, headers })).statusCode];
      }),
    );
    expect(statuses).toEqual(everybody.map((id) => [id, allowed.includes(id) ? 200 : 403]));
    expect((await web.app.inject({ url })).statusCode).toBe(401);
  });

  it("every operation has a rule, and one without does not start", async () => {
    const { web } = await world();
    expect(Object.fromEntries(web.rules)).toMatchObject({
      "GET /api/v1/site": ["admin"],
      "POST /api/v1/login": "public",
      "GET /debug/facts": "loopback",
      "HEAD /debug/facts": "loopback",
    });
    const bare = fastify();
    guardRoutes(bare, { whoIs: () => null, origins: [] });
    expect(() => bare.get("/x", async () => "x")).toThrow("GET /x has no access rule");
  });

  it("every operation of the API asks for a login, but login and logout", async () => {
    const { web } = await world();
    const document = (await web.app.inject({ url: "/api/openapi.json" })).json();
    const open: string[] = [];
    for (const [path, operations] of Object.entries<object>(document.paths)) {
      for (const method of Object.keys(operations)) {
        const url = path.replace("{id}", "c1");
        const answer = await web.app.inject({ method: method.toUpperCase() as "GET", url });
        if (answer.statusCode !== 401) open.push(`${method} ${path}`);
      }
    }
    expect(open.sort()).toEqual([
      "get /healthz",
      "get /metrics",
      "get /readyz",
      "post /api/v1/login",
      "post /api/v1/logout",
    ]);
  });

  it.each([
    ["127.0.0.1", "127.0.0.1:8080", 200],
    ["::1", "[::1]:8080", 200],
    ["::ffff:127.0.0.1", "localhost", 200],
    ["10.0.0.1", "127.0.0.1", 403],
    // A name that somebody let resolve to loopback.
    ["127.0.0.1", "evil.example", 403],
  ])("debug state from %s on host %s", async (remoteAddress, host, status) => {
    const { web } = await world();
    const answer = await web.app.inject({
      url: "/debug/state",
      remoteAddress,
      headers: { host, "x-forwarded-for": "127.0.0.1" },
    });
    expect(answer.statusCode).toBe(status);
  });
});

describe("reading", () => {
  it("records, one call, the site, the wallboard", async () => {
    const { web, cookieOf } = await world();
    const headers = { cookie: await cookieOf("9001") };
    const get = async (url: string) => (await web.app.inject({ url, headers })).json();
    expect(await get("/api/v1/calls?after=5&limit=2")).toEqual({ calls: [{ ...row, seq: 7 }] });
    expect(await get("/api/v1/calls/c1")).toEqual({ call: row, facts: [fact(1)] });
    expect(await get("/api/v1/wallboard")).toEqual(board);
    expect(await get("/api/v1/calls/c1/why")).toEqual(why);
    expect(await get("/api/v1/calls/c9/why")).toMatchObject({ error: { code: "notFound" } });
    expect(await get("/api/v1/site")).toEqual({
      queues: site.queues,
      agents: site.agents,
      numbers: site.numbers,
    });
  });

  it.each([
    ["/api/v1/reports/queues?from=2&to=2&by=day", [400, "invalidRequest"]],
    ["/api/v1/reports/queues?from=0&to=2&by=moon", [400, "invalidRequest"]],
    ["/api/v1/calls/c9", [404, "notFound"]],
    ["/api/v1/calls?limit=501", [400, "invalidRequest"]],
    ["/api/v1/calls?after=-1", [400, "invalidRequest"]],
    ["/api/v1/nothing", [404, "notFound"]],
    ["/assets/../../logins.json", [404, "notFound"]],
    ["/assets/%2e%2e/%2e%2e/logins.json", [404, "notFound"]],
  ])("%s is refused", async (url, expected) => {
    const { web, cookieOf } = await world();
    const headers = { cookie: await cookieOf("9001") };
    expect(errorOf(await web.app.inject({ url, headers }))).toEqual(expected);
  });

  it("facts come from memory, older ones from the store", async () => {
    const { web, facts } = await world();
    for (let seq = 100; seq < 125; seq += 1) facts.onFacts([fact(seq)]);
    const get = async (query: string) =>
      (await web.app.inject({ url: `/debug/facts?${query}` })).json();
    expect(await get("after=122")).toEqual({ facts: [fact(123), fact(124)], last: 124 });
    expect(await get("after=124")).toEqual({ facts: [], last: 124 });
    expect(await get("after=3&limit=1")).toEqual({ facts: [fact(4)], last: 4 });
  });

  it("debug state has the process, the time and what is injected", async () => {
    const { web, clock } = await world();
    expect((await web.app.inject({ url: "/debug/state" })).json()).toEqual({
      pid: process.pid,
      nowMs: clock.ms,
      calls: [],
      edge: { legs: 0 },
    });
  });

  it("health, readiness and metrics", async () => {
    const { web, reasons } = await world();
    const get = async (url: string) => {
      const answer = await web.app.inject({ url });
      return [answer.statusCode, answer.body];
    };
    expect(await get("/healthz")).toEqual([200, '{"status":"ok"}']);
    expect(await get("/readyz")).toEqual([200, '{"status":"ready","reasons":[]}']);
    reasons.push("the edge is not connected");
    expect(await get("/healthz")).toEqual([200, '{"status":"ok"}']);
    expect(await get("/readyz")).toEqual([
      503,
      '{"status":"notReady","reasons":["the edge is not connected"]}',
    ]);
    expect(await get("/metrics")).toEqual([200, "acd_x 1\n"]);
  });

  it("the OpenAPI document describes the answers", async () => {
    const { web } = await world();
    const document = (await web.app.inject({ url: "/api/openapi.json" })).json();
    expect(document.openapi).toBe("3.1.0");
    const schema =
      document.paths["/api/v1/me"].get.responses["200"].content["application/json"].schema;
    expect(Object.keys(schema.properties)).toEqual(["id", "name", "role", "device"]);
  });
});

describe("pages", () => {
  it.each([
    ["/agent", 200, "no-cache"],
    ["/supervisor/queues/q", 200, "no-cache"],
    ["/admin", 200, "no-cache"],
    ["/reports", 200, "no-cache"],
    ["/assets/app-1a2b.js", 200, "public, max-age=31536000, immutable"],
    ["/favicon.svg", 200, "public, max-age=0"],
    ["/other.svg", 404, undefined],
    ["/index.html", 404, undefined],
  ])("%s", async (url, status, caching) => {
    const { web } = await world();
    const answer = await web.app.inject({ url });
    expect([answer.statusCode, answer.headers["cache-control"]]).toEqual([status, caching]);
  });

  it("carry a strict policy", async () => {
    const { web } = await world();
    const { headers } = await web.app.inject({ url: "/agent" });
    expect(headers["content-security-policy"]).toBe(
      "default-src 'self';script-src 'self';style-src 'self' 'unsafe-inline';" +
        "img-src 'self' data:;font-src 'self' data:;connect-src 'self' ws: wss:;" +
        "media-src 'self' blob:;worker-src 'self';object-src 'none';base-uri 'self';" +
        "form-action 'self';frame-ancestors 'none'",
    );
    expect([headers["x-frame-options"], headers["x-content-type-options"]]).toEqual([
      "SAMEORIGIN",
      "nosniff",
    ]);
  });

  it("the root leads to the agent's page", async () => {
    const { web } = await world();
    const answer = await web.app.inject({ url: "/" });
    expect([answer.statusCode, answer.headers.location]).toEqual([302, "/agent"]);
  });
});

describe("an upgrade to the desk", () => {
  it("is admitted with a login and from our own pages only", async () => {
    const { web, cookieOf } = await world();
    const ask = (headers: IncomingMessage["headers"]) => {
      const request = new IncomingMessage(new Socket());
      request.headers = { host: "127.0.0.1:8080", ...headers };
      return web.admit(request);
    };
    const cookie = await cookieOf("1001");
    const admitted = {
      session: expect.objectContaining({ userId: "1001" }),
      person: people.get("1001"),
    };
    expect([
      ask({ cookie, origin: "http://127.0.0.1:8080" }),
      ask({ cookie: `a=b; ${cookie}`, origin: "https://desk.example" }),
      ask({ cookie }),
      ask({ cookie, origin: "http://evil.example" }),
      ask({ cookie: "rexian_session=guess", origin: "http://127.0.0.1:8080" }),
      ask({}),
    ]).toEqual([admitted, admitted, admitted, 403, 401, 401]);
  });
});

describe("the listener", () => {
  const raw = (options: object): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      httpRequest(options, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on("error", reject)
        .end();
    });

  it("on a Unix socket believes the last address that the front adds", async () => {
    const path = join(mkdtempSync(join(tmpdir(), "rexian-sock-")), "engine.sock");
    writeFileSync(path, "left behind");
    const { web } = await world({ listen: { path } });
    expect(await web.listen()).toBe(0);
    const from = (forwarded?: string) =>
      raw({
        socketPath: path,
        path: "/debug/state",
        headers: forwarded === undefined ? {} : { "x-forwarded-for": forwarded },
      });
    expect([
      await from("127.0.0.1"),
      await from("10.1.1.1"),
      await from("127.0.0.1, 10.1.1.1"),
      await from(),
    ]).toEqual([200, 403, 403, 403]);
  });

  it("hands /desk upgrades over and refuses others", async () => {
    const { web } = await world();
    const port = await web.listen();
    const upgrade = (path: string) =>
      raw({
        host: "127.0.0.1",
        port,
        path,
        headers: { connection: "Upgrade", upgrade: "websocket" },
      });
    expect([await upgrade("/desk?x=1"), await upgrade("/other")]).toEqual([418, 404]);
  });

  it("names a port that is taken", async () => {
    const first = await world();
    const port = await first.web.listen();
    const second = await world({ listen: { host: "127.0.0.1", port } });
    await expect(second.web.listen()).rejects.toMatchObject({ code: "EADDRINUSE" });
  });
});
