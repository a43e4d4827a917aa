// The browser app: one page for all faces, its hashed files beside it.
import { existsSync } from "node:fs";
import { join } from "node:path";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance, FastifyReply } from "fastify";
import { WebError } from "./web-error.ts";

const faces = ["agent", "supervisor", "admin", "reports"] as const;
const yearMs = 365 * 24 * 3_600_000;
/** Files beside the page that have no hash in their names. */
const plainFile = /^[\w-]+(\.[\w-]+)*\.(svg|png|ico|webmanifest|js|json|wav|mp3|woff2)$/;

export async function pageRoutes(
  app: FastifyInstance,
  options: Readonly<{ softphoneDir: string }>,
): Promise<void> {
  const config = { access: "public" } as const;
  const schema = { hide: true };
  const built = existsSync(join(options.softphoneDir, "index.html"));
  if (built) await app.register(fastifyStatic, { root: options.softphoneDir, serve: false });
  const page = (reply: FastifyReply): FastifyReply => {
    if (!built) throw new WebError(503, "notBuilt", "the pages are not built: npm run build");
    return reply
      .header("cache-control", "no-cache")
      .sendFile("index.html", { cacheControl: false });
  };

  app.route({
    method: "GET",
    url: "/",
    config,
    schema,
    handler: async (_request, reply) => reply.redirect("/agent"),
  });
  for (const face of faces) {
    for (const url of [`/${face}`, `/${face}/*`]) {
      app.route({
        method: "GET",
        url,
        config,
        schema,
        handler: async (_req, reply) => page(reply),
      });
    }
  }
  if (!built) return;
  app.route<{ Params: { "*": string } }>({
    method: "GET",
    url: "/assets/*",
    config,
    schema,
    handler: async (request, reply) =>
      reply.sendFile(`assets/${request.params["*"]}`, { maxAge: yearMs, immutable: true }),
  });
  app.route<{ Params: { file: string } }>({
    method: "GET",
    url: "/:file",
    config,
    schema,
    handler: async (request, reply) => {
      if (!plainFile.test(request.params.file)) return reply.callNotFound();
      return reply.sendFile(request.params.file, { maxAge: 0 });
    },
  });
}
