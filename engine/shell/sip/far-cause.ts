// What the far side says about why a leg ended: final status, and Reason header (RFC 3326).
import { isAboutWhoIsCalled, statusOfQ850 } from "../../core/call/q850.ts";
import type { LegCause, LegCauseReason } from "../../core/event.ts";
import { splitValues } from "./sip-headers.ts";

/**
 * A final failure of an INVITE of ours. Of a fault in the path (5xx) that the far side explains with a
 * Q.850 cause about who was called, the cause is believed.
 */
export function failureCause(sipStatus: number, reasonHeader: string | undefined): LegCause {
  const q850 = q850InReason(reasonHeader);
  if (q850 === null) return { reason: reasonOf(sipStatus), sipStatus };
  const isExplained = sipStatus >= 500 && sipStatus < 600 && isAboutWhoIsCalled(q850);
  const meant = isExplained ? statusOfQ850(q850) : null;
  return { reason: reasonOf(meant ?? sipStatus), sipStatus, q850 };
}

/** A BYE: the far side hung up. */
export function byeCause(reasonHeader: string | undefined): LegCause {
  const q850 = q850InReason(reasonHeader);
  return { reason: "normal", sipStatus: null, ...(q850 === null ? {} : { q850 }) };
}

/** `Q.850;cause=34;text="..."`, among others; null without one that can be. */
export function q850InReason(header: string | undefined): number | null {
  for (const value of splitValues(header)) {
    const [protocol = "", ...params] = value.split(";").map((part) => part.trim());
    if (protocol.toUpperCase() !== "Q.850") continue;
    const cause = Number(
      params.map((param) => /^cause\s*=\s*(\d{1,3})$/i.exec(param)?.[1]).find(Boolean),
    );
    if (cause >= 1 && cause <= 127) return cause;
  }
  return null;
}

/** What a final failure says about who was rung (RFC 3261 21.4 to 21.6). */
function reasonOf(sipStatus: number): LegCauseReason {
  switch (sipStatus) {
    case 486:
    case 600:
      return "busy";
    case 403:
    case 603:
    case 607:
      return "rejected";
    case 480:
      return "noAnswer";
    case 404:
    case 408:
    case 410:
    case 430:
    case 502:
    case 503:
    case 504:
    case 604:
      return "unreachable";
    case 415:
    case 488:
    case 606:
      return "noCodec";
    case 487:
      return "cancelled";
    default:
      return "error";
  }
}
