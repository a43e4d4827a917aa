// How the launcher starts an engine process: one JSON file (mode 0600) named on its command line.
import { z } from "zod";

export const engineRun = z.strictObject({
  /** The site file; the engine reads and checks it itself. */
  siteFile: z.string(),
  dataDir: z.string(),
  logLevel: z.string(),
  /** Unix socket for HTTP, behind the edge's front. */
  httpSocket: z.string(),
  /** The drachtio-protocol listener of the edge (or of a drachtio-server). */
  sip: z.strictObject({ host: z.string(), port: z.number().int(), secret: z.string() }),
  /** The edge's operations socket; null with a SIP server that is not ours. */
  edgeSocket: z.string().nullable(),
  media: z.strictObject({ host: z.string(), port: z.number().int(), secret: z.string() }),
  /** Where people reach the edge, for messages and SIP URIs. */
  public: z.strictObject({
    httpHost: z.string(),
    httpPort: z.number().int(),
    sipHost: z.string(),
    sipPort: z.number().int(),
  }),
});
export type EngineRun = z.infer<typeof engineRun>;
