// Single writer of the centre: event -> handle -> journal -> facts -> commands -> one timer.
// It decides nothing. Events posted while it works wait their turn in the same batch.
import type { Centre, Step } from "../core/centre.ts";
import { handle, nextDeadlineMs } from "../core/centre.ts";
import type { Command } from "../core/command.ts";
import type { CentreEvent } from "../core/event.ts";
import type { Fact } from "../core/fact.ts";
import type { Ms } from "../core/ids.ts";
import type { JournalWriter } from "./journal/journal.ts";
import type { CommandPerformer, EngineClock, EventSink, FactListener } from "./ports.ts";

export type LoopOptions = Readonly<{
  centre: Centre;
  /** Last journal sequence number that the centre has seen. */
  lastSeq: number;
  clock: EngineClock;
  journal: JournalWriter;
  /** Told of each command in order; each takes those that are its own. */
  performers: readonly CommandPerformer[];
  listeners: readonly FactListener[];
  /** A step that threw: a bug of ours. The event is journalled, its commands are lost. */
  onBug(error: unknown, event: CentreEvent): void;
  /** Each step that was made, for the auditor. */
  onStep?(event: CentreEvent, step: Step): void;
  /** Time that one step of the core took, for `acd_routing_decision_seconds`. */
  onStepTimed?(seconds: number): void;
}>;

export type Loop = EventSink &
  Readonly<{
    centre: Centre;
    lastSeq(): number;
    /** Handles what is queued now; for the start and the end of a process. */
    drain(): void;
    stop(): void;
  }>;

/** Events handled before sockets get their turn again. */
const batchMax = 256;
const timerMsMax = 60_000;

export function createLoop(options: LoopOptions): Loop {
  const { centre, clock, journal } = options;
  let queue: CentreEvent[] = [];
  let seq = options.lastSeq;
  let scheduled = false;
  let stopped = false;
  let timer: NodeJS.Timeout | null = null;

  function runBatch(): void {
    scheduled = false;
    const batch = queue.length <= batchMax ? queue : queue.slice(0, batchMax);
    queue = queue.length <= batchMax ? [] : queue.slice(batchMax);
    if (batch.length === 0) return;
    const nowMs = clock.nowMs();
    const commands: Command[] = [];
    const facts: Fact[] = [];
    for (const event of batch) {
      seq += 1;
      journal.append({ seq, nowMs, event });
      const step = stepSafely(event, nowMs);
      if (step === null) continue;
      options.onStep?.(event, step);
      for (const command of step.commands) commands.push(command);
      for (const fact of step.facts) facts.push(fact);
    }
    journal.flush();
    // Commands first: the screen pop and the ring are what somebody waits for. Facts are only read.
    for (const command of commands) {
      for (const performer of options.performers) performer.perform(command);
    }
    if (facts.length > 0) for (const listener of options.listeners) listener.onFacts(facts);
    journal.maybeSnapshot(centre, seq, nowMs);
    armTimer();
    if (queue.length > 0) schedule();
  }

  function stepSafely(event: CentreEvent, nowMs: Ms): Step | null {
    const startedAt = performance.now();
    try {
      return handle(centre, event, nowMs);
    } catch (error) {
      options.onBug(error, event);
      return null;
    } finally {
      options.onStepTimed?.((performance.now() - startedAt) / 1000);
    }
  }

  function armTimer(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    const deadlineMs = nextDeadlineMs(centre);
    if (deadlineMs === null || stopped) return;
    // A timer that fires early finds nothing due and is armed again.
    const delayMs = Math.min(Math.max(deadlineMs - clock.nowMs(), 0), timerMsMax);
    timer = setTimeout(() => post({ type: "timeAdvanced" }), delayMs);
  }

  function schedule(): void {
    if (scheduled || stopped) return;
    scheduled = true;
    setImmediate(runBatch);
  }

  function post(event: CentreEvent): void {
    if (stopped) return;
    queue.push(event);
    schedule();
  }

  return {
    centre,
    post,
    lastSeq: () => seq,
    drain: () => {
      while (queue.length > 0 && !stopped) runBatch();
    },
    stop: () => {
      stopped = true;
      if (timer !== null) clearTimeout(timer);
    },
  };
}
