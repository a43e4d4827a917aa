// The operations socket: what the engine and the command line ask of the edge beside calls. Whoever
// can open it owns the data folder; there is no other check.
import { rmSync } from "node:fs";
import http from "node:http";
import type { EdgeStatus } from "../wire/edge-operations.ts";
import type { SipEdge } from "./sip/start.ts";

export interface OperationsOptions {
  /** Path of the Unix socket, in a folder that only its owner can enter; null for none. */
  path: string | null;
  sip: SipEdge;
}

export interface Operations {
  close(): Promise<void>;
}

export async function startOperations(options: OperationsOptions): Promise<Operations> {
  const { path } = options;
  if (path === null) return { close: () => Promise.resolve() };
  const server = http.createServer((request, response) => answer(options, request, response));
  server.requestTimeout = 10_000;
  // A killed edge leaves its socket behind.
  rmSync(path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => {
      server.off("error", reject);
      resolve();
    });
  });
  server.on("error", () => {});
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer(
  options: OperationsOptions,
  request: http.IncomingMessage,
  response: http.ServerResponse,
): void {
  request.resume();
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://edge");
  const send = (status: number, body: unknown) => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  };
  const { sip } = options;
  const asked = `${request.method} ${pathname}`;
  if (asked === "GET /status") send(200, statusOf(sip));
  else if (asked === "GET /trace") send(200, sip.trace(searchParams.get("call") ?? ""));
  else send(404, { error: "there is no such operation" });
}

function statusOf(sip: SipEdge): EdgeStatus {
  return {
    draining: sip.draining,
    calls: sip.callCount,
    counters: { ...sip.counters },
    tables: { ...sip.tables() },
    trunks: sip.trunks().map((trunk) => ({ ...trunk })),
  };
}
