// Everybody who is free rings at once, the first who answers has the call. Whom the limit leaves out
// is who has been idle for the shortest time.
import type { Strategy } from "./strategy.ts";

export const ringAll: Strategy = () => 0;
