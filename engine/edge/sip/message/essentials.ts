// The few values that every layer needs, read once for each received message.
import type { SipMessage } from "./message.ts";
import { parseNameAddr, tagOf } from "./name-addr.ts";
import { parseVia, type Via } from "./via.ts";

export interface Essentials {
  via: Via;
  callId: string;
  fromTag: string;
  toTag: string;
  cseq: number;
  /** The method of the CSeq header; equals the request's own. */
  method: string;
}

export type EssentialsResult =
  | { ok: true; essentials: Essentials }
  | { ok: false; reason: string; essentials: Essentials | null };

/**
 * Reads and checks the mandatory headers (RFC 3261 8.1.1). When they are wrong but an answer can
 * still be addressed, `essentials` comes beside the reason.
 */
export function readEssentials(message: SipMessage): EssentialsResult {
  let via: Via | null = null;
  let viaSeen = false;
  let callId = "";
  let from: string | null = null;
  let to: string | null = null;
  let cseqText: string | null = null;
  let problem: string | null = null;
  for (const { name, value } of message.headers) {
    if (name === "Via") {
      if (!viaSeen) via = parseVia(value);
      else if (!/^SIP\s*\//i.test(value)) problem = "Bad Via";
      viaSeen = true;
    } else if (name === "Call-ID") {
      if (callId !== "") problem = "Duplicate Call-ID";
      callId = value;
    } else if (name === "From") {
      if (from !== null) problem = "Duplicate From";
      from ??= value;
    } else if (name === "To") {
      if (to !== null) problem = "Duplicate To";
      to ??= value;
    } else if (name === "CSeq") {
      if (cseqText !== null) problem = "Duplicate CSeq";
      cseqText ??= value;
    }
  }
  if (via === null) return { ok: false, reason: "Bad Via", essentials: null };
  const cseq = /^(\d{1,10})\s+(\S+)$/.exec(cseqText ?? "");
  const essentials: Essentials = {
    via,
    callId,
    fromTag: tagOf(from ?? ""),
    toTag: tagOf(to ?? ""),
    cseq: Number(cseq?.[1] ?? 0),
    method: cseq?.[2] ?? "",
  };
  if (callId === "" || from === null || to === null || cseq === null) {
    const missing = cseqText !== null && cseq === null ? "Bad CSeq" : "Missing Header";
    return { ok: false, reason: missing, essentials };
  }
  problem ??= wrongValue(message, essentials, { from, to });
  return problem === null ? { ok: true, essentials } : { ok: false, reason: problem, essentials };
}

function wrongValue(
  message: SipMessage,
  essentials: Essentials,
  ends: { from: string; to: string },
): string | null {
  // RFC 3261 8.1.1.5: less than 2**31.
  if (essentials.cseq > 0x7fffffff) return "Bad CSeq";
  if (message.kind === "request" && message.method !== essentials.method) {
    return "CSeq Method Does Not Match";
  }
  if (/\s/.test(essentials.callId)) return "Bad Call-ID";
  if (parseNameAddr(ends.from) === null) return "Bad From";
  if (parseNameAddr(ends.to) === null) return "Bad To";
  return null;
}
