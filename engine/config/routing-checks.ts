// What a queue's routing names must be there, and its steps must ascend.
import type { SiteFile } from "./schema.ts";
import type { YamlPath } from "./yaml-file.ts";

type Finding = Readonly<{ path: YamlPath; reason: string }>;

export function checkRouting(site: SiteFile): readonly Finding[] {
  const queues = new Set(site.queues.map(({ id }) => id));
  const calendars = new Set(site.calendars.map(({ id }) => id));
  const groups = new Set(site.agents.map(({ reserve }) => reserve));
  return site.queues.flatMap(({ id, routing, announcement, outbound }, index) => {
    if (routing === undefined) return [];
    const at = (...path: YamlPath): YamlPath => ["queues", index, "routing", ...path];
    const { closed, noAgent, overflow, hours, relax, waitPrompts } = routing;
    const treatments = [
      { path: at("closed"), to: closed },
      { path: at("noAgent"), to: noAgent },
      { path: at("overflow", "to"), to: overflow?.to ?? null },
    ];
    return [
      ...treatments.flatMap(({ path, to }) => {
        if (to === null || !("queue" in to)) return [];
        if (to.queue === id) return [{ path, reason: "leads to the queue itself" }];
        return queues.has(to.queue) ? [] : [{ path, reason: `there is no queue ${to.queue}` }];
      }),
      ...(hours === null || calendars.has(hours)
        ? []
        : [{ path: at("hours"), reason: `there is no calendar ${hours}` }]),
      ...relax.flatMap(({ reserves }, step) =>
        reserves
          .filter((group) => !groups.has(group))
          .map((group) => ({
            path: at("relax", step, "reserves"),
            reason: `no agent is in the reserve group ${group}`,
          })),
      ),
      ...(routing.callback !== null && outbound === undefined
        ? [{ path: at("callback"), reason: "needs the queue's outbound" }]
        : []),
      ...unordered(relax.map(({ afterSeconds }) => afterSeconds)).map((step) => ({
        path: at("relax", step, "afterSeconds"),
        reason: "steps must ascend",
      })),
      ...unordered(waitPrompts.map(({ withinSeconds }) => withinSeconds)).map((step) => ({
        path: at("waitPrompts", step, "withinSeconds"),
        reason: "bounds must ascend",
      })),
      ...(waitPrompts.length > 0 && announcement === null
        ? [{ path: at("waitPrompts"), reason: "are part of the announcement, which is not set" }]
        : []),
    ];
  });
}

/** Indices of values that are not above the one before. */
const unordered = (values: readonly number[]): readonly number[] =>
  values.flatMap((value, index) => (value > (values[index - 1] ?? -1) ? [] : [index]));
