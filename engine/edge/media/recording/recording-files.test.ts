import { createHash } from "node:crypto";
import { appendFile, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openSealed, SealError } from "../../../wire/recording/sealed-file.ts";
import { stereoHeader } from "../../../wire/recording/stereo-wav.ts";
import { type EndedRecording, RecordingFiles, type RecordingStart } from "./recording-files.ts";

let dir: string;
const key = { id: "k1", key: Buffer.alloc(32, 7) };
const keyOf = (id: string) => (id === key.id ? key.key : null);

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "files-"));
});

afterEach(() => rm(dir, { recursive: true }));

const startOf = (file: string): RecordingStart => ({
  recordingId: file,
  legId: "caller",
  file,
  startedAt: "2026-11-24T10:00:00.000Z",
});
const audio = (bytes: number, value: number) => ({
  silenceBytes: 0,
  bytes: new Uint8Array(bytes).fill(value),
});
const at = (file: string) => readFile(join(dir, file));
const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

async function repairAll(files: RecordingFiles): Promise<EndedRecording[]> {
  const ended: EndedRecording[] = [];
  for (const start of files.unfinished()) ended.push(await files.repair(start));
  return ended;
}

describe("after a crash", () => {
  it("a file gets its header and its list, and an odd byte is cut off", async () => {
    const before = new RecordingFiles(dir, null);
    before.begin(startOf("a.wav"));
    before.append("a.wav", audio(1600, 1));
    before.mark("a.wav", { atMs: 50, mark: "paused" });
    await appendFile(join(dir, "a.wav"), Buffer.of(2));
    const ended = await repairAll(new RecordingFiles(dir, null));
    const bytes = await at("a.wav");
    expect(bytes).toEqual(Buffer.concat([stereoHeader(1600), Buffer.alloc(1600, 1)]));
    const end = {
      outcome: "repaired",
      durationMs: 100,
      bytes: bytes.length,
      sha256: sha256(bytes),
    };
    expect(ended).toEqual([{ recordingId: "a.wav", file: "a.wav", end }]);
    const lines = (await at("a.wav.jsonl")).toString().trim().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      startOf("a.wav"),
      { atMs: 50, mark: "paused" },
      { end },
    ]);
    expect(await readdir(join(dir, ".open"))).toEqual([]);
    expect(await repairAll(new RecordingFiles(dir, null))).toEqual([]);
  });

  it("a sealed file loses its torn chunk only, and gets an end", async () => {
    const before = new RecordingFiles(dir, key);
    before.begin(startOf("a.wav.sealed"));
    before.append("a.wav.sealed", audio(1600, 1));
    const whole = await at("a.wav.sealed");
    before.append("a.wav.sealed", audio(1600, 2));
    const torn = (await at("a.wav.sealed")).subarray(0, whole.length + 700);
    await rm(join(dir, "a.wav.sealed"));
    await appendFile(join(dir, "a.wav.sealed"), torn);
    expect(openSealed(torn, keyOf)).toMatchObject({ isWhole: false, durationMs: 100 });
    const [ended] = await repairAll(new RecordingFiles(dir, key));
    expect(ended?.end).toMatchObject({ outcome: "repaired", durationMs: 100 });
    const opened = openSealed(await at("a.wav.sealed"), keyOf);
    const wav = Buffer.concat([stereoHeader(1600), Buffer.alloc(1600, 1)]);
    expect(opened).toEqual({ wav, durationMs: 100, isWhole: true });
  });

  it("a file that is gone, or a sealed one without the key, counts as failed", async () => {
    const before = new RecordingFiles(dir, key);
    before.begin(startOf("a.wav.sealed"));
    before.append("a.wav.sealed", audio(1600, 1));
    before.begin(startOf("gone.wav.sealed"));
    await rm(join(dir, "gone.wav.sealed"));
    const bytes = await at("a.wav.sealed");
    const ended = await repairAll(new RecordingFiles(dir, null));
    expect(new Map(ended.map(({ file, end }) => [file, end.outcome]))).toEqual(
      new Map([
        ["a.wav.sealed", "failed"],
        ["gone.wav.sealed", "failed"],
      ]),
    );
    expect(await at("a.wav.sealed")).toEqual(bytes);
  });
});

describe("a file", () => {
  it("gets silence for what could not be kept", async () => {
    const files = new RecordingFiles(dir, null);
    files.begin(startOf("a.wav"));
    files.append("a.wav", { silenceBytes: 70_000, bytes: new Uint8Array(4).fill(1) });
    const ended = await files.finish("a.wav", "complete");
    expect(await at("a.wav")).toEqual(
      Buffer.concat([stereoHeader(70_004), Buffer.alloc(70_000, 0xff), Buffer.alloc(4, 1)]),
    );
    expect(ended?.end).toMatchObject({ outcome: "complete", durationMs: 4375 });
  });

  it("never takes the place of another", async () => {
    const files = new RecordingFiles(dir, null);
    files.begin(startOf("a.wav"));
    files.append("a.wav", audio(1600, 1));
    await files.finish("a.wav", "complete");
    const bytes = await at("a.wav");
    expect(() => files.begin({ ...startOf("a.wav"), recordingId: "other" })).toThrow("EEXIST");
    expect(await repairAll(new RecordingFiles(dir, null))).toEqual([]);
    expect(await at("a.wav")).toEqual(bytes);
  });
});

describe("a sealed file", () => {
  it("opens with its key alone, and shows every change", async () => {
    const files = new RecordingFiles(dir, key);
    files.begin(startOf("a.wav.sealed"));
    files.append("a.wav.sealed", audio(1600, 1));
    files.append("a.wav.sealed", audio(1600, 2));
    await files.finish("a.wav.sealed", "complete");
    const sealed = await at("a.wav.sealed");
    expect(openSealed(sealed, keyOf)).toMatchObject({ isWhole: true, durationMs: 200 });
    expect(() => openSealed(sealed, () => null)).toThrow(SealError);
    expect(() => openSealed(sealed, () => Buffer.alloc(32, 8))).toThrow(SealError);
    const accepted = [...sealed.keys()].filter((i) => {
      const changed = Buffer.from(sealed);
      changed[i] = (sealed[i] as number) ^ 1;
      try {
        return openSealed(changed, keyOf).isWhole;
      } catch (error) {
        return !(error instanceof SealError);
      }
    });
    expect(accepted).toEqual([]);
    // The second chunk left out.
    const chunk = 4 + 1600 + 16;
    const without = Buffer.concat([
      sealed.subarray(0, sealed.length - 20 - chunk),
      sealed.subarray(-20),
    ]);
    expect(() => openSealed(without, keyOf)).toThrow("the end was changed");
  });
});
