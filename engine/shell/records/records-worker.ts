// Thread of the record store: one request after another, an answer to each. Opening is tried again
// with each request, so a full disk or a locked file at the start is not the end.
import { parentPort, workerData } from "node:worker_threads";
import type { RecordsDatabase } from "./database.ts";
import type { WorkerAnswer, WorkerRequest } from "./messages.ts";
import { openStore, type Store } from "./store.ts";

const { database, migrate } = workerData as { database: RecordsDatabase; migrate: boolean };
let store: Store | null = null;

async function perform(request: WorkerRequest): Promise<unknown> {
  if (request.type === "close") return store?.close();
  store ??= await openStore(database, { migrate });
  switch (request.type) {
    case "append":
      return store.append(request.facts);
    case "lastSeq":
      return store.lastSeq();
    case "factsAfter":
      return store.factsAfter(request.seq, request.limit);
    case "calls":
      return store.calls(request.query);
    case "queueReport":
      return store.queueReport(request.query);
    case "verify":
      return store.verify(request.shown);
    case "call":
      return store.call(request.callId);
  }
}

async function answer(request: WorkerRequest): Promise<void> {
  const { id } = request;
  let reply: WorkerAnswer;
  try {
    reply = { id, ok: true, value: await perform(request) };
  } catch (error) {
    reply = { id, ok: false, error: error instanceof Error ? error.message : String(error) };
  }
  parentPort?.postMessage(reply);
}

let line = Promise.resolve();
parentPort?.on("message", (request: WorkerRequest) => {
  line = line.then(() => answer(request));
});
