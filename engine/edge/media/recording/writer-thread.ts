// The thread that writes recordings: a slow disk makes it wait, and nobody else.
import { readFileSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import type { SealingKey } from "../../../wire/recording/sealed-file.ts";
import { RecordingFiles, type RecordingStart } from "./recording-files.ts";
import type { FromWriter, ToWriter, WriterOptions } from "./writer-messages.ts";

const spaceIntervalMs = 2000;
const reply = (message: FromWriter): void => parentPort?.postMessage(message);

try {
  const options = workerData as WriterOptions;
  const files = new RecordingFiles(options.dir, readKey(options.key));
  const unfinished = options.repairs ? files.unfinished() : [];
  reply({ type: "ready", unfinished, freeBytes: files.freeBytes() });
  serve(files, unfinished);
} catch (error) {
  reply({ type: "failed", reason: messageOf(error) });
}

function serve(files: RecordingFiles, unfinished: readonly RecordingStart[]): void {
  let isClosing = false;
  // One at a time, between the writes of what is recorded now; a close leaves the rest to the next start.
  const repairing = (async () => {
    for (const start of unfinished) {
      if (isClosing) return;
      reply({ type: "ended", ended: await files.repair(start) });
    }
  })();
  const watch = setInterval(() => {
    try {
      reply({ type: "space", freeBytes: files.freeBytes() });
    } catch {
      // The folder is gone; the next write says so.
    }
  }, spaceIntervalMs);
  const finishing = new Set<Promise<void>>();
  const finish = (recordingId: string, outcome: "complete" | "failed"): void => {
    const done = files.finish(recordingId, outcome).then((ended) => {
      if (ended !== null) reply({ type: "ended", ended });
      finishing.delete(done);
    });
    finishing.add(done);
  };
  const attempt = (recordingId: string, act: () => void): void => {
    try {
      act();
    } catch (error) {
      reply({ type: "trouble", recordingId, message: messageOf(error) });
      finish(recordingId, "failed");
    }
  };
  parentPort?.on("message", (message: ToWriter) => {
    switch (message.type) {
      case "begin":
        begin(files, message.start);
        return;
      case "append":
        append(files, message, attempt);
        reply({ type: "written", bytes: message.bytes.length });
        return;
      case "mark":
        attempt(message.recordingId, () => files.mark(message.recordingId, message));
        return;
      case "finish":
        finish(message.recordingId, "complete");
        return;
      case "close":
        clearInterval(watch);
        isClosing = true;
        void Promise.all([...finishing, repairing]).then(() => parentPort?.close());
        return;
    }
  });
}

function begin(files: RecordingFiles, start: RecordingStart): void {
  try {
    files.begin(start);
  } catch (error) {
    const { recordingId, file } = start;
    reply({ type: "trouble", recordingId, message: messageOf(error) });
    const end = { outcome: "failed", durationMs: 0, bytes: 0, sha256: null } as const;
    reply({ type: "ended", ended: { recordingId, file, end } });
  }
}

function append(
  files: RecordingFiles,
  message: Extract<ToWriter, { type: "append" }>,
  attempt: (recordingId: string, act: () => void) => void,
): void {
  let at = 0;
  for (const { recordingId, length, silenceBytes } of message.parts) {
    const bytes = message.bytes.subarray(at, at + length);
    at += length;
    attempt(recordingId, () => files.append(recordingId, { silenceBytes, bytes }));
  }
}

/** Throws when the file holds no key of 32 bytes in hexadecimal digits. */
function readKey(key: WriterOptions["key"]): SealingKey | null {
  if (key === null) return null;
  const text = readFileSync(key.file, "utf8").trim();
  if (!/^[0-9a-fA-F]{64}$/.test(text)) {
    throw new Error(`${key.file}: not 64 hexadecimal digits`);
  }
  return { id: key.id, key: Buffer.from(text, "hex") };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
