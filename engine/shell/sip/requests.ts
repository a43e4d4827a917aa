// Where each SIP request goes: into its leg's dialog, to the registrar, to a new call, or nowhere.

import { onInDialogRequest } from "./in-dialog.ts";
import { type InboundPolicy, onNewInvite } from "./inbound.ts";
import { allowedMethods, type Parts } from "./parts.ts";
import type { Registrar } from "./registrar.ts";
import { tagOf } from "./sip-headers.ts";
import type { SrfRequest, SrfResponse } from "./srf-types.ts";

export type RequestRoutes = Readonly<{
  policy: InboundPolicy;
  registrar: Registrar;
}>;

export function onRequest(
  parts: Parts,
  routes: RequestRoutes,
  exchange: Readonly<{ req: SrfRequest; res: SrfResponse }>,
): void {
  const { req, res } = exchange;
  const leg = req.stackDialogId ? parts.legs.byDialog(req.stackDialogId) : undefined;
  if (leg !== undefined) {
    onInDialogRequest(parts, leg, exchange);
    return;
  }
  // Never answered: ACKs, and what the edge reports of its own doing.
  if (req.method === "ACK") return;
  if (req.source === "application") return;
  if (tagOf(req.get("to")) !== null) {
    refuse(parts, res, 481);
    return;
  }
  switch (req.method) {
    case "INVITE":
      onNewInvite(parts, routes.policy, exchange);
      return;
    case "REGISTER": {
      const { status, ...options } = routes.registrar.register(req);
      parts.edge.respond(res, status, options);
      return;
    }
    case "OPTIONS": {
      const headers = { Allow: allowedMethods, Accept: "application/sdp" };
      parts.edge.respond(res, 200, { headers });
      return;
    }
    case "BYE":
    case "UPDATE":
    case "PRACK":
      refuse(parts, res, 481);
      return;
    case "SUBSCRIBE":
    case "PUBLISH":
      refuse(parts, res, 489);
      return;
    case "INFO":
    case "MESSAGE":
    case "NOTIFY":
    case "REFER":
      refuse(parts, res, 405);
      return;
    default:
      refuse(parts, res, 501);
      return;
  }
}

function refuse(parts: Parts, res: SrfResponse, status: number): void {
  parts.counters.requestsRefused += 1;
  const headers: Record<string, string> = status === 405 ? { Allow: allowedMethods } : {};
  parts.edge.respond(res, status, { headers });
}
