// Two sets of figures side by side: what the facts give, and what somebody reads.
import type { Ms, QueueId } from "../ids.ts";
import type { QueueCounts } from "./queue-stats.ts";
import { queueToday, type Stats } from "./stats.ts";

/** Figures by name, such as `queue tax answered`. */
export type Figures = ReadonlyMap<string, number>;

export type Difference = Readonly<{
  surface: string;
  figure: string;
  /** What the facts give; null when they know no such figure. */
  expected: number | null;
  /** Null when it is not shown. */
  shown: number | null;
}>;

/** Figures of either side that are not on the other, or have another value. */
export function differences(
  surface: string,
  { expected, shown }: Readonly<{ expected: Figures; shown: Figures }>,
): readonly Difference[] {
  const names = new Set([...expected.keys(), ...shown.keys()]);
  return [...names].flatMap((figure) => {
    const [one, other] = [expected.get(figure) ?? null, shown.get(figure) ?? null];
    return one === other ? [] : [{ surface, figure, expected: one, shown: other }];
  });
}

/** Every number in the folded statistics, by its path; agents who left the site have none. */
export function statsFigures(stats: Stats, agents: ReadonlySet<string>): Figures {
  const figures = new Map<string, number>();
  const walk = (path: string, value: unknown): void => {
    if (typeof value === "number") figures.set(path, value);
    else if (value instanceof Map) for (const [key, item] of value) walk(`${path} ${key}`, item);
    else if (typeof value === "object" && value !== null) {
      for (const [key, item] of Object.entries(value)) walk(`${path} ${key}`, item);
    }
  };
  walk("total", stats.totals);
  walk("queue", stats.queues);
  for (const [agentId, agent] of stats.agents) {
    if (agents.has(agentId)) walk(`agent ${agentId}`, agent);
  }
  return figures;
}

type DayCounts = Pick<
  QueueCounts,
  "offered" | "answered" | "abandoned" | "shortAbandoned" | "flowedOut"
> &
  Readonly<{ queueId: QueueId; answeredInTarget: number }>;

/** What a wallboard shows of each queue's day. */
export const wallboardFigures = (queues: readonly DayCounts[]): Figures =>
  new Map(
    queues.flatMap((queue) =>
      dayNames.map((name): [string, number] => [`queue ${queue.queueId} ${name}`, queue[name]]),
    ),
  );

/** The same from the statistics, for the queues that the wallboard has. */
export const wallboardOf = (stats: Stats, queueIds: readonly QueueId[], nowMs: Ms): Figures =>
  wallboardFigures(
    queueIds.flatMap((queueId) => {
      const queue = stats.queues.get(queueId);
      if (queue === undefined) return [];
      const today = queueToday(stats, queue, nowMs);
      return [{ ...today, queueId, answeredInTarget: today.answeredWithinTarget }];
    }),
  );

const dayNames = [
  "offered",
  "answered",
  "answeredInTarget",
  "abandoned",
  "shortAbandoned",
  "flowedOut",
] as const;
