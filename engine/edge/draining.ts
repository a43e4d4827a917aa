// Ends the process once its calls are over; meanwhile new ones are refused.
import type { SipEdge } from "./sip/start.ts";

const lookEveryMs = 100;

/** `end` is called once, when no call is left; a second call of this does nothing more. */
export function drain(sip: SipEdge, end: () => void): void {
  if (sip.draining) return;
  sip.drain();
  const look = setInterval(() => {
    if (sip.callCount > 0) return;
    clearInterval(look);
    end();
  }, lookEveryMs);
}
