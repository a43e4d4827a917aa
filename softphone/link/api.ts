import "./strict-csp.ts";
import { z } from "zod";
import { callWhy } from "../../engine/wire/call-why.ts";
import { callsAnswer, type Me, me, sipTrace } from "../../engine/wire/http-api.ts";

export type User = Me;

/** Why a request to the HTTP API gave nothing. `refused` carries the status code. */
export type ApiFailure = Readonly<
  { kind: "loggedOut" } | { kind: "unreachable" } | { kind: "refused"; status: number }
>;
export type ApiResult<T> = Readonly<{ ok: true; value: T } | { ok: false; failure: ApiFailure }>;

const requestMsMax = 10_000;

/** Calls one route of `/api/v1` and parses the answer; never throws. */
async function callApi<T>(options: {
  method: "GET" | "POST";
  path: string;
  body?: unknown;
  schema: z.ZodType<T>;
}): Promise<ApiResult<T>> {
  try {
    const response = await fetch(`/api/v1/${options.path}`, {
      method: options.method,
      credentials: "same-origin",
      signal: AbortSignal.timeout(requestMsMax),
      headers: { accept: "application/json", "content-type": "application/json" },
      body: options.method === "POST" ? JSON.stringify(options.body ?? {}) : null,
    });
    if (response.status === 401) {
      return { ok: false, failure: { kind: "loggedOut" } };
    }
    if (!response.ok) {
      return { ok: false, failure: { kind: "refused", status: response.status } };
    }
    const text = await response.text();
    const parsed = options.schema.safeParse(text === "" ? null : JSON.parse(text));
    return parsed.success
      ? { ok: true, value: parsed.data }
      : { ok: false, failure: { kind: "refused", status: response.status } };
  } catch {
    return { ok: false, failure: { kind: "unreachable" } };
  }
}

export const fetchMe = () => callApi({ method: "GET", path: "me", schema: me });

export const postLogin = (credentials: { username: string; password: string }) =>
  callApi({ method: "POST", path: "login", body: credentials, schema: z.unknown() });

export const postLogout = () => callApi({ method: "POST", path: "logout", schema: z.unknown() });

/** Calls that ended, newest first. */
export const fetchCalls = () =>
  callApi({ method: "GET", path: "calls?limit=500", schema: callsAnswer });

const callQuery = (callId: string) => `call=${encodeURIComponent(callId)}`;

/** Recent SIP messages of a call, by a call id of the centre or a SIP Call-ID. */
export const fetchSipTrace = (callId: string) =>
  callApi({ method: "GET", path: `sip-trace?${callQuery(callId)}`, schema: sipTrace });

/** Why a live call waits or rings where it does. */
export const fetchCallWhy = (callId: string) =>
  callApi({ method: "GET", path: `calls/${encodeURIComponent(callId)}/why`, schema: callWhy });

/** Where the same can be downloaded as a capture file. */
export const sipTraceFile = (callId: string) => `/api/v1/sip-trace.pcap?${callQuery(callId)}`;

const names = z.object({ zh: z.string(), en: z.string() });
const levels = z.record(z.string(), z.number()).default({});

/** The part of the site's configuration that the admin page shows. */
const siteAnswer = z.object({
  numbers: z.array(
    z.object({
      digits: z.string(),
      hotline: names,
      language: z.enum(["zh", "en"]),
      flow: z.string().optional(),
      queue: z.string().optional(),
    }),
  ),
  queues: z.array(
    z.object({
      id: z.string(),
      name: names,
      skills: levels,
      priority: z.number(),
      targetSeconds: z.number(),
      targetPercent: z.number(),
      ringSeconds: z.number(),
      wrapUpSeconds: z.number(),
    }),
  ),
  agents: z.array(
    z.object({
      id: z.string(),
      name: names,
      skills: levels,
      device: z.object({ kind: z.enum(["browser", "phone", "fixed"]) }),
    }),
  ),
});
export type Site = z.infer<typeof siteAnswer>;

export const fetchSite = () => callApi({ method: "GET", path: "site", schema: siteAnswer });
