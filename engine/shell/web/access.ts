// Who may use which operation. Every route names its rule; one without a rule does not start.
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Role } from "../../wire/desk.ts";
import { isLocalHostHeader, isLoopback, isOriginAllowed } from "./origin.ts";
import type { People, Person } from "./people.ts";
import type { Session, Sessions } from "./sessions.ts";
import { WebError } from "./web-error.ts";

export type Access =
  | "public"
  /** Only from this machine. */
  | "loopback"
  | "loggedIn"
  | readonly Role[];

export type Login = Readonly<{ session: Session; person: Person }>;

declare module "fastify" {
  interface FastifyContextConfig {
    access?: Access;
  }
  interface FastifyRequest {
    login: Login | null;
  }
}

export const cookieName = "rexian_session";

export type WhoIs = (cookie: string | undefined) => Login | null;

/** Null for no cookie, an ended session, and people who left the site file. */
export function createWhoIs(sessions: Sessions, people: People): WhoIs {
  return (id) => {
    const session = id === undefined ? null : sessions.find(id);
    const person = session === null ? undefined : people.get(session.userId);
    return session === null || person === undefined ? null : { session, person };
  };
}

/** Must be called after the cookie parser and before any route. Returns all rules, by operation. */
export function guardRoutes(
  app: FastifyInstance,
  options: Readonly<{ whoIs: WhoIs; origins: readonly string[] }>,
): ReadonlyMap<string, Access> {
  const rules = new Map<string, Access>();
  app.decorateRequest("login", null);
  app.addHook("onRoute", ({ method, url, config }) => {
    if (config?.access === undefined) throw new Error(`${method} ${url} has no access rule`);
    rules.set(`${method} ${url}`, config.access);
  });
  app.addHook("onRequest", async (request) => {
    const { access } = request.routeOptions.config;
    if (request.method !== "GET" && request.method !== "HEAD") {
      if (!isOriginAllowed(request.headers, options.origins)) {
        throw new WebError(403, "badOrigin", "this page may not do that");
      }
    }
    if (access === undefined || access === "public") return;
    if (access === "loopback") return checkLoopback(request);
    request.login = options.whoIs(request.cookies[cookieName]);
    if (request.login === null) throw new WebError(401, "notLoggedIn", "log in first");
    if (access === "loggedIn" || access.includes(request.login.person.role)) return;
    throw new WebError(403, "notAllowed", "your role may not do that");
  });
  return rules;
}

function checkLoopback(request: FastifyRequest): void {
  if (isLoopback(request.ip) && isLocalHostHeader(request.headers.host)) return;
  throw new WebError(403, "notAllowed", "only from the machine itself");
}
