// The agent who has been idle for longest. An offer that ended without the agent's doing (the caller
// left) does not cost the place in the idle line.
import type { Queue, ReadyAgent } from "../../state.ts";

/** The head of the queue's idle line, which is kept in this order. */
export const longestIdle = (queue: Queue): ReadyAgent | null => queue.ready[0] ?? null;
