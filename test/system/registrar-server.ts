// The engine's registrar alone, on the real link to a SIP edge: for tests and benchmarks of
// registrations, which need thousands of users but no calls. A user's password is `pw-USER`.
import { pino } from "pino";
import type { CentreEvent } from "../../engine/core/event.ts";
import { createClock } from "../../engine/shell/clock.ts";
import { createCounters } from "../../engine/shell/sip/counters.ts";
import { createEdgeLink } from "../../engine/shell/sip/edge-link.ts";
import { createRegistrar, type Registrar } from "../../engine/shell/sip/registrar.ts";

export type RegistrarServer = Readonly<{
  registrar: Registrar;
  /** What the core would have been told. */
  events: CentreEvent[];
  /** Moves the registrar's time, so that nobody has to wait for an expiry. */
  passTime(ms: number): void;
  close(): Promise<void>;
}>;

/** Resolves when the edge sends REGISTERs here. */
export async function startRegistrarServer(
  app: Readonly<{ port: number; secret: string }>,
): Promise<RegistrarServer> {
  const log = pino({ level: "silent" });
  const clock = createClock(0);
  const events: CentreEvent[] = [];
  let laterMs = 0;
  const registrar = createRegistrar({
    realm: "rexian",
    credentials: { secretOf: (user) => `pw-${user}` },
    deviceOf: () => "phone",
    clock: { nowMs: () => clock.nowMs() + laterMs },
    counters: createCounters(),
    post: (event) => events.push(event),
  });
  const link = createEdgeLink({ host: "127.0.0.1", ...app }, log);
  await new Promise<void>((resolve) => {
    link.open({
      onRequest: (req, res) => {
        if (req.method !== "REGISTER") return;
        const { status, ...options } = registrar.register(req);
        link.respond(res, status, options);
      },
      onUp: resolve,
      onDown: () => undefined,
    });
  });
  return {
    registrar,
    events,
    passTime: (ms) => {
      laterMs += ms;
    },
    close: () => link.close(),
  };
}
