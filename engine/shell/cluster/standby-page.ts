// What an engine answers on its socket while it waits for the lease: it lives, it takes no calls.
import { rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

/** Rejects with Node's error when the socket cannot be opened. */
export async function openStandbyPage(options: {
  httpSocket: string;
  reason: () => string;
}): Promise<{ close(): Promise<void> }> {
  const server = createServer({ requestTimeout: 30_000 }, (request, response) =>
    answer(request, response, options.reason()),
  );
  server.on("upgrade", (_request, socket) => {
    socket.on("error", () => {});
    socket.end("HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 1\r\n\r\n");
  });
  server.on("clientError", (_error, socket) => socket.destroy());
  // A killed engine leaves its socket behind.
  await rm(options.httpSocket, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.httpSocket, resolve);
  });
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer(request: IncomingMessage, response: ServerResponse, reason: string): void {
  const alive = request.url?.split("?")[0] === "/healthz";
  response.writeHead(alive ? 200 : 503, {
    "content-type": "application/json; charset=utf-8",
    "cache-control": "no-store",
    ...(alive ? {} : { "retry-after": "1" }),
  });
  response.end(
    JSON.stringify(
      alive ? { status: "ok" } : { status: "notReady", reasons: [`standby: ${reason}`] },
    ),
  );
}
