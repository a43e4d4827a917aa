import { expect, test } from "vitest";
import { drawAgentAct, drawPersona } from "./persona.ts";
import { createRandom } from "./random.ts";

const numbers = ["12345", "10086"];
const draw = (seed: number, count: number) => {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => drawPersona(random, numbers));
};

test("the same seed gives the same callers, another seed gives others", () => {
  expect(draw(7, 20)).toEqual(draw(7, 20));
  expect(draw(7, 20)).not.toEqual(draw(8, 20));
});

test("callers keep to what a person can do", () => {
  const people = draw(1, 2_000);
  const late = people.filter(({ keys }) =>
    keys.some(({ afterMs }, index) => afterMs <= (keys[index - 1]?.afterMs ?? 0)),
  );
  expect(late).toEqual([]);
  expect(people.filter(({ dialled, keys }) => dialled === "10086" && keys.length > 0)).toEqual([]);
  expect(people.filter(({ callerUser }) => !/^(1\d{10}|0106552\d{4})$/.test(callerUser))).toEqual(
    [],
  );
  const meanPatience = people.reduce((sum, { patienceMs }) => sum + patienceMs, 0) / people.length;
  expect(Math.abs(meanPatience - 85_000)).toBeLessThan(5_000);
});

test("agents answer in one to four seconds, and now and then not at all", () => {
  const random = createRandom(3);
  const acts = Array.from({ length: 2_000 }, () => drawAgentAct(random).answerMs);
  const answered = acts.filter((answerMs) => answerMs !== null);
  const share = 1 - answered.length / acts.length;
  expect([Math.min(...answered) >= 1_000, Math.max(...answered) <= 4_000]).toEqual([true, true]);
  expect(share > 0.02 && share < 0.06).toBe(true);
});
