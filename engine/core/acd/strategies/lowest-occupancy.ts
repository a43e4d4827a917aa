// The agent with the lowest share of handling time (ringing, talk, wrap-up) in the time at work, as
// it was when the agent became free. Breaks and other time not ready count for nothing.
import { stateMsAt } from "../../stats/agent-stats.ts";
import type { Strategy } from "./strategy.ts";

export const lowestOccupancy: Strategy = ({ stats, nowMs }) => {
  if (stats === null) return 0;
  const { offered, dialling, onCall, wrapUp, ready } = stateMsAt(stats, nowMs);
  const busyMs = offered + dialling + onCall + wrapUp;
  return busyMs === 0 ? 0 : busyMs / (busyMs + ready);
};
