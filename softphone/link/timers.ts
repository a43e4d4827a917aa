/** One-shot and repeating timers; each returns its own cancel function. Times in ms. */
export type Timers = Readonly<{
  after: (ms: number, run: () => void) => () => void;
  every: (ms: number, run: () => void) => () => void;
}>;

/** The page's own timers: right for tests, throttled by browsers while the tab is hidden. */
export const pageTimers: Timers = {
  after: (ms, run) => {
    const id = setTimeout(run, ms);
    return () => clearTimeout(id);
  },
  every: (ms, run) => {
    const id = setInterval(run, ms);
    return () => clearInterval(id);
  },
};
