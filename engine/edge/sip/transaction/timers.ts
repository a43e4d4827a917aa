// Time as a service, so that the machines run in virtual time in tests, and the values of RFC 3261
// 17.1.1.1 and table 4.

export interface TimerHandle {
  cancel(): void;
}

export interface Timers {
  /** Monotonic milliseconds. */
  nowMs(): number;
  after(ms: number, run: () => void): TimerHandle;
}

export interface TimerValues {
  t1Ms: number;
  t2Ms: number;
  t4Ms: number;
}

export const rfcTimerValues: TimerValues = { t1Ms: 500, t2Ms: 4_000, t4Ms: 5_000 };

export const systemTimers: Timers = {
  nowMs: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return { cancel: () => clearTimeout(timer) };
  },
};
