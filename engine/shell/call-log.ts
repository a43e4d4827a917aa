// One line in the log when a call ends; its arrival is logged where the SIP Call-ID is known.
import type { Logger } from "pino";
import type { FactListener } from "./ports.ts";

export function createCallLog(log: Logger): FactListener {
  return {
    onFacts(facts) {
      for (const fact of facts) {
        if (fact.type !== "callEnded") continue;
        const { callId, outcome, by, cause } = fact;
        log.info({ callId, outcome, by, cause }, "call ended");
      }
    },
  };
}
