// What node kinds of a flow file are made of.
import { z } from "zod";

const nodeName = /^[a-z][a-z0-9-]{0,59}$/;
export const nodeId = z
  .string()
  .regex(nodeName, "lower-case letters, digits, hyphens")
  .describe("The node that follows");
export const promptKey = z
  .string()
  .regex(nodeName, "the key of a prompt")
  .describe("A prompt: the file of this name in the caller's language");
export const digit = z.string().regex(/^[0-9*#]$/, "one telephone key, quoted");
export const variableName = z
  .string()
  .regex(/^[a-z][A-Za-z0-9_]{0,39}$/, "a letter, then letters, digits, _")
  .describe("A variable that the flow declares");
export const expression = z
  .string()
  .min(1)
  .max(500)
  .describe('An expression, such as: balance < 10 and startsWith(call.ani, "138")');
export const assignments = z.record(variableName, expression);
export const into = z.record(variableName, z.string().min(1).max(200));

export const prompt = z.union([
  promptKey,
  z
    .strictObject({
      say: z
        .enum(["number", "digits", "money", "date", "time"])
        .describe("How the value is spoken; date is YYYY-MM-DD, time is HH:MM, money is in yuan"),
      value: expression,
    })
    .describe("A value, spoken in the caller's language"),
]);
export const prompts = z.array(prompt).min(1).max(20).describe("In the order of playing");

export const milliseconds = (min: number, max: number) => z.number().int().min(min).max(max);

/** Keys of every node that asks the caller for keys. */
export const question = {
  prompts,
  timeoutMs: milliseconds(500, 60_000)
    .default(5_000)
    .describe("Silence after the prompts, in milliseconds, before they are played again"),
  attemptsMax: z
    .number()
    .int()
    .min(1)
    .max(10)
    .default(3)
    .describe("Times that it is asked before giveUp"),
  noMatchPrompt: promptKey.describe("Played before asking again after a wrong key"),
  giveUp: nodeId.describe("Where a caller goes who pressed nothing valid"),
  interruptible: z.boolean().default(true).describe("A key stops the prompts"),
  typeAhead: z.boolean().default(true).describe("Keys pressed before the prompts count"),
};
