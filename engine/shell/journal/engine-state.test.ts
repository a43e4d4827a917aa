import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nextEpoch, openEngineState } from "./engine-state.ts";

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "rexian-state-"));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const log = { info: () => {}, warn: () => {}, error: () => {} };

function openAt(epoch: number): void {
  const state = openEngineState({ dataDir, timeZone: "Asia/Shanghai", epoch, log });
  expect(state.epoch).toBe(epoch);
  state.close(state.lastSeq);
}

describe("the epoch of a data folder", () => {
  it("begins at 1 and follows what an engine was given", () => {
    expect(nextEpoch(dataDir)).toBe(1);
    openAt(1);
    expect(nextEpoch(dataDir)).toBe(2);
    openAt(40);
    expect(nextEpoch(dataDir)).toBe(41);
  });

  it("is never used twice", () => {
    openAt(7);
    expect(() => openAt(7)).toThrow("epoch 7 is used up; the next is 8");
    expect(nextEpoch(dataDir)).toBe(8);
  });
});
