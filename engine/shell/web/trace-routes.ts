// The SIP messages of one call, for who looks after the trunks: as JSON and as a capture file.
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { SiteFile } from "../../config/schema.ts";
import type { Role } from "../../wire/desk.ts";
import type { TraceAnswer } from "../../wire/edge-operations.ts";
import { apiError, type SipTrace, sipTrace, sipTraceQuery } from "../../wire/http-api.ts";
import { maskSipText } from "../../wire/masking.ts";
import { toPcap } from "../trace/pcap.ts";
import { WebError } from "./web-error.ts";

/** Null when the edge cannot be asked. */
export type TraceReader = (id: string) => Promise<TraceAnswer | null>;

const readers: readonly Role[] = ["supervisor", "admin"];

export async function traceRoutes(
  app: FastifyInstance,
  options: Readonly<{ site: SiteFile; trace: TraceReader }>,
): Promise<void> {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const { fullNumbersFor } = options.site.sip.trace;

  async function read(id: string, request: FastifyRequest): Promise<SipTrace> {
    const person = request.login?.person;
    const found = await options.trace(id);
    if (found === null) throw new WebError(503, "edgeAway", "the SIP edge does not answer");
    if (found.messages.length === 0) {
      throw new WebError(404, "notFound", "no SIP message of such a call is kept");
    }
    const masked = person === undefined || !fullNumbersFor.includes(person.role as Reader);
    request.log.info({ user: person?.id, call: id, masked }, "audit: SIP messages of a call read");
    const messages = masked
      ? found.messages.map((message) => ({ ...message, text: maskSipText(message.text) }))
      : found.messages;
    return { masked, messages };
  }

  routes.route({
    method: "GET",
    url: "/api/v1/sip-trace",
    config: { access: readers },
    schema: {
      summary: "Recent SIP messages of one call, over all its legs",
      tags: ["operations"],
      querystring: sipTraceQuery,
      response: { 200: sipTrace, "4xx": apiError },
    },
    handler: (request) => read(request.query.call, request),
  });

  routes.route({
    method: "GET",
    url: "/api/v1/sip-trace.pcap",
    config: { access: readers },
    schema: {
      summary: "The same as a capture file for Wireshark",
      tags: ["operations"],
      querystring: sipTraceQuery,
    },
    handler: async (request, reply) => {
      const { messages } = await read(request.query.call, request);
      const name = request.query.call.replace(/[^\w.-]/g, "_").slice(0, 100);
      reply.header("content-type", "application/vnd.tcpdump.pcap");
      reply.header("content-disposition", `attachment; filename="${name}.pcap"`);
      return reply.send(toPcap(messages));
    },
  });
}

type Reader = SiteFile["sip"]["trace"]["fullNumbersFor"][number];
