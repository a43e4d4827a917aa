// Requests inside a dialog that was set up through us (`remainInDialog`): they carry our Route, are
// passed on by their own headers, and no application sees them (RFC 3261 16.4).
import { createHash } from "node:crypto";
import { header } from "../message/message.ts";
import { serialise } from "../message/serialise.ts";
import type { Edge, IncomingRequest, ReceivedRequest } from "./edge.ts";
import { answerIncoming } from "./ending.ts";
import { forwarded, hopsLeft, nextTarget, withoutOwnRoutes } from "./forwarding.ts";
import { flowTo } from "./next-hop.ts";
import { Proxying } from "./proxying.ts";

export function passThrough(edge: Edge, incoming: IncomingRequest): void {
  if (hopsLeft(incoming.request) === 0) {
    answerIncoming(edge, incoming, { status: 483 });
    return;
  }
  const target = nextTarget(withoutOwnRoutes(edge.transports, incoming.request));
  const proxying = new Proxying(edge, incoming, {
    ...{ targets: [target], simultaneous: false, followRedirects: false, recordRoute: false },
    ...{ provisionalMs: null, extra: [], onFinal: () => {}, onDone: () => {} },
  });
  if (incoming.request.method === "BYE") edge.passing.end(incoming.essentials.callId);
  if (!proxying.start()) answerIncoming(edge, incoming, { status: 500 });
}

/** The ACK of a 2xx has no transaction: it is passed on as it comes, each time. */
export function passAck(edge: Edge, { request, essentials }: ReceivedRequest): void {
  if (hopsLeft(request) === 0) return;
  const kept = withoutOwnRoutes(edge.transports, request);
  const target = nextTarget(kept);
  const registered = edge.registrations.find(target);
  const hop = registered === null ? flowTo(edge, target) : { ok: true as const, flow: registered };
  if (!hop.ok) return;
  const { flow } = hop;
  // The same for a repeated one (16.11), and no other's.
  const seed = `${essentials.via.branch}|${header(request, "Call-ID") ?? ""}|${essentials.cseq}`;
  const branch = `z9hG4bK${createHash("sha256").update(seed).digest("hex").slice(0, 24)}`;
  const copy = forwarded(kept, { uri: kept.uri, flow, branch, recordFor: null, extra: [] });
  flow.send(serialise(copy));
}
