// Opening hours as people write them, turned into instants that the core compares with its clock.
import { Temporal } from "temporal-polyfill";
import type { Calendars, OpenInterval } from "../core/centre-config.ts";
import type { SiteFile } from "./schema.ts";

type Calendar = SiteFile["calendars"][number];
type Hours = Readonly<{ from: string; to: string }>;

/**
 * Open times of every calendar from the start of today, in the site's time zone, for `days` days.
 * Local times that a clock change skips move forward by the gap; doubled ones mean the first.
 */
export function expandCalendars(
  site: Pick<SiteFile, "calendars" | "timeZone">,
  nowMs: number,
  days = 8,
): Calendars {
  const zone = site.timeZone;
  const today = Temporal.Instant.fromEpochMilliseconds(nowMs)
    .toZonedDateTimeISO(zone)
    .toPlainDate();
  return Object.freeze(
    Object.fromEntries(
      site.calendars.map((calendar) => {
        const intervals = Array.from({ length: days }, (_, index) => today.add({ days: index }))
          .flatMap((date) => hoursOn(calendar, date).map((hours) => interval(date, hours, zone)))
          .filter(({ fromMs, toMs }) => fromMs < toMs);
        return [calendar.id, Object.freeze(merge(intervals))];
      }),
    ),
  );
}

/** `09:30` to 570; `24:00` is the end of the day. */
export function minuteOfDay(clock: string): number {
  const [hour = "", minute = ""] = clock.split(":");
  return Number(hour) * 60 + Number(minute);
}

function hoursOn(calendar: Calendar, date: Temporal.PlainDate): readonly Hours[] {
  const special = calendar.special.filter((day) => day.date === date.toString());
  if (special.length > 0) {
    return special.flatMap(({ from, to }) =>
      from === undefined || to === undefined ? [] : [{ from, to }],
    );
  }
  return calendar.weekly.filter((hours) => hours.days.includes(date.dayOfWeek));
}

function interval(date: Temporal.PlainDate, { from, to }: Hours, zone: string): OpenInterval {
  return { fromMs: instantOf(date, from, zone), toMs: instantOf(date, to, zone) };
}

function instantOf(date: Temporal.PlainDate, clock: string, zone: string): number {
  const minutes = minuteOfDay(clock);
  const day = date.add({ days: Math.floor(minutes / 1_440) });
  const plainTime = new Temporal.PlainTime(Math.floor((minutes % 1_440) / 60), minutes % 60);
  return day.toZonedDateTime({ timeZone: zone, plainTime }).epochMilliseconds;
}

function merge(intervals: readonly OpenInterval[]): readonly OpenInterval[] {
  const merged: OpenInterval[] = [];
  for (const next of [...intervals].sort((a, b) => a.fromMs - b.fromMs)) {
    const last = merged.at(-1);
    if (last !== undefined && next.fromMs <= last.toMs) {
      merged[merged.length - 1] = { fromMs: last.fromMs, toMs: Math.max(last.toMs, next.toMs) };
    } else merged.push(next);
  }
  return merged;
}
