import { describe, expect, test } from "vitest";
import { decodeLine, decodeSegment, encodeLine } from "./journal-file.ts";

const entry = (seq: number) => ({
  seq,
  nowMs: 1000 + seq,
  event: { type: "timeAdvanced" as const },
});
const line = (seq: number) => encodeLine(JSON.stringify(entry(seq)));

describe("a journal line", () => {
  test("comes back as it was, in any script", () => {
    expect(decodeLine(encodeLine('{"a":"热线"}').trimEnd())).toEqual({ a: "热线" });
  });
  test.each([
    ["a changed byte", line(1).trimEnd().replace("1001", "1002")],
    ["a cut end", line(1).slice(0, -4)],
    ["no checksum", '{"seq":1}'],
    ["nothing", ""],
  ])("with %s is refused", (_why, text) => {
    expect(decodeLine(text)).toBeNull();
  });
});

describe("a segment", () => {
  const file = "journal-1.log";
  test("gives the entries after a sequence number", () => {
    const text = line(1) + line(2) + line(3);
    expect(decodeSegment(text, { file, afterSeq: 1 })).toEqual({
      entries: [entry(2), entry(3)],
      goodBytes: Buffer.byteLength(text),
      damage: null,
    });
  });
  test("torn in its last line keeps the lines before it and says what is lost", () => {
    const torn = line(2).slice(0, 20);
    expect(decodeSegment(line(1) + torn, { file, afterSeq: 0 })).toEqual({
      entries: [entry(1)],
      goodBytes: line(1).length,
      damage: { file, atByte: line(1).length, lostBytes: 20 },
    });
  });
  test("with a gap in the sequence is not believed behind the gap", () => {
    const read = decodeSegment(line(1) + line(3), { file, afterSeq: 0 });
    expect(read.entries).toEqual([entry(1)]);
    expect(read.damage).toEqual({ file, atByte: line(1).length, lostBytes: line(3).length });
  });
});
