// Requests to the records worker. A worker that dies is started again; what was asked of it fails.
import type { Worker } from "node:worker_threads";
import type { RecordsDatabase } from "./database.ts";
import type { WorkerAnswer, WorkerRequest } from "./messages.ts";
import { startWorker } from "./start-worker.ts";

type Unnumbered<R> = R extends WorkerRequest ? Omit<R, "id"> : never;

export type WorkerLink = {
  /** Rejects when the worker says so, died, or has too much to do. */
  ask(request: Unnumbered<WorkerRequest>): Promise<unknown>;
  stop(): Promise<void>;
};

/** Requests under way; more are refused at once. */
const pendingMax = 200;

export function createWorkerLink(
  settings: Readonly<{ database: RecordsDatabase; migrate: boolean }>,
): WorkerLink {
  const pending = new Map<
    number,
    { resolve: (value: unknown) => void; reject: (e: Error) => void }
  >();
  let worker: Worker | null = null;
  let lastId = 0;

  const lose = (lost: Worker, why: string): void => {
    if (worker !== lost) return;
    worker = null;
    const waiting = [...pending.values()];
    pending.clear();
    for (const { reject } of waiting) reject(new Error(why));
  };
  const start = (): Worker => {
    const started = startWorker(new URL("./records-worker", import.meta.url).href, settings);
    started.on("message", (answer: WorkerAnswer) => {
      const asked = pending.get(answer.id);
      pending.delete(answer.id);
      if (answer.ok) asked?.resolve(answer.value);
      else asked?.reject(new Error(answer.error));
    });
    started.on("error", (error) => lose(started, `records worker failed: ${String(error)}`));
    started.on("exit", () => lose(started, "records worker ended"));
    return started;
  };
  return {
    ask(request) {
      if (pending.size >= pendingMax) {
        return Promise.reject(new Error("the record store has too much to do"));
      }
      worker ??= start();
      const target = worker;
      lastId += 1;
      const id = lastId;
      return new Promise((resolve, reject) => {
        pending.set(id, { resolve, reject });
        target.postMessage({ ...request, id });
      });
    },
    async stop() {
      const stopped = worker;
      if (stopped !== null) lose(stopped, "the record store is closing");
      await stopped?.terminate();
    },
  };
}
