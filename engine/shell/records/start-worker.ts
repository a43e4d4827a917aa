// Starts a worker thread from a module of ours, compiled or not.
import { Worker } from "node:worker_threads";

/** `url` without its extension; the worker's is the same as that of the file that asks. */
export function startWorker(url: string, workerData: object): Worker {
  const compiled = import.meta.url.endsWith(".js");
  if (compiled) return new Worker(new URL(`${url}.js`), { workerData });
  // Worker threads do not inherit what runs TypeScript in the main thread.
  const script = `
    const { workerData } = require("node:worker_threads");
    import("tsx/esm/api").then(({ register }) => {
      register();
      return import(workerData.moduleUrl);
    });`;
  return new Worker(script, {
    eval: true,
    execArgv: [],
    workerData: { ...workerData, moduleUrl: `${url}.ts` },
  });
}
