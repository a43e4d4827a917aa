// A bridge's roles between the control link's words and the legs themselves.
import type { MediaBridgeRole } from "../../../wire/media-control.ts";
import type { MediaLeg } from "../leg/media-leg.ts";
import { RequestError } from "../request-error.ts";
import type { Bridge, BridgeRole, BridgeRoles } from "./bridge.ts";

/** The roles among these legs. Throws `RequestError` when they do not fit together. */
export function readRoles(
  legs: readonly MediaLeg[],
  roles: readonly MediaBridgeRole[],
): BridgeRoles {
  const named = new Set(roles.map(({ legId }) => legId));
  if (named.size < roles.length) throw new RequestError("badRequest", "a leg with two roles");
  const member = (legId: string): MediaLeg => {
    const leg = legs.find((candidate) => candidate.legId === legId);
    if (leg === undefined) throw new RequestError("badRequest", `no leg ${legId} in the bridge`);
    return leg;
  };
  const special = new Map<MediaLeg, BridgeRole>();
  for (const role of roles) {
    const leg = member(role.legId);
    if (role.role === "listener") special.set(leg, { role: "listener" });
    if (role.role === "whisperer") {
      special.set(leg, { role: "whisperer", to: member(role.whisperTo) });
    }
  }
  for (const role of special.values()) {
    if (role.role === "whisperer" && special.has(role.to)) {
      throw new RequestError("badRequest", `${role.to.legId} is no talker`);
    }
  }
  return special;
}

export function sameMembers(
  bridge: Bridge,
  legs: readonly MediaLeg[],
  roles: BridgeRoles,
): boolean {
  if (bridge.legs.length !== legs.length || bridge.roles.size !== roles.size) return false;
  return legs.every((leg) => {
    const [before, now] = [bridge.roles.get(leg), roles.get(leg)];
    const same = before?.role === now?.role && whisperedTo(before) === whisperedTo(now);
    return same && bridge.legs.includes(leg);
  });
}

/** For the list; nothing when all are talkers. */
export function writeRoles(bridge: Bridge): { roles?: MediaBridgeRole[] } {
  const roles = bridge.legs.flatMap((leg): MediaBridgeRole[] => {
    const role = bridge.roles.get(leg);
    if (role === undefined) return [];
    const { legId } = leg;
    if (role.role === "listener") return [{ legId, role: "listener" }];
    return [{ legId, role: "whisperer", whisperTo: role.to.legId }];
  });
  return roles.length === 0 ? {} : { roles };
}

function whisperedTo(role: BridgeRole | undefined): MediaLeg | null {
  return role?.role === "whisperer" ? role.to : null;
}
