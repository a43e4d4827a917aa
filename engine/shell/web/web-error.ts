// Refusals of the HTTP API. Everything that leaves has the shape of `apiError`.
import type { FastifyInstance } from "fastify";

/** A refusal that the client may read; `code` is stable, `message` is for people. */
export class WebError extends Error {
  override readonly name = "WebError";
  readonly statusCode: number;
  readonly code: string;

  constructor(statusCode: number, code: string, message: string) {
    super(message);
    this.statusCode = statusCode;
    this.code = code;
  }
}

/** What the framework itself refuses gets the same shape; what breaks is logged, not told. */
export function answerErrors(app: FastifyInstance): void {
  app.setErrorHandler((error: Error & { statusCode?: number; code?: string }, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500 && !(error instanceof WebError)) {
      request.log.error({ err: error }, "request failed");
      return reply.code(500).send(body("internal", "internal error"));
    }
    if (error instanceof WebError) return reply.code(status).send(body(error.code, error.message));
    return reply.code(status).send(body(codes[status] ?? "invalidRequest", error.message));
  });
  app.setNotFoundHandler((_request, reply) =>
    reply.code(404).send(body("notFound", "there is nothing here")),
  );
}

const codes: Readonly<Record<number, string>> = {
  404: "notFound",
  405: "methodNotAllowed",
  413: "tooLarge",
  415: "unsupportedMediaType",
  429: "tooManyRequests",
};

function body(code: string, message: string) {
  return { error: { code, message } };
}
