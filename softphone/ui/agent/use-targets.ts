import { useEffect } from "react";
import { useStore } from "zustand";
import type { TransferTargets } from "../../../engine/wire/desk.ts";
import { useSeat } from "./seat-context.tsx";

const refreshMs = 2_000;

/** Who can be rung and what can be dialled, asked anew while it is shown; null before the answer. */
export function useTargets(): TransferTargets | null {
  const seat = useSeat();
  useEffect(() => {
    const ask = (): void => seat.actions().listTargets?.();
    ask();
    const timer = setInterval(ask, refreshMs);
    return () => clearInterval(timer);
  }, [seat]);
  return useStore(seat.desk.store, (state) => state.targets);
}
