// What supervisors, leaders and admins read: live state, records, the site.
import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { type SiteFile, siteFile } from "../../config/schema.ts";
import type { Fact } from "../../core/fact.ts";
import { type CallWhy, callWhy } from "../../wire/call-why.ts";
import { type Role, type WallboardView, wallboardView } from "../../wire/desk.ts";
import {
  apiError,
  type CallRow,
  callAnswer,
  callsAnswer,
  callsQuery,
} from "../../wire/http-api.ts";
import { maskNumber } from "../../wire/masking.ts";
import { WebError } from "./web-error.ts";

/** Call records, as the web reads them. */
export type CallReader = {
  calls(
    query: Readonly<{ after?: number | undefined; limit: number }>,
  ): Promise<readonly CallRow[]>;
  call(callId: string): Promise<Readonly<{ record: CallRow | null; facts: readonly Fact[] }>>;
};

const overseers: readonly Role[] = ["supervisor", "leader", "admin"];
/** Whoever may open /reports; a client sees masked numbers and no agent's notes. */
const recordReaders: readonly Role[] = [...overseers, "qa", "client-viewer"];

const maskedCall = (call: CallRow): CallRow => ({
  ...call,
  ani: maskNumber(call.ani),
  notes: "",
});

const siteAnswer = z.object({
  queues: siteFile.shape.queues,
  agents: z.array(z.looseObject({ id: z.string() })),
  numbers: siteFile.shape.numbers,
});

export async function apiRoutes(
  app: FastifyInstance,
  options: Readonly<{
    site: SiteFile;
    wallboard: () => WallboardView;
    why: (callId: string) => CallWhy | null;
    records: CallReader;
  }>,
): Promise<void> {
  const { site, records } = options;
  const routes = app.withTypeProvider<ZodTypeProvider>();

  routes.route({
    method: "GET",
    url: "/api/v1/wallboard",
    config: { access: overseers },
    schema: {
      summary: "Queues, waiting calls and agents now",
      tags: ["live"],
      response: { 200: wallboardView, "4xx": apiError },
    },
    handler: async () => options.wallboard(),
  });

  routes.route({
    method: "GET",
    url: "/api/v1/calls",
    config: { access: recordReaders },
    schema: {
      summary: "Calls that ended",
      tags: ["records"],
      querystring: callsQuery,
      response: { 200: callsAnswer, "4xx": apiError },
    },
    handler: async (request) => {
      const calls = await records.calls(request.query);
      const isClient = request.login?.person.role === "client-viewer";
      return { calls: isClient ? calls.map(maskedCall) : [...calls] };
    },
  });

  routes.route({
    method: "GET",
    url: "/api/v1/calls/:id",
    config: { access: overseers },
    schema: {
      summary: "One call with its facts",
      tags: ["records"],
      params: z.object({ id: z.string().min(1).max(100) }),
      response: { 200: callAnswer, "4xx": apiError },
    },
    handler: async (request) => {
      const { record, facts } = await records.call(request.params.id);
      if (record === null && facts.length === 0) {
        throw new WebError(404, "notFound", "there is no such call");
      }
      return { call: record, facts: facts.map((fact) => ({ ...fact })) };
    },
  });

  routes.route({
    method: "GET",
    url: "/api/v1/calls/:id/why",
    config: { access: overseers },
    schema: {
      summary: "Why a live call waits or rings where it does",
      tags: ["live"],
      params: z.object({ id: z.string().min(1).max(100) }),
      response: { 200: callWhy, "4xx": apiError },
    },
    handler: async (request) => {
      const why = options.why(request.params.id);
      if (why === null) throw new WebError(404, "notFound", "there is no such live call");
      return why;
    },
  });

  routes.route({
    method: "GET",
    url: "/api/v1/site",
    config: { access: ["admin"] },
    schema: {
      summary: "Queues, agents and numbers of the site file",
      tags: ["site"],
      response: { 200: siteAnswer, "4xx": apiError },
    },
    handler: async () => ({
      queues: site.queues,
      agents: site.agents.map((agent) => ({ ...agent })),
      numbers: site.numbers,
    }),
  });
}
