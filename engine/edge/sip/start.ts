// Puts the SIP edge together: listeners, layers, tables, and the applications' listener.
import type { Logger } from "pino";
import type { WebSocket } from "ws";
import type { TraceAnswer } from "../../wire/edge-operations.ts";
import { Admission, type TrunkLimit, type TrunkUse } from "./agent/admission.ts";
import { answerByApp } from "./agent/answering.ts";
import { parseAppMessage } from "./agent/app-text.ts";
import { type Counters, newCounters } from "./agent/counters.ts";
import type { Edge } from "./agent/edge.ts";
import { applicationLost, applicationRouted, inheritedCalls } from "./agent/ownership.ts";
import { PassingCalls } from "./agent/passing-calls.ts";
import { proxyByApp } from "./agent/proxying.ts";
import { receive } from "./agent/receive.ts";
import { Registrations } from "./agent/registrations.ts";
import { Reports } from "./agent/reports.ts";
import { requestByApp } from "./agent/requesting.ts";
import { type AppHandler, AppServer, refuse, respond } from "./app/app-server.ts";
import { DialogTable } from "./dialog/dialog-table.ts";
import { Trace, type TraceLimits } from "./trace/trace.ts";
import { TransactionLayer } from "./transaction/layer.ts";
import {
  rfcTimerValues,
  systemTimers,
  type Timers,
  type TimerValues,
} from "./transaction/timers.ts";
import { type ListeningPoint, portMessage } from "./transport/listeners.ts";
import { Locator } from "./transport/locator.ts";
import { type NameService, systemNames } from "./transport/name-service.ts";
import type { TlsFiles } from "./transport/tls-files.ts";
import { Transports } from "./transport/transports.ts";

export interface SipOptions {
  /** Addresses, ports and protocols; at least one point. */
  points: readonly ListeningPoint[];
  /** For points with TLS or WSS. */
  tls?: TlsFiles;
  appHost: string;
  appPort: number;
  appSecret: string;
  /** The HTTP front that hands over WebSockets; null when there is none. */
  front: { host: string; port: number; advertise: string | null } | null;
  /** How long a pending INVITE waits for the next application. */
  orphanMs: number;
  log: Logger;
  limits?: Partial<SipLimits>;
  /** Sources with an allowance of their own. */
  trunks?: readonly TrunkLimit[];
  /** Recent messages to keep; none when left out. */
  trace?: TraceLimits;
  /** DNS; the system's when left out. */
  names?: NameService;
  timers?: Timers;
  timerValues?: TimerValues;
}

export interface SipLimits {
  transactionsMax: number;
  dialogsMax: number;
  connectionsMax: number;
  /** TCP, TLS and WebSocket connections of one source address. */
  connectionsPerSourceMax: number;
  /** How long the opening of a TLS, WS or WSS connection may take. */
  openingMsMax: number;
  clientsMax: number;
  /** New requests outside dialogs of one source address in a second. */
  sourcePerSecondMax: number;
  /** New INVITEs of all sources in a second. */
  callsPerSecondMax: number;
}

/** Sizes of every table, for health pages and leak checks. */
export interface SipTables {
  dialogs: number;
  serverTransactions: number;
  clientTransactions: number;
  incoming: number;
  incomingCalls: number;
  outgoing: number;
  subscribing: number;
  /** Calls that were proxied and whose requests pass through. */
  passing: number;
  connections: number;
  registrations: number;
  reportsWaiting: number;
  applications: number;
}

export interface SipEdge {
  /** Of the first point. */
  readonly port: number;
  readonly appPort: number;
  /** `proto/address:port` of every listener. */
  readonly hostPorts: readonly string[];
  readonly counters: Counters;
  tables(): SipTables;
  trunks(): readonly Readonly<TrunkUse>[];
  adoptWebSocket(socket: WebSocket, remote: { address: string; port: number }): void;
  /** The messages of one call that are still kept. */
  trace(id: string): TraceAnswer;
  /** From now on new calls, and OPTIONS, are answered 503; calls that stand go on. */
  drain(): void;
  readonly draining: boolean;
  /** Calls in any state. */
  readonly callCount: number;
  close(): Promise<void>;
}

const defaultLimits: SipLimits = {
  transactionsMax: 60_000,
  dialogsMax: 20_000,
  connectionsMax: 10_000,
  connectionsPerSourceMax: 5_000,
  openingMsMax: 10_000,
  clientsMax: 100,
  sourcePerSecondMax: 500,
  callsPerSecondMax: 1_000,
};

/** Reported to applications; the form `v<n>.<n>.<n>` starts their pings. */
const version = "v0.9.99-rexian";
/** Sources of no trunk together may send as much as so many at their limit. */
const sourcesAtFullRateMax = 2;
const sweepEveryMs = 30_000;
const largeDatagramsPerWarning = 1_000;

/** Rejects with one clear line when a port cannot be opened. */
export async function startSip(options: SipOptions): Promise<SipEdge> {
  const limits = { ...defaultLimits, ...options.limits };
  const timers = options.timers ?? systemTimers;
  const edge = newEdge(options, { limits, timers });
  edge.transports = await Transports.listen({
    points: options.points,
    front: options.front,
    tls: options.tls ?? null,
    connectionsMax: limits.connectionsMax,
    connectionsPerSourceMax: limits.connectionsPerSourceMax,
    openingMsMax: limits.openingMsMax,
    onOpeningFailed: () => edge.counters.openingsFailed++,
    onMessage: (bytes, flow) => receive(edge, bytes, flow),
    onSent: (text, flow) => edge.trace.sent(text, flow),
    onClosed: (flow) => edge.transactions.flowClosed(flow),
    onBroken: (reason) => {
      edge.counters.malformed++;
      edge.log.debug({ reason }, "stream closed");
    },
    onLargeDatagram: (size, to) => {
      if (edge.counters.largeDatagrams++ % largeDatagramsPerWarning === 0) {
        edge.log.warn({ size, to }, "datagram may be cut in pieces on its way; consider TCP");
      }
    },
    onRefused: () => {
      edge.counters.refusedByLimit++;
      edge.counters.connectionsRefused++;
    },
    onError: (error) => edge.log.warn({ error: error.message }, "listener error"),
  });
  edge.locator = new Locator({
    names: options.names ?? systemNames(),
    nowMs: () => timers.nowMs(),
    reachable: (protocol, family) =>
      edge.transports.listenerFor(protocol, family === 4 ? "0.0.0.0" : "::") !== null,
  });
  try {
    edge.apps = await AppServer.listen({
      host: options.appHost,
      port: options.appPort,
      secret: options.appSecret,
      version,
      hostPorts: () => edge.transports.hostPorts,
      localHostPorts: () => edge.transports.localHostPorts,
      clientsMax: limits.clientsMax,
      handler: appHandler(edge),
    });
  } catch (error) {
    await edge.transports.close();
    throw new Error(portMessage("TCP (applications)", options.appHost, options.appPort, error));
  }
  return running(edge);
}

type UnopenedEdge = Omit<Edge, "transports" | "apps" | "locator">;

function newEdge(options: SipOptions, parts: { limits: SipLimits; timers: Timers }): Edge {
  const { timers, limits } = parts;
  const values = options.timerValues ?? rfcTimerValues;
  const { transactionsMax } = limits;
  const registrations = new Registrations(timers);
  const unopened: UnopenedEdge = {
    timers,
    values,
    log: options.log,
    counters: newCounters(),
    transactions: new TransactionLayer({ timers, values, transactionsMax }),
    dialogs: new DialogTable(limits.dialogsMax),
    registrations,
    reports: new Reports(timers),
    admission: new Admission({
      timers,
      sourcePerSecondMax: limits.sourcePerSecondMax,
      othersPerSecondMax: limits.sourcePerSecondMax * sourcesAtFullRateMax,
      callsPerSecondMax: limits.callsPerSecondMax,
      trunks: options.trunks ?? [],
      isDevice: (source) => registrations.isDevice(source),
    }),
    trace: new Trace(options.trace ?? { messagesMax: 0, bytesMax: 0 }),
    incoming: new Map(),
    incomingCalls: new Map(),
    outgoing: new Map(),
    subscribing: new Map(),
    passing: new PassingCalls(timers, values),
    orphanMs: options.orphanMs,
  };
  // The listeners are set before the first message can arrive.
  return unopened as Edge;
}

function appHandler(edge: Edge): AppHandler {
  return {
    sip(client, message) {
      const parsed = parseAppMessage(message.text);
      if (parsed === null) {
        respond(client, message.id, "NOK|invalid sip message");
      } else if (parsed.kind === "request") {
        requestByApp(edge, client, { message, asked: parsed });
      } else if (message.transactionId === "") {
        refuse(client, message.id, "transaction id missing");
      } else {
        answerByApp(edge, client, { message, answer: parsed });
      }
    },
    proxy: (client, message) => proxyByApp(edge, client, message),
    dialogs: (client, after) => inheritedCalls(edge, client, after),
    routed: (client, route) => applicationRouted(edge, client, route),
    lost: (client) => applicationLost(edge, client),
  };
}

function running(edge: Edge): SipEdge {
  edge.admission.watch();
  const sweep = setInterval(() => {
    edge.registrations.sweep();
    edge.reports.sweep();
    edge.passing.sweep();
  }, sweepEveryMs);
  return {
    port: edge.transports.port,
    appPort: edge.apps.port,
    hostPorts: edge.transports.hostPorts,
    counters: edge.counters,
    tables: () => {
      const { servers, clients } = edge.transactions.counts;
      return {
        dialogs: edge.dialogs.size,
        serverTransactions: servers,
        clientTransactions: clients,
        incoming: edge.incoming.size,
        incomingCalls: edge.incomingCalls.size,
        outgoing: edge.outgoing.size,
        subscribing: edge.subscribing.size,
        passing: edge.passing.size,
        connections: edge.transports.connectionCount,
        registrations: edge.registrations.size,
        reportsWaiting: edge.reports.waiting,
        applications: edge.apps.clientCount,
      };
    },
    trunks: () => edge.admission.trunks,
    trace: (id) => edge.trace.find(id),
    drain: () => {
      edge.admission.draining = true;
    },
    get draining() {
      return edge.admission.draining;
    },
    get callCount() {
      return edge.dialogs.size + edge.incomingCalls.size + edge.outgoing.size + edge.passing.size;
    },
    adoptWebSocket: (socket, remote) => edge.transports.adoptWebSocket(socket, remote),
    async close() {
      clearInterval(sweep);
      edge.admission.stop();
      for (const incoming of edge.incoming.values()) incoming.timer?.cancel();
      for (const dialog of [...edge.dialogs.values()]) edge.dialogs.remove(dialog);
      edge.transactions.close();
      edge.passing.close();
      await Promise.all([edge.apps.close(), edge.transports.close()]);
    },
  };
}
