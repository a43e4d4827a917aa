// A call to a number over a trunk. Where a trunk leads is configuration; nothing that an agent enters
// becomes part of the address but digits, which the core has checked.
import type { Command } from "../../core/command.ts";
import type { TrunkId } from "../../core/ids.ts";
import type { Parts } from "./parts.ts";
import { inviteHeaders, numberUri, ringLeg } from "./rung-leg.ts";
import { type TrunkTarget, trunkUri } from "./trunk-target.ts";

export function dialLeg(
  parts: Parts,
  command: Extract<Command, { type: "dialLeg" }>,
  targetOf: (trunkId: TrunkId) => TrunkTarget | null,
): void {
  const { legId, callId, trunkId, number, callerId } = command;
  const target = targetOf(trunkId);
  const digits = /^\+?[0-9]{1,32}$/.test(number) ? number : null;
  if (target === null || digits === null) {
    parts.counters.commandsIgnored += 1;
    parts.log.error({ trunkId }, "a number was to be dialled over a trunk that leads nowhere");
    parts.post({ type: "legFailed", legId, cause: { reason: "unreachable", sipStatus: null } });
    return;
  }
  const uri = trunkUri(target, digits);
  ringLeg(parts, {
    ...{ legId, callId, agentId: null, target: uri, media: "rtp" },
    role: "dialled",
    credentials: target.credentials,
    trunk: target.media ?? {},
    headers: {
      ...inviteHeaders(callId, callerId),
      // Carriers take the number shown from here (RFC 3325 9.1).
      "P-Asserted-Identity": `<${numberUri(callerId)}>`,
    },
  });
}
