// Every operation, asked for by every role and by nobody: only the rule decides who comes in.
import { expect, it } from "vitest";
import type { Role } from "../../wire/desk.ts";
import type { Access } from "./access.ts";
import { people, world } from "./testing-world.ts";

/** One person of each role, but `client-viewer`, who has no right in the site of these tests. */
const byRole = new Map([...people.values()].map(({ id, role }) => [role, id]));

/** What the rule says of somebody with this role; null is somebody without a login. */
function expected(access: Access, role: Role | null): "in" | 401 | 403 {
  if (access === "public" || access === "loopback") return "in";
  if (role === null) return 401;
  return access === "loggedIn" || access.includes(role) ? "in" : 403;
}

it("no role comes in anywhere but by the rule of the operation", async () => {
  const { web, cookieOf } = await world();
  const cookies = new Map<Role | null, string>([[null, ""]]);
  for (const [role, id] of byRole) cookies.set(role, await cookieOf(id));
  const seen: Record<string, unknown> = {};
  const wanted: Record<string, unknown> = {};
  for (const [operation, access] of web.rules) {
    const [method = "", path = ""] = operation.split(" ");
    // Its own login is what it ends.
    if (path === "/api/v1/logout") continue;
    for (const [role, cookie] of cookies) {
      const { statusCode } = await web.app.inject({
        method: method as "GET",
        url: path.replaceAll(/:\w+|\*/g, "c1"),
        headers: { cookie, host: "127.0.0.1" },
        ...(method === "GET" || method === "HEAD" ? {} : { payload: {} }),
      });
      const key = `${operation} ${role ?? "nobody"}`;
      seen[key] = statusCode === 401 || statusCode === 403 ? statusCode : "in";
      wanted[key] = expected(access, role);
    }
  }
  expect(seen).toEqual(wanted);
  // Not a rule left that lets everybody in by mistake: these are public on purpose.
  const open = [...web.rules].filter(([, access]) => access === "public").map(([name]) => name);
  expect(open.filter((name) => name.includes("/api/")).sort()).toEqual([
    "GET /api/openapi.json",
    "HEAD /api/openapi.json",
    "POST /api/v1/login",
    "POST /api/v1/logout",
  ]);
});
