// Who may call in over a trunk: source, transport, digest, dialled number; anybody else is refused.
import { describe, expect, it } from "vitest";
import { digestResponse } from "./digest.ts";
import type { SrfRequest } from "./srf-types.ts";
import { createTrunkEntry } from "./trunk-entry.ts";
import type { TrunkSource } from "./trunk-sources.ts";

const gateway: TrunkSource = {
  id: "gateway",
  sources: ["192.0.2.0/24"],
  protocols: ["udp", "tcp"],
};
const password = "correct horse";

function entryOf(change: Partial<TrunkSource> = {}) {
  const time = { nowMs: 1_000 };
  const entry = createTrunkEntry({
    trunks: [{ ...gateway, ...change }],
    realm: "rexian",
    clock: { nowMs: () => time.nowMs },
    onBadEntry: () => {},
  });
  return { entry, time };
}

function invite(change: { address?: string; uri?: string; headers?: Record<string, string> } = {}) {
  const headers: Record<string, string> = {
    via: "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1",
    from: "<sip:13800138000@192.0.2.1>;tag=1",
    ...change.headers,
  };
  return {
    uri: change.uri ?? "sip:12345@192.0.2.9",
    source_address: change.address ?? "192.0.2.1",
    get: (name: string) => headers[name],
  } as unknown as SrfRequest;
}

function forbidden(why: string) {
  const headers = { Warning: `399 rexian "${why}"` };
  return { ok: false, status: 403, counter: "invitesForbidden", headers };
}

const nobody = forbidden("no trunk calls from here");
const identity = { ani: "13800138000", dnis: "12345", firstDnis: null };

describe("the source", () => {
  it.each<[string, Parameters<typeof invite>[0], object]>([
    ["of the trunk", {}, { ok: true, trunkId: "gateway", media: {}, identity }],
    ["of nobody", { address: "198.51.100.1" }, nobody],
    [
      "of the trunk, but a browser",
      { headers: { via: "SIP/2.0/WS a.invalid;branch=z9hG4bK1" } },
      nobody,
    ],
    [
      "of nobody, who says to be an agent",
      { address: "198.51.100.1", headers: { from: "<sip:1001@rexian>;tag=1" } },
      nobody,
    ],
  ])("%s", (_why, change, expected) => {
    expect(entryOf().entry.enter(invite(change))).toEqual(expected);
  });
});

describe("numbers", () => {
  it("that the trunk may not reach are refused, in any spelling", () => {
    const { entry } = entryOf({ numbers: ["12345"] });
    const answers = ["sip:12345@h", "tel:123-45", "sip:10086@h", "sip:%31%30086@h"].map(
      (uri) => entry.enter(invite({ uri })).ok,
    );
    expect(answers).toEqual([true, true, false, false]);
    expect(entry.enter(invite({ uri: "sip:10086@h" }))).toEqual(
      forbidden("number not allowed over this trunk"),
    );
  });
});

describe("identity", () => {
  const headers = {
    "p-asserted-identity": "<sip:10000@h>",
    privacy: "id",
    diversion: "<sip:999@h>",
    "history-info": "<sip:998@h>;index=1",
  };
  it("asserted by a trunk that is not trusted counts for nothing", () => {
    const { entry } = entryOf({ trustIdentity: false });
    expect(entry.enter(invite({ headers }))).toEqual({
      ok: true,
      trunkId: "gateway",
      media: {},
      identity,
    });
  });

  it("asserted by a trusted one counts", () => {
    const trusted = { ...identity, ani: "", firstDnis: "999" };
    expect(entryOf().entry.enter(invite({ headers }))).toEqual({
      ok: true,
      media: {},
      trunkId: "gateway",
      identity: trusted,
    });
  });
});

describe("credentials", () => {
  const credentials = { username: "carrier", password };

  function digest(challenge: string, change: { secret?: string; username?: string } = {}): string {
    const given = {
      username: change.username ?? "carrier",
      realm: "rexian",
      nonce: /nonce="([^"]+)"/.exec(challenge)?.[1] ?? "",
      uri: "sip:12345@192.0.2.9",
      algorithm: "MD5",
      nc: "00000001",
      cnonce: "abc",
    } as const;
    const request = { method: "INVITE", secret: change.secret ?? password };
    const response = digestResponse(given, request);
    const fields = Object.entries({ ...given, response }).map(([name, value]) =>
      name === "nc" || name === "algorithm" ? `${name}=${value}` : `${name}="${value}"`,
    );
    return `Digest ${fields.join(", ")}, qop=auth`;
  }

  function challenged(entry: ReturnType<typeof entryOf>["entry"]): string {
    const answer = entry.enter(invite());
    if (answer.ok) throw new Error("let in");
    expect([answer.status, answer.counter]).toEqual([401, "invitesChallenged"]);
    return answer.headers?.["WWW-Authenticate"] ?? "";
  }

  it("that are right let the call in once", () => {
    const { entry } = entryOf({ credentials });
    const request = invite({ headers: { authorization: digest(challenged(entry)) } });
    expect(entry.enter(request)).toEqual({ ok: true, trunkId: "gateway", media: {}, identity });
    expect(entry.enter(request)).toMatchObject({ ok: false, status: 401 });
  });

  it.each([
    ["password", { secret: "guess" }],
    ["user", { username: "someone" }],
  ])("with a wrong %s are refused, and after twenty times not even looked at", (_what, change) => {
    const { entry, time } = entryOf({ credentials });
    const authorization = digest(challenged(entry), change);
    const answers = Array.from({ length: 21 }, () => {
      const answer = entry.enter(invite({ headers: { authorization } }));
      return answer.ok ? 200 : answer.status;
    });
    expect(answers).toEqual([...Array.from({ length: 20 }, () => 403), 503]);
    time.nowMs += 60_000;
    challenged(entry);
  });

  it("are not asked of strangers, who learn nothing", () => {
    expect(entryOf({ credentials }).entry.enter(invite({ address: "198.51.100.1" }))).toEqual(
      nobody,
    );
  });
});
