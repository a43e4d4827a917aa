// Asks the edge over its operations socket; an edge that is away or not ours has nothing to say.
import http from "node:http";
import type { z } from "zod";
import {
  type EdgeStatus,
  edgeStatus,
  type TraceAnswer,
  traceAnswer,
} from "../../wire/edge-operations.ts";

export type EdgeOperations = Readonly<{
  status(): Promise<EdgeStatus | null>;
  /** The messages of one call, by the engine's id or a SIP Call-ID; null when nobody can say. */
  trace(id: string): Promise<TraceAnswer | null>;
}>;

const answerMsMax = 2_000;
const answerBytesMax = 64 * 1024 * 1024;

/** `path` is that of the Unix socket; null with a SIP server that is not ours. */
export function createEdgeOperations(path: string | null): EdgeOperations {
  return {
    status: () => ask(path, "/status", edgeStatus),
    trace: (id) => ask(path, `/trace?call=${encodeURIComponent(id)}`, traceAnswer),
  };
}

async function ask<S extends z.ZodType>(
  socketPath: string | null,
  path: string,
  schema: S,
): Promise<z.output<S> | null> {
  if (socketPath === null) return null;
  try {
    const parsed = schema.safeParse(JSON.parse(await get(socketPath, path)));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

function get(socketPath: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = http.get({ socketPath, path, timeout: answerMsMax }, (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > answerBytesMax) request.destroy(new Error("too long"));
        else chunks.push(chunk);
      });
      response.on("error", reject);
      response.on("end", () => resolve(Buffer.concat(chunks).toString("utf8")));
    });
    request.on("timeout", () => request.destroy(new Error("no answer")));
    request.on("error", reject);
  });
}
