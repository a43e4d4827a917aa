// Registrations through the real edge and the engine's registrar: digest in both algorithms, several
// contacts, refresh, expiry, and nothing left of any of them.
import { afterEach, beforeEach, expect, test } from "vitest";
import type { SipEdge } from "../../engine/edge/sip/start.ts";
import { startTestEdge, untilEmpty } from "../../engine/edge/sip/testing/rig.ts";
import { type Registering, Registrants } from "../system/registrants.ts";
import { type RegistrarServer, startRegistrarServer } from "../system/registrar-server.ts";

const users = 300;
let edge: SipEdge;
let server: RegistrarServer;
let phones: Registrants;

beforeEach(async () => {
  edge = await startTestEdge({ limits: { sourcePerSecondMax: 100_000 } });
  server = await startRegistrarServer({ port: edge.appPort, secret: "secret" });
  phones = await Registrants.open({ host: "127.0.0.1", port: edge.port });
});

afterEach(async () => {
  await untilEmpty(edge);
  phones.close();
  await server.close();
  await edge.close();
});

/** Every user with `lines` contacts; every second one answers in SHA-256. */
function all(lines: number, expires: number): Registering[] {
  return Array.from({ length: users * lines }, (_, index) => {
    const user = String(10_000 + Math.floor(index / lines));
    const algorithm = Number(user) % 2 === 0 ? "MD5" : "SHA-256";
    const line = index % lines;
    return { user, password: `pw-${user}`, algorithm, line, expires };
  });
}

test("bind, refresh with the nonce they have, and end with their time", async () => {
  const first = await phones.registerAll(all(2, 120), 1);
  // One challenge a user: the second contact answers the nonce that the first one got.
  expect(first.map(({ statuses }) => statuses.join())).toEqual(
    first.map((_, index) => (index % 2 === 0 ? "401,200" : "200")),
  );
  expect(first.map(({ contacts }) => contacts)).toEqual(
    all(2, 120).map((asked) =>
      Array.from({ length: asked.line + 1 }, (_, back) =>
        phones.contact({ user: asked.user, line: asked.line - back }),
      ),
    ),
  );
  expect(server.registrar.count()).toBe(2 * users);

  server.passTime(40_000);
  const refreshed = await phones.registerAll(all(2, 120), 20);
  expect(new Set(refreshed.map(({ statuses }) => statuses.at(-1)))).toEqual(new Set([200]));
  // Past its minute the nonce is stale: asked anew once, and right at once.
  server.passTime(70_000);
  const stale = await phones.registerAll(all(1, 120), 20);
  expect(new Set(stale.map(({ statuses }) => statuses.join()))).toEqual(new Set(["401,200"]));
  expect(server.registrar.count()).toBe(2 * users);

  server.events.length = 0;
  server.passTime(51_000);
  server.registrar.sweep();
  // Those refreshed last are still there, and nobody's calls go elsewhere for what ended.
  expect([server.registrar.count(), server.events]).toEqual([users, []]);
  server.passTime(70_000);
  server.registrar.sweep();
  expect(server.registrar.count()).toBe(0);
  expect(server.events.map((event) => event.type)).toEqual(
    Array.from({ length: users }, () => "deviceUnbound"),
  );
});

test("unregister one by one, and a wrong password binds nothing", async () => {
  await phones.registerAll(all(1, 60), 20);
  const wrong = { ...all(1, 60)[0], password: "guess" } as Registering;
  const gone = await phones.registerAll(all(1, 0), 20);
  expect(new Set(gone.map(({ statuses }) => statuses.join()))).toEqual(new Set(["200"]));
  expect((await phones.register(wrong)).statuses).toEqual([403]);
  expect(server.registrar.count()).toBe(0);
});
