// The surge day: 15,000 calls forecast, 20,000 come, 08:00 to 22:00, two sites, three skills. The
// same callers and agents under five sets of rules, service level by half hour.
import type {
  AgentConfig,
  CallbackRule,
  CentreConfig,
  QueueRouting,
} from "../../engine/core/centre-config.ts";
import type { CentreEvent } from "../../engine/core/event.ts";
import { agentConfig, queueConfig, siteConfig, startMs } from "../support/site.ts";
import { erlang } from "./erlang.ts";
import { createRandom, type Random } from "./random.ts";
import { callbackKey, runTraffic, type TrafficCall } from "./traffic.ts";

export type SurgeRules = Readonly<{
  name: string;
  reserves: boolean;
  deadlineFirst: boolean;
  callbacks: boolean;
}>;
export type HalfHour = { offered: number; inTarget: number; abandoned: number };
/** Talks in all, and those with an agent of the caller's own site. */
/** `reachedMsSum`: from the entry into the queue until the customer was on the line again. */
export type CallbackCount = { booked: number; reached: number; reachedMsSum: number };
export type SiteCount = { talks: number; atHome: number };
export type SurgeDay = Readonly<{
  rules: SurgeRules;
  halfHours: readonly HalfHour[];
  bySite: Readonly<Record<string, SiteCount>>;
  callbacks: CallbackCount;
}>;

const plainRules = { reserves: false, deadlineFirst: false, callbacks: false } as const;
export const surgeRules: readonly SurgeRules[] = [
  { ...plainRules, name: "plain" },
  { ...plainRules, name: "reserves", reserves: true },
  { ...plainRules, name: "deadline", deadlineFirst: true },
  { ...plainRules, name: "callbacks", callbacks: true },
  { name: "all", reserves: true, deadlineFirst: true, callbacks: true },
];

/** `scale` 1 is the whole day; tests take a slice of the callers and of the agents. */
export function surgeDay(
  rules: SurgeRules,
  options: Readonly<{ seed: number; scale: number }>,
): SurgeDay {
  const people = staff(options.scale);
  const halfHours = Array.from(
    { length: halfHourCount },
    (): HalfHour => ({ offered: 0, inTarget: 0, abandoned: 0 }),
  );
  const skillsOf = new Map(people.map(({ config }) => [config.id, config.skills]));
  const bySite: Record<string, SiteCount> = {};
  for (const { id } of sites) bySite[id] = { talks: 0, atHome: 0 };
  const callbacks: CallbackCount = { booked: 0, reached: 0, reachedMsSum: 0 };
  runTraffic({
    config: surgeSite(rules, people),
    calls: callersOf(createRandom(options.seed), options.scale),
    answerMs: () => 3_000,
    plan: shifts(people),
    onFact: (fact) => {
      if (fact.type === "talkStarted") {
        const site = siteOf(fact.queueId);
        const count = bySite[site];
        if (count === undefined) return;
        count.talks += 1;
        if (Object.hasOwn(skillsOf.get(fact.agentId) ?? {}, site)) count.atHome += 1;
      }
      if (fact.type === "callbackBooked") callbacks.booked += 1;
      else if (fact.type === "callbackEnded" && fact.result === "reached") {
        callbacks.reached += 1;
        callbacks.reachedMsSum += fact.waitMs;
      }
      if (fact.type !== "queueLeft") return;
      // By half hour of arrival, so that the numbers of one row belong together.
      const row = halfHours[Math.floor((fact.queuedAtMs - startMs) / halfHourMs)];
      if (row === undefined) return;
      row.offered += 1;
      if (fact.outcome.kind === "abandoned") row.abandoned += 1;
      else if (fact.outcome.kind === "answered" && fact.waitMs <= targetOf(fact.queueId)) {
        row.inTarget += 1;
      }
    },
  });
  return { rules, halfHours, bySite, callbacks };
}

/** The days side by side as lines of text. */
export function surgeTable(days: readonly SurgeDay[]): string[] {
  const percent = (part: number, whole: number) =>
    whole === 0 ? "   -" : ((part / whole) * 100).toFixed(0).padStart(4);
  const row = (label: string, cells: readonly HalfHour[]) =>
    `${label} ${String(cells[0]?.offered ?? 0).padStart(6)} |${cells
      .map((cell) =>
        `${percent(cell.inTarget, cell.offered)} ${percent(cell.abandoned, cell.offered)}`.padStart(
          12,
        ),
      )
      .join("")}`;
  const sum = (cells: readonly HalfHour[]): HalfHour =>
    cells.reduce((total, cell) => ({
      offered: total.offered + cell.offered,
      inTarget: total.inTarget + cell.inTarget,
      abandoned: total.abandoned + cell.abandoned,
    }));
  return [
    `time   calls |${days.map(({ rules }) => rules.name.padStart(12)).join("")}   (SL %, abandoned %)`,
    ...Array.from({ length: halfHourCount }, (_, index) =>
      row(
        clock(index),
        days.map(({ halfHours }) => halfHours[index] ?? { offered: 0, inTarget: 0, abandoned: 0 }),
      ),
    ),
    row(
      "day  ",
      days.map(({ halfHours }) => sum(halfHours)),
    ),
    `against plain |${days.map((day) => differenceOf(sum(day.halfHours), sum(days[0]?.halfHours ?? [])).padStart(12)).join("")}   (points)`,
    `called back   |${days.map(({ callbacks }) => `${callbacks.reached}/${callbacks.booked}`.padStart(12)).join("")}   (reached/booked)`,
    `after minutes |${days.map(({ callbacks }) => (callbacks.reached === 0 ? "-" : (callbacks.reachedMsSum / callbacks.reached / 60_000).toFixed(1)).padStart(12)).join("")}`,
    ...sites.map(
      ({ id }) =>
        `own site: ${id} |${days.map(({ bySite }) => `${percent(bySite[id]?.atHome ?? 0, bySite[id]?.talks ?? 0)} %`.padStart(12)).join("")}`,
    ),
  ];
}

/** Percentage points of service level and of abandoned calls. */
function differenceOf(day: HalfHour, plain: HalfHour): string {
  const points = (of: "inTarget" | "abandoned") => {
    const change = (day[of] / day.offered - plain[of] / plain.offered) * 100;
    return `${change < 0 ? "" : "+"}${change.toFixed(0)}`.padStart(4);
  };
  return `${points("inTarget")} ${points("abandoned")}`;
}

const halfHourMs = 1_800_000;
const halfHourCount = 28;
const forecastCalls = 15_000;
const actualCalls = 20_000;
const talkMeanMs = 200_000;
const wrapUpMs = 20_000;
const patienceMeanMs = 120_000;
/** Of those who wait so long, so many rather hang up for a callback; most of them are reached. */
const callbackAfterMs = 30_000;
const callbackShare = 0.4;
const reachableShare = 0.85;
const callbackRule: CallbackRule = {
  key: callbackKey,
  offerAfterMs: callbackAfterMs,
  offerPrompt: "callback-offer",
  confirmPrompt: "callback-confirm",
  donePrompt: "callback-done",
  attemptsMax: 2,
  retryMs: 300_000,
};
/** Two peaks, as call centres have them. */
const forecastShape = [
  3, 5, 7, 8, 8, 7.5, 7, 6, 5, 5, 5.5, 6, 6.5, 6.5, 6, 5.5, 5, 4.5, 4.5, 5, 5, 4.5, 4, 3.5, 3, 2.5,
  2, 1.5,
];
/** Where the 5,000 that nobody expected come: a failure before noon, talked about in the evening. */
const surgeShape = [
  0, 0, 0, 0, 1, 4, 8, 9, 8, 6, 4, 2, 1, 0, 0, 0, 0, 0, 1, 2, 3, 2, 1, 0, 0, 0, 0, 0,
];

const skills = [
  { id: "billing", share: 0.5, targetMs: 20_000 },
  { id: "technical", share: 0.35, targetMs: 40_000 },
  { id: "sales", share: 0.15, targetMs: 20_000 },
] as const;
const sites = [
  { id: "north", share: 0.7 },
  { id: "south", share: 0.3 },
] as const;

const queues = sites.flatMap((site) =>
  skills.map((skill) => ({
    id: `${skill.id}-${site.id}`,
    site: site.id,
    skill: skill.id,
    share: site.share * skill.share,
    targetMs: skill.targetMs,
  })),
);
const siteOf = (queueId: string): string => queues.find(({ id }) => id === queueId)?.site ?? "";
const targetOf = (queueId: string): number =>
  queues.find(({ id }) => id === queueId)?.targetMs ?? 0;

function surgeSite(rules: SurgeRules, people: readonly Person[]): CentreConfig {
  const routing = (site: string): QueueRouting => ({
    ageingMs: null,
    // The other site helps after 10 s, the reserves after 15 s.
    relax: [
      { afterMs: 10_000, levelDrop: 0, dropSkills: [site], reserves: [] },
      {
        afterMs: 15_000,
        levelDrop: 0,
        dropSkills: [],
        reserves: rules.reserves ? ["reserve"] : [],
      },
    ],
    lastAgent: null,
    agentCallsPerDayMax: null,
    hours: null,
    closed: { kind: "release", prompt: "closed" },
    noAgent: null,
    overflow: null,
    waitPrompts: [],
    callback: rules.callbacks ? callbackRule : null,
  });
  return siteConfig({
    trunks: [{ id: "trunk", channelsMax: 1e6 }],
    limits: { callsMax: 1e6, flowStepsMax: 10 },
    queueChoice: rules.deadlineFirst ? "deadlineFirst" : "priority",
    flows: [],
    numbers: queues.map(({ id }) => ({
      id,
      digits: id,
      hotline: { zh: id, en: id },
      language: "zh",
      flowId: null,
      queueId: id,
    })),
    queues: queues.map(({ id, site, skill, targetMs }) =>
      queueConfig(id, {
        requirements: [
          { skillId: skill, levelMin: 1 },
          { skillId: site, levelMin: 1 },
        ],
        strategy: "leastSkilled",
        targetMs,
        wrapUpMs,
        waitingMax: 1e6,
        outbound: { trunkId: "trunk", callerIds: [id], allow: ["1"], deny: [], ringMsMax: 30_000 },
        routing: routing(site),
      }),
    ),
    agents: people.map(({ config }) => config),
  });
}

type Person = Readonly<{
  config: AgentConfig;
  shifts: readonly (readonly [from: number, to: number])[];
}>;

/** Enough for the forecast: 80 % in 20 s by Erlang for each half hour, with 15 % away. */
function staff(scale: number): Person[] {
  const total = forecastShape.reduce((sum, weight) => sum + weight, 0);
  const wanted = forecastShape.map((weight) => {
    const calls = (forecastCalls * scale * weight) / total;
    let agents = 1;
    const setting = {
      arrivalRate: calls / 1_800,
      talkSeconds: (talkMeanMs + wrapUpMs) / 1_000,
      patienceSeconds: patienceMeanMs / 1_000,
    };
    agents = Math.max(1, Math.floor(setting.arrivalRate * setting.talkSeconds * 0.8));
    while (erlang({ ...setting, agents }, 20).serviceLevel < 0.8) agents += 1;
    return agents;
  });
  const most = Math.max(...wanted);
  const regular = Array.from({ length: most }, (_, index): Person => {
    const site = index % 10 < 7 ? "north" : "south";
    // Two in five have one skill, two in five two, the rest all.
    const known =
      [
        ["billing"],
        ["technical"],
        ["billing", "technical"],
        ["billing", "sales"],
        ["billing", "technical", "sales"],
      ][index % 5] ?? [];
    return { config: person(`a${index}`, [site, ...known]), shifts: whenWanted(wanted, index) };
  });
  const leaders = Array.from(
    { length: Math.ceil(most * 0.2) },
    (_, index): Person => ({
      config: {
        ...person(
          `r${index}`,
          [...sites, ...skills].map(({ id }) => id),
        ),
        reserve: "reserve",
      },
      shifts: [[0, halfHourCount]],
    }),
  );
  return [...regular, ...leaders];
}

/** Half hours in a row in which at least `index + 1` agents are wanted. */
function whenWanted(wanted: readonly number[], index: number): [number, number][] {
  const shifts: [number, number][] = [];
  wanted.forEach((agents, halfHour) => {
    if (agents <= index) return;
    const last = shifts.at(-1);
    if (last !== undefined && last[1] === halfHour) last[1] += 1;
    else shifts.push([halfHour, halfHour + 1]);
  });
  return shifts;
}

const person = (id: string, known: readonly string[]): AgentConfig =>
  agentConfig(id, Object.fromEntries(known.map((skill) => [skill, 1])), {
    kind: "fixed",
    uri: "sip:a@127.0.0.1",
    alwaysReady: false,
    ronaPauseMs: 0,
  });

function shifts(people: readonly Person[]) {
  return people.flatMap(({ config: { id: agentId }, shifts: own }) =>
    own.flatMap(([from, to]) => {
      const asks = (halfHour: number, type: "logIn" | "goReady" | "break") => ({
        atMs: halfHour * halfHourMs,
        event: {
          type: "agentRequested",
          agentId,
          requestId: `${agentId}-${halfHour}-${type}`,
          request: type === "break" ? { type: "goNotReady", reason: "break" } : { type },
        } satisfies CentreEvent,
      });
      return [asks(from, "logIn"), asks(from, "goReady"), asks(to, "break")];
    }),
  );
}

function* callersOf(random: Random, scale: number): Generator<TrafficCall> {
  for (let halfHour = 0; halfHour < halfHourCount; halfHour += 1) {
    const expected =
      shareOf(forecastShape, halfHour) * forecastCalls +
      shareOf(surgeShape, halfHour) * (actualCalls - forecastCalls);
    const count = Math.round(expected * scale);
    const times = Array.from({ length: count }, () => random.between(0, halfHourMs - 1));
    for (const time of times.sort((a, b) => a - b)) {
      yield {
        atMs: halfHour * halfHourMs + time,
        dnis: queueFor(random.next()),
        patienceMs: random.exponential(patienceMeanMs),
        talkMs: random.exponential(talkMeanMs),
        isReachable: random.chance(reachableShare),
        // A little after the offer, with time to think.
        ...(random.chance(callbackShare)
          ? { callbackAfterMs: callbackAfterMs + random.between(5_000, 15_000) }
          : {}),
      };
    }
  }
}

function queueFor(drawn: number): string {
  let sum = 0;
  for (const { id, share } of queues) {
    sum += share;
    if (drawn < sum) return id;
  }
  return queues[0]?.id ?? "";
}

const shareOf = (shape: readonly number[], index: number): number =>
  (shape[index] ?? 0) / shape.reduce((sum, weight) => sum + weight, 0);

const clock = (halfHour: number): string =>
  `${String(8 + Math.floor(halfHour / 2)).padStart(2, "0")}:${halfHour % 2 === 0 ? "00" : "30"}`;
