// Who calls, and how he behaves: drawn once per call from the seeded generator.
import type { Random } from "./random.ts";

export type CallerPersona = Readonly<{
  /** Calling number, from blocks of mobile numbers and of Beijing's. */
  callerUser: string;
  dialled: string;
  language: "zh" | "en";
  /** Keys, each with the time since the answer (hotlines with a menu) in milliseconds. */
  keys: readonly Readonly<{ digit: string; afterMs: number }>[];
  /** How much waiting (without a person) he bears. */
  patienceMs: number;
  /** How long he talks with a person before he hangs up; null leaves that to the agent. */
  talkMs: number | null;
}>;

/** Menu choices of the demo's hotline: information, complaint, housing, opening hours, agent. */
const topics = [..."1111122333900"];

export function drawPersona(random: Random, numbers: readonly string[]): CallerPersona {
  // The first number is the busiest one.
  const dialled = random.chance(0.4) ? (numbers[0] ?? "") : random.pick(numbers);
  const language = random.chance(0.15) ? "en" : "zh";
  const tail = () => String(random.integer(0, 9_999)).padStart(4, "0");
  const callerUser = random.chance(0.8)
    ? `${random.pick(["1380013", "1391000", "1860100", "1770160"])}${tail()}`
    : `0106552${tail()}`;
  const languageAtMs = random.uniform(2_000, 6_000);
  const topicAtMs = languageAtMs + random.uniform(3_500, 8_000);
  const keys: { digit: string; afterMs: number }[] = [];
  if (!random.chance(0.05)) {
    keys.push({ digit: language === "en" ? "2" : "1", afterMs: languageAtMs });
  }
  // Some press a key that is not offered first, some press nothing and are led to an agent.
  if (random.chance(0.06)) keys.push({ digit: "7", afterMs: topicAtMs - 1_500 });
  if (!random.chance(0.06)) keys.push({ digit: random.pick(topics), afterMs: topicAtMs });
  return {
    callerUser,
    dialled,
    language,
    keys: dialled === "10086" ? [] : keys,
    patienceMs: 10_000 + random.exponential(75_000),
    talkMs: random.chance(0.5) ? random.logNormal(35_000, 0.5) : null,
  };
}

export type AgentAct = Readonly<{
  /** Null: lets it ring until the engine takes the call back. */
  answerMs: number | null;
  /** Hangs up after this time of talk; callers mostly are quicker or leave it to the agent. */
  talkMs: number;
  language: "zh" | "en";
}>;

export function drawAgentAct(random: Random): AgentAct {
  return {
    answerMs: random.chance(0.04) ? null : random.uniform(1_000, 4_000),
    talkMs: random.uniform(10_000, 40_000),
    language: random.chance(0.15) ? "en" : "zh",
  };
}
