// The messages of one call as a ladder: who stands where, and one step for each message.
import type { TracedMessage } from "./edge-operations.ts";

/** One SIP leg: the peer at its far end. The near end is always the edge. */
export type LadderLeg = Readonly<{
  sipCallId: string;
  /** Whether the peer called us, or we called it. */
  side: "caller" | "callee";
  /** `address:port`, IPv6 in brackets. */
  peer: string;
  protocol: TracedMessage["protocol"];
  /** User part of the peer's own URI; empty when it has none. */
  user: string;
}>;

export type LadderStep = Readonly<{
  message: TracedMessage;
  /** Since the first message of the ladder. */
  offsetMs: number;
  /** Place in `legs`. */
  leg: number;
  /** Method, or status and phrase with the method that it answers. */
  label: string;
  /** Status of a response; null for a request. */
  status: number | null;
  hasSdp: boolean;
}>;

/** Callers first, then callees, each in the order in which they appeared. */
export type Ladder = Readonly<{ legs: readonly LadderLeg[]; steps: readonly LadderStep[] }>;

export function sipLadder(messages: readonly TracedMessage[]): Ladder {
  const found = new Map<string, LadderLeg>();
  for (const message of messages) {
    if (!found.has(message.sipCallId)) found.set(message.sipCallId, legOf(message));
  }
  const all = [...found.values()];
  const legs = [...all.filter(isCaller), ...all.filter((leg) => !isCaller(leg))];
  const startMs = messages[0]?.atMs ?? 0;
  const steps = messages.map((message) => ({
    message,
    offsetMs: message.atMs - startMs,
    leg: legs.findIndex(({ sipCallId }) => sipCallId === message.sipCallId),
    ...labelOf(message.text),
    hasSdp: /\r\n\r\nv=0/.test(message.text),
  }));
  return { legs, steps };
}

const isCaller = ({ side }: LadderLeg) => side === "caller";

function legOf({ sipCallId, direction, remote, protocol, text }: TracedMessage): LadderLeg {
  const isRequest = !text.startsWith("SIP/2.0 ");
  const side = isRequest === (direction === "received") ? "caller" : "callee";
  const address = remote.address.includes(":") ? `[${remote.address}]` : remote.address;
  const own = headerOf(text, side === "caller" ? /^(?:From|f)\s*:(.*)$/im : /^(?:To|t)\s*:(.*)$/im);
  const user = /(?:sips?|tel):([^@;>?\s]+)(?=@)/i.exec(own)?.[1] ?? "";
  return { sipCallId, side, peer: `${address}:${remote.port}`, protocol, user };
}

function labelOf(text: string): Pick<LadderStep, "label" | "status"> {
  const start = text.slice(0, Math.max(0, text.indexOf("\r\n")));
  const response = /^SIP\/2\.0 (\d{3}) ?(.*)$/.exec(start);
  if (response === null) return { label: start.split(" ")[0] ?? "", status: null };
  const method = /\d+\s+(\S+)/.exec(headerOf(text, /^CSeq\s*:(.*)$/im))?.[1] ?? "";
  const [, status = "", phrase = ""] = response;
  return { label: `${status} ${phrase} (${method})`, status: Number(status) };
}

function headerOf(text: string, pattern: RegExp): string {
  return pattern.exec(text)?.[1]?.trim() ?? "";
}
