// Finds the transaction of each message (RFC 3261 17.1.3, 17.2.3) and keeps the tables.
import type { Essentials } from "../message/essentials.ts";
import type { SipRequest } from "../message/message.ts";
import type { Flow } from "../transport/flow.ts";
import {
  type ClientEnvironment,
  ClientTransaction,
  type ClientUser,
  type ReceivedResponse,
} from "./client.ts";
import { type ServerEnvironment, ServerTransaction } from "./server.ts";
import type { Timers, TimerValues } from "./timers.ts";

export class TransactionLayer {
  /** Shared by all transactions. */
  readonly #serverEnvironment: ServerEnvironment;
  readonly #clientEnvironment: ClientEnvironment;
  readonly #max: number;
  readonly #servers = new Map<string, ServerTransaction>();
  readonly #clients = new Map<string, ClientTransaction>();
  /** Only connections: their end fails what is open over them. */
  readonly #byFlow = new Map<Flow, Set<ClientTransaction>>();

  constructor(options: { timers: Timers; values: TimerValues; transactionsMax: number }) {
    const { timers, values } = options;
    this.#serverEnvironment = {
      timers,
      values,
      terminated: (ended) => this.#servers.delete(ended.key),
    };
    this.#clientEnvironment = {
      timers,
      values,
      terminated: (ended) => this.#clientEnded(ended),
    };
    this.#max = options.transactionsMax;
  }

  get counts(): { servers: number; clients: number } {
    return { servers: this.#servers.size, clients: this.#clients.size };
  }

  /** True when no new transaction should be accepted from outside. */
  get full(): boolean {
    return this.#servers.size + this.#clients.size >= this.#max;
  }

  /** The server transaction that a request repeats, or the one that an ACK or CANCEL means. */
  findServer(essentials: Essentials, method: string): ServerTransaction | null {
    return this.#servers.get(serverKey(essentials, method)) ?? null;
  }

  openServer(request: SipRequest, essentials: Essentials, flow: Flow): ServerTransaction {
    const transaction = new ServerTransaction({
      key: serverKey(essentials, request.method),
      request,
      essentials,
      flow,
      environment: this.#serverEnvironment,
    });
    this.#servers.set(transaction.key, transaction);
    return transaction;
  }

  /** Makes the transaction; `start` sends. `branch` is the one in the request's top Via. */
  openClient(options: {
    branch: string;
    request: SipRequest;
    text: string;
    flow: Flow;
    user: ClientUser;
  }): ClientTransaction {
    const { branch, request, text, flow, user } = options;
    const transaction = new ClientTransaction({
      key: `${branch}|${request.method}`,
      request,
      text,
      flow,
      user,
      environment: this.#clientEnvironment,
    });
    this.#clients.set(transaction.key, transaction);
    if (options.flow.reliable) {
      const users = this.#byFlow.get(options.flow);
      if (users === undefined) this.#byFlow.set(options.flow, new Set([transaction]));
      else users.add(transaction);
    }
    return transaction;
  }

  /** False when no transaction waits for this response. */
  receiveResponse(essentials: Essentials, received: ReceivedResponse): boolean {
    const transaction = this.#clients.get(`${essentials.via.branch}|${essentials.method}`);
    if (transaction === undefined) return false;
    transaction.receive(received);
    return true;
  }

  flowClosed(flow: Flow): void {
    for (const transaction of [...(this.#byFlow.get(flow) ?? [])]) transaction.flowClosed();
    this.#byFlow.delete(flow);
  }

  /** Ends everything silently. */
  close(): void {
    for (const transaction of [...this.#servers.values()]) transaction.abandon();
    for (const transaction of [...this.#clients.values()]) transaction.abandon();
  }

  #clientEnded(transaction: ClientTransaction): void {
    this.#clients.delete(transaction.key);
    const users = this.#byFlow.get(transaction.flow);
    users?.delete(transaction);
    if (users?.size === 0) this.#byFlow.delete(transaction.flow);
  }
}

function serverKey(essentials: Essentials, method: string): string {
  const { via } = essentials;
  // RFC 3261 17.2.3: ACK finds its INVITE. CANCEL is a transaction of its own.
  const wanted = method === "ACK" ? "INVITE" : method;
  if (via.branch.startsWith("z9hG4bK") && via.branch.length > 7) {
    return `${via.branch}|${via.host}|${via.port ?? ""}|${wanted}`;
  }
  // RFC 2543 peers: the branch says nothing.
  const { callId, fromTag, cseq } = essentials;
  return `${via.branch}|${via.host}|${via.port ?? ""}|${callId}|${fromTag}|${cseq}|${wanted}`;
}
