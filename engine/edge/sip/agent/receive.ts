// Everything that a transport received passes here: parsing, the sanity checks, and the choice
// between request and response.
import { type EssentialsResult, readEssentials } from "../message/essentials.ts";
import type { SipMessage, SipRequest } from "../message/message.ts";
import { parseMessage } from "../message/parse.ts";
import { stampVia } from "../message/via.ts";
import type { Flow } from "../transport/flow.ts";
import type { Edge } from "./edge.ts";
import { receiveRequest } from "./incoming.ts";
import { answerStateless } from "./responses.ts";

export function receive(edge: Edge, bytes: Buffer, flow: Flow): void {
  const parsed = parseMessage(bytes);
  if (!parsed.ok) {
    edge.counters.malformed++;
    const { partial, reason, status } = parsed.error;
    if (partial?.kind === "request") refuseMalformed(partial, flow, { status, reason });
    return;
  }
  const { message } = parsed;
  if (message === null) return;
  const read = readEssentials(message);
  if (!read.ok) {
    edge.counters.malformed++;
    if (message.kind === "request")
      refuseMalformed(message, flow, { status: 400, reason: read.reason });
    return;
  }
  const { essentials } = read;
  const size = bytes.length;
  edge.trace.received(bytes, flow, essentials.callId);
  if (message.kind === "request") {
    edge.counters.requestsReceived++;
    stamp(message, read, flow);
    if (!sameKind(essentials.via.transport, flow)) {
      // An application that goes by the Via must not take a browser for a trunk.
      edge.counters.malformed++;
      answerStateless(message, flow, { status: 400, reason: "Via Transport Mismatch" });
      return;
    }
    receiveRequest(edge, { request: message, essentials, flow, size });
    return;
  }
  edge.counters.responsesReceived++;
  const taken = edge.transactions.receiveResponse(essentials, {
    message,
    toTag: essentials.toTag,
    size,
    flow,
  });
  if (!taken) edge.counters.strayResponses++;
}

/** RFC 7118 5.1: over a WebSocket the Via says WS or WSS, and nowhere else. */
function sameKind(transport: string, { protocol }: Flow): boolean {
  const webSocket = protocol === "ws" || protocol === "wss";
  return webSocket === (transport === "WS" || transport === "WSS");
}

/** RFC 3261 18.2.1, RFC 3581: the answer goes back where the request came from. */
function stamp(message: SipMessage, read: EssentialsResult, flow: Flow): void {
  if (read.essentials === null) return;
  const source = { address: flow.remoteAddress, port: flow.remotePort };
  for (const entry of message.headers) {
    if (entry.name !== "Via") continue;
    entry.value = stampVia(read.essentials.via, source);
    return;
  }
}

/** 400 and its like, when enough was understood to address them. */
function refuseMalformed(
  request: SipRequest,
  flow: Flow,
  answer: { status: number; reason: string },
): void {
  const read = readEssentials(request);
  if (read.essentials === null) return;
  stamp(request, read, flow);
  answerStateless(request, flow, answer);
}
