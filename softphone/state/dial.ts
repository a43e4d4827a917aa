import type { AgentView, TransferTargets } from "../../engine/wire/desk.ts";

/** As long as the desk protocol takes. */
export const numberLengthMax = 40;

/** What can be dialled out of what was typed or pasted: digits, `*`, `#`, and `+` in front. */
export function cleanedNumber(text: string): string {
  // Chinese input methods type full-width digits.
  const plain = text.normalize("NFKC").replace(/[^0-9+*#]/g, "");
  const body = plain.replaceAll("+", "");
  return (plain.startsWith("+") ? `+${body}` : body).slice(0, numberLengthMax);
}

type Option = Readonly<{ value: string; label: string }>;

export type DialChoice = Readonly<{
  queues: readonly Option[];
  callerIds: readonly string[];
  /** On behalf of whom, and which number is shown; null when the agent may call no number. */
  queueId: string | null;
  callerId: string | null;
}>;

/** What may be chosen, and what is: an earlier choice that is not allowed any more gives way. */
export function dialChoice(
  targets: TransferTargets | null,
  chosen: Readonly<{ queueId: string | null; callerId: string | null; language: "zh" | "en" }>,
): DialChoice {
  const dial = targets?.dial ?? [];
  const queue = dial.find(({ queueId }) => queueId === chosen.queueId) ?? dial[0];
  const callerIds = queue?.callerIds ?? [];
  const callerId = callerIds.find((id) => id === chosen.callerId) ?? callerIds[0] ?? null;
  return {
    queues: dial.map(({ queueId, name }) => ({ value: queueId, label: name[chosen.language] })),
    callerIds,
    queueId: queue?.queueId ?? null,
    callerId,
  };
}

const outcomes = ["busy", "noAnswer", "rejected", "cancelled", "noSuchNumber", "failed"] as const;
export type DialOutcome = (typeof outcomes)[number];

/** Final responses that speak of the number itself (RFC 3261 21.4.5, 21.4.10, 21.4.22, 21.6.3). */
const numberStatuses = [404, 410, 484, 604];

/** Why the last call out did not become a talk; null when it did, or there was none. */
export function dialFailure(lastDial: AgentView["lastDial"]): DialOutcome | null {
  if (lastDial === null || lastDial.outcome === "answered") {
    return null;
  }
  if (lastDial.sipStatus !== null && numberStatuses.includes(lastDial.sipStatus)) {
    return "noSuchNumber";
  }
  return outcomes.find((outcome) => outcome === lastDial.outcome) ?? "failed";
}
