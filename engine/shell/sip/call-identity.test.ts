import { describe, expect, it } from "vitest";
import { identityOf } from "./call-identity.ts";

type Headers = Record<string, string>;

describe("identity of a call", () => {
  const plain = { from: '"A" <sip:13800138000@192.0.2.1>;tag=1' };
  it.each<[string, string, Headers, [ani: string, dnis: string, firstDnis: string | null]]>([
    ["From and Request-URI", "sip:12345@192.0.2.9:5060", plain, ["13800138000", "12345", null]],
    [
      "P-Asserted-Identity before From",
      "sip:12345@h",
      { ...plain, "p-asserted-identity": "<sip:+8613900139000@h;user=phone>" },
      ["+8613900139000", "12345", null],
    ],
    [
      "the second asserted identity when the first has no user",
      "sip:12345@h",
      { ...plain, "p-asserted-identity": '"x, y" <sip:h>, <tel:+86-139-0013-9000>' },
      ["+8613900139000", "12345", null],
    ],
    [
      "tel URIs lose their separators and parameters",
      "tel:+86-10-12345;phone-context=x",
      { from: "<tel:(010)8888.9999>;tag=1" },
      ["01088889999", "+861012345", null],
    ],
    [
      "anonymous From",
      "sip:12345@h",
      { from: "Anonymous <sip:anonymous@anonymous.invalid>;tag=1" },
      ["", "12345", null],
    ],
    [
      "privacy hides an asserted number",
      "sip:12345@h",
      { ...plain, "p-asserted-identity": "<sip:13900139000@h>", privacy: "id;critical" },
      ["", "12345", null],
    ],
    [
      "Privacy: none hides nothing",
      "sip:12345@h",
      { ...plain, privacy: "none" },
      ["13800138000", "12345", null],
    ],
    [
      "the last Diversion is the first",
      "sip:12345@h",
      { ...plain, diversion: "<sip:222@h>;reason=unknown, <sip:111@h>;reason=user-busy" },
      ["13800138000", "12345", "111"],
    ],
    [
      "the first History-Info entry",
      "sip:12345@h",
      {
        ...plain,
        "history-info": "<sip:96110@h?Reason=SIP%3Bcause%3D302>;index=1, <sip:12345@h>;index=1.1",
      },
      ["13800138000", "12345", "96110"],
    ],
    [
      "a diversion to the same number is none",
      "sip:12345@h",
      { ...plain, diversion: "<sip:12345@h>" },
      ["13800138000", "12345", null],
    ],
    [
      "user parameters and percent signs",
      "sip:%2B8612345;npdi@h;user=phone",
      { from: "<sip:+861380;cpc=ordinary@h>;tag=1" },
      ["+861380", "+8612345", null],
    ],
  ])("%s", (_why, uri, headers, [ani, dnis, firstDnis]) => {
    expect(identityOf({ uri, get: (name) => headers[name] })).toEqual({ ani, dnis, firstDnis });
  });
});

describe("hostile values", () => {
  it.each<[string, string, string, string]>([
    ["control characters", "sip:12%0d%0a345%00@h", "<sip:13%0a8@h>", "138"],
    ["markup and formulas", "sip:12345@h", "<sip:=cmd|'/C calc'!A0@h>", ""],
    ["markup that parses", "sip:12345@h", "<sip:%3Cscript%3E138@h>", "script138"],
    ["nothing that is a URI", "sip:12345@h", "><><>;;;", ""],
    ["an open quote", "sip:12345@h", '"abc <sip:138@h>', ""],
    ["a broken percent sign", "sip:12345@h", "<sip:138%zz@h>", "138zz"],
    ["bytes beyond ASCII", "sip:12345@h", "<sip:138\u202e热线@h>", "138"],
  ])("%s", (_why, uri, from, ani) => {
    const identity = identityOf({ uri, get: (name) => (name === "from" ? from : undefined) });
    expect(identity).toEqual({ ani, dnis: "12345", firstDnis: null });
  });

  it("are cut to 40 characters", () => {
    const from = `<sip:${"9".repeat(200)}@h>`;
    expect(identityOf({ uri: "sip:1@h", get: () => from }).ani).toBe("9".repeat(40));
  });

  it("take no time that grows with the square of their length", () => {
    const from = `${'"\\'.repeat(20_000)}${"<".repeat(20_000)}${"a,".repeat(20_000)}`;
    const identity = identityOf({ uri: "sip:1@h", get: () => from });
    expect(identity).toEqual({ ani: "", dnis: "1", firstDnis: null });
  });
});
