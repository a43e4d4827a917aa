// Flows as compiled from flow files: plain data, expressions already read. What each node kind does
// is in `nodes`; its file form and the words that explain it are in `engine/wire/flow`.
import type { Language, Localized, SkillRequirement } from "../basics.ts";
import type { CalendarId, FlowId, Ms, NodeId, QueueId } from "../ids.ts";
import type { Expression } from "./expression/expression.ts";
import type { SayAs } from "./speech/speak.ts";
import type { Value, ValueType } from "./value.ts";

export type Flow = Readonly<{
  id: FlowId;
  /**
   * Hash of the file's content and of the flows that it calls: calls in progress stay on the version
   * that they began with, called flows included.
   */
  version: string;
  start: NodeId;
  nodes: Readonly<Record<NodeId, FlowNode>>;
  variables?: Readonly<Record<string, Variable>> | undefined;
  /** Versions of the flows that this one calls. */
  uses?: Readonly<Record<FlowId, string>>;
}>;

export type Variable = Readonly<{
  type: ValueType;
  initial: Value;
  /** Whether who calls the flow may give it, and whether the flow gives it back. */
  input: boolean;
  output: boolean;
}>;

/** The key of a prompt (the language of the call picks the file), or a value that is spoken. */
export type Prompt = string | Readonly<{ say: SayAs; value: Expression }>;
export type Assignments = Readonly<Record<string, Expression>>;

/** What asks the caller for keys. */
export type Question = Readonly<{
  prompts: readonly Prompt[];
  /** Silence after the prompts before it is asked again. */
  timeoutMs: Ms;
  /** Times that it is asked before `giveUp` is taken. */
  attemptsMax: number;
  noMatchPrompt: string;
  giveUp: NodeId;
  /** A key stops the prompts; true when absent. */
  interruptible?: boolean | undefined;
  /** Keys pressed earlier count; true when absent. */
  typeAhead?: boolean | undefined;
}>;

export type FlowNode = Readonly<
  | {
      kind: "play";
      prompts: readonly Prompt[];
      next: NodeId;
      /** A key ends it and counts for the next question; false when absent. */
      interruptible?: boolean | undefined;
    }
  | (Question & {
      kind: "menu";
      /** Digit to next node. */
      choices: Readonly<Record<string, NodeId>>;
      /** What a choice means, in words for the agent's screen; digits without words show bare. */
      labels?: Readonly<Record<string, Localized>> | undefined;
    })
  | (Question & {
      kind: "collect";
      into: string;
      digitsMin: number;
      digitsMax: number;
      /** Key that ends the input; null: only the last digit or silence does. */
      terminator: string | null;
      check: DigitCheck;
      next: NodeId;
    })
  | (Question & {
      kind: "survey";
      /** Names the question in the facts. */
      question: string;
      scoreMin: number;
      scoreMax: number;
      into?: string | undefined;
      next: NodeId;
    })
  | { kind: "language"; language: Language; next: NodeId }
  | { kind: "hours"; calendarId: CalendarId; open: NodeId; closed: NodeId }
  | { kind: "set"; values: Assignments; next: NodeId }
  | {
      kind: "condition";
      /** The first that is true is taken. */
      cases: readonly Readonly<{ if: Expression; next: NodeId }>[];
      otherwise: NodeId;
    }
  | { kind: "split"; branches: readonly Readonly<{ percent: number; next: NodeId }>[] }
  | {
      kind: "lookUp";
      method: "GET" | "POST";
      /** Text, and values that are put in percent-encoded. */
      url: readonly (string | Expression)[];
      /** Header to the name of a secret. */
      secretHeaders: Readonly<Record<string, string>>;
      body: Assignments | null;
      timeoutMs: Ms;
      /** Variable to JSON path in the answer. */
      into: Readonly<Record<string, string>>;
      next: NodeId;
      failed: NodeId;
    }
  | {
      kind: "table";
      tableId: string;
      key: Expression;
      /** Variable to column. */
      into: Readonly<Record<string, string>>;
      found: NodeId;
      missing: NodeId;
    }
  | { kind: "tag"; name: string; value: string | Expression; next: NodeId }
  | {
      kind: "flow";
      flowId: FlowId;
      inputs: Assignments;
      /** Variable of this flow to output of the called one. */
      outputs: Readonly<Record<string, string>>;
      next: NodeId;
      /** Results that lead elsewhere. */
      results: Readonly<Record<string, NodeId>>;
    }
  | { kind: "return"; result: string | null }
  | {
      kind: "queue";
      queueId: QueueId;
      priority: number;
      /** Asked of the agent beside the queue's requirements. */
      requirements?: readonly SkillRequirement[];
      /** Keys with which a waiting caller leaves the queue. */
      exits?: Readonly<Record<string, NodeId>> | undefined;
      /** Where a caller goes whom the queue does not take in; absent: as the queue says. */
      refused?: NodeId | undefined;
      overflow?: Readonly<{ afterMs: Ms; next: NodeId }> | undefined;
    }
  | { kind: "echo" }
  | { kind: "end"; prompts: readonly Prompt[]; outcome: "served" | "closed" | "guided" }
>;

export type NodeKind = FlowNode["kind"];
export type NodeOf<Kind extends NodeKind> = Extract<FlowNode, { kind: Kind }>;

export type DigitCheck = (typeof digitChecks)[number];
/** `luhn`: cards (ISO/IEC 7812-1); `idCard`: resident identity numbers (GB 11643). */
export const digitChecks = ["none", "luhn", "idCard"] as const;

/** A table file: rows of texts by key. */
export type FlowTable = Readonly<Record<string, Readonly<Record<string, string>>>>;
