// Asks other systems over HTTP for flows. Only the hosts that the site allows, no redirects, never
// longer than the flow waits, never more than the site reads. Each look-up ends in one event.
import { readFileSync } from "node:fs";
import type { Logger } from "pino";
import type { Command } from "../../core/command.ts";
import type { LookUpFailure } from "../../core/event.ts";
import type { Values } from "../../core/ivr/value.ts";
import type { CommandPerformer, EventSink } from "../ports.ts";
import { valueAt } from "./json-path.ts";

type LookUp = Extract<Command, { type: "lookUp" }>;
type Answer = Readonly<{ values: Values; why: LookUpFailure | null }>;

export type LookUpOptions = Readonly<{
  sink: EventSink;
  hosts: readonly string[];
  /** Name to the file that holds the secret; read each time, so that it can be changed. */
  secrets: Readonly<Record<string, string>>;
  answerBytesMax: number;
  log: Logger;
  /** Look-ups that may run at once; more are refused. */
  runningMax?: number;
}>;

export function createLookUps(options: LookUpOptions): CommandPerformer {
  const { sink, log, runningMax = 500 } = options;
  let running = 0;

  async function run(command: LookUp): Promise<void> {
    running += 1;
    const { callId, lookUpId } = command;
    const answer = await ask(command, options).catch((error: unknown): Answer => {
      log.warn({ callId, lookUpId, error: String(error) }, "a look-up failed");
      return { values: {}, why: isTimeout(error) ? "timeout" : "unreachable" };
    });
    running -= 1;
    sink.post({ type: "lookUpEnded", callId, lookUpId, ...answer });
  }

  return {
    perform(command) {
      if (command.type !== "lookUp") return;
      if (running < runningMax) void run(command);
      else {
        const { callId, lookUpId } = command;
        sink.post({ type: "lookUpEnded", callId, lookUpId, values: {}, why: "refused" });
      }
    },
  };
}

async function ask({ request }: LookUp, options: LookUpOptions): Promise<Answer> {
  const { method, url, secretHeaders, body, timeoutMs, into } = request;
  const headers = headersOf(secretHeaders, options);
  const isAllowed = URL.canParse(url) && options.hosts.includes(new URL(url).host);
  if (!isAllowed || headers === null) return failed("refused");
  const response = await fetch(url, {
    method,
    headers: body === null ? headers : { ...headers, "content-type": "application/json" },
    ...(body === null || method === "GET" ? {} : { body: JSON.stringify(body) }),
    redirect: "error",
    signal: AbortSignal.timeout(timeoutMs),
  });
  const text = await readText(response, options.answerBytesMax);
  if (!response.ok) return failed("status");
  if (text === null) return failed("tooLarge");
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return failed("notJson");
  }
  const values = Object.entries(into).map(([name, path]) => [name, valueAt(json, path)]);
  return { values: Object.fromEntries(values), why: null };
}

/** Null when a secret cannot be read. */
function headersOf(
  secretHeaders: Readonly<Record<string, string>>,
  { secrets, log }: LookUpOptions,
): Record<string, string> | null {
  const headers: Record<string, string> = { accept: "application/json" };
  for (const [header, secret] of Object.entries(secretHeaders)) {
    try {
      headers[header] = readFileSync(secrets[secret] ?? "", "utf8").trim();
    } catch {
      log.warn({ secret }, "a secret of a look-up cannot be read");
      return null;
    }
  }
  return headers;
}

/** Null for an answer that is too large; the rest of it is not read. */
async function readText(response: Response, bytesMax: number): Promise<string | null> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += part.length;
    if (bytes > bytesMax) return null;
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

const failed = (why: LookUpFailure): Answer => ({ values: {}, why });

const isTimeout = (error: unknown): boolean =>
  error instanceof Error && (error.name === "TimeoutError" || error.name === "AbortError");
