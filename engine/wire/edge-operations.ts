// What the edge says over its operations socket: HTTP on a Unix socket that only the owner of the
// data folder can open. `GET /status`, `GET /trace?call=ID`.
import { z } from "zod";

/** File name in the folder `run` of the data folder. */
export const operationsSocketName = "edge-ops.sock";

const end = z.strictObject({ address: z.string(), port: z.number().int() });

/** One SIP message as it passed the edge; credentials and keys in it are hidden already. */
export const tracedMessage = z.strictObject({
  /** Order in which they passed, over all calls. */
  seq: z.number().int(),
  /** Epoch milliseconds. */
  atMs: z.number(),
  direction: z.enum(["received", "sent"]),
  /** The Call-ID header. */
  sipCallId: z.string(),
  protocol: z.enum(["udp", "tcp", "tls", "ws", "wss"]),
  /** The edge's end, as peers are told. */
  local: end,
  remote: end,
  text: z.string(),
});
export type TracedMessage = z.infer<typeof tracedMessage>;

export const traceAnswer = z.strictObject({
  /** Of all legs of the call, oldest first. */
  messages: z.array(tracedMessage),
  /** Older messages of other or of this call were dropped to keep the limits. */
  forgotten: z.number().int(),
});
export type TraceAnswer = z.infer<typeof traceAnswer>;

const counts = z.record(z.string(), z.number());

export const edgeStatus = z.strictObject({
  draining: z.boolean(),
  /** Calls in any state. */
  calls: z.number().int(),
  counters: counts,
  tables: counts,
  trunks: z.array(
    z.strictObject({
      id: z.string(),
      channels: z.number().int(),
      refusedRate: z.number().int(),
      refusedChannels: z.number().int(),
    }),
  ),
});
export type EdgeStatus = z.infer<typeof edgeStatus>;
