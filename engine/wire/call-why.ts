// Why a live call is where it is, as the HTTP API tells it. Times are epoch milliseconds.
import { z } from "zod";
import { seatFault } from "./desk.ts";

const verdict = z.discriminatedUnion("rule", [
  z.object({ rule: z.enum(["free", "loggedOut", "retired", "dayLimit"]) }),
  z.object({
    rule: z.literal("seatNotLive"),
    fault: seatFault,
  }),
  z.object({ rule: z.literal("notReady"), reason: z.string() }),
  z.object({ rule: z.enum(["offered", "dialling", "onCall", "wrapUp"]), callId: z.string() }),
  z.object({ rule: z.literal("keptForAgent"), agentId: z.string() }),
  z.object({
    rule: z.literal("skill"),
    skillId: z.string(),
    levelMin: z.number(),
    level: z.number(),
  }),
  z.object({ rule: z.literal("reserve"), groupId: z.string() }),
]);

export const callWhy = z.object({
  callId: z.string(),
  nowMs: z.number(),
  place: z.string(),
  line: z
    .object({
      queueId: z.string(),
      position: z.number(),
      before: z.array(z.string()),
      priority: z.number(),
      queuedAtMs: z.number(),
      ring: z.number(),
      requirements: z.array(z.object({ skillId: z.string(), levelMin: z.number() })),
      reserves: z.array(z.string()),
      keptFor: z.string().nullable(),
      estimate: z.object({ waitMs: z.number().nullable(), isReliable: z.boolean() }),
      byRule: z.record(z.string(), z.number()),
      agents: z.array(z.object({ agentId: z.string(), verdict })),
    })
    .nullable(),
  offer: z
    .object({
      offerId: z.string(),
      agentId: z.string(),
      madeAtMs: z.number(),
      answerByMs: z.number(),
      strategy: z.string(),
      ranking: z.array(
        z.object({ agentId: z.string(), rank: z.number(), idleSinceMs: z.number() }),
      ),
    })
    .nullable(),
});
export type CallWhy = z.infer<typeof callWhy>;
