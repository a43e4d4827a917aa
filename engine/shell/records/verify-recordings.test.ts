import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Fact, FactBody } from "../../core/fact.ts";
import { openStore } from "./store.ts";
import { type RecordingProblem, verifyRecordings } from "./verify-recordings.ts";

let dir: string;
let recordings: string;
let facts: FactBody[];
const cause = { reason: "normal", sipStatus: null } as const;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "verify-"));
  recordings = join(dir, "recordings");
  mkdirSync(join(recordings, ".open"), { recursive: true });
  facts = [];
});

afterEach(() => rmSync(dir, { recursive: true }));

type Outcome = Extract<FactBody, { type: "recordingEnded" }>["outcome"] | "running";

/** A call that ended, as the facts tell it; `sha256` is that of the text "audio". */
function call(callId: string, recording: { file: string | null; outcome: Outcome }): void {
  const recordingId = `${callId}-recording`;
  facts.push(
    {
      type: "callArrived",
      callId,
      trunkId: "t",
      numberId: "1",
      ani: "1",
      dnis: "1",
      firstDnis: null,
    },
    { type: "recordingStarted", callId, recordingId },
    { type: "callEnded", callId, outcome: "answered", by: "caller", cause },
  );
  const { file, outcome } = recording;
  if (outcome === "running") return;
  const sha256 = file === null ? null : createHash("sha256").update("audio").digest("hex");
  facts.push({
    ...{ type: "recordingEnded", callId, recordingId, file, outcome },
    ...{ durationMs: 1, bytes: 5, sha256 },
  });
}

function file(name: string, recordingId: string | null, text = "audio"): void {
  writeFileSync(join(recordings, name), text);
  if (recordingId === null) return;
  writeFileSync(
    join(recordings, `${name}.jsonl`),
    `${JSON.stringify({ recordingId, file: name })}\n`,
  );
}

async function verify(nowMs = 1_000_000) {
  const recordsFile = join(dir, "records.sqlite");
  const store = await openStore({ kind: "sqlite", file: recordsFile });
  await store.append(facts.map((body, index): Fact => ({ seq: index + 1, atMs: index, ...body })));
  await store.close();
  return verifyRecordings({ recordsFile, recordingsDir: recordings, nowMs, graceMs: 60_000 });
}

describe("the checker", () => {
  it("finds a call and its file sound, and counts what says itself that it has none", async () => {
    call("c1", { file: "c1.wav", outcome: "complete" });
    file("c1.wav", "c1-recording");
    call("c2", { file: "c2.wav.sealed", outcome: "repaired" });
    file("c2.wav.sealed", "c2-recording");
    call("c3", { file: null, outcome: "notStarted" });
    call("c4", { file: null, outcome: "lost" });
    writeFileSync(
      join(recordings, ".open", "x.jsonl"),
      `${JSON.stringify({ recordingId: "c5-recording", file: "c5.wav" })}\n`,
    );
    file("c5.wav", null);
    expect(await verify()).toEqual({
      ...{ sound: 2, running: 1, gaps: { notStarted: 1, lost: 1 }, problems: [] },
    });
  });

  const c1 = { callId: "c1", file: "c1.wav" };
  it.each<[string, () => void, RecordingProblem]>([
    [
      "a file that is gone",
      () => call("c1", { file: "c1.wav", outcome: "complete" }),
      { what: "fileMissing", ...c1 },
    ],
    [
      "a file that was changed",
      () => {
        call("c1", { file: "c1.wav", outcome: "complete" });
        file("c1.wav", "c1-recording", "other audio");
      },
      { what: "fileChanged", ...c1 },
    ],
    [
      "a call marked complete that names no file",
      () => call("c1", { file: null, outcome: "complete" }),
      { what: "fileNameMissing", callId: "c1", file: null },
    ],
    [
      "a recording whose end never came",
      () => call("c1", { file: null, outcome: "running" }),
      { what: "neverEnded", callId: "c1", file: null },
    ],
    [
      "a file without a list",
      () => file("c1.wav", null),
      { ...c1, what: "listMissing", callId: null },
    ],
    ["a file without a call", () => file("c1.wav", "c1-recording"), { what: "callUnknown", ...c1 }],
    [
      "a file whose call names none",
      () => {
        call("c1", { file: null, outcome: "lost" });
        file("c1.wav", "c1-recording");
      },
      { what: "callNamesOther", ...c1 },
    ],
  ])("finds %s", async (_name, arrange, problem) => {
    arrange();
    expect((await verify()).problems).toEqual([problem]);
  });

  it("gives a call that has just ended time", async () => {
    call("c1", { file: null, outcome: "running" });
    expect((await verify(1_000)).problems).toEqual([]);
  });
});
