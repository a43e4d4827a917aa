// What the engine's thread and the records worker say to each other; both are ours, so plain types.
import type { Fact } from "../../core/fact.ts";
import type { QueueReportQuery } from "./queue-reports.ts";
import type { CallsQuery } from "./store.ts";
import type { ShownFigures } from "./verify.ts";

export type WorkerRequest = Readonly<
  { id: number } & (
    | { type: "append"; facts: readonly Fact[] }
    | { type: "lastSeq" }
    | { type: "factsAfter"; seq: number; limit: number }
    | { type: "calls"; query: CallsQuery }
    | { type: "call"; callId: string }
    | { type: "verify"; shown: ShownFigures }
    | { type: "queueReport"; query: QueueReportQuery }
    | { type: "close" }
  )
>;

export type WorkerAnswer = Readonly<
  { id: number } & ({ ok: true; value: unknown } | { ok: false; error: string })
>;
