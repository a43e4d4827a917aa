import type { DeskState } from "./desk-store.ts";
import type { PhoneState } from "./phone-state.ts";

/** A leg's end may reach the phone a moment before the desk hears of it. */
const settleMs = 1_000;
/** The engine rings within a moment; asked again in case that failed. */
const askAgainMs = 2_000;

/** What the page remembers of its phone and of what it asked. */
export type Rejoining = Readonly<{
  /** Since when the phone lacks the call that the engine knows, local ms. */
  missingSinceMs: number | null;
  askedAtMs: number | null;
  /** This page had the call once: what is missing now may be about to end. */
  hadCall: boolean;
}>;

export const notRejoining: Rejoining = { missingSinceMs: null, askedAtMs: null, hadCall: false };

/** The engine says that there is a call with a caller, and this page's phone cannot be heard in it. */
export function lacksCall(
  desk: Pick<DeskState, "link" | "agent">,
  phone: Pick<PhoneState, "status" | "call" | "media">,
): boolean {
  const { agent, link } = desk;
  if (link.kind !== "open" || phone.status !== "registered") {
    return false;
  }
  if (agent?.state.kind !== "onCall" || agent.state.colleague !== undefined) {
    return false;
  }
  if (agent.pop?.direction === "internal") {
    return false;
  }
  return phone.call === "none" || (phone.call === "talking" && phone.media === "down");
}

/** One look at both; `asks` says whether to ask the engine now to ring the phone again. */
export function afterLook(
  before: Rejoining,
  seen: Readonly<{ lacks: boolean; hasCall: boolean; nowMs: number }>,
): Readonly<{ next: Rejoining; asks: boolean }> {
  const { lacks, hasCall, nowMs } = seen;
  if (!lacks) {
    const hadCall = before.hadCall || hasCall;
    return { next: { missingSinceMs: null, askedAtMs: null, hadCall }, asks: false };
  }
  const missingSinceMs = before.missingSinceMs ?? nowMs;
  const isDue =
    before.askedAtMs === null
      ? !before.hadCall || nowMs - missingSinceMs >= settleMs
      : nowMs - before.askedAtMs >= askAgainMs;
  const askedAtMs = isDue ? nowMs : before.askedAtMs;
  return { next: { ...before, missingSinceMs, askedAtMs }, asks: isDue };
}
