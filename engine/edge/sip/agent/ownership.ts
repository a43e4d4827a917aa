// What happens to calls when their application goes, and when the next one comes. Talking parties
// notice nothing; what ends meanwhile is reported later.
import type { AppClient } from "../app/app-client.ts";
import { serialise } from "../message/serialise.ts";
import { cancelOutgoing } from "./cancelling.ts";
import { ackAndBye, cancelRace } from "./client-responses.ts";
import type { Edge, IncomingRequest } from "./edge.ts";
import { answerIncoming } from "./ending.ts";
import { offerNew } from "./incoming.ts";
import { retryAfter } from "./responses.ts";
import { holdForOwner, showInDialog } from "./showing.ts";

export function applicationLost(edge: Edge, client: AppClient): void {
  edge.counters.applicationsLost++;
  edge.log.info({ dialogs: edge.dialogs.size }, "application lost");
  for (const incoming of [...edge.incoming.values()]) {
    if (incoming.client === client) orphanIncoming(edge, incoming);
  }
  for (const outgoing of [...edge.outgoing.values()]) {
    if (outgoing.client !== client) continue;
    outgoing.client = null;
    // Nobody waits for the answer of a new call any more; a re-INVITE leaves its call alone.
    if (outgoing.request.method === "INVITE" && outgoing.dialog === null) {
      cancelOutgoing(edge, outgoing, []);
    }
  }
  for (const dialog of [...edge.dialogs.values()]) {
    if (dialog.owner !== client) continue;
    dialog.owner = null;
    if (dialog.ackDuty !== null) ackAndBye(edge, dialog, dialog.ackDuty.cseq, cancelRace);
  }
}

/** An application says what it handles: it takes over what is without owner. */
export function applicationRouted(
  edge: Edge,
  client: AppClient,
  route: { verb: string; first: boolean },
): void {
  if (route.first) {
    const { size: dialogs } = edge.dialogs;
    edge.log.info({ dialogs, reports: edge.reports.waiting }, "application ready");
    adoptAll(edge, client);
    edge.reports.flush(client);
    showHeld(edge, client);
  }
  if (route.verb !== "invite") return;
  for (const incoming of [...edge.incoming.values()]) {
    const { client: taken, proxy, request } = incoming;
    if (taken === null && proxy === null && request.method === "INVITE") offerNew(edge, incoming);
  }
}

/** Characters of one page: a frame stays below 64 kB whatever the ids hold. */
const pageCharsMax = 30_000;

/**
 * Calls that this application took over from another connection, as JSON: `dialogs`, their ids, and
 * `next`, what to ask for the following page, or null. An application that was restarted compares
 * them with what it remembers. Page by page from `after` = 0.
 */
export function inheritedCalls(edge: Edge, client: AppClient, after: number): string {
  adoptAll(edge, client);
  const ids: string[] = [];
  let chars = 0;
  let next: number | null = null;
  let last = after;
  for (const { owner, inherited, usage, state, serial, id } of edge.dialogs.values()) {
    if (serial <= after || owner !== client || !inherited) continue;
    if (usage !== "call" || state !== "confirmed") continue;
    if (chars > pageCharsMax) {
      next = last;
      break;
    }
    chars += id.length;
    last = serial;
    ids.push(id);
  }
  // The bar separates tokens of the protocol.
  return JSON.stringify({ dialogs: ids, next }).replaceAll("|", "\\u007c");
}

function adoptAll(edge: Edge, client: AppClient): void {
  for (const dialog of edge.dialogs.values()) {
    if (dialog.owner !== null) continue;
    dialog.owner = client;
    dialog.inherited = true;
  }
}

/** Requests inside the dialogs that this application has just taken over. */
function showHeld(edge: Edge, client: AppClient): void {
  for (const incoming of [...edge.incoming.values()]) {
    const { client: taken, dialog, inDialog } = incoming;
    if (taken !== null || !inDialog || dialog === null || dialog.owner !== client) continue;
    incoming.timer?.cancel();
    incoming.timer = null;
    showInDialog(incoming, dialog);
  }
}

function orphanIncoming(edge: Edge, incoming: IncomingRequest): void {
  incoming.client = null;
  if (incoming.proxy !== null) return;
  incoming.reliable?.held.splice(0);
  const { method } = incoming.request;
  if (method === "INVITE" && !incoming.inDialog) {
    if (incoming.dialog !== null) incoming.dialog.owner = null;
    incoming.timer?.cancel();
    incoming.timer = edge.timers.after(edge.orphanMs, () => {
      answerIncoming(edge, incoming, { status: 503, extra: [retryAfter] });
    });
    return;
  }
  if (method === "BYE" && incoming.dialog !== null) {
    const { flow, request } = incoming;
    answerIncoming(edge, incoming, { status: 200 });
    edge.reports.send(null, { dialogId: incoming.dialog.id, text: serialise(request), flow });
    return;
  }
  if (incoming.inDialog) holdForOwner(edge, incoming);
  else answerIncoming(edge, incoming, { status: 503, extra: [retryAfter] });
}
