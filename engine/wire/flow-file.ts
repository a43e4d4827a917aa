// The flow file: YAML 1.2, one flow a file, `ivr-flows/flows/<id>.yaml`. Digits are quoted. Published
// with its descriptions as `ivr-flows/flow.schema.json`, for editors that complete and check.
import { z } from "zod";
import {
  assignments,
  digit,
  expression,
  into,
  milliseconds,
  nodeId,
  prompt,
  prompts,
  question,
  variableName,
} from "./flow-parts.ts";

/** For people; the engine does not read it. */
const note = { note: z.string().max(2_000).optional().describe("For who reads the flow") };
const node = <Kind extends string, Shape extends z.ZodRawShape>(kind: Kind, shape: Shape) =>
  z.strictObject({ kind: z.literal(kind), ...shape, ...note });
const flowId = z.string().regex(/^[a-z][a-z0-9-]{0,59}$/);

const flowNodeFile = z.discriminatedUnion("kind", [
  node("play", {
    prompts,
    next: nodeId,
    interruptible: z.boolean().default(false).describe("A key ends it and counts for what follows"),
  }).describe("Plays prompts"),
  node("menu", {
    ...question,
    choices: z.record(digit, nodeId).describe("Key to the node that it leads to"),
    labels: z
      .record(digit, z.strictObject({ zh: z.string(), en: z.string() }))
      .optional()
      .describe("What a choice means, in words for the agent's screen"),
  }).describe("One key, one way"),
  node("collect", {
    ...question,
    into: variableName.describe("A text variable for the digits"),
    digitsMin: z.number().int().min(1).max(40).default(1),
    digitsMax: z.number().int().min(1).max(40),
    terminator: z.enum(["#", "*"]).nullable().default("#").describe("Key that ends the digits"),
    check: z
      .enum(["none", "luhn", "idCard"])
      .default("none")
      .describe("Checksum: luhn for cards, idCard for resident identity numbers (X is *)"),
    next: nodeId,
  }).describe("Digits that the caller types"),
  node("survey", {
    ...question,
    question: z.string().min(1).max(60).describe("Names the question in reports"),
    scoreMin: z.number().int().min(0).max(9).default(1),
    scoreMax: z.number().int().min(0).max(9).default(5),
    into: variableName.optional().describe("A number variable for the score"),
    next: nodeId,
  }).describe("One question of a survey, answered with a key"),
  node("language", { language: z.enum(["zh", "en"]), next: nodeId }).describe(
    "The language of everything that follows",
  ),
  node("hours", { calendarId: z.string(), open: nodeId, closed: nodeId }).describe(
    "A calendar of the site file, with its holidays and special days",
  ),
  node("set", { values: assignments, next: nodeId }).describe("Sets variables"),
  node("condition", {
    cases: z
      .array(z.strictObject({ if: expression, next: nodeId }))
      .min(1)
      .max(50)
      .describe("The first that is true is taken"),
    otherwise: nodeId,
  }).describe("Chooses by expressions"),
  node("split", {
    branches: z
      .array(z.strictObject({ percent: z.number().min(0).max(100), next: nodeId }))
      .min(2)
      .max(10)
      .describe("Shares that add up to 100"),
  }).describe("Chooses by lot, such as for a trial with some of the calls"),
  node("lookUp", {
    method: z.enum(["GET", "POST"]).default("GET"),
    url: z
      .string()
      .max(1_000)
      .regex(/^https?:\/\/[A-Za-z0-9.:[\]-]+(\/|$)/, "http or https, with the host written out")
      .describe("Expressions in braces are put in encoded: https://crm.example/{call.ani}"),
    secretHeaders: z
      .record(z.string().regex(/^[A-Za-z0-9-]{1,60}$/), z.string())
      .default({})
      .describe("Header to the name of a secret that the site keeps"),
    body: assignments.optional().describe("Sent as JSON with POST"),
    timeoutMs: milliseconds(100, 10_000).default(3_000),
    into: into.describe("Variable to the path of its value in the JSON answer, such as $.a.b[0]"),
    next: nodeId,
    failed: nodeId.describe("No answer in time, not 2xx, too large, or no JSON"),
  }).describe("Asks another system over HTTP; only hosts that the site allows"),
  node("table", {
    tableId: z.string().describe("A file of ivr-flows/tables"),
    key: expression,
    into: into.describe("Variable to column"),
    found: nodeId,
    missing: nodeId,
  }).describe("Looks a row up in a table file"),
  node("tag", {
    name: z.string().min(1).max(40),
    value: z.string().max(200).optional(),
    expression: expression.optional().describe("Instead of value"),
    next: nodeId,
  }).describe("Told to the agent's screen and to reports"),
  node("flow", {
    flow: flowId,
    inputs: assignments.default({}).describe("Input of the called flow to an expression"),
    outputs: z.record(variableName, variableName).default({}).describe("Ours to theirs"),
    next: nodeId,
    results: z
      .record(z.string(), nodeId)
      .default({})
      .describe("Results that lead elsewhere than next"),
  }).describe("Calls another flow and comes back"),
  node("return", { result: z.string().min(1).max(60).nullable().default(null) }).describe(
    "Back to the flow that called this one",
  ),
  node("queue", {
    queueId: z.string(),
    priority: z.number().int().min(0).max(9).default(0),
    skills: z
      .record(z.string(), z.number().int().min(1).max(10))
      .optional()
      .describe("Skills and levels asked of the agent beside the queue's"),
    exits: z.record(digit, nodeId).optional().describe("Keys with which the caller leaves"),
    refused: nodeId.optional().describe("Closed, full, or nobody at work; else as the queue says"),
    overflow: z
      .strictObject({ afterMs: milliseconds(1_000, 86_400_000), next: nodeId })
      .optional()
      .describe("Where the caller goes who has waited for so long"),
  }).describe("Waits for an agent"),
  node("echo", {}).describe("The caller hears himself"),
  node("end", {
    prompts: z.array(prompt).max(20).default([]),
    outcome: z
      .enum(["served", "closed", "guided"])
      .describe("guided: told the right number, counted apart, never a ticket"),
  }).describe("Last words, then release"),
]);

export const flowFile = z.strictObject({
  flow: flowId.describe("The name of the file without .yaml"),
  title: z.strictObject({ zh: z.string(), en: z.string() }),
  start: nodeId,
  variables: z
    .record(
      variableName,
      z.strictObject({
        type: z.enum(["text", "number", "flag"]),
        initial: z
          .union([z.string().max(1_000), z.number(), z.boolean()])
          .nullable()
          .default(null),
        input: z.boolean().default(false).describe("A flow that calls this one may give it"),
        output: z.boolean().default(false).describe("It is given back to the flow that called"),
      }),
    )
    .default({}),
  nodes: z.record(nodeId, flowNodeFile),
});
export type FlowFile = z.infer<typeof flowFile>;

/** A table file: `ivr-flows/tables/<id>.yaml`. */
export const flowTableFile = z.strictObject({
  table: flowId,
  rows: z.record(z.string().max(200), z.record(z.string().max(60), z.string().max(1_000))),
});
