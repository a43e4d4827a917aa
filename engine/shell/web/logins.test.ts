import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hash } from "@node-rs/argon2";
import { describe, expect, it } from "vitest";
import { createPasswordCheck, ensureLogins, readLogins } from "./logins.ts";
import { peopleOf } from "./people.ts";

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

describe("logins", () => {
  const newDir = (): string => mkdtempSync(join(tmpdir(), "rexian-logins-"));

  it("are made for everybody once and never changed", () => {
    const dataDir = newDir();
    const made = ensureLogins(dataDir, people);
    expect(Object.keys(made)).toEqual(["1001", "1002", "2001"]);
    expect(made["1001"]).toEqual({ password: expect.stringMatching(/^[a-km-zA-HJ-NP-Z2-9]{10}$/) });
    expect(ensureLogins(dataDir, people)).toEqual(made);
    expect(readLogins(dataDir)).toEqual(made);
  });

  it("keep what is there and add what is missing", async () => {
    const dataDir = newDir();
    const passwordHash = await hash("own choice");
    writeFileSync(join(dataDir, "logins.json"), JSON.stringify({ "1002": { passwordHash } }));
    const made = ensureLogins(dataDir, people);
    expect(made["1002"]).toEqual({ passwordHash, sip: expect.any(String) });
    const check = createPasswordCheck(made);
    expect([
      await check("1002", "own choice"),
      await check("1002", passwordHash),
      await check("1001", made["1001"]?.password ?? ""),
    ]).toEqual(["right", "wrong", "right"]);
  });

  it.each([
    ["{", /logins\.json: not valid JSON$/],
    ['{"1001":{"pasword":"x"}}', /logins\.json: 1001: Unrecognized key: "pasword"$/],
  ])("a broken file is named: %s", (text, message) => {
    const dataDir = newDir();
    writeFileSync(join(dataDir, "logins.json"), text);
    expect(() => ensureLogins(dataDir, people)).toThrow(message);
  });
});
