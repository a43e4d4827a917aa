// Who calls in a soak, what each does, and how the centre has to book it.
import type { CallOutcome } from "../../engine/core/fact.ts";
import { callerToneHz } from "../../engine/demo/tones.ts";

export type CallerKind = Readonly<{
  name: string;
  /** Share of all calls, of the sum of weights. */
  weight: number;
  dialled: string;
  keys?: readonly Readonly<{ digit: string; afterMs: number }>[];
  /** Agents that have to be heard one after the other; the caller leaves after the last. */
  agents: number;
  /** Time with the last agent. */
  talkMs: number;
  /** For callers who want no agent: leaves so long after the answer; null stays until released. */
  leaveMs: number | null;
  /** Gives up before any answer so long after the INVITE. */
  cancelMs?: number;
  /** Status that must refuse the call; the books know no refused call by its outcome alone. */
  refusedWith?: number;
  outcomes: readonly CallOutcome[];
  /** Further ones of a call during which the engine or its link to the edge went away. */
  outcomesWhenDisturbed?: readonly CallOutcome[];
}>;

const talks = { talkMs: 4_000, leaveMs: null, outcomes: ["answered"] } as const;
const leaves = { agents: 0, talkMs: 0 } as const;

export const callerKinds: readonly CallerKind[] = [
  { ...talks, name: "talks", weight: 32, dialled: "5001", agents: 1 },
  {
    ...{ ...talks, name: "menu, then talks", weight: 10, dialled: "12345", agents: 1 },
    keys: [
      { digit: "1", afterMs: 400 },
      { digit: "1", afterMs: 900 },
    ],
  },
  // The agent's phone holds by re-INVITE and takes back within this talk.
  { ...talks, name: "is held", weight: 8, dialled: "5002", agents: 1, talkMs: 5_000 },
  { ...talks, name: "first agent does not answer", weight: 5, dialled: "5003", agents: 1 },
  { ...talks, name: "first agent is busy", weight: 5, dialled: "5004", agents: 1 },
  { ...talks, name: "blind transfer", weight: 5, dialled: "5005", agents: 2 },
  { ...talks, name: "consult transfer", weight: 4, dialled: "5006", agents: 2 },
  {
    ...{ ...leaves, name: "leaves in the menu", weight: 6, dialled: "12345", leaveMs: 1_200 },
    outcomes: ["abandonedInFlow"],
  },
  {
    ...{ ...leaves, name: "leaves in the queue", weight: 6, dialled: "5007", leaveMs: 5_000 },
    outcomes: ["abandonedInQueue"],
  },
  {
    ...{ ...leaves, name: "leaves while ringing", weight: 5, dialled: "5008", leaveMs: 1_500 },
    outcomes: ["abandonedRinging"],
    // The ringing of the lost link is over; the caller is back in the queue.
    outcomesWhenDisturbed: ["abandonedInQueue"],
  },
  {
    ...{ ...leaves, name: "hears an announcement", weight: 4, dialled: "8001", leaveMs: null },
    outcomes: ["servedByFlow"],
  },
  {
    ...{ ...leaves, name: "echo test", weight: 3, dialled: "8000", leaveMs: 2_500 },
    outcomes: ["servedByFlow", "abandonedInFlow"],
  },
  {
    ...{ ...leaves, name: "cancels", weight: 3, dialled: "5007", leaveMs: 0, cancelMs: 0 },
    // The CANCEL and our 200 may cross (RFC 5407 3.1.2).
    outcomes: ["abandonedInFlow", "abandonedInQueue"],
  },
  {
    ...{ ...leaves, name: "dials a wrong number", weight: 4, dialled: "5999", leaveMs: null },
    ...{ refusedWith: 404, outcomes: ["rejected"] },
  },
];

const slotDigits = 8;

/** The caller's number carries the kind, so that the books can be checked call by call. */
export const callerNumber = (kind: number, slot: number): string =>
  `1${String(kind).padStart(2, "0")}${String(slot).padStart(slotDigits, "0")}`;

export function kindOfNumber(ani: string): CallerKind | null {
  return /^1\d{10}$/.test(ani) ? (callerKinds[Number(ani.slice(1, 3))] ?? null) : null;
}

/** No caller sounds as the ringback tone that a consulting agent hears. */
export const ringbackHz = 450;
export const toneOfSlot = (slot: number): number =>
  callerToneHz(slot) === ringbackHz ? 1_010 : callerToneHz(slot);

export const slotOfNumber = (ani: string): number => Number(ani.slice(-slotDigits));
