// Node kinds beyond the menu: what each makes of keys, silence, answers and values.
import { describe, expect, it } from "vitest";
import { siteConfig } from "../../../test/support/site.ts";
import { createWorld } from "../../../test/support/world.ts";
import type { CentreConfig } from "../centre-config.ts";
import { passesCheck } from "./digit-check.ts";
import type { Expression } from "./expression/expression.ts";
import { parseExpression } from "./expression/parse.ts";
import type { Flow, FlowNode, Variable } from "./flow-config.ts";

const expr = (text: string): Expression => {
  const parsed = parseExpression(text);
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed.expression;
};
const variable = (type: Variable["type"], changes: Partial<Variable> = {}): Variable => ({
  type,
  initial: null,
  input: false,
  output: false,
  ...changes,
});
const end = (prompt: string): FlowNode => ({ kind: "end", prompts: [prompt], outcome: "served" });
const question = {
  prompts: ["ask"],
  timeoutMs: 4_000,
  attemptsMax: 2,
  noMatchPrompt: "no-match",
  giveUp: "gone",
};
const variables = { digits: variable("text"), balance: variable("number"), who: variable("text") };

function callIn(
  nodes: Readonly<Record<string, FlowNode>>,
  changes: Partial<CentreConfig> = {},
  others: readonly Flow[] = [],
) {
  const uses = Object.fromEntries(others.map(({ id, version }) => [id, version]));
  const flow: Flow = {
    id: "main",
    version: "1",
    start: "first",
    nodes: { gone: end("gone"), done: end("done"), ...nodes },
    variables,
    uses,
  };
  const world = createWorld({ config: siteConfig({ flows: [flow, ...others], ...changes }) });
  const caller = world.caller("c1").dials("12345");
  const path = () =>
    world.facts.flatMap((fact) =>
      fact.type === "flowNodeEntered" ? [`${fact.via ?? ""}>${fact.nodeId}`] : [],
    );
  const ordered = () => world.commands.flatMap((one) => (one.type === "lookUp" ? [one] : []));
  return { world, caller, path, ordered };
}

describe("collected digits", () => {
  const collect: FlowNode = {
    ...question,
    kind: "collect",
    into: "digits",
    digitsMin: 3,
    digitsMax: 5,
    terminator: "#",
    check: "none",
    next: "say",
  };
  const say: FlowNode = {
    kind: "end",
    prompts: [{ say: "digits", value: expr("digits") }],
    outcome: "served",
  };
  const told = ["digit-1", "digit-2", "digit-3"];

  it.each([
    ["ended by the terminator", "123#", "0s", told],
    ["ended by silence", "123", "4s", told],
    ["ended by the last one", "12345", "0s", [...told, "digit-4", "digit-5"]],
    ["too few", "12#", "0s", ["no-match", "ask"]],
    ["none", "#", "0s", ["no-match", "ask"]],
    ["none for too long", "", "12s", ["gone"]],
    ["wrong twice", "12#45#", "0s", ["gone"]],
    ["wrong once", "12#123#", "0s", told],
  ])("%s", (_, digits, wait, hears) => {
    const { world, caller } = callIn({ first: collect, say });
    world.runs("1s");
    caller.presses(digits);
    world.runs(wait);
    expect(caller.hears()).toEqual(hears);
  });

  it("may be typed ahead in part, and no fact holds them", () => {
    const first: FlowNode = { kind: "play", prompts: ["welcome"], next: "ask" };
    const { world, caller } = callIn({ first, ask: collect, say });
    caller.presses("78");
    world.runs("2500ms");
    expect(caller.hears()).toEqual([]);
    caller.presses("9#");
    expect(caller.hears()).toEqual(["digit-7", "digit-8", "digit-9"]);
    const facts = world.factsOf("c1");
    expect(JSON.stringify(facts)).not.toContain("789");
    expect(facts).toContainEqual(
      expect.objectContaining({ type: "flowCollected", nodeId: "ask", length: 3, valid: true }),
    );
  });

  it.each([
    ["luhn", "4111111111111111", true],
    ["luhn", "4111111111111112", false],
    ["luhn", "0", false],
    ["idCard", "11010519491231002*", true],
    ["idCard", "11010519491231002X", true],
    ["idCard", "110105194912310021", false],
    ["idCard", "4403071999010100", false],
    ["none", "1", true],
  ] as const)("checked by %s: %s", (check, digits, passes) => {
    expect(passesCheck(check, digits)).toBe(passes);
  });
});

it("prompts that must be heard keep the keys, and prompts that may be cut end at once", () => {
  const menu: FlowNode = { ...question, kind: "menu", choices: { "1": "done" } };
  const firm = callIn({ first: { ...menu, interruptible: false } });
  firm.world.runs("1s");
  firm.caller.presses("1");
  expect(firm.caller.hears()).toEqual(["ask"]);
  firm.world.runs("1500ms");
  expect(firm.caller.hears()).toEqual(["done"]);
  const deaf = callIn({ first: { ...menu, interruptible: false, typeAhead: false } });
  deaf.world.runs("1s");
  deaf.caller.presses("1");
  deaf.world.runs("1500ms");
  expect(deaf.caller.hears()).toEqual([]);
  const play: FlowNode = { kind: "play", prompts: ["long"], next: "ask", interruptible: true };
  const cut = callIn({ first: play, ask: menu });
  cut.world.runs("1s");
  cut.caller.presses("1");
  expect([cut.caller.hears(), cut.path()]).toEqual([
    ["done"],
    [">first", "next>ask", "choices.1>done"],
  ]);
});

describe("values", () => {
  it("are set, said and branched on; a tag reads them", () => {
    const { caller, world } = callIn({
      first: {
        kind: "set",
        values: { balance: expr("6 * 2 + 0.5"), who: expr("call.ani") },
        next: "if",
      },
      if: {
        kind: "condition",
        cases: [
          { if: expr("balance > 100"), next: "gone" },
          { if: expr('startsWith(who, "138")'), next: "tag" },
        ],
        otherwise: "gone",
      },
      tag: { kind: "tag", name: "who", value: expr("who"), next: "say" },
      say: {
        kind: "end",
        prompts: ["yours", { say: "money", value: expr("balance") }],
        outcome: "guided",
      },
    });
    const money = ["digit-10", "digit-2", "unit-yuan", "digit-5", "unit-jiao"];
    expect(caller.hears()).toEqual(["yours", ...money]);
    expect(world.facts).toContainEqual(
      expect.objectContaining({ type: "flowTagged", name: "who", value: "13800000000" }),
    );
    expect(world.facts).toContainEqual(
      expect.objectContaining({
        type: "flowEnded",
        flowId: "main",
        nodeId: "say",
        outcome: "guided",
      }),
    );
  });

  it("of another type are not taken", () => {
    const { path } = callIn({
      first: { kind: "set", values: { balance: expr('"much"') }, next: "if" },
      if: {
        kind: "condition",
        cases: [{ if: expr("known(balance)"), next: "gone" }],
        otherwise: "done",
      },
    });
    expect(path().at(-1)).toBe("otherwise>done");
  });

  it("come from a table by key", () => {
    const table: FlowNode = {
      kind: "table",
      tableId: "departments",
      key: expr("call.originalDnis"),
      into: { who: "name" },
      found: "tag",
      missing: "gone",
    };
    const nodes = {
      first: table,
      tag: { kind: "tag", name: "d", value: expr("who"), next: "done" } as const,
    };
    const known = callIn(nodes, { tables: { departments: { "12345": { name: "市政" } } } });
    expect(known.path()).toEqual([">first", "found>tag", "next>done"]);
    expect(known.world.facts).toContainEqual(
      expect.objectContaining({ type: "flowTagged", value: "市政" }),
    );
    expect(callIn(nodes).path()).toEqual([">first", "missing>gone"]);
  });

  it("are split by lot in the shares that are asked for, the same in a replay", () => {
    const split: FlowNode = {
      kind: "split",
      branches: [
        { percent: 10, next: "gone" },
        { percent: 90, next: "done" },
      ],
    };
    const { world } = callIn({ first: split });
    for (let n = 0; n < 1_000; n += 1) world.caller(`split-${n}`).dials("12345").hangsUp();
    const few = world.facts.filter(
      (f) => f.type === "flowNodeEntered" && f.via === "branches.0.next",
    );
    expect(few.length).toBeGreaterThan(70);
    expect(few.length).toBeLessThan(130);
    world.restarts();
  });
});

describe("a look-up", () => {
  const lookUp: FlowNode = {
    kind: "lookUp",
    method: "POST",
    url: ["https://crm.example/", expr("call.ani"), "?q=", expr('"a b&"')],
    secretHeaders: { "x-key": "crm" },
    body: { who: expr("call.ani") },
    timeoutMs: 3_000,
    into: { balance: "$.balance" },
    next: "say",
    failed: "gone",
  };
  const say: FlowNode = {
    kind: "end",
    prompts: [{ say: "number", value: expr("balance") }],
    outcome: "served",
  };
  const answer = (world: ReturnType<typeof createWorld>, changes: object = {}) =>
    world.post({
      type: "lookUpEnded",
      callId: "c1",
      lookUpId: "c1-lookUp1",
      values: { balance: "12" },
      why: null,
      ...changes,
    });

  it("is asked for, and its answer read as the variable's type", () => {
    const { world, caller, ordered } = callIn({ first: lookUp, say });
    expect(ordered()).toEqual([
      {
        type: "lookUp",
        callId: "c1",
        lookUpId: "c1-lookUp1",
        request: {
          method: "POST",
          url: "https://crm.example/13800000000?q=a%20b%26",
          secretHeaders: { "x-key": "crm" },
          body: { who: "13800000000" },
          timeoutMs: 3_000,
          into: { balance: "$.balance" },
        },
      },
    ]);
    answer(world);
    expect(caller.hears()).toEqual(["digit-10", "digit-2"]);
    answer(world);
    expect(world.facts.at(-1)).toMatchObject({ type: "eventIgnored", why: "noLookUp" });
  });

  it.each([
    [
      "that fails",
      (w: ReturnType<typeof createWorld>) => answer(w, { why: "status" }),
      "0s",
      "status",
    ],
    ["that nobody answers", () => {}, "5s", "timeout"],
  ])("%s leads elsewhere", (_, act, wait, why) => {
    const { world, path } = callIn({ first: lookUp, say });
    act(world);
    world.runs(wait);
    expect(path()).toEqual([">first", "failed>gone"]);
    expect(world.facts).toContainEqual(expect.objectContaining({ type: "flowLookedUp", why }));
  });

  it("of a dead engine is asked again; of a caller who left, forgotten", () => {
    const { world, caller, ordered } = callIn({ first: lookUp, say });
    world.runs("1s");
    world.restarts();
    expect(ordered().map(({ lookUpId }) => lookUpId)).toEqual(["c1-lookUp1", "c1-lookUp2"]);
    caller.hangsUp();
    answer(world, { lookUpId: "c1-lookUp2" });
    expect(world.facts.at(-1)).toMatchObject({ type: "eventIgnored", why: "noLookUp" });
    world.auditor.checkQuiet(world.state());
  });
});

it("a survey takes a key of its scale, and says which keys were pressed", () => {
  const survey: FlowNode = {
    ...question,
    kind: "survey",
    question: "satisfied",
    scoreMin: 1,
    scoreMax: 5,
    into: "balance",
    next: "done",
  };
  const { world, caller, path } = callIn({ first: survey });
  caller.presses("9");
  expect(caller.hears()).toEqual(["no-match", "ask"]);
  caller.presses("5");
  expect(path().at(-1)).toBe("next>done");
  const told = world.facts.filter(({ type }) => type.startsWith("survey"));
  expect(told.map(({ seq: _, atMs: __, ...fact }) => fact)).toEqual([
    { type: "surveyAsked", callId: "c1", question: "satisfied" },
    { type: "surveyAnswered", callId: "c1", question: "satisfied", digit: "9", valid: false },
    { type: "surveyAnswered", callId: "c1", question: "satisfied", digit: "5", valid: true },
  ]);
});

describe("a flow that is called", () => {
  const call: FlowNode = {
    kind: "flow",
    flowId: "sub",
    inputs: { given: expr("call.ani"), secret: expr('"x"') },
    outputs: { who: "name" },
    next: "tag",
    results: { unknown: "gone" },
  };
  const tag: FlowNode = { kind: "tag", name: "who", value: expr("who"), next: "done" };
  const sub = (result: string | null): Flow => ({
    id: "sub",
    version: "7",
    start: "set",
    nodes: {
      set: { kind: "set", values: { name: expr("join(given, secret)") }, next: "back" },
      back: { kind: "return", result },
    },
    variables: {
      given: variable("text", { input: true }),
      name: variable("text", { output: true }),
      secret: variable("text", { initial: "!" }),
    },
  });

  it("takes its inputs and gives its outputs back", () => {
    const { world, path } = callIn({ first: call, tag }, {}, [sub(null)]);
    expect(path()).toEqual([">first", ">set", "next>back", "next>tag", "next>done"]);
    expect(world.facts).toContainEqual(
      expect.objectContaining({ type: "flowTagged", value: "13800000000!" }),
    );
  });

  it("leads elsewhere by its result", () => {
    expect(
      callIn({ first: call, tag }, {}, [sub("unknown")])
        .path()
        .at(-1),
    ).toBe("results.unknown>gone");
  });

  it("keeps its version with the call that is pinned to its caller", () => {
    const wait: FlowNode = { kind: "play", prompts: ["p"], next: "call" };
    const { world, path } = callIn({ first: wait, call, tag }, {}, [sub(null)]);
    world.post({ type: "configured", config: siteConfig({ flows: [] }) });
    world.runs("3s");
    expect(path().at(-1)).toBe("next>done");
  });
});

describe("a queue's node", () => {
  const queue: FlowNode = {
    kind: "queue",
    queueId: "sales",
    priority: 0,
    exits: { "2": "done" },
    refused: "gone",
    overflow: { afterMs: 60_000, next: "gone" },
  };

  it.each([
    ["by its key", "2", "1s", "exits.2>done", "exitKey"],
    ["after the longest wait", "1", "61s", "overflow.next>gone", "overflow"],
  ])("is left %s, and the books say so", (_, digit, wait, last, reason) => {
    const { world, caller, path } = callIn({ first: queue });
    world.runs("1s");
    caller.presses(digit);
    world.runs(wait);
    expect(path().at(-1)).toBe(last);
    expect(world.facts).toContainEqual(
      expect.objectContaining({ type: "queueLeft", outcome: { kind: "flowedOut", reason } }),
    );
    world.runs("10m");
    world.auditor.checkQuiet(world.state());
  });

  it("tells of a queue that is full", () => {
    const { queues } = siteConfig();
    const full = queues.map((one) => ({ ...one, waitingMax: 0 }));
    expect(callIn({ first: queue }, { queues: full }).path()).toEqual([">first", "refused>gone"]);
  });

  it("does not call a caller back who talks with an agent, nor after it", () => {
    const { world, caller, path } = callIn({ first: queue });
    world.agent("1001").comesIn().answers();
    caller.presses("2");
    world.runs("2m");
    expect(path()).toEqual([">first"]);
    expect(world.placeOf("c1")).toMatchObject({ kind: "bridge" });
  });
});
