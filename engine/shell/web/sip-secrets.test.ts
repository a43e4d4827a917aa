import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ensureLogins } from "./logins.ts";
import { peopleOf } from "./people.ts";
import { createSessions, type Sessions, sessionLifeMs } from "./sessions.ts";
import { createSipSecrets, type SipSecrets } from "./sip-secrets.ts";

const name = { zh: "甲", en: "A" };
const people = peopleOf({
  agents: [
    { id: "1001", name, skills: {}, device: { kind: "browser" } },
    {
      id: "1002",
      name,
      skills: {},
      device: { kind: "phone", alwaysReady: false, ronaPauseSeconds: 10 },
    },
  ],
  users: [{ id: "2001", name, role: "supervisor" }],
});

function world() {
  const dataDir = mkdtempSync(join(tmpdir(), "rexian-secrets-"));
  const clock = { ms: 1_800_000_000_000 };
  const logins = ensureLogins(dataDir, people);
  /** Each call is the start of an engine on the same data. */
  const start = (): { sessions: Sessions; secrets: SipSecrets } => {
    const onError = (error: unknown): never => {
      throw error;
    };
    const sessions = createSessions({ dataDir, nowMs: () => clock.ms, onError });
    return { sessions, secrets: createSipSecrets({ dataDir, people, logins, sessions }) };
  };
  return { clock, logins, start };
}

/** Logs an agent in and gives the key of the login. */
function logIn(sessions: Sessions): string {
  return sessions.find(sessions.create("1001"))?.key ?? "";
}

describe("the secret of a seat", () => {
  it("holds from its desk's opening on, over a restart of the engine too", async () => {
    const { start } = world();
    const { sessions, secrets } = start();
    const sessionKey = logIn(sessions);
    expect(secrets.secretOf("1001")).toBe(null);
    const given = secrets.issue({ sessionKey, agentId: "1001" });
    expect(given).toMatch(/^[\w-]{24}$/);
    expect(secrets.secretOf("1001")).toBe(given);
    await sessions.saved();
    expect(start().secrets.secretOf("1001")).toBe(given);
  });

  it("is that of the desk opened last", () => {
    const { clock, start } = world();
    const { sessions, secrets } = start();
    const [first, second] = [logIn(sessions), logIn(sessions)];
    const before = secrets.issue({ sessionKey: first, agentId: "1001" });
    clock.ms += 1;
    const after = secrets.issue({ sessionKey: second, agentId: "1001" });
    expect(after).not.toBe(before);
    expect(secrets.secretOf("1001")).toBe(after);
    sessions.end(second);
    expect(secrets.secretOf("1001")).toBe(before);
  });

  it.each<[string, (sessions: Sessions, key: string, clock: { ms: number }) => void]>([
    ["logout", (sessions, key) => sessions.end(key)],
    [
      "twelve hours",
      (_sessions, _key, clock) => {
        clock.ms += sessionLifeMs;
      },
    ],
  ])("dies with %s", (_why, end) => {
    const { clock, start } = world();
    const { sessions, secrets } = start();
    const sessionKey = logIn(sessions);
    secrets.issue({ sessionKey, agentId: "1001" });
    end(sessions, sessionKey, clock);
    expect(secrets.secretOf("1001")).toBe(null);
  });
});

describe("other people", () => {
  it("a phone has its own secret, nobody else has one", () => {
    const { logins, start } = world();
    const { secrets } = start();
    expect(logins["1002"]?.sip).toMatch(/^[a-zA-Z2-9]{20}$/);
    expect(["1002", "2001", "7777", "__proto__"].map((id) => secrets.secretOf(id))).toEqual([
      logins["1002"]?.sip,
      null,
      null,
      null,
    ]);
  });
});

describe("sessions", () => {
  it("have a limit for each user, and the oldest goes first", () => {
    const { start } = world();
    const { sessions } = start();
    const ids = Array.from({ length: 25 }, () => sessions.create("1001"));
    expect(ids.map((id) => sessions.find(id) !== null)).toEqual([
      ...Array<boolean>(5).fill(false),
      ...Array<boolean>(20).fill(true),
    ]);
  });
});
