// Values of Session-Expires and Min-SE, and what both sides agree on (RFC 4028). Pure.
import { paramOf } from "../message/uri.ts";

/** RFC 4028 5: nobody has to accept less, in seconds. */
export const sessionSecondsMin = 90;
/** Longer intervals than a week are cut. */
const sessionSecondsMax = 604_800;

export interface SessionExpires {
  seconds: number;
  refresher: "uac" | "uas" | null;
}

/** Null when absent or malformed. */
export function parseSessionExpires(value: string | null): SessionExpires | null {
  const match = /^(\d{1,9})\s*(;.*)?$/.exec(value ?? "");
  if (match === null) return null;
  const refresher = paramOf(match[2] ?? "", "refresher")?.toLowerCase();
  return {
    seconds: Math.min(Number(match[1]), sessionSecondsMax),
    refresher: refresher === "uac" || refresher === "uas" ? refresher : null,
  };
}

/**
 * What a UAS answers (RFC 4028 9, table 2); null for no session timer. `given` is the wish of our
 * application, `current` what ran before this request.
 */
export function agreeAsUas(options: {
  asked: SessionExpires | null;
  /** The Min-SE of the request. */
  askedMin: number;
  /** The UAC understands session timers. */
  supported: boolean;
  given: SessionExpires | null;
  current: { seconds: number; refresher: "us" | "them" } | null;
}): { seconds: number; refresher: "uac" | "uas" } | null {
  const { asked, given, current, supported } = options;
  const wish = given ?? asked ?? current;
  if (wish === null) return null;
  const longest = asked === null ? wish.seconds : Math.min(wish.seconds, asked.seconds);
  const seconds = Math.max(longest, options.askedMin, sessionSecondsMin);
  if (!supported) return { seconds, refresher: "uas" };
  const kept = current === null ? null : current.refresher === "us" ? "uas" : "uac";
  return { seconds, refresher: asked?.refresher ?? given?.refresher ?? kept ?? "uac" };
}
