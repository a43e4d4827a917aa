import { describe, expect, it } from "vitest";
import { faceAt } from "./faces.ts";

describe("what a path shows", () => {
  it.each([
    { path: "/agent", role: "agent", expected: { kind: "face", face: "agent" } },
    { path: "/agent/", role: "agent", expected: { kind: "face", face: "agent" } },
    { path: "/", role: "agent", expected: { kind: "redirect", face: "agent" } },
    { path: "/login", role: "supervisor", expected: { kind: "redirect", face: "supervisor" } },
    { path: "/agent", role: "supervisor", expected: { kind: "redirect", face: "supervisor" } },
    { path: "/supervisor", role: "agent", expected: { kind: "refused" } },
    { path: "/admin", role: "supervisor", expected: { kind: "refused" } },
    { path: "/reports", role: "admin", expected: { kind: "face", face: "reports" } },
  ] as const)("$path for $role", ({ path, role, expected }) => {
    expect(faceAt(path, role)).toEqual(expected);
  });
});
