// What the edge counts since its start.
export interface Counters {
  requestsReceived: number;
  responsesReceived: number;
  retransmissionsAbsorbed: number;
  /** Not a SIP message, or one without what RFC 3261 demands. */
  malformed: number;
  /** Refused by a limit, in all: requests with 503, and connections. */
  refusedByLimit: number;
  refusedByRate: number;
  /** A trunk has all its channels in use. */
  refusedByChannels: number;
  /** The process cannot keep up. */
  refusedByOverload: number;
  refusedByDrain: number;
  /** Too many dialogs or transactions. */
  refusedByTable: number;
  connectionsRefused: number;
  /** TLS or HTTP that was none, or took too long: closed before it was a connection. */
  openingsFailed: number;
  /** From tools that look for open relays; they get no answer. */
  scannersDropped: number;
  /** Datagrams sent that may not pass the network in one piece (RFC 3261 18.1.1). */
  largeDatagrams: number;
  /** No application had routed the method. */
  unrouted: number;
  strayResponses: number;
  callsReceived: number;
  callsSent: number;
  dialogsConfirmed: number;
  applicationsLost: number;
}

export function newCounters(): Counters {
  return {
    requestsReceived: 0,
    responsesReceived: 0,
    retransmissionsAbsorbed: 0,
    malformed: 0,
    refusedByLimit: 0,
    refusedByRate: 0,
    refusedByChannels: 0,
    refusedByOverload: 0,
    refusedByDrain: 0,
    refusedByTable: 0,
    connectionsRefused: 0,
    openingsFailed: 0,
    scannersDropped: 0,
    largeDatagrams: 0,
    unrouted: 0,
    strayResponses: 0,
    callsReceived: 0,
    callsSent: 0,
    dialogsConfirmed: 0,
    applicationsLost: 0,
  };
}
