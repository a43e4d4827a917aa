// How recordings are filed: by the site's day, then by the call's id.
import type { CallId, Ms } from "../../core/ids.ts";

/** Gives `2026/11/24/ID.wav`; the day is that of the start in the site's time zone. */
export function recordingNames(timeZone: string): (callId: CallId, startedAtMs: Ms) => string {
  const parts = { year: "numeric", month: "2-digit", day: "2-digit" } as const;
  const day = new Intl.DateTimeFormat("sv-SE", { timeZone, ...parts });
  return (callId, startedAtMs) => {
    const folder = day.format(startedAtMs).replaceAll("-", "/");
    return `${folder}/${callId.replace(/[^A-Za-z0-9_-]/g, "_")}.wav`;
  };
}
