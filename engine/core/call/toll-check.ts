// Which numbers an agent may dial for a queue. Nothing leaves the house that did not pass here.
import type { OutboundRule } from "../centre-config.ts";
import type { DeskRefusal } from "../command.ts";
import type { AgentId, QueueId } from "../ids.ts";
import type { Agent } from "../state.ts";
import { record, type Turn } from "../turn.ts";

export type Passed = Readonly<{
  rule: OutboundRule;
  /** Normalised. */
  number: string;
  callerId: string;
  /** The configured prefix that fits. */
  prefix: string;
}>;

type Asked = Readonly<{ queueId: QueueId; number: string; callerId: string | null }>;

/** A refusal is a fact: somebody tried. */
export function tollCheck(turn: Turn, agent: Agent, asked: Asked): Passed | DeskRefusal {
  const passed = check(turn, agent, asked);
  if (typeof passed !== "string") return passed;
  const number = asked.number.slice(0, shownCharsMax);
  const refused: Readonly<{ agentId: AgentId; queueId: QueueId; number: string; why: string }> = {
    agentId: agent.id,
    queueId: asked.queueId,
    number,
    why: passed,
  };
  record(turn, { type: "dialRefused", ...refused });
  return passed;
}

function check(turn: Turn, agent: Agent, asked: Asked): Passed | DeskRefusal {
  const queue = turn.centre.queues.get(asked.queueId);
  if (queue === undefined || queue.retired) return "unknownQueue";
  const rule = queue.config.outbound;
  if (rule === undefined || !agent.serves.includes(asked.queueId)) return "notAllowed";
  const passed = passesToll(rule, asked.number);
  if (typeof passed === "string") return passed;
  const callerId = asked.callerId ?? rule.callerIds[0];
  if (callerId === undefined || !rule.callerIds.includes(callerId)) return "callerIdNotAllowed";
  return { rule, ...passed, callerId };
}

/** The number as it is dialled and the prefix that lets it through, or why it may not be dialled. */
export function passesToll(
  rule: OutboundRule,
  text: string,
): Readonly<{ number: string; prefix: string }> | "invalidNumber" | "numberNotAllowed" {
  const number = normalised(text);
  if (number === null) return "invalidNumber";
  const prefix = rule.allow.find((start) => number.startsWith(start));
  const isDenied = rule.deny.some((start) => number.startsWith(start));
  return prefix === undefined || isDenied ? "numberNotAllowed" : { number, prefix };
}

/** Digits after an optional `+`, without what people write between them; null for anything else. */
function normalised(text: string): string | null {
  const compact = text.replace(/[\s().-]/g, "");
  return /^\+?[0-9]{2,20}$/.test(compact) ? compact : null;
}

const shownCharsMax = 40;
