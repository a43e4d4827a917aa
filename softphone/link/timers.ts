/** One-shot and repeating timers; each returns its own cancel function. Times in ms. */
export type Timers = Readonly<{
  after: (ms: number, run: () => void) => () => void;
  every: (ms: number, run: () => void) => () => void;
}>;
