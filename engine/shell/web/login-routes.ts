// Logging in and out of the browser faces.
import rateLimit from "@fastify/rate-limit";
import type { FastifyInstance, FastifyReply } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { apiError, loginRequest, me } from "../../wire/http-api.ts";
import { cookieName } from "./access.ts";
import type { LoginGuard } from "./login-guard.ts";
import type { PasswordCheck } from "./logins.ts";
import type { People } from "./people.ts";
import { type Sessions, sessionLifeMs } from "./sessions.ts";
import { WebError } from "./web-error.ts";

/** Tries from one source in a minute, right or wrong: each costs a hash. */
const triesPerMinuteMax = 600;

export async function loginRoutes(
  app: FastifyInstance,
  options: Readonly<{
    people: People;
    sessions: Sessions;
    checkPassword: PasswordCheck;
    guard: LoginGuard;
    secureCookies: boolean;
    onLogout: (sessionKey: string) => void;
  }>,
): Promise<void> {
  const { people, sessions, checkPassword, guard } = options;
  await app.register(rateLimit, { global: false, cache: 10_000 });
  const cookie = {
    path: "/",
    httpOnly: true,
    sameSite: "strict",
    secure: options.secureCookies,
  } as const;
  const routes = app.withTypeProvider<ZodTypeProvider>();

  const refuse = (reply: FastifyReply, seconds: number): never => {
    reply.header("retry-after", String(seconds));
    throw new WebError(429, "tooManyRequests", `try again in ${seconds} s`);
  };

  routes.route({
    method: "POST",
    url: "/api/v1/login",
    config: {
      access: "public",
      rateLimit: { max: triesPerMinuteMax, timeWindow: 60_000 },
    },
    schema: {
      summary: "Log in; the answer sets the session cookie",
      tags: ["login"],
      body: loginRequest,
      response: { 200: me, "4xx": apiError },
    },
    handler: async (request, reply) => {
      const { username, password } = request.body;
      const attempt = { username, source: request.ip };
      const wait = guard.waitSeconds(attempt);
      if (wait > 0) refuse(reply, wait);
      const answer = await checkPassword(username, password);
      if (answer === "busy") refuse(reply, 1);
      const person = people.get(username);
      if (answer !== "right" || person === undefined) {
        guard.failed(attempt);
        request.log.warn({ username, source: request.ip }, "login refused");
        throw new WebError(401, "wrongPassword", "user or password is wrong");
      }
      const id = sessions.create(username);
      reply.setCookie(cookieName, id, { ...cookie, maxAge: sessionLifeMs / 1_000 });
      return person;
    },
  });

  routes.route({
    method: "POST",
    url: "/api/v1/logout",
    config: { access: "public" },
    schema: {
      summary: "Log out; also answers when nobody is logged in",
      tags: ["login"],
      response: { 204: z.null(), "4xx": apiError },
    },
    handler: async (request, reply) => {
      const session = sessions.find(request.cookies[cookieName] ?? "");
      if (session !== null) {
        sessions.end(session.key);
        options.onLogout(session.key);
      }
      reply.clearCookie(cookieName, cookie);
      return reply.code(204).send(null);
    },
  });

  routes.route({
    method: "GET",
    url: "/api/v1/me",
    config: { access: "loggedIn" },
    schema: {
      summary: "Who is logged in",
      tags: ["login"],
      response: { 200: me, "4xx": apiError },
    },
    handler: async (request) => {
      if (request.login === null) throw new WebError(401, "notLoggedIn", "log in first");
      return request.login.person;
    },
  });
}
