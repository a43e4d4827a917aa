// Starts the media server in its own thread, so that SIP and HTTP never delay a frame.
import { Worker } from "node:worker_threads";
import type { EdgeConfig } from "../../wire/edge-config.ts";
import { threadUrl } from "./thread-url.ts";

export type MediaWorkerOptions = EdgeConfig["media"] & { logLevel: string };

export type MediaWorkerReply =
  | { type: "ready"; controlPort: number; webrtcPort: number }
  | { type: "failed"; reason: string }
  | { type: "closed" };

export interface StartedMedia {
  controlPort: number;
  webrtcPort: number;
  /**
   * Rejects when the thread dies without `close`, else stays open. Left alone, the rejection ends
   * the process, which is right: calls without sound are no calls.
   */
  died: Promise<never>;
  /** Ends all legs and the thread. */
  close(): Promise<void>;
}

/** Starts the worker. Rejects with the reason when it cannot serve, e.g. a taken port. */
export async function startMedia(options: MediaWorkerOptions): Promise<StartedMedia> {
  const worker = new Worker(threadUrl(new URL("./worker", import.meta.url)), {
    workerData: options,
  });
  const ended = new Promise<Error>((resolve) => {
    worker.once("error", resolve);
    worker.once("exit", (code) => resolve(new Error(`the media thread ended with ${code}`)));
  });
  const ready = await Promise.race([firstReply(worker), ended]);
  if (ready instanceof Error) {
    await worker.terminate();
    throw ready;
  }
  let closing = false;
  const died = new Promise<never>((_, reject) => {
    void ended.then((error) => {
      if (!closing) reject(error);
    });
  });
  return {
    ...ready,
    died,
    close: async () => {
      closing = true;
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
