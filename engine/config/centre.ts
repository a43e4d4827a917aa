// From a site and its flows to what the core needs to know.
import type {
  AgentDevice,
  CallbackRule,
  CentreConfig,
  OutboundRule,
  QueueRouting,
  SkillRequirement,
  Treatment,
} from "../core/centre-config.ts";
import type { Flow, FlowTable } from "../core/ivr/flow-config.ts";
import { deepFreeze } from "./deep-freeze.ts";
import { siteErrors } from "./flow-site.ts";
import type { LoadedFlow } from "./flows.ts";
import type { SiteFile } from "./schema.ts";
import type { LoadedSite } from "./site.ts";
import { type Problem, SiteError } from "./site-error.ts";

/** Throws {@link SiteError} when site and flows name each other's things wrongly. */
export function toCentreConfig(
  site: LoadedSite,
  flows: readonly LoadedFlow[],
  tables: Readonly<Record<string, FlowTable>> = {},
): CentreConfig {
  const problems = [
    ...checkNumbers(site, flows),
    ...flows.flatMap((loaded) => siteErrors(loaded, { site: site.site, tables })),
  ];
  if (problems.length > 0) throw new SiteError(problems);
  return deepFreeze(
    convert(
      site.site,
      flows.map((loaded) => loaded.flow),
      tables,
    ),
  );
}

function checkNumbers(loaded: LoadedSite, flows: readonly LoadedFlow[]): readonly Problem[] {
  const known = new Set(flows.map(({ flow }) => flow.id));
  const called = new Set(flows.filter(({ flow }) => returns(flow)).map(({ flow }) => flow.id));
  return loaded.site.numbers.flatMap(({ flow }, index) => {
    if (flow === undefined) return [];
    const path = ["numbers", index, "flow"];
    if (!known.has(flow)) return [loaded.problem(path, `there is no flow ${flow}`)];
    if (!called.has(flow)) return [];
    return [
      loaded.problem(path, `${flow} returns to a flow that called it; a number cannot call it`),
    ];
  });
}

const returns = (flow: Flow): boolean =>
  Object.values(flow.nodes).some(({ kind }) => kind === "return");

function convert(
  site: SiteFile,
  flows: readonly Flow[],
  tables: Readonly<Record<string, FlowTable>>,
): CentreConfig {
  return {
    trunks: site.trunks.map(({ id, channelsMax, outbound }) => ({
      ...{ id, channelsMax },
      ...(outbound?.optionsSeconds == null && outbound?.register === undefined
        ? {}
        : { watched: true }),
    })),
    trunkGroups: site.trunkGroups.map(({ id, trunks }) => ({
      id,
      trunks: trunks.map(({ trunk, ...rest }) => ({ trunkId: trunk, ...rest })),
    })),
    numbers: site.numbers.map((number) => ({
      id: number.digits,
      digits: number.digits,
      hotline: number.hotline,
      language: number.language,
      flowId: number.flow ?? null,
      queueId: number.queue ?? null,
      ...(number.skills === undefined ? {} : { requirements: requirementsOf(number.skills) }),
      ...recordShareOf(site, number.recordPercent),
    })),
    queues: site.queues.map((queue) => ({
      ...convertQueue(queue),
      ...recordShareOf(site, queue.recordPercent),
    })),
    ...recordShareOf(site, site.recording?.percent),
    agents: site.agents.map(({ id, name, skills, device, reserve }) => ({
      id,
      name,
      skills,
      device: convertDevice(device),
      ...(reserve === undefined ? {} : { reserve }),
    })),
    supervisors: site.users
      .filter(({ role }) => role === "supervisor" || role === "leader")
      .map(({ id }) => id),
    flows,
    ...(Object.keys(tables).length === 0 ? {} : { tables }),
    limits: { callsMax: site.limits.callsMax, flowStepsMax: site.limits.flowStepsMax },
    notReadyReasons: site.notReadyReasons.map(({ limitMinutes, ...reason }) => ({
      ...reason,
      limitMs: limitMinutes === null ? null : ms(limitMinutes * 60),
    })),
    wrapUpCodes: site.wrapUpCodes,
    seatGraceMs: ms(site.seatGraceSeconds),
    seatRoundTripMsMax: site.seatRoundTripMsMax,
    ...(site.seatBindingSecondsMax === null
      ? {}
      : { seatBindingMsMax: ms(site.seatBindingSecondsMax) }),
    rejoinMs: ms(site.rejoinSeconds),
    silentLegProbeMs: ms(site.silentLegProbeSeconds),
    queueChoice: site.queueChoice,
    languageSkills: {
      ...(site.languageSkills.zh === undefined ? {} : { zh: site.languageSkills.zh }),
      ...(site.languageSkills.en === undefined ? {} : { en: site.languageSkills.en }),
    },
  };
}

/** Without a recording section nothing is recorded, whatever numbers and queues say. */
function recordShareOf(site: SiteFile, percent: number | undefined): { recordShare?: number } {
  if (site.recording === undefined || percent === undefined) return {};
  return { recordShare: percent / 100 };
}

function convertQueue(queue: SiteFile["queues"][number]): CentreConfig["queues"][number] {
  return {
    id: queue.id,
    name: queue.name,
    requirements: requirementsOf(queue.skills),
    priority: queue.priority,
    strategy: queue.strategy,
    targetMs: ms(queue.targetSeconds),
    targetRatio: queue.targetPercent / 100,
    shortAbandonMs: ms(queue.shortAbandonSeconds),
    ringMsMax: ms(queue.ringSeconds),
    wrapUpMs: ms(queue.wrapUpSeconds),
    ...(queue.wrapUp === undefined
      ? {}
      : {
          wrapUp: {
            mode: queue.wrapUp.mode,
            extendMs: ms(queue.wrapUp.extendSeconds),
            msMax: ms(queue.wrapUp.secondsMax),
          },
        }),
    music: queue.music,
    announcement:
      queue.announcement === null
        ? null
        : { prompt: queue.announcement.prompt, everyMs: ms(queue.announcement.everySeconds) },
    waitingMax: queue.waitingMax,
    waitMsMax: queue.waitSecondsMax === null ? null : ms(queue.waitSecondsMax),
    fullPrompt: queue.fullPrompt,
    ...(queue.routing === undefined ? {} : { routing: convertRouting(queue.routing) }),
    ...(queue.autoAnswer ? { autoAnswer: true } : {}),
    ...(queue.outbound === undefined ? {} : { outbound: convertOutbound(queue.outbound) }),
  };
}

function convertOutbound({
  trunk,
  ringSeconds,
  ...rule
}: NonNullable<SiteFile["queues"][number]["outbound"]>): OutboundRule {
  return { trunkId: trunk, ...rule, ringMsMax: ms(ringSeconds) };
}

function convertRouting(routing: NonNullable<SiteFile["queues"][number]["routing"]>): QueueRouting {
  const { ageingSeconds, relax, lastAgent, hours, overflow, waitPrompts } = routing;
  return {
    ageingMs: ageingSeconds === null ? null : ms(ageingSeconds),
    relax: relax.map(({ afterSeconds, ...step }) => ({ afterMs: ms(afterSeconds), ...step })),
    lastAgent:
      lastAgent === null
        ? null
        : { withinMs: ms(lastAgent.withinSeconds), patienceMs: ms(lastAgent.patienceSeconds) },
    ...(routing.namedAgent === null
      ? {}
      : {
          namedAgent: {
            tag: routing.namedAgent.tag,
            patienceMs: ms(routing.namedAgent.patienceSeconds),
          },
        }),
    callback: convertCallback(routing.callback),
    agentCallsPerDayMax: routing.agentCallsPerDayMax,
    hours,
    closed: convertTreatment(routing.closed),
    noAgent: routing.noAgent === null ? null : convertTreatment(routing.noAgent),
    overflow:
      overflow === null
        ? null
        : { afterMs: ms(overflow.afterSeconds), to: convertTreatment(overflow.to) },
    waitPrompts: waitPrompts.map(({ withinSeconds, prompt }) => ({
      withinMs: ms(withinSeconds),
      prompt,
    })),
  };
}

function convertCallback(
  rule: NonNullable<SiteFile["queues"][number]["routing"]>["callback"],
): CallbackRule | null {
  if (rule === null) return null;
  const { offerAfterSeconds, retryMinutes, maxAgeMinutes, ...same } = rule;
  return {
    ...same,
    offerAfterMs: offerAfterSeconds === null ? null : ms(offerAfterSeconds),
    retryMs: ms(retryMinutes * 60),
    ...(maxAgeMinutes === null ? {} : { maxAgeMs: ms(maxAgeMinutes * 60) }),
  };
}

const convertTreatment = (to: { queue: string } | { prompt: string }): Treatment =>
  "queue" in to ? { kind: "queue", queueId: to.queue } : { kind: "release", prompt: to.prompt };

const requirementsOf = (skills: Readonly<Record<string, number>>): readonly SkillRequirement[] =>
  Object.entries(skills).map(([skillId, levelMin]) => ({ skillId, levelMin }));

function convertDevice(device: SiteFile["agents"][number]["device"]): AgentDevice {
  switch (device.kind) {
    case "browser":
      return { kind: "browser" };
    case "phone":
      return {
        kind: "phone",
        alwaysReady: device.alwaysReady,
        ronaPauseMs: ms(device.ronaPauseSeconds),
      };
    case "fixed":
      return {
        kind: "fixed",
        uri: device.uri,
        alwaysReady: device.alwaysReady,
        ronaPauseMs: ms(device.ronaPauseSeconds),
      };
  }
}

function ms(seconds: number): number {
  return Math.round(seconds * 1_000);
}
