// What telephony counts; the metrics shell reads it. Counts only grow.

export type TelephonyCounters = {
  invitesReceived: number;
  /** Answered 403: from no trunk's source, wrong credentials, a number that is not allowed. */
  invitesForbidden: number;
  /** Answered 401: a trunk's digest is missing or old. */
  invitesChallenged: number;
  /** Answered 503 after too many wrong credentials. */
  invitesLimited: number;
  /** Answered 503 by reason. */
  invitesOverRate: number;
  invitesOverLoad: number;
  invitesOverLegs: number;
  /** Answered 4xx: an INVITE that cannot become a call. */
  invitesMalformed: number;
  registersAccepted: number;
  registersChallenged: number;
  registersRefused: number;
  /** Answered 503 after too many failures. */
  registersLimited: number;
  /** Requests answered 405, 481, 489 or 501. */
  requestsRefused: number;
  /** Commands for legs that are gone or not there yet. */
  commandsIgnored: number;
  mediaFailures: number;
  edgeFailures: number;
  /** Legs lost with the edge that held them. */
  legsLost: number;
  /** Silent legs whose far end knew nothing of the call any more, or did not answer. */
  legsDead: number;
};

export function createCounters(): TelephonyCounters {
  return {
    invitesReceived: 0,
    invitesForbidden: 0,
    invitesChallenged: 0,
    invitesLimited: 0,
    invitesOverRate: 0,
    invitesOverLoad: 0,
    invitesOverLegs: 0,
    invitesMalformed: 0,
    registersAccepted: 0,
    registersChallenged: 0,
    registersRefused: 0,
    registersLimited: 0,
    requestsRefused: 0,
    commandsIgnored: 0,
    mediaFailures: 0,
    edgeFailures: 0,
    legsLost: 0,
    legsDead: 0,
  };
}
