// Reports for everybody who is shown numbers: counts and service levels, never a caller's number.
import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import type { SiteFile } from "../../config/schema.ts";
import type { Role } from "../../wire/desk.ts";
import { apiError, queueReportAnswer, queueReportQuery } from "../../wire/http-api.ts";
import type { QueueReport, QueueReportQuery } from "../records/queue-reports.ts";
import { queueReportCsv } from "./report-csv.ts";
import { WebError } from "./web-error.ts";

export type ReportReader = { queueReport(query: QueueReportQuery): Promise<QueueReport> };

const readers: readonly Role[] = ["supervisor", "leader", "admin", "qa", "client-viewer"];
const spanMsMax = 400 * 86_400_000;

export async function reportRoutes(
  app: FastifyInstance,
  { site, reports }: Readonly<{ site: SiteFile; reports: ReportReader }>,
): Promise<void> {
  const routes = app.withTypeProvider<ZodTypeProvider>();

  routes.route({
    method: "GET",
    url: "/api/v1/reports/queues",
    config: { access: readers },
    schema: {
      summary: "Calls by arrival into queues, with every variant of the service level",
      tags: ["reports"],
      querystring: queueReportQuery,
      response: { 200: queueReportAnswer, "4xx": apiError },
    },
    handler: async (request) => {
      const query = queryOf(site, request.query);
      const { rows, total } = await reports.queueReport(query);
      return { rows: [...rows], total };
    },
  });

  routes.route({
    method: "GET",
    url: "/api/v1/reports/queues.csv",
    config: { access: readers },
    schema: {
      summary: "The same as CSV for spreadsheets",
      tags: ["reports"],
      querystring: queueReportQuery,
      response: { 200: z.string(), "4xx": apiError },
    },
    handler: async (request, reply) => {
      const report = await reports.queueReport(queryOf(site, request.query));
      reply.header("content-type", "text/csv; charset=utf-8");
      reply.header("content-disposition", 'attachment; filename="queues.csv"');
      return queueReportCsv(report);
    },
  });
}

function queryOf(
  site: SiteFile,
  { from, to, by, queue, targetSeconds, shortAbandonSeconds }: z.infer<typeof queueReportQuery>,
): QueueReportQuery {
  if (to <= from || to - from > spanMsMax) {
    throw new WebError(400, "invalidRequest", "to must be after from, by 400 days at most");
  }
  const ms = (seconds: number | undefined) => (seconds === undefined ? null : seconds * 1_000);
  return {
    fromMs: from,
    toMs: to,
    by,
    queueId: queue ?? null,
    thresholds: site.queues.map(({ id, targetSeconds, shortAbandonSeconds }) => ({
      queueId: id,
      targetMs: targetSeconds * 1_000,
      shortAbandonMs: shortAbandonSeconds * 1_000,
    })),
    all: { targetMs: ms(targetSeconds), shortAbandonMs: ms(shortAbandonSeconds) },
    timeZone: site.timeZone,
  };
}
