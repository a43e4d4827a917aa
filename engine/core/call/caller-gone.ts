// The caller's leg is over, by the caller or by the network: what that means in each place.
import { settleOffer } from "../acd/offer.ts";
import { abandonQueue, recordLeft } from "../acd/queue.ts";
import type { LegCause } from "../event.ts";
import type { CallOutcome, ReleasedBy } from "../fact.ts";
import type { CallId } from "../ids.ts";
import { assertNever } from "../invariant.ts";
import type { Call } from "../state.ts";
import { callOf, forgetLeg, type Turn } from "../turn.ts";
import { closeCall } from "./close.ts";
import { callerLeftConsult } from "./consult.ts";
import { internalGone } from "./internal.ts";
import { otherUnreached } from "./outbound.ts";
import { settleTransfer } from "./pending-transfer.ts";
import { takenCallerGone } from "./take-over.ts";
import { callerHungUp } from "./talk.ts";

/** `failed` marks a leg that never came to media (no codec, no ACK): the caller did not choose it. */
export function callerGone(
  turn: Turn,
  callId: CallId,
  end: Readonly<{ cause: LegCause; failed: boolean }>,
): void {
  const call = callOf(turn, callId);
  const { cause } = end;
  const by: ReleasedBy = callerCauses.has(cause.reason) ? "caller" : "network";
  const outcome = (left: CallOutcome): CallOutcome => {
    if (call.talked) return "answered";
    return end.failed && by === "network" ? "failed" : left;
  };
  const { place } = call;
  switch (place.kind) {
    case "flow":
      closeCall(turn, callId, { outcome: outcome(flowOutcome(call)), by, cause });
      return;
    case "queue":
      abandonQueue(turn, callId, { outcome: outcome("abandonedInQueue"), by, cause });
      return;
    case "offer": {
      settleTransfer(turn, callId, "abandoned");
      const { visit } = settleOffer(turn, callId, "withdrawn");
      recordLeft(turn, call, visit, { kind: "abandoned", stage: "ringing" });
      closeCall(turn, callId, { outcome: outcome("abandonedRinging"), by, cause });
      return;
    }
    case "bridge":
      callerLeftConsult(turn, callId, by);
      callerHungUp(turn, callId, by, cause);
      return;
    case "takenOver":
      takenCallerGone(turn, callId, { by, cause });
      return;
    case "paused":
      // A callback between two tries has no leg that could go.
      return;
    case "dialling":
      otherUnreached(turn, callId, cause);
      return;
    case "internal":
      // The first leg of a call between agents is an agent's.
      forgetLeg(turn, call.callerLegId);
      internalGone(turn, callId, {
        agentId: place.internal.from.agentId,
        isLost: by === "network",
      });
      return;
    case "ending":
      closeCall(turn, callId, { outcome: outcome(place.outcome), by, cause });
      return;
    default:
      assertNever(place);
  }
}

/** An echo test is over when the caller has heard enough. */
function flowOutcome(call: Call): CallOutcome {
  const inEcho = call.place.kind === "flow" && call.place.position.at.kind === "echo";
  return inEcho ? "servedByFlow" : "abandonedInFlow";
}

const callerCauses: ReadonlySet<string> = new Set(["normal", "cancelled"]);
