import { describe, expect, it } from "vitest";
import type { ApiFailure, User } from "../link/api.ts";
import { createSession } from "./session.ts";

const li: User = { id: "1001", name: { zh: "李", en: "Li" }, role: "agent", device: "browser" };

function world(given: { me?: User | ApiFailure; login?: ApiFailure }) {
  const retries: (() => void)[] = [];
  const me = given.me ?? li;
  const session = createSession({
    me: async () => ("kind" in me ? { ok: false, failure: me } : { ok: true, value: me }),
    login: async () =>
      given.login === undefined ? { ok: true, value: null } : { ok: false, failure: given.login },
    logout: async () => ({ ok: true, value: null }),
    later: (run) => retries.push(run),
  });
  return { session, retries };
}

const credentials = { username: "1001", password: "x" };

describe("login of this browser", () => {
  it("knows a login that is still good, and forgets it at logout", async () => {
    const { session } = world({});
    await session.check();
    expect(session.store.getState()).toEqual({
      phase: "in",
      user: li,
      failure: null,
      isBusy: false,
    });
    await session.logout();
    expect(session.store.getState()).toEqual({
      phase: "out",
      user: null,
      failure: null,
      isBusy: false,
    });
  });

  it("shows the form when the server knows no login", async () => {
    const { session, retries } = world({ me: { kind: "loggedOut" } });
    await session.check();
    expect(session.store.getState().phase).toBe("out");
    expect(retries).toHaveLength(0);
  });

  it("asks again while the server is away at start", async () => {
    const { session, retries } = world({ me: { kind: "unreachable" } });
    await session.check();
    expect(session.store.getState()).toMatchObject({ phase: "unknown", failure: "unreachable" });
    expect(retries).toHaveLength(1);
  });

  it.each<[ApiFailure, string]>([
    [{ kind: "loggedOut" }, "credentials"],
    [{ kind: "refused", status: 429 }, "tooMany"],
    [{ kind: "refused", status: 500 }, "server"],
    [{ kind: "unreachable" }, "unreachable"],
  ])("says why a login failed: %o is %s", async (failure, expected) => {
    const { session } = world({ me: { kind: "loggedOut" }, login: failure });
    await session.login(credentials);
    expect(session.store.getState()).toMatchObject({ failure: expected, isBusy: false });
  });
});
