// CANCEL of our own INVITE (RFC 3261 9.1).
import type { SipHeader } from "../message/message.ts";
import { serialise } from "../message/serialise.ts";
import { cancelOf } from "../transaction/client.ts";
import type { Edge, OutgoingRequest } from "./edge.ts";
import { startClient } from "./sending.ts";

/**
 * Cancels an INVITE, or notes the wish until the peer has sent a provisional response. Returns the
 * CANCEL's text. A second wish changes nothing.
 */
export function cancelOutgoing(edge: Edge, outgoing: OutgoingRequest, extra: SipHeader[]): string {
  outgoing.cancel ??= { headers: extra, sent: false };
  const request = cancelOf(outgoing.request);
  request.headers.push(...outgoing.cancel.headers);
  const text = serialise(request);
  if (outgoing.cancel.sent || !outgoing.provisionalSeen || outgoing.answered) return text;
  outgoing.cancel.sent = true;
  const branch = outgoing.transaction?.key.split("|")[0] ?? "";
  const user = { response: () => {}, failed: () => {} };
  startClient(edge, { branch, request, text, flow: outgoing.flow, user });
  // The peer should end the INVITE now; if it does not, we stop waiting.
  outgoing.transaction?.giveUpAfter(64 * edge.values.t1Ms);
  return text;
}
