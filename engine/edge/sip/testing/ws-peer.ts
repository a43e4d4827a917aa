// A browser for tests: SIP over a WebSocket that an edge has adopted.
import http from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocket, WebSocketServer } from "ws";
import type { SipEdge } from "../start.ts";
import { Peer } from "./peer.ts";

/** Hands sockets to the edge as the HTTP front does. */
export async function sipWebSockets(edge: () => SipEdge): Promise<{ port: number; close(): void }> {
  const server = http.createServer();
  const sockets = new WebSocketServer({ server, handleProtocols: () => "sip" });
  sockets.on("connection", (socket, request) => {
    const { remoteAddress = "", remotePort = 0 } = request.socket;
    edge().adoptWebSocket(socket, { address: remoteAddress, port: remotePort });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      sockets.close();
      server.closeAllConnections();
      server.close();
    },
  };
}

export async function wsPeer(name: string, port: number): Promise<Peer> {
  const peer = new Peer(name);
  const socket = new WebSocket(`ws://127.0.0.1:${port}/sip`, ["sip"]);
  socket.on("message", (data: Buffer) => peer.push(data));
  await new Promise<void>((resolve, reject) => {
    socket.once("open", () => resolve());
    socket.once("error", reject);
  });
  peer.contact = `sip:${name}@${name}xyz.invalid;transport=ws`;
  peer.wire = { send: (text) => socket.send(text), close: () => socket.terminate() };
  return peer;
}
