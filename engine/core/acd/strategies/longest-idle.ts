// The agent who has been idle for longest. An offer that ended without the agent's doing (the caller
// left) does not cost the place in the idle line.
import type { Strategy } from "./strategy.ts";

/** All rank alike, and equals are ordered by their time idle. */
export const longestIdle: Strategy = () => 0;
