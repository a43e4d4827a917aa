import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { isGone, ownerName } from "./owner-name.ts";

const [place = "", , startedAt = ""] = ownerName().split("/");
const onLinux = process.platform === "linux";

async function deadPid(): Promise<number> {
  const child = spawn("true");
  await once(child, "exit");
  return child.pid ?? 0;
}

describe("an owner's name", () => {
  it("is never the same twice", () => {
    expect(ownerName()).not.toBe(ownerName());
  });

  it("of a living process does not look dead", () => {
    expect(isGone(ownerName())).toBe(false);
  });

  it.runIf(onLinux)("shows that its process ended", async () => {
    expect(isGone(`${place}/${await deadPid()}/${startedAt}/ab`)).toBe(true);
  });

  it.runIf(onLinux)("is not fooled by a number that went to another process", () => {
    expect(isGone(`${place}/${process.pid}/1/ab`)).toBe(true);
  });

  it.each([
    ["another boot or container", (pid: number) => `elsewhere-1.2/${pid}/${startedAt}/ab`],
    ["a system without a place", (pid: number) => `elsewhere/${pid}/${startedAt}/ab`],
    ["no name at all", () => "nonsense"],
    ["empty", () => ""],
  ])("proves nothing about %s", async (_what, name) => {
    expect(isGone(name(await deadPid()))).toBe(false);
  });
});
