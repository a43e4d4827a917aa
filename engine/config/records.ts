// Which database the site's records are in.
import { join } from "node:path";
import type { LoadedSite } from "./site.ts";

export function recordsDatabase({
  site,
  dataDir,
}: Pick<LoadedSite, "site" | "dataDir">):
  | { kind: "sqlite"; file: string }
  | { kind: "postgres"; url: string } {
  const { postgresUrl } = site.records;
  return postgresUrl === undefined
    ? { kind: "sqlite", file: join(dataDir, "records.sqlite") }
    : { kind: "postgres", url: postgresUrl };
}
