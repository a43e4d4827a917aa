// For machines that watch the engine: health, metrics, and debug state for this machine only.
import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import type { Fact } from "../../core/fact.ts";
import type { FactRing } from "./fact-ring.ts";

export type Operations = Readonly<{
  /** What works less well than it should, while calls are taken all the same. */
  notes: () => readonly string[];
  /** Why the engine cannot take calls now; empty when it can. */
  readiness: () => readonly string[] | Promise<readonly string[]>;
  metrics: Readonly<{ contentType: string; render: () => Promise<string> }>;
  /** Live state for an independent checker, or a promise of it; becomes JSON. */
  debugState: () => unknown;
  facts: FactRing;
  /** Facts that the ring has forgotten. */
  factsAfter: (seq: number, limit: number) => Promise<readonly Fact[]>;
  nowMs: () => number;
  /** Compares every figure with the facts. */
  verify: () => Promise<object>;
}>;

const factsQuery = z.object({
  after: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(10_000).default(1_000),
});

export async function operationsRoutes(app: FastifyInstance, options: Operations): Promise<void> {
  const routes = app.withTypeProvider<ZodTypeProvider>();

  routes.route({
    method: "GET",
    url: "/healthz",
    config: { access: "public" },
    schema: { summary: "The process lives", tags: ["operations"] },
    handler: async () => ({ status: "ok" }),
  });

  routes.route({
    method: "GET",
    url: "/readyz",
    config: { access: "public" },
    schema: { summary: "The engine can take calls; 503 with reasons if not", tags: ["operations"] },
    handler: async (_request, reply) => {
      const reasons = await options.readiness();
      const notes = options.notes();
      const noted = notes.length === 0 ? {} : { notes };
      if (reasons.length === 0) return { status: "ready", reasons, ...noted };
      return reply.code(503).send({ status: "notReady", reasons, ...noted });
    },
  });

  routes.route({
    method: "GET",
    url: "/metrics",
    config: { access: "public" },
    schema: { summary: "Prometheus metrics", tags: ["operations"] },
    handler: async (_request, reply) => {
      reply.header("content-type", options.metrics.contentType);
      return reply.send(await options.metrics.render());
    },
  });

  routes.route({
    method: "GET",
    url: "/debug/state",
    config: { access: "loopback" },
    schema: { hide: true },
    handler: async () => ({
      ...Object(await options.debugState()),
      pid: process.pid,
      // The core's own time is that of its last event.
      nowMs: options.nowMs(),
    }),
  });

  routes.route({
    method: "GET",
    url: "/debug/verify",
    config: { access: "loopback" },
    schema: { hide: true },
    handler: async () => options.verify(),
  });

  routes.route({
    method: "GET",
    url: "/debug/facts",
    config: { access: "loopback" },
    schema: { hide: true, querystring: factsQuery },
    handler: async (request) => {
      const { after, limit } = request.query;
      const facts = await factsAfter(options, after, limit);
      // `last` is the `after` of the next request.
      return { facts, last: facts.at(-1)?.seq ?? after };
    },
  });
}

async function factsAfter(
  { facts, factsAfter: stored }: Operations,
  after: number,
  limit: number,
): Promise<readonly Fact[]> {
  const recent = facts.after(after, limit);
  if (recent !== null) return recent;
  const older = await stored(after, limit);
  // A store that lags or lost its file must not stop a reader for ever.
  return older.length > 0 ? older : facts.first(limit);
}
