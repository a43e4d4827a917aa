// Loads a site: file, environment, and the checks that no single key can make.
import { join, resolve } from "node:path";
import { deepFreeze } from "./deep-freeze.ts";
import { type LogLevel, type Overrides, readEnvironment } from "./environment.ts";
import { productRoot } from "./product-root.ts";
import { type SiteFile, siteFile } from "./schema.ts";
import { checkSite } from "./site-checks.ts";
import { type Problem, SiteError } from "./site-error.ts";
import { readYaml, type YamlPath } from "./yaml-file.ts";

/** A checked site with the environment applied. Deeply frozen; folders are absolute. */
export type LoadedSite = Readonly<{
  file: string;
  site: SiteFile;
  dataDir: string;
  flowsDir: string;
  promptsDir: string;
  logLevel: LogLevel;
  /** A problem found later (flows, prompts) at a place of the site file. */
  problem(path: YamlPath, reason: string): Problem;
}>;

/**
 * Folders in the file are meant from the product's root. Throws {@link SiteError} with all problems
 * of the first stage that has any: environment, then YAML and schema, then the cross checks.
 */
export function loadSite(options: {
  file: string;
  env: Readonly<Record<string, string | undefined>>;
}): LoadedSite {
  const { overrides, problems: environmentProblems } = readEnvironment(options.env);
  if (environmentProblems.length > 0) throw new SiteError(environmentProblems);
  const file = resolve(options.file);
  const yaml = readYaml(file, siteFile);
  const problems = checkSite(yaml.value).map(({ path, reason }) => yaml.problem(path, reason));
  if (problems.length > 0) throw new SiteError(problems);
  const site = withOverrides(yaml.value, overrides);
  const root = productRoot();
  return deepFreeze({
    file,
    site,
    dataDir: overrides.dataDir ?? join(root, "data"),
    flowsDir: resolve(root, site.flowsDir),
    promptsDir: resolve(root, site.promptsDir),
    logLevel: overrides.logLevel ?? "info",
    problem: yaml.problem,
  });
}

function withOverrides(site: SiteFile, overrides: Overrides): SiteFile {
  return {
    ...site,
    http: { ...site.http, port: overrides.httpPort ?? site.http.port },
    sip: {
      ...site.sip,
      port: overrides.sipPort ?? site.sip.port,
      host: overrides.sipHost ?? site.sip.host,
    },
    ...(site.demo === undefined
      ? {}
      : { demo: { ...site.demo, callers: overrides.demoCallers ?? site.demo.callers } }),
  };
}
