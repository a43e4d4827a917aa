// The centre of a soak: a queue for each thing that can happen to a call.
import { testSite } from "../system/site.ts";

/** How the phone of an agent behaves. */
export type PhoneRole =
  | "answers"
  | "holds"
  /** Rings out at a caller's first try. */
  | "missesOnce"
  | "busyOnce"
  | "neverAnswers"
  /** Operated by a desk that hands each caller over. */
  | "transfers"
  | "consults"
  /** Registers and unregisters; gets no calls. */
  | "registers";

export type SoakAgent = Readonly<{ id: string; role: PhoneRole; skill: string }>;

const group = (role: PhoneRole, skill: string, first: number, count: number): SoakAgent[] =>
  Array.from({ length: count }, (_, index) => ({ id: String(first + index), role, skill }));

/** Who asks whom in a consult: the n-th of these the n-th of those. */
export const consulting = group("consults", "asks", 1801, 3);
export const consulted = group("answers", "is-asked", 1901, 3);

/** No more phones that talk than there are tones (61), so that each is known by its own. */
export const soakAgents: readonly SoakAgent[] = [
  ...group("answers", "talk", 1201, 22),
  ...group("holds", "hold", 1301, 6),
  ...group("missesOnce", "miss", 1401, 8),
  ...group("busyOnce", "busy", 1501, 6),
  ...group("neverAnswers", "ring", 1601, 6),
  ...group("transfers", "hand-over", 1701, 3),
  ...consulting,
  ...consulted,
  ...group("registers", "registers", 1951, 20),
];

const numbers: Readonly<Record<string, string>> = {
  "5001": "talk",
  "5002": "hold",
  "5003": "miss",
  "5004": "busy",
  "5005": "hand-over",
  "5006": "asks",
  "5007": "nobody",
  "5008": "ring",
};

export function soakSite(): object {
  return testSite({
    agents: [
      ...soakAgents.map(({ id, role, skill }) => ({
        id,
        skills: skill === "talk" ? { talk: 5, consult: 5 } : { [skill]: 5 },
        device: {
          kind: "phone",
          alwaysReady: !["transfers", "consults", "registers"].includes(role),
          ronaPauseSeconds: 1,
        },
      })),
      // Never logs in: his queues have somebody, but nobody is there.
      { id: "1001", skills: { nobody: 5, carrier: 5, complaint: 5, social: 5, english: 5 } },
    ],
    wrapUpSeconds: 0,
    queues: Object.values(numbers).map((id) => ({ id, skills: { [id]: 1 } })),
    numbers: Object.entries(numbers).map(([digits, queue]) => ({ digits, queue })),
    more: {
      seatGraceSeconds: 20,
      limits: { callsMax: 1_000, callsPerSecondMax: 100 },
    },
  });
}
