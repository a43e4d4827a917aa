import { describe, expect, it } from "vitest";
import { expandCalendars } from "./calendars.ts";
import type { SiteFile } from "./schema.ts";

type Calendar = SiteFile["calendars"][number];
const everyDay = [1, 2, 3, 4, 5, 6, 7];

/** Open times as ISO text in UTC, `from/to`. */
function expand(
  calendar: Partial<Calendar>,
  options: { now: string; days: number; timeZone: string },
): readonly string[] {
  const calendars = expandCalendars(
    { calendars: [{ id: "c", weekly: [], special: [], ...calendar }], timeZone: options.timeZone },
    Date.parse(options.now),
    options.days,
  );
  const text = (ms: number): string => new Date(ms).toISOString().slice(0, 16);
  return (calendars["c"] ?? []).map(({ fromMs, toMs }) => `${text(fromMs)}/${text(toMs)}`);
}

describe("opening hours become instants", () => {
  const shanghai = { now: "2026-08-24T01:00:00Z", days: 3, timeZone: "Asia/Shanghai" };
  const berlin = { days: 1, timeZone: "Europe/Berlin" };
  const gap = { ...berlin, now: "2026-03-29T00:00:00Z" };
  const doubled = { ...berlin, now: "2026-10-25T00:00:00Z" };
  it.each<[string, Partial<Calendar>, { now: string; days: number; timeZone: string }, string[]]>([
    [
      "weekly, from the start of today",
      { weekly: [{ days: [1, 3], from: "08:00", to: "20:00" }] },
      shanghai,
      ["2026-08-24T00:00/2026-08-24T12:00", "2026-08-26T00:00/2026-08-26T12:00"],
    ],
    [
      "today is the day of the site's zone",
      { weekly: [{ days: [2], from: "00:00", to: "01:00" }] },
      { ...shanghai, now: "2026-08-24T16:30:00Z", days: 1 },
      ["2026-08-24T16:00/2026-08-24T17:00"],
    ],
    [
      "24:00 meets 00:00 of the next day",
      { weekly: [{ days: everyDay, from: "00:00", to: "24:00" }] },
      shanghai,
      ["2026-08-23T16:00/2026-08-26T16:00"],
    ],
    [
      "overlapping and unordered hours become one",
      {
        weekly: [
          { days: [1], from: "12:00", to: "18:00" },
          { days: [1], from: "09:00", to: "13:00" },
        ],
      },
      shanghai,
      ["2026-08-24T01:00/2026-08-24T10:00"],
    ],
    [
      "a closed day and a short day replace the week",
      {
        weekly: [{ days: everyDay, from: "09:00", to: "17:00" }],
        special: [{ date: "2026-08-24" }, { date: "2026-08-25", from: "10:00", to: "12:00" }],
      },
      shanghai,
      ["2026-08-25T02:00/2026-08-25T04:00", "2026-08-26T01:00/2026-08-26T09:00"],
    ],
    [
      "a day of 23 hours",
      { weekly: [{ days: [7], from: "00:00", to: "24:00" }] },
      gap,
      ["2026-03-28T23:00/2026-03-29T22:00"],
    ],
    [
      "a start inside the gap moves forward",
      { weekly: [{ days: [7], from: "02:30", to: "04:00" }] },
      gap,
      ["2026-03-29T01:30/2026-03-29T02:00"],
    ],
    [
      "a doubled start is the first, a day of 25 hours",
      { weekly: [{ days: [7], from: "02:30", to: "24:00" }] },
      doubled,
      ["2026-10-25T00:30/2026-10-25T23:00"],
    ],
    ["nothing open", {}, shanghai, []],
  ])("%s", (_why, calendar, options, expected) => {
    expect(expand(calendar, options)).toEqual(expected);
  });
});
