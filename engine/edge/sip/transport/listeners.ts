// Opens the listening sockets of the edge: one or several protocols on each address.
import http from "node:http";
import https from "node:https";
import net from "node:net";
import tls from "node:tls";
import type { Protocol } from "./flow.ts";
import { secureOptions, type TlsFiles } from "./tls-files.ts";
import type { UdpListener } from "./udp.ts";

/** One address and port with its protocols. */
export interface ListeningPoint {
  /** Literal to bind, without brackets; `0.0.0.0` or `::` binds all of its family. */
  host: string;
  /** 0 takes one that is free for all its protocols. */
  port: number;
  protocols: readonly Protocol[];
  /** Host that peers beyond this machine should use, as behind a NAT; null for the bound one. */
  advertise: string | null;
}

/** An open listener that takes connections, or stands for the HTTP front that hands them over. */
export interface StreamListener {
  readonly protocol: Exclude<Protocol, "udp">;
  readonly host: string;
  readonly port: number;
  readonly advertise: string | null;
  readonly server: net.Server | tls.Server | http.Server | https.Server | null;
}

export type Listener = UdpListener | StreamListener;

/** Rejects with the system's error. */
export async function listenStream(options: {
  protocol: StreamListener["protocol"];
  host: string;
  port: number;
  advertise: string | null;
  tls: TlsFiles | null;
  connectionsMax: number;
  /** A connection that has not finished its TLS or HTTP opening by then is closed. */
  openingMsMax: number;
  /** A connection was closed because its opening took too long, or was none. */
  onOpeningFailed: () => void;
  onError: (error: Error) => void;
}): Promise<StreamListener> {
  const { protocol, host, port, advertise } = options;
  const server = newServer(protocol, options);
  server.maxConnections = options.connectionsMax;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port, backlog: 511, ipv6Only: host.includes(":") }, () => {
      server.off("error", reject);
      resolve();
    });
  });
  server.on("error", options.onError);
  const address = server.address();
  const bound = typeof address === "object" && address !== null ? address.port : 0;
  return { protocol, host, port: bound, advertise, server };
}

type Opening = Readonly<{ openingMsMax: number; onOpeningFailed: () => void }>;

function newServer(
  protocol: StreamListener["protocol"],
  options: Opening & Readonly<{ tls: TlsFiles | null }>,
): net.Server | tls.Server | http.Server | https.Server {
  const { tls: files, openingMsMax, onOpeningFailed } = options;
  // How often Node looks for requests whose headers are late.
  const connectionsCheckingInterval = Math.min(openingMsMax, lookEveryMs);
  if (protocol === "tcp") return net.createServer();
  if (protocol === "ws") {
    return plainHttp(http.createServer({ connectionsCheckingInterval }), options);
  }
  if (files === null) throw new Error(`${protocol.toUpperCase()} needs a key and a certificate`);
  const secure = { ...secureOptions(files), handshakeTimeout: openingMsMax };
  if (protocol === "wss") {
    // A handshake that fails is a `clientError` there, too.
    return plainHttp(https.createServer({ ...secure, connectionsCheckingInterval }), options);
  }
  const server = tls.createServer(secure);
  server.on("tlsClientError", (_error, socket) => {
    onOpeningFailed();
    socket.destroy();
  });
  return server;
}

const lookEveryMs = 1_000;

/** Says to a browser that strays here what this port is for. */
function plainHttp<Server extends http.Server | https.Server>(
  server: Server,
  { openingMsMax, onOpeningFailed }: Opening,
): Server {
  server.headersTimeout = openingMsMax;
  server.requestTimeout = openingMsMax;
  server.on("clientError", (_error, socket) => {
    onOpeningFailed();
    if (socket.writable) socket.write("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
    socket.destroy();
  });
  server.on("request", (_request, response) => {
    response.writeHead(426, { "content-type": "text/plain", upgrade: "websocket" });
    response.end("SIP over WebSocket only.\n");
  });
  return server;
}

export function closeServer(server: net.Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    if ("closeAllConnections" in server) (server as http.Server).closeAllConnections();
  });
}

/** One line for the operator: which port of which protocol could not be opened, and why. */
export function portMessage(protocol: string, host: string, port: number, error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : null;
  if (code === null && error instanceof Error) return error.message;
  const why = code === "EADDRINUSE" ? "is already in use" : `cannot be opened (${code ?? error})`;
  return `${protocol} port ${port} on ${host} ${why}`;
}

export function portTaken(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EADDRINUSE";
}
