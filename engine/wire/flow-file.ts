// The flow file: YAML 1.2, one flow a file, `ivr-flows/flows/<id>.yaml`. Digits are quoted.
import { z } from "zod";

const nodeId = z.string().regex(/^[a-z][a-z0-9-]{0,59}$/, "lower-case letters, digits, hyphens");
const promptKey = z.string().regex(/^[a-z][a-z0-9-]{0,59}$/, "the key of a prompt");
const digit = z.string().regex(/^[0-9*#]$/, "one telephone key, quoted");
const prompts = z.array(promptKey).min(1).max(20).describe("Prompts in the order of playing");

export const flowNodeFile = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("play"), prompts, next: nodeId }),
  z.strictObject({
    kind: z.literal("menu"),
    prompts,
    choices: z.record(digit, nodeId),
    labels: z
      .record(digit, z.strictObject({ zh: z.string(), en: z.string() }))
      .optional()
      .describe("What a choice means, in words for the agent's screen"),
    timeoutMs: z
      .number()
      .int()
      .min(500)
      .max(60_000)
      .default(5_000)
      .describe("Silence after the prompts, in milliseconds, before the menu repeats"),
    attemptsMax: z.number().int().min(1).max(10).default(3),
    noMatchPrompt: promptKey,
    giveUp: nodeId.describe("Where a caller goes who pressed nothing valid"),
  }),
  z.strictObject({ kind: z.literal("language"), language: z.enum(["zh", "en"]), next: nodeId }),
  z.strictObject({
    kind: z.literal("hours"),
    calendarId: z.string(),
    open: nodeId,
    closed: nodeId,
  }),
  z.strictObject({
    kind: z.literal("tag"),
    name: z.string().min(1).max(40),
    value: z.string().max(200),
    next: nodeId,
  }),
  z.strictObject({
    kind: z.literal("queue"),
    queueId: z.string(),
    priority: z.number().int().min(0).max(9).default(0),
    skills: z
      .record(z.string(), z.number().int().min(1).max(10))
      .optional()
      .describe("Skills and levels asked of the agent beside the queue's"),
  }),
  z.strictObject({ kind: z.literal("echo") }),
  z.strictObject({
    kind: z.literal("end"),
    prompts: z.array(promptKey).max(20).default([]),
    outcome: z.enum(["served", "closed", "guided"]),
  }),
]);

export const flowFile = z.strictObject({
  flow: z.string().regex(/^[a-z][a-z0-9-]{0,59}$/),
  title: z.strictObject({ zh: z.string(), en: z.string() }),
  start: nodeId,
  nodes: z.record(nodeId, flowNodeFile),
});
export type FlowFile = z.infer<typeof flowFile>;
