// A report as CSV (RFC 4180) that a spreadsheet opens as it is meant: with a byte-order mark for
// Chinese, and no cell that it could take for a formula.
import type { ReportRow } from "../../core/stats/queue-report.ts";
import type { QueueReport } from "../records/queue-reports.ts";

const counts = [
  "offered",
  "answered",
  "answeredWithinTarget",
  "abandonedWithinTarget",
  "abandoned",
  "shortAbandoned",
  "flowedOut",
  "waiting",
  "meanWaitMs",
  "meanResponseMs",
] as const;
const levels = [
  "abandonNegative",
  "abandonPositive",
  "abandonIgnored",
  "handledOnly",
  "genesys",
] as const;

export function queueReportCsv({ rows, total }: QueueReport): string {
  const head = [
    "key",
    ...counts,
    ...levels.flatMap((name) => [name, `${name} numerator`, `${name} denominator`]),
    "doubt",
  ];
  const lines = [head, ...rows.map(cellsOf), cellsOf({ ...total, key: "total" })];
  return `\ufeff${lines.map((cells) => cells.map(csvCell).join(",")).join("\r\n")}\r\n`;
}

const cellsOf = (row: ReportRow): readonly (string | number | null)[] => [
  row.key,
  ...counts.map((name) => row[name]),
  ...levels.flatMap((name) => {
    const { ratio, numerator, denominator } = row.serviceLevels[name];
    return [ratio, numerator, denominator];
  }),
  row.doubt,
];

/** Numbers and phone numbers stay; other text that a spreadsheet would calculate gets an apostrophe. */
export function csvCell(value: string | number | null): string {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const safe = /^[=@+\-\t\r]/.test(value) && !/^\+?\d+$/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
