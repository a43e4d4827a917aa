// Checks of a flow against its site: queues, skills, calendars, tables, hosts and secrets.
import type { FlowNode, FlowTable, NodeOf } from "../core/ivr/flow-config.ts";
import type { Finding } from "./flow-compile.ts";
import type { LoadedFlow } from "./flows.ts";
import type { SiteFile } from "./schema.ts";
import type { Problem } from "./site-error.ts";
import type { YamlPath } from "./yaml-file.ts";

type Surroundings = Readonly<{
  site: SiteFile;
  tables: Readonly<Record<string, FlowTable>>;
}>;

/** What the flow names that is not there, or may not be. */
export const siteErrors = (loaded: LoadedFlow, around: Surroundings): readonly Problem[] =>
  Object.entries(loaded.flow.nodes).flatMap(([id, node]) =>
    nodeErrors(node, around).map(({ path, reason }) =>
      loaded.problem(["nodes", id, ...path], reason),
    ),
  );

function nodeErrors(node: FlowNode, around: Surroundings): readonly Finding[] {
  const { site, tables } = around;
  switch (node.kind) {
    case "queue":
      return queueErrors(node, site);
    case "hours":
      if (site.calendars.some(({ id }) => id === node.calendarId)) return [];
      return [missing(["calendarId"], "calendar", node.calendarId)];
    case "table":
      return tableErrors(node, tables);
    case "lookUp":
      return lookUpErrors(node, site);
    default:
      return [];
  }
}

function queueErrors(node: NodeOf<"queue">, site: SiteFile): readonly Finding[] {
  const queue = site.queues.find(({ id }) => id === node.queueId);
  if (queue === undefined) return [missing(["queueId"], "queue", node.queueId)];
  const wanted = new Map(Object.entries(queue.skills));
  for (const { skillId, levelMin } of node.requirements ?? []) {
    wanted.set(skillId, Math.max(levelMin, wanted.get(skillId) ?? 0));
  }
  const serves = site.agents.some(({ skills }) =>
    [...wanted].every(([skillId, levelMin]) => (skills[skillId] ?? 0) >= levelMin),
  );
  // A site without any agents is being set up.
  if (serves || site.agents.length === 0) return [];
  const skills = [...wanted].map(([skillId, levelMin]) => `${skillId} ${levelMin}`).join(", ");
  return [{ path: ["queueId"], reason: `no agent has all skills of this queue: ${skills}` }];
}

function tableErrors(node: NodeOf<"table">, tables: Surroundings["tables"]): readonly Finding[] {
  const rows = Object.hasOwn(tables, node.tableId) ? tables[node.tableId] : undefined;
  if (rows === undefined) return [missing(["tableId"], "table", node.tableId)];
  const columns = new Set(Object.values(rows).flatMap((row) => Object.keys(row)));
  return Object.entries(node.into)
    .filter(([, column]) => !columns.has(column))
    .map(([name, column]) => ({
      path: ["into", name],
      reason: `${node.tableId} has no column ${column}`,
    }));
}

function lookUpErrors(node: NodeOf<"lookUp">, { lookUps }: SiteFile): readonly Finding[] {
  // The schema demands a host that is written out, so it is in the first part.
  const [, host = ""] = /^https?:\/\/([^/]*)/.exec(String(node.url[0])) ?? [];
  const allowed = lookUps.hosts.includes(host);
  return [
    ...(allowed
      ? []
      : [{ path: ["url"], reason: `the site's lookUps.hosts does not allow ${host}` }]),
    ...Object.entries(node.secretHeaders)
      .filter(([, secret]) => !Object.hasOwn(lookUps.secrets, secret))
      .map(([header, secret]) => missing(["secretHeaders", header], "secret", secret)),
  ];
}

const missing = (path: YamlPath, what: string, name: string): Finding => ({
  path,
  reason: `there is no ${what} ${name}`,
});
