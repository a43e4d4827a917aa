// Starts the media server in its own thread, so that SIP and HTTP never delay a frame.
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { EdgeConfig } from "../../wire/edge-config.ts";

export type MediaWorkerOptions = EdgeConfig["media"] & { logLevel: string };

export type MediaWorkerReply =
  | { type: "ready"; controlPort: number; webrtcPort: number }
  | { type: "failed"; reason: string }
  | { type: "closed" };

export interface StartedMedia {
  controlPort: number;
  webrtcPort: number;
  /** Resolves when the thread died without `close`: the edge must exit, its calls have no sound. */
  died: Promise<Error>;
  /** Ends all legs and the thread. */
  close(): Promise<void>;
}

/** Starts the worker. Rejects with the reason when it cannot serve, e.g. a taken port. */
export async function startMedia(options: MediaWorkerOptions): Promise<StartedMedia> {
  const source = import.meta.url.endsWith(".ts");
  const url = new URL(source ? "./worker.ts" : "./worker.js", import.meta.url);
  const worker = new Worker(fileURLToPath(url), {
    workerData: options,
    // From source, the thread needs the loader that its parent runs under.
    execArgv: source ? ["--import", "tsx"] : [],
  });
  const died = new Promise<Error>((resolve) => {
    worker.once("error", resolve);
    worker.once("exit", (code) => resolve(new Error(`the media thread ended with ${code}`)));
  });
  const ready = await Promise.race([firstReply(worker), died]);
  if (ready instanceof Error) {
    await worker.terminate();
    throw ready;
  }
  return {
    ...ready,
    died,
    close: async () => {
      const ended = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
      worker.postMessage("close");
      const timer = setTimeout(() => void worker.terminate(), closeMs);
      await ended;
      clearTimeout(timer);
    },
  };
}

function firstReply(worker: Worker): Promise<{ controlPort: number; webrtcPort: number } | Error> {
  return new Promise((resolve) => {
    worker.once("message", (reply: MediaWorkerReply) => {
      if (reply.type !== "ready") {
        resolve(new Error(reply.type === "failed" ? reply.reason : "ended at once"));
        return;
      }
      resolve({ controlPort: reply.controlPort, webrtcPort: reply.webrtcPort });
    });
  });
}

const closeMs = 3000;
