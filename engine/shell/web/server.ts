// The engine's HTTP server: puts the routes together, guards them, and hands upgrades to the desk.
import { rm } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import cookie from "@fastify/cookie";
import helmet from "@fastify/helmet";
import swagger from "@fastify/swagger";
import fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from "fastify";
import {
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
} from "fastify-type-provider-zod";
import type { SiteFile } from "../../config/schema.ts";
import type { CallWhy } from "../../wire/call-why.ts";
import type { WallboardView } from "../../wire/desk.ts";
import { type Access, cookieName, createWhoIs, guardRoutes, type Login } from "./access.ts";
import { apiRoutes, type CallReader } from "./api-routes.ts";
import { createLoginGuard } from "./login-guard.ts";
import { loginRoutes } from "./login-routes.ts";
import type { PasswordCheck } from "./logins.ts";
import { type Operations, operationsRoutes } from "./operations-routes.ts";
import { isOriginAllowed } from "./origin.ts";
import { pageRoutes } from "./page-routes.ts";
import type { People } from "./people.ts";
import { type ReportReader, reportRoutes } from "./report-routes.ts";
import type { Sessions } from "./sessions.ts";
import { type TraceReader, traceRoutes } from "./trace-routes.ts";
import { answerErrors } from "./web-error.ts";

export type WebOptions = Readonly<{
  /** A Unix socket behind the front (which adds x-forwarded-for), or an own address. */
  listen: Readonly<{ path: string }> | Readonly<{ host: string; port: number }>;
  site: SiteFile;
  version: string;
  people: People;
  sessions: Sessions;
  checkPassword: PasswordCheck;
  wallboard: () => WallboardView;
  why: (callId: string) => CallWhy | null;
  records: CallReader & ReportReader;
  trace: TraceReader;
  operations: Operations;
  /** Folder with the built browser app. */
  softphoneDir: string;
  onLogout: (sessionKey: string) => void;
  /** WebSocket upgrades of `/desk`. */
  onDeskUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  log: FastifyBaseLogger;
}>;

export type Web = {
  readonly app: FastifyInstance;
  /** Every operation with its rule, as `GET /healthz`. */
  readonly rules: ReadonlyMap<string, Access>;
  /** The port, or 0 on a Unix socket. Rejects with Node's error when the address is taken. */
  listen(): Promise<number>;
  /** Who asks for an upgrade: the login of its cookie, or the HTTP status to refuse it with. */
  admit(request: IncomingMessage): Login | 401 | 403;
  close(): Promise<void>;
};

const bodyBytesMax = 65_536;

export async function createWeb(options: WebOptions): Promise<Web> {
  const { listen, site, sessions, people } = options;
  const origins = site.http.origins;
  const whoIs = createWhoIs(sessions, people);
  const app: FastifyInstance = fastify({
    loggerInstance: options.log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: bodyBytesMax,
    requestTimeout: 30_000,
    // Only the front can write to the Unix socket, so only there the header says the truth, and of
    // it only the last address, which the front itself has seen.
    trustProxy: "path" in listen ? (_address, hop) => hop === 0 : false,
    forceCloseConnections: true,
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.removeContentTypeParser("text/plain");
  answerErrors(app);
  await app.register(cookie);
  const rules = guardRoutes(app, { whoIs, origins });
  await app.register(helmet, headerRules(site.http.secureCookies));
  app.addHook("onSend", async (_request, reply) => {
    reply.header("permissions-policy", "microphone=(self), camera=(), geolocation=()");
  });
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: { title: "Rexian", version: options.version },
    },
    transform: jsonSchemaTransform,
  });
  await registerRoutes(app, options);
  await app.ready();

  app.server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (request.url?.split("?")[0] === "/desk") options.onDeskUpgrade(request, socket, head);
    else {
      socket.on("error", () => {});
      socket.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    }
  });
  return {
    app,
    rules,
    async listen() {
      if ("path" in listen) {
        // A killed engine leaves its socket behind.
        await rm(listen.path, { force: true });
        await app.listen({ path: listen.path });
        return 0;
      }
      await app.listen({ host: listen.host, port: listen.port });
      const address = app.server.address();
      return typeof address === "object" ? (address?.port ?? 0) : 0;
    },
    admit({ headers }) {
      if (!isOriginAllowed(headers, origins)) return 403;
      return whoIs(app.parseCookie(headers.cookie ?? "")[cookieName]) ?? 401;
    },
    close: async () => {
      await app.close();
      await sessions.saved();
    },
  };
}

async function registerRoutes(app: FastifyInstance, options: WebOptions): Promise<void> {
  const { site, people, sessions, checkPassword, onLogout } = options;
  await loginRoutes(app, {
    people,
    sessions,
    checkPassword,
    guard: createLoginGuard(options.operations.nowMs),
    secureCookies: site.http.secureCookies,
    onLogout,
  });
  await apiRoutes(app, {
    site,
    wallboard: options.wallboard,
    why: options.why,
    records: options.records,
  });
  await reportRoutes(app, { site, reports: options.records });
  await traceRoutes(app, { site, trace: options.trace });
  await operationsRoutes(app, options.operations);
  await pageRoutes(app, { softphoneDir: options.softphoneDir });
  app.route({
    method: "GET",
    url: "/api/openapi.json",
    config: { access: "public" },
    schema: { hide: true },
    handler: async () => app.swagger(),
  });
}

/** Styles come from the component library at run time, hence `unsafe-inline` for them only. */
function headerRules(overTls: boolean) {
  return {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", "data:"],
        fontSrc: ["'self'", "data:"],
        connectSrc: ["'self'", "ws:", "wss:"],
        mediaSrc: ["'self'", "blob:"],
        workerSrc: ["'self'"],
        objectSrc: ["'none'"],
        baseUri: ["'self'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    // Meaningless, or refused by browsers, without TLS.
    hsts: overTls,
    crossOriginOpenerPolicy: overTls,
    originAgentCluster: overTls,
  } as const;
}
