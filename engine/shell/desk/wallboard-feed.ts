// When the wallboard is pushed: at once after a quiet time, else after a pause, and regularly while
// nothing changes, since a page tells old figures from live ones by their age. It is built and turned
// into text once for all viewers.
import type { WallboardView } from "../../wire/desk.ts";
import type { Connection } from "./connection.ts";

export type WallboardFeed = {
  add(viewer: Connection): void;
  remove(viewer: Connection): void;
  /** Something that the wallboard may show changed. */
  changed(): void;
  close(): void;
};

export function createWallboardFeed(options: {
  view: () => WallboardView;
  nowMs: () => number;
  /** Least time between two pushes. */
  pauseMs: number;
  /** Time between pushes while nothing changes. */
  refreshMs: number;
}): WallboardFeed {
  const { pauseMs, refreshMs, nowMs } = options;
  const viewers = new Set<Connection>();
  let pushedAtMs = Number.NEGATIVE_INFINITY;
  /** The one timer, and when it fires. */
  let timer: NodeJS.Timeout | null = null;
  let dueAtMs = Number.POSITIVE_INFINITY;

  const render = (): string => JSON.stringify(options.view());
  const disarm = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    dueAtMs = Number.POSITIVE_INFINITY;
  };
  const arm = (atMs: number): void => {
    if (atMs >= dueAtMs) return;
    disarm();
    dueAtMs = atMs;
    // A timer even for now: the step that changed the board is not held up by drawing it.
    timer = setTimeout(push, Math.max(0, atMs - performance.now()));
  };
  const push = (): void => {
    disarm();
    if (viewers.size === 0) return;
    pushedAtMs = performance.now();
    const text = render();
    for (const viewer of viewers) viewer.sendWallboard(text, nowMs());
    arm(pushedAtMs + refreshMs);
  };
  return {
    add(viewer) {
      viewers.add(viewer);
      viewer.sendWallboard(render(), nowMs());
      arm(performance.now() + refreshMs);
    },
    remove(viewer) {
      viewers.delete(viewer);
      if (viewers.size === 0) disarm();
    },
    changed() {
      if (viewers.size > 0) arm(Math.max(performance.now(), pushedAtMs + pauseMs));
    },
    close() {
      viewers.clear();
      disarm();
    },
  };
}
