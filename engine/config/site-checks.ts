// What the schema of one key cannot see: references, duplicates, and values that contradict.
import { Temporal } from "temporal-polyfill";
import { minuteOfDay } from "./calendars.ts";
import { checkRouting } from "./routing-checks.ts";
import type { SiteFile } from "./schema.ts";
import { checkSip } from "./sip-checks.ts";
import type { YamlPath } from "./yaml-file.ts";

type Finding = Readonly<{ path: YamlPath; reason: string }>;

/** All findings, in the order of the file's sections. */
export function checkSite(site: SiteFile): readonly Finding[] {
  return [
    ...checkSip(site),
    ...checkMedia(site),
    ...checkTimeZone(site),
    ...duplicates(site.trunks, "trunks", "id"),
    ...duplicates(site.trunkGroups, "trunkGroups", "id"),
    ...checkCalendars(site),
    ...checkNumbers(site),
    ...checkSkills(site),
    ...checkRouting(site),
    ...checkPeople(site),
    ...duplicates(site.queues, "queues", "id"),
    ...duplicates(site.notReadyReasons, "notReadyReasons", "id"),
    ...duplicates(site.wrapUpCodes, "wrapUpCodes", "id"),
    ...checkDemo(site),
  ];
}

function duplicates<K extends string>(
  rows: readonly Readonly<Record<K, string>>[],
  section: string,
  key: K,
): readonly Finding[] {
  const seen = new Set<string>();
  const found: Finding[] = [];
  rows.forEach((row, index) => {
    const value = row[key];
    if (seen.has(value)) {
      found.push({ path: [section, index, key], reason: `${value} is there twice` });
    }
    seen.add(value);
  });
  return found;
}

function checkMedia({ media }: SiteFile): readonly Finding[] {
  const { rtpPortMin, rtpPortMax } = media;
  if (rtpPortMin === 0 && rtpPortMax === 0) return [];
  if (rtpPortMin > 0 && rtpPortMin < rtpPortMax) return [];
  return [
    {
      path: ["media", "rtpPortMax"],
      reason: "must be greater than rtpPortMin, or both must be 0",
    },
  ];
}

function checkTimeZone({ timeZone }: SiteFile): readonly Finding[] {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(timeZone);
    return [];
  } catch {
    return [{ path: ["timeZone"], reason: `${timeZone} is no known time zone` }];
  }
}

function checkCalendars(site: SiteFile): readonly Finding[] {
  const found: Finding[] = [...duplicates(site.calendars, "calendars", "id")];
  site.calendars.forEach((calendar, index) => {
    calendar.weekly.forEach((hours, at) => {
      found.push(...checkHours(["calendars", index, "weekly", at], hours));
    });
    calendar.special.forEach((day, at) => {
      const path = ["calendars", index, "special", at];
      if (!isDate(day.date)) found.push({ path: [...path, "date"], reason: "is no date" });
      const { from, to } = day;
      if (from !== undefined && to !== undefined) found.push(...checkHours(path, { from, to }));
      else if (from !== undefined || to !== undefined) {
        found.push({ path, reason: "needs both from and to, or neither for a closed day" });
      }
    });
  });
  return found;
}

function checkHours(
  path: YamlPath,
  { from, to }: Readonly<{ from: string; to: string }>,
): readonly Finding[] {
  const late = [from, to].find((time) => minuteOfDay(time) > 24 * 60);
  if (late !== undefined) return [{ path, reason: `${late} is after 24:00` }];
  if (minuteOfDay(from) < minuteOfDay(to)) return [];
  return [{ path: [...path, "to"], reason: `${to} is not after ${from}` }];
}

function isDate(text: string): boolean {
  try {
    Temporal.PlainDate.from(text);
    return true;
  } catch {
    return false;
  }
}

function checkNumbers(site: SiteFile): readonly Finding[] {
  const queues = new Set(site.queues.map((queue) => queue.id));
  const found: Finding[] = [...duplicates(site.numbers, "numbers", "digits")];
  site.numbers.forEach((number, index) => {
    const path = ["numbers", index];
    if ((number.flow === undefined) === (number.queue === undefined)) {
      found.push({ path, reason: "needs exactly one of flow and queue" });
    }
    if (number.queue !== undefined && !queues.has(number.queue)) {
      found.push({ path: [...path, "queue"], reason: `there is no queue ${number.queue}` });
    }
  });
  return found;
}

/** A required skill that nobody has would let its callers wait for ever. */
function checkSkills(site: SiteFile): readonly Finding[] {
  if (site.agents.length === 0) return [];
  const known = new Set(site.agents.flatMap((agent) => Object.keys(agent.skills)));
  const asked = [
    ...skillsOf("queues", site.queues),
    ...skillsOf("numbers", site.numbers),
    ...Object.entries(site.languageSkills).map(([language, skill]) => ({
      path: ["languageSkills", language],
      skill,
    })),
  ];
  return asked
    .filter(({ skill }) => skill !== undefined && !known.has(skill))
    .map(({ path, skill }) => ({ path, reason: `no agent has the skill ${skill}` }));
}

const skillsOf = (
  section: string,
  rows: readonly Readonly<{ skills?: Readonly<Record<string, number>> | undefined }>[],
): readonly Readonly<{ path: YamlPath; skill: string }>[] =>
  rows.flatMap(({ skills }, index) =>
    Object.keys(skills ?? {}).map((skill) => ({ path: [section, index, "skills", skill], skill })),
  );

/** Agents and users log in at one door, so their ids are one set. */
function checkPeople(site: SiteFile): readonly Finding[] {
  const agents = new Set(site.agents.map((agent) => agent.id));
  const users = site.users.flatMap((user, index) =>
    agents.has(user.id)
      ? [{ path: ["users", index, "id"], reason: `${user.id} is an agent already` }]
      : [],
  );
  return [
    ...duplicates(site.agents, "agents", "id"),
    ...duplicates(site.users, "users", "id"),
    ...users,
  ];
}

function checkDemo({ demo, agents, numbers }: SiteFile): readonly Finding[] {
  if (demo === undefined) return [];
  const phones = new Set(agents.filter((a) => a.device.kind === "phone").map((a) => a.id));
  const dialled = new Set(numbers.map((number) => number.digits));
  const badAgents = demo.agents.flatMap((id, index) =>
    phones.has(id)
      ? []
      : [{ path: ["demo", "agents", index], reason: `there is no agent ${id} with a phone` }],
  );
  const badNumbers = demo.numbers.flatMap((digits, index) =>
    dialled.has(digits)
      ? []
      : [{ path: ["demo", "numbers", index], reason: `there is no number ${digits}` }],
  );
  return [...badAgents, ...badNumbers];
}
