// The media worker thread: started by start.ts, tells it the ports or why it could not start.
import { parentPort, workerData } from "node:worker_threads";
import { pino } from "pino";
import { serveMedia } from "./serve.ts";
import type { MediaWorkerOptions, MediaWorkerReply } from "./start.ts";

const options = workerData as MediaWorkerOptions;
const logger = pino({ name: "media", level: options.logLevel }, pino.destination(2));
const reply = (message: MediaWorkerReply): void => parentPort?.postMessage(message);

try {
  const media = await serveMedia({ ...options, logger });
  parentPort?.on("message", (message: "close") => {
    if (message !== "close") return;
    void media.close().then(() => {
      reply({ type: "closed" });
      parentPort?.close();
    });
  });
  reply({ type: "ready", controlPort: media.controlPort, webrtcPort: media.webrtcPort });
} catch (error) {
  reply({ type: "failed", reason: error instanceof Error ? error.message : String(error) });
}
