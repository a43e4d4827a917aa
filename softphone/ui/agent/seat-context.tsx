import { createContext, useContext, useSyncExternalStore } from "react";
import { useStore } from "zustand";
import type { AgentView } from "../../../engine/wire/desk.ts";
import { useTexts } from "../../i18n/index.ts";
import type { Seat } from "../../seat.ts";
import type { AgentActions } from "../../state/agent-actions.ts";

const SeatContext = createContext<Seat | null>(null);
export const SeatProvider = SeatContext.Provider;

export function useSeat(): Seat {
  const seat = useContext(SeatContext);
  if (seat === null) {
    throw new Error("no seat above");
  }
  return seat;
}

export function useAgent(): AgentView | null {
  return useStore(useSeat().desk.store, (state) => state.agent);
}

/** What the agent may do now; fresh after every change of desk, phone or draft. */
export function useActions(): AgentActions {
  const seat = useSeat();
  useStore(seat.desk.store);
  useStore(seat.phone);
  useStore(seat.draft);
  return seat.actions();
}

/** The words for a reason: the site's own, else one of the engine's, else its id. */
export function useReasonText(): (reason: string) => string {
  const { t, language } = useTexts();
  const hello = useStore(useSeat().desk.store, (state) => state.hello);
  return (reason) => {
    const chosen = hello?.notReadyReasons.find((choice) => choice.id === reason);
    return chosen?.label[language] ?? (isEngineReason(reason) ? t(`reason.${reason}`) : reason);
  };
}

const engineReasons = [
  "login",
  "rona",
  "rejected",
  "unreachable",
  "seatLost",
  "seatMicrophone",
  "seatFrozen",
  "seatSlow",
] as const;
type EngineReason = (typeof engineReasons)[number];

export function isEngineReason(reason: string): reason is EngineReason {
  return engineReasons.some((known) => known === reason);
}

/** Microphone loudness for a meter, ten times a second. */
export function useLevel(): number {
  const { microphone } = useSeat();
  return useSyncExternalStore(
    (run) => {
      const timer = setInterval(run, 100);
      return () => clearInterval(timer);
    },
    () => Math.round(microphone.level() * 20) / 20,
  );
}
