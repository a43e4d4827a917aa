// The check of all figures in a running engine: at intervals, and when somebody asks. It stops nothing;
// what it finds is logged, counted, and on /metrics.
import type { ShownFigures, VerifyReport } from "./verify.ts";

export type RunningVerify = Readonly<{
  /** One at a time: who asks meanwhile gets the same report. */
  check(): Promise<VerifyReport>;
  /** Checks by result since the start, and the red lines of the last one. */
  counts(): Readonly<{ agreed: number; differed: number; failed: number; redLines: number }>;
  stop(): void;
}>;

type Log = Readonly<{ error(details: object, message: string): void }>;

/** Red lines that one check writes to the log. */
const toldMax = 20;

export function startVerify(options: {
  /** What all surfaces show now. */
  shown: () => Promise<ShownFigures>;
  verify: (shown: ShownFigures) => Promise<VerifyReport>;
  /** 0: only when asked. */
  everyMs: number;
  log: Log;
}): RunningVerify {
  const counts = { agreed: 0, differed: 0, failed: 0, redLines: 0 };
  let running: Promise<VerifyReport> | null = null;
  const run = async (): Promise<VerifyReport> => {
    try {
      const report = await options.verify(await options.shown());
      counts.redLines = redLines(report).length;
      if (counts.redLines === 0) counts.agreed += 1;
      else counts.differed += 1;
      for (const line of redLines(report).slice(0, toldMax)) {
        options.log.error({ line }, "bug: a figure does not agree with the facts");
      }
      return report;
    } catch (error) {
      counts.failed += 1;
      options.log.error({ error }, "the figures could not be checked");
      throw error;
    }
  };
  const check = (): Promise<VerifyReport> => {
    running ??= run().finally(() => {
      running = null;
    });
    return running;
  };
  const timer =
    options.everyMs > 0 ? setInterval(() => void check().catch(() => {}), options.everyMs) : null;
  timer?.unref();
  return {
    check,
    counts: () => ({ ...counts }),
    stop: () => {
      if (timer !== null) clearInterval(timer);
    },
  };
}

/** Everything that is wrong, each in one line; empty when all figures agree. */
export function redLines(report: VerifyReport): readonly string[] {
  return [
    ...report.imbalances.map(
      ({ queueId, fromMs, remaining, stillWaiting, callIds }) =>
        `queue ${queueId} ${fromMs === null ? "in all" : new Date(fromMs).toISOString()}: ` +
        `${remaining} remain by the books, ${stillWaiting} wait; calls ${callIds.join(" ") || "unknown"}`,
    ),
    ...report.oddities.map(
      ({ seq, callId, queueId, what }) => `fact ${seq}: ${what}, queue ${queueId}, call ${callId}`,
    ),
    ...report.differences.map(
      ({ surface, figure, expected, shown }) =>
        `${surface}: ${figure} is ${shown ?? "not shown"}, by the facts ${expected ?? "unknown"}`,
    ),
  ];
}
