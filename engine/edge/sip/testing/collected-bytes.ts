// What this thread holds once everything that can go has gone.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Bytes on the heap and outside it (buffers, native objects), after a full collection. */
export function collectedBytes(): number {
  collect();
  // Finalisers run after the first collection; what they let go is gone after the second.
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
