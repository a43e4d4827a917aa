// What the core hears of a browser seat's health: what the page tells, when it changed for somebody,
// and a page from which nothing comes although its socket stands. The browser answers pings of the
// socket by itself, also for a page whose script it has stopped.

import type { SeatHealth } from "../../wire/desk.ts";
import type { EventSink } from "../ports.ts";

export type SeatWatch = {
  told(agentId: string, health: SeatHealth): void;
  /** Any frame of the agent's page. */
  heard(agentId: string): void;
  /** Looks for pages that have fallen silent. */
  beat(): void;
  gone(agentId: string): void;
};

export function createSeatWatch(
  options: Readonly<{ sink: EventSink; nowMs: () => number; silentMsMax: number }>,
): SeatWatch {
  const { sink, nowMs, silentMsMax } = options;
  const seats = new Map<
    string,
    { health: SeatHealth; posted: SeatHealth | null; heardMs: number }
  >();

  const post = (agentId: string, health: SeatHealth): void => {
    const seat = seats.get(agentId);
    if (seat === undefined || (seat.posted !== null && isAlike(seat.posted, health))) return;
    seat.posted = health;
    sink.post({ type: "seatHealthChanged", agentId, health });
  };

  return {
    told(agentId, health) {
      const posted = seats.get(agentId)?.posted ?? null;
      seats.set(agentId, { health, posted, heardMs: nowMs() });
      post(agentId, health);
    },
    heard(agentId) {
      const seat = seats.get(agentId);
      if (seat === undefined) return;
      seat.heardMs = nowMs();
      post(agentId, seat.health);
    },
    beat() {
      for (const [agentId, { health, heardMs }] of seats) {
        if (nowMs() - heardMs > silentMsMax) post(agentId, { ...health, isFrozen: true });
      }
    },
    gone: (agentId) => seats.delete(agentId),
  };
}

/** A round trip is told again when it is another one, not when it trembles. */
function isAlike(a: SeatHealth, b: SeatHealth): boolean {
  if (a.microphone !== b.microphone || a.isFrozen !== b.isFrozen) return false;
  if (a.roundTripMs === null || b.roundTripMs === null) return a.roundTripMs === b.roundTripMs;
  const changeMs = Math.abs(a.roundTripMs - b.roundTripMs);
  return changeMs < 20 || changeMs < a.roundTripMs * 0.2;
}
