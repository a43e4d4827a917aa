// The media thread's end of the thread that writes.
import { Worker } from "node:worker_threads";
import { threadUrl } from "../thread-url.ts";
import type { FromWriter, ToWriter, WriterOptions } from "./writer-messages.ts";

export type WriterReady = Extract<FromWriter, { type: "ready" }>;

export interface Writer {
  ready: WriterReady;
  /** Names who hears what the thread says from now on; `null` says that it died. */
  listen(listener: (message: FromWriter | null) => void): void;
  send(message: ToWriter): void;
  /** Resolves when everything is on disk, or after three seconds. */
  close(): Promise<void>;
}

/** Starts the thread. Rejects with the reason when it cannot write there. */
export async function startWriter(options: WriterOptions): Promise<Writer> {
  const worker = new Worker(threadUrl(new URL("./writer-thread", import.meta.url)), {
    workerData: options,
  });
  let listener: ((message: FromWriter | null) => void) | null = null;
  /** Said before anybody listened. */
  const early: FromWriter[] = [];
  const ended = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
  const ready = await new Promise<WriterReady>((resolve, reject) => {
    worker.once("error", reject);
    worker.once("exit", () => reject(new Error("the recordings' thread ended at once")));
    worker.once("message", (message: FromWriter) => {
      worker.on("message", (later: FromWriter) => {
        if (listener === null) early.push(later);
        else listener(later);
      });
      if (message.type === "ready") resolve(message);
      else reject(new Error(`recordings: ${message.type === "failed" ? message.reason : "?"}`));
    });
  }).catch(async (error: unknown) => {
    await worker.terminate();
    throw error;
  });
  worker.removeAllListeners("error");
  worker.on("error", () => {});
  let closing = false;
  void ended.then(() => {
    if (!closing) listener?.(null);
  });
  return {
    ready,
    listen: (next) => {
      listener = next;
      for (const message of early.splice(0)) next(message);
    },
    send: (message) => {
      const transfer = message.type === "append" ? [message.bytes.buffer as ArrayBuffer] : [];
      worker.postMessage(message, transfer);
    },
    close: async () => {
      closing = true;
      worker.postMessage({ type: "close" } satisfies ToWriter);
      const timer = setTimeout(() => void worker.terminate(), closeMs);
      await ended;
      clearTimeout(timer);
    },
  };
}

const closeMs = 3000;
