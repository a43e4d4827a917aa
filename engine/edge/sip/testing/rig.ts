// An edge with short timers for tests, and the check that nothing is left in it.
import pino from "pino";
import { type SipEdge, type SipOptions, startSip } from "../start.ts";

/** T1 of 20 ms: what takes 32 s with the values of the RFC takes 1.28 s here. */
const shortTimers = { t1Ms: 20, t2Ms: 160, t4Ms: 200 };

export function startTestEdge(options: Partial<SipOptions> = {}): Promise<SipEdge> {
  return startSip({
    points: [{ host: "127.0.0.1", port: 0, protocols: ["udp", "tcp"], advertise: null }],
    appHost: "127.0.0.1",
    appPort: 0,
    appSecret: "secret",
    front: null,
    orphanMs: 1_000,
    log: pino({ level: "silent" }),
    timerValues: shortTimers,
    ...options,
  });
}

/** Waits until `ready`; fails with `what` after five seconds. */
export async function until(ready: () => boolean, what: string): Promise<void> {
  const untilMs = performance.now() + 5_000;
  while (!ready()) {
    if (performance.now() > untilMs) throw new Error(`still not: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** Every table empties by itself once all calls are over. */
export async function untilEmpty(edge: SipEdge): Promise<void> {
  const left = () => {
    const { applications: _, connections: __, registrations: ___, ...rest } = edge.tables();
    return Object.entries(rest).filter(([, size]) => size !== 0);
  };
  try {
    await until(() => left().length === 0, "empty tables");
  } catch {
    throw new Error(`left over: ${JSON.stringify(left())}`);
  }
}
