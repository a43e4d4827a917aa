// The agent who took the fewest calls today, over all queues.
import type { Strategy } from "./strategy.ts";

export const fewestCallsToday: Strategy = ({ today }) => today.answered;
