// How one of several eligible agents is chosen. A strategy only chooses: who is eligible is settled
// before, and the reservation is made by the matcher in the same step.
import type { QueueConfig } from "../../centre-config.ts";
import type { Queue, ReadyAgent } from "../../state.ts";
import { longestIdle } from "./longest-idle.ts";

export const strategies: Readonly<Record<QueueConfig["strategy"], Strategy>> = { longestIdle };

/** Null when nobody is eligible. */
export type Strategy = (queue: Queue) => ReadyAgent | null;
