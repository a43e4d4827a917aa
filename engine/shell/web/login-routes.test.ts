import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { errorOf, login, name, world } from "./testing-world.ts";

describe("login", () => {
  it("sets a cookie that scripts and other sites cannot use", async () => {
    const { web, passwords } = await world();
    const answer = await login(web, "1001", passwords("1001"));
    expect(answer.json()).toEqual({ id: "1001", name, role: "agent", device: "browser" });
    expect(answer.headers["set-cookie"]).toMatch(
      /^rexian_session=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/,
    );
  });

  it.each([
    ["wrong password", { username: "1001", password: "nope" }, [401, "wrongPassword"]],
    ["unknown user", { username: "7777", password: "nope" }, [401, "wrongPassword"]],
    ["a name of the prototype", { username: "constructor", password: "x" }, [401, "wrongPassword"]],
    ["no password", { username: "1001" }, [400, "invalidRequest"]],
    ["an unknown key", { username: "1001", password: "x", admin: true }, [400, "invalidRequest"]],
    ["too long", { username: "1001", password: "x".repeat(201) }, [400, "invalidRequest"]],
  ])("%s is refused", async (_why, payload, expected) => {
    const { web } = await world();
    const answer = await web.app.inject({ method: "POST", url: "/api/v1/login", payload });
    expect(errorOf(answer)).toEqual(expected);
  });

  it.each([
    ["no JSON", "application/json", "{", [400, "invalidRequest"]],
    ["a form", "application/x-www-form-urlencoded", "a=b", [415, "unsupportedMediaType"]],
    ["text", "text/plain", "{}", [415, "unsupportedMediaType"]],
    ["a huge body", "application/json", `"${"x".repeat(70_000)}"`, [413, "tooLarge"]],
  ])("%s is refused", async (_why, type, payload, expected) => {
    const { web } = await world();
    const answer = await web.app.inject({
      method: "POST",
      url: "/api/v1/login",
      headers: { "content-type": type },
      payload,
    });
    expect(errorOf(answer)).toEqual(expected);
  });

  it("a foreign page may not post; the own host and listed origins may", async () => {
    const { web, passwords } = await world();
    const from = async (origin: string): Promise<number> =>
      (await login(web, "1001", passwords("1001"), { headers: { origin, host: "a:80" } }))
        .statusCode;
    expect([
      await from("https://evil.example"),
      await from("null"),
      await from("http://a:80"),
      await from("https://desk.example"),
    ]).toEqual([403, 403, 200, 200]);
  });

  it("guessing one user is slowed down, from every source", async () => {
    const { web, passwords, clock } = await world();
    for (let n = 0; n < 5; n += 1) {
      await login(web, "1001", "nope", { remoteAddress: `10.0.0.${n}` });
    }
    const refused = await login(web, "1001", passwords("1001"));
    expect([errorOf(refused), refused.headers["retry-after"]]).toEqual([
      [429, "tooManyRequests"],
      "60",
    ]);
    expect((await login(web, "1002", passwords("1002"))).statusCode).toBe(200);
    clock.ms += 60_000;
    expect((await login(web, "1001", passwords("1001"))).statusCode).toBe(200);
  });

  it("guessing many users from one source is slowed down", async () => {
    const { web, passwords } = await world();
    await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        login(web, `u${n}`, "nope", { remoteAddress: "10.0.0.1" }),
      ),
    );
    const from = (remoteAddress: string) =>
      login(web, "1001", passwords("1001"), { remoteAddress });
    expect([(await from("10.0.0.1")).statusCode, (await from("10.0.0.2")).statusCode]).toEqual([
      429, 200,
    ]);
  });

  it("ends with logout, which tells the desks", async () => {
    const { web, cookieOf, loggedOut } = await world();
    const cookie = await cookieOf("1001");
    const me = () => web.app.inject({ url: "/api/v1/me", headers: { cookie } });
    expect((await me()).json()).toMatchObject({ id: "1001" });
    const answer = await web.app.inject({
      method: "POST",
      url: "/api/v1/logout",
      headers: { cookie },
    });
    expect([answer.statusCode, loggedOut.length]).toEqual([204, 1]);
    expect(errorOf(await me())).toEqual([401, "notLoggedIn"]);
  });

  it("ends after twelve hours", async () => {
    const { web, cookieOf, clock } = await world();
    const cookie = await cookieOf("1001");
    clock.ms += 12 * 3_600_000;
    expect((await web.app.inject({ url: "/api/v1/me", headers: { cookie } })).statusCode).toBe(401);
  });

  it("survives a restart of the engine; the files hold no cookie and are private", async () => {
    const before = await world();
    const cookie = await before.cookieOf("2001");
    await before.sessions.saved();
    const after = await world({ dataDir: before.dataDir, clock: before.clock });
    const me = await after.web.app.inject({ url: "/api/v1/me", headers: { cookie } });
    expect(me.json()).toMatchObject({ id: "2001", role: "supervisor" });
    const file = join(before.dataDir, "sessions.json");
    expect(readFileSync(file, "utf8")).not.toContain(cookie.split("=")[1]);
    expect(
      ["sessions.json", "logins.json"].map((f) => statSync(join(before.dataDir, f)).mode & 0o777),
    ).toEqual([0o600, 0o600]);
  });
});
