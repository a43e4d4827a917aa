// A media server alone in a process that can be told to collect its garbage: for memory per leg.
import { pino } from "pino";
import { serveMedia } from "../../engine/edge/media/serve.ts";
import type { EdgeConfig } from "../../engine/wire/edge-config.ts";

const options = JSON.parse(process.argv[2] ?? "") as EdgeConfig["media"];
const media = await serveMedia({ ...options, logger: pino({ level: "silent" }) });
process.on("message", () => {
  globalThis.gc?.();
  process.send?.({ rssBytes: process.memoryUsage.rss() });
});
process.send?.({ controlPort: media.controlPort });
process.on("disconnect", () => process.exit());
