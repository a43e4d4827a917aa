// The few settings that may come from the environment; they win over the site file.
import { resolve } from "node:path";
import { addressRule, phoneAddress } from "./phone-address.ts";
import type { Problem } from "./site-error.ts";

export type LogLevel = (typeof logLevels)[number];
const logLevels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;

/** What the environment sets; null where it says nothing. */
export type Overrides = Readonly<{
  httpPort: number | null;
  sipPort: number | null;
  sipHost: string | null;
  /** Absolute; a relative one is meant from where the program was started. */
  dataDir: string | null;
  logLevel: LogLevel | null;
  demoCallers: number | null;
}>;

/** Reads the variables and names each that has a bad value. */
export function readEnvironment(env: Readonly<Record<string, string | undefined>>): {
  overrides: Overrides;
  problems: readonly Problem[];
} {
  const problems: Problem[] = [];
  const read = <T>(name: string, reason: string, parse: (text: string) => T | null): T | null => {
    const text = env[name];
    if (text === undefined || text === "") return null;
    const value = parse(text);
    if (value === null) {
      problems.push({
        file: "environment",
        line: null,
        path: name,
        reason: `${reason}, not ${JSON.stringify(text)}`,
      });
    }
    return value;
  };
  const overrides: Overrides = {
    httpPort: read("REXIAN_HTTP_PORT", "must be a port, 0 to 65535", whole(65_535)),
    sipPort: read("REXIAN_SIP_PORT", "must be a port, 0 to 65535", whole(65_535)),
    sipHost: read("REXIAN_SIP_HOST", `must be ${addressRule}`, phoneAddress),
    dataDir: read("REXIAN_DATA_DIR", "must be a folder", (text) =>
      text.includes("\0") ? null : resolve(text),
    ),
    logLevel: read(
      "REXIAN_LOG_LEVEL",
      `must be one of ${logLevels.join(", ")}`,
      (text) => logLevels.find((level) => level === text) ?? null,
    ),
    demoCallers: read("REXIAN_DEMO_CALLERS", "must be a whole number, 0 to 200", whole(200)),
  };
  return { overrides, problems };
}

function whole(max: number): (text: string) => number | null {
  return (text) => {
    if (!/^[0-9]{1,9}$/.test(text)) return null;
    const value = Number(text);
    return value <= max ? value : null;
  };
}
