// The `sip` and `response` lines that applications read. drachtio-srf reads tokens by position, and
// a wrong count crashes it, so every line is built here.
import { randomUUID } from "node:crypto";
import type { AppClient } from "../app/app-client.ts";
import { respond } from "../app/app-server.ts";
import type { Flow } from "../transport/flow.ts";

export interface NetworkMessage {
  text: string;
  /** Bytes on the wire. */
  size: number;
  /** Null for what the edge made itself in the peer's stead. */
  flow: Flow | null;
  transactionId: string;
  /** Empty for what belongs to no dialog. */
  dialogId: string;
}

/** A request that begins something new also says which listener received it. */
export function deliverNewRequest(client: AppClient, message: NetworkMessage): void {
  const { flow } = message;
  const receivedOn = flow === null ? "" : `${flow.localAddress}|${flow.localPort}|`;
  client.send(`${sipLine("network", message)}${receivedOn}\r\n${message.text}`);
}

export function deliver(client: AppClient, message: NetworkMessage): void {
  client.send(`${sipLine("network", message)}\r\n${message.text}`);
}

/** A BYE that needs no answer any more: the edge sent it, or has answered it already. */
export function deliverUnsolicited(
  client: AppClient,
  message: Omit<NetworkMessage, "transactionId">,
): void {
  const line = sipLine("application", { ...message, transactionId: "unsolicited" });
  client.send(`${line}\r\n${message.text}`);
}

export function confirmRequestSent(
  client: AppClient,
  id: string,
  sent: { text: string; flow: Flow; transactionId: string },
): void {
  const { flow, text } = sent;
  const size = Buffer.byteLength(text, "utf8");
  const local = `${appProtocol(flow)}|${flow.localAddress}|${flow.localPort}`;
  respond(
    client,
    id,
    `OK|application|${size}|${local}|${timeOfDay()}|${sent.transactionId}|Msg sent:|\r\n${text}`,
  );
}

export function confirmResponseSent(
  client: AppClient,
  id: string,
  sent: { text: string; flow: Flow; transactionId: string; dialogId: string },
): void {
  const { flow, text } = sent;
  const size = Buffer.byteLength(text, "utf8");
  const peer = `${appProtocol(flow)}|${flow.remoteAddress}|${flow.remotePort}`;
  const ids = `${sent.transactionId}|${sent.dialogId}`;
  respond(
    client,
    id,
    `OK|application|${size}|${peer}|${timeOfDay()}|${ids}||Msg sent:|\r\n${text}`,
  );
}

/** One final response to a request that was passed on; more may follow. */
export function confirmProxied(
  client: AppClient,
  id: string,
  received: { text: string; flow: Flow; size: number },
): void {
  const { flow, size, text } = received;
  const peer = `${appProtocol(flow)}|${flow.remoteAddress}|${flow.remotePort}`;
  respond(client, id, `OK|network|${size}|${peer}|${timeOfDay()}|||continue\r\n${text}`);
}

function sipLine(source: string, message: NetworkMessage): string {
  const { flow } = message;
  const peer =
    flow === null ? "||0" : `${appProtocol(flow)}|${flow.remoteAddress}|${flow.remotePort}`;
  const ids = `${message.transactionId}|${message.dialogId}`;
  return `${randomUUID()}|sip|${source}|${message.size}|${peer}|${timeOfDay()}|${ids}|`;
}

/** WebSockets are reported as `tcp`; who must know looks at Via. */
function appProtocol(flow: Flow): string {
  return flow.protocol === "ws" || flow.protocol === "wss" ? "tcp" : flow.protocol;
}

let cachedSecond = 0;
let cachedText = "00:00:00";

/** `HH:MM:SS.uuuuuu` in UTC. */
function timeOfDay(): string {
  const now = Date.now();
  const second = Math.floor(now / 1_000);
  if (second !== cachedSecond) {
    cachedSecond = second;
    cachedText = new Date(now).toISOString().slice(11, 19);
  }
  return `${cachedText}.${String((now % 1_000) * 1_000).padStart(6, "0")}`;
}
