// What a waiting call needs of an agent, and which rule keeps an agent from it.
import type { QueueConfig, SkillRequirement } from "../centre-config.ts";
import type { AgentId, GroupId, Ms, SkillId } from "../ids.ts";
import type { Agent, Call, Centre, Need, QueueVisit } from "../state.ts";

/** Why an agent is not offered a call that waits; the first rule that applies. */
export type Misfit = Readonly<
  | { rule: "keptForAgent"; agentId: AgentId }
  | { rule: "skill"; skillId: SkillId; levelMin: number; level: number }
  | { rule: "reserve"; groupId: GroupId }
>;

/** Own skills and lent ones, the higher level of each; level 0 is none. */
export function skillsOf(agent: Pick<Agent, "config" | "loan">): Readonly<Record<SkillId, number>> {
  const { skills } = agent.config;
  if (agent.loan === null) return skills;
  const all: Record<SkillId, number> = { ...skills };
  for (const [skillId, level] of Object.entries(agent.loan.skills)) {
    all[skillId] = Math.max(level, Object.hasOwn(skills, skillId) ? (skills[skillId] ?? 0) : 0);
  }
  return all;
}

/** Null when the agent meets the need; whether the agent is free is another question. */
export function misfitOf(centre: Centre, agent: Agent, need: Need): Misfit | null {
  if (need.only !== null && need.only !== agent.id) {
    return { rule: "keptForAgent", agentId: need.only };
  }
  const skills = skillsOf(agent);
  for (const { skillId, levelMin } of need.requirements) {
    const level = Object.hasOwn(skills, skillId) ? (skills[skillId] ?? 0) : 0;
    if (level < levelMin) return { rule: "skill", skillId, levelMin, level };
  }
  const { reserve } = agent.config;
  if (reserve === undefined || need.reserves.includes(reserve) || centre.reserves.has(reserve)) {
    return null;
  }
  return { rule: "reserve", groupId: reserve };
}

/** What the queue asks for at this stage of a call's stay. */
export function needOf(
  queue: QueueConfig,
  visit: Pick<QueueVisit, "extra" | "ring" | "only">,
): Need {
  const steps = queue.routing?.relax.slice(0, visit.ring) ?? [];
  const dropped = new Set(steps.flatMap(({ dropSkills }) => dropSkills));
  const drop = steps.reduce((sum, { levelDrop }) => sum + levelDrop, 0);
  return {
    requirements: highest([...queue.requirements, ...visit.extra])
      .filter(({ skillId }) => !dropped.has(skillId))
      .map(({ skillId, levelMin }) => ({ skillId, levelMin: Math.max(1, levelMin - drop) })),
    reserves: steps.flatMap(({ reserves }) => reserves),
    only: visit.only?.agentId ?? null,
  };
}

/** Need for the queue's base lane. */
export const baseNeed = (queue: QueueConfig): Need =>
  needOf(queue, { extra: [], ring: 0, only: null });

/** Calls of one queue with equal keys have equal needs. */
export function laneKeyOf(visit: Pick<QueueVisit, "extra" | "ring" | "only">): string {
  const { extra, ring, only } = visit;
  if (extra.length === 0 && ring === 0 && only === null) return "";
  const skills = extra.map(({ skillId, levelMin }) => `${skillId}:${levelMin}`).join(",");
  return `${ring}/${skills}/${only?.agentId ?? ""}`;
}

/** Language, number and flow may ask for more than the queue does. */
export function extraOf(
  centre: Centre,
  call: Call,
  asked: readonly SkillRequirement[] | undefined,
): readonly SkillRequirement[] {
  const language = centre.config.languageSkills?.[call.language];
  return highest([
    ...(call.number.requirements ?? []),
    ...(asked ?? []),
    ...(language === undefined ? [] : [{ skillId: language, levelMin: 1 }]),
  ]);
}

/** The visit as it should be now: steps that were reached, patience that is over. */
export function relaxed(queue: QueueConfig, visit: QueueVisit, nowMs: Ms): QueueVisit {
  const waitMs = nowMs - visit.queuedAtMs;
  const reached = queue.routing?.relax.filter(({ afterMs }) => afterMs <= waitMs).length ?? 0;
  const only = visit.only !== null && visit.only.untilMs > nowMs ? visit.only : null;
  if (reached === visit.ring && only === visit.only) return visit;
  return { ...visit, ring: reached, only, needSinceMs: nowMs };
}

/** When {@link relaxed} gives something else next; null when it never does. */
export function relaxesAtMs(queue: QueueConfig, visit: QueueVisit): Ms | null {
  const step = queue.routing?.relax[visit.ring];
  const times = [
    ...(step === undefined ? [] : [visit.queuedAtMs + step.afterMs]),
    ...(visit.only === null ? [] : [visit.only.untilMs]),
  ];
  return times.length === 0 ? null : Math.min(...times);
}

/** Each skill once, at the highest level asked for, in order of its id. */
function highest(all: readonly SkillRequirement[]): readonly SkillRequirement[] {
  if (all.length < 2) return all;
  const levels = new Map<SkillId, number>();
  for (const { skillId, levelMin } of all) {
    levels.set(skillId, Math.max(levelMin, levels.get(skillId) ?? 0));
  }
  return [...levels]
    .map(([skillId, levelMin]) => ({ skillId, levelMin }))
    .sort((a, b) => (a.skillId < b.skillId ? -1 : 1));
}
