// The way out for every request: the flow of a dialog, Via and branch, the client transaction.

import type { Dialog } from "../dialog/dialog.ts";
import { nextHopUri } from "../dialog/dialog-request.ts";
import type { SipRequest } from "../message/message.ts";
import type { ClientTransaction, ClientUser } from "../transaction/client.ts";
import { defaultPort, type Flow, viaTransport } from "../transport/flow.ts";
import type { Edge } from "./edge.ts";
import { flowTo, type Hop } from "./next-hop.ts";

export function viaOf(flow: Flow, branch: string): string {
  const port = flow.localPort === defaultPort[flow.protocol] ? "" : `:${flow.localPort}`;
  const transport = viaTransport[flow.protocol];
  return `SIP/2.0/${transport} ${flow.localAddress}${port};rport;branch=${branch}`;
}

/** Opens the transaction and sends; the text is the one already shown to the application. */
export function startClient(
  edge: Edge,
  options: { branch: string; request: SipRequest; text: string; flow: Flow; user: ClientUser },
): ClientTransaction {
  const transaction = edge.transactions.openClient(options);
  transaction.start();
  return transaction;
}

/**
 * Where requests of this dialog go: over its connection while that lives, or the connection from
 * which the same contact registered since; else by NAT rule, route set and remote target.
 */
export function dialogFlow(edge: Edge, dialog: Dialog): Hop {
  if (dialog.flow.reliable) {
    if (dialog.flow.open) return { ok: true, flow: dialog.flow };
    const moved = edge.registrations.find(dialog.remoteTarget);
    if (moved?.open) {
      dialog.flow = moved;
      return { ok: true, flow: moved };
    }
    if (dialog.flow.protocol === "ws" || dialog.flow.protocol === "wss")
      return { ok: false, reason: "connection closed" };
  }
  if (dialog.natTarget !== null) {
    const { address, port } = dialog.natTarget;
    return edge.transports.open({ protocol: "udp", address, port });
  }
  // A connection that ended is opened anew by the peer's own choice of transport.
  const { protocol } = dialog.flow;
  return flowTo(edge, nextHopUri(dialog), dialog.flow.reliable ? protocol : null);
}
