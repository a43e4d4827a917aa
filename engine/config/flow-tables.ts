// Tables that flows look up: `ivr-flows/tables/*.yaml`, beside the folder of flows.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { FlowTable } from "../core/ivr/flow-config.ts";
import { flowTableFile } from "../wire/flow-file.ts";
import { type Problem, SiteError } from "./site-error.ts";
import { readYaml } from "./yaml-file.ts";

const tablesMax = 100;

/** By name; none when there is no such folder. Throws {@link SiteError} with the problems of all. */
export function loadTables(flowsDir: string): Readonly<Record<string, FlowTable>> {
  const dir = join(flowsDir, "..", "tables");
  if (!existsSync(dir)) return {};
  const names = readdirSync(dir).filter((name) => name.endsWith(".yaml"));
  const problems: Problem[] = [];
  const tables: Record<string, FlowTable> = {};
  if (names.length > tablesMax) {
    problems.push({ file: dir, line: null, path: "", reason: `has more than ${tablesMax} files` });
  }
  for (const name of names.slice(0, tablesMax).sort()) {
    try {
      const { value, problem } = readYaml(join(dir, name), flowTableFile);
      if (`${value.table}.yaml` === name) tables[value.table] = value.rows;
      else problems.push(problem(["table"], `must be the name of the file, ${name}`));
    } catch (error) {
      if (!(error instanceof SiteError)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) throw new SiteError(problems);
  return tables;
}
