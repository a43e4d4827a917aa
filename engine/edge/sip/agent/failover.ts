// RFC 3263 4.3: a 503 of one host is a reason to try the next, as a new transaction.
import { serialise } from "../message/serialise.ts";
import type { ClientUser, ReceivedResponse } from "../transaction/client.ts";
import type { Edge, OutgoingRequest } from "./edge.ts";
import { newBranch } from "./random-ids.ts";
import { startClient, viaOf } from "./sending.ts";

/** True when the request is on its way to another host, so that nobody need hear of this 503. */
export function triedElsewhere(
  edge: Edge,
  outgoing: OutgoingRequest,
  options: { received: ReceivedResponse; user: ClientUser },
): boolean {
  const { flow, request } = outgoing;
  if (options.received.message.status !== 503 || outgoing.dialog !== null) return false;
  if (outgoing.cancel !== null || outgoing.answered || flow.advance?.() !== true) return false;
  const branch = newBranch();
  for (const entry of request.headers) {
    if (entry.name === "Via") entry.value = viaOf(flow, branch);
  }
  const text = serialise(request);
  outgoing.transaction = startClient(edge, { branch, request, text, flow, user: options.user });
  return true;
}
