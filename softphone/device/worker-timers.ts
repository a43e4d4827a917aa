import type { Timers } from "../link/timers.ts";

/**
 * Timers that a browser does not slow down while the tab is hidden: a worker ticks, the page runs.
 * A seat in a hidden tab must still notice a dead link within seconds.
 */
export function createWorkerTimers(): Timers {
  const worker = new Worker(new URL("./ticker.worker.ts", import.meta.url), { type: "module" });
  const runs = new Map<number, { run: () => void; repeats: boolean }>();
  let nextId = 0;

  worker.onmessage = (event: MessageEvent<number>) => {
    const timer = runs.get(event.data);
    if (timer === undefined) {
      return;
    }
    if (!timer.repeats) {
      runs.delete(event.data);
    }
    timer.run();
  };

  function add(timer: { run: () => void; repeats: boolean; ms: number }): () => void {
    nextId += 1;
    const id = nextId;
    runs.set(id, timer);
    worker.postMessage({ id, ms: timer.ms, repeats: timer.repeats });
    return () => {
      runs.delete(id);
      worker.postMessage({ id, ms: null, repeats: false });
    };
  }

  return {
    after: (ms, run) => add({ run, repeats: false, ms }),
    every: (ms, run) => add({ run, repeats: true, ms }),
  };
}
