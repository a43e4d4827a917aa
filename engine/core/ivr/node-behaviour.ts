// What a node kind is to the interpreter: the ways out of a node, and what happens in it.
import type { CallId, NodeId } from "../ids.ts";
import type { Turn } from "../turn.ts";

/** A way out of a node, named as its place in the file: `next`, `choices.1`, `cases.0.next`. */
export type Way = string;
/** The way taken; null: the call waits in the node or has left the flow. */
export type Taken = Way | null;

export type NodeBehaviour<Node> = Readonly<{
  /** Every way out with where it leads. */
  ways(node: Node): Readonly<Record<Way, NodeId>>;
  enter(turn: Turn, callId: CallId, node: Node): Taken;
  playEnded?(turn: Turn, callId: CallId, node: Node): Taken;
  digit?(turn: Turn, callId: CallId, node: Node, digit: string): Taken;
  /** Silence for as long as the node waits. */
  silence?(turn: Turn, callId: CallId, node: Node): Taken;
}>;
