// Words between supervisors and agents: a message waits at the agent's desk until it is acknowledged,
// a call for help stands on the wallboard until a supervisor or the agent ends it.
import type { DeskRefusal } from "../command.ts";
import type { AgentId } from "../ids.ts";
import type { Agent } from "../state.ts";
import { nextSequence, record, setAgent, type Turn } from "../turn.ts";

/** `to` null: everybody who is logged in. An agent's oldest message makes room for one too many. */
export function sendMessage(
  turn: Turn,
  fromId: AgentId,
  message: Readonly<{ to: readonly AgentId[] | null; text: string }>,
): DeskRefusal | null {
  const text = message.text.trim().slice(0, textCharsMax);
  if (text === "") return "noText";
  const { agents } = turn.centre;
  const present = [...agents.values()].filter(({ state }) => state.kind !== "loggedOut");
  const to = message.to === null ? present : present.filter(({ id }) => message.to?.includes(id));
  if (to.length === 0) return "nobodyThere";
  const messageId = `message${nextSequence(turn)}`;
  for (const { id, messages } of to) {
    const waiting = [...messages, { messageId, fromId, text, atMs: turn.nowMs }];
    setAgent(turn, id, { messages: waiting.slice(-messagesMax) });
  }
  record(turn, { type: "messageSent", messageId, fromId, toIds: to.map(({ id }) => id), text });
  return null;
}

export function acknowledge(turn: Turn, agent: Agent, messageId: string): DeskRefusal | null {
  const left = agent.messages.filter((message) => message.messageId !== messageId);
  if (left.length === agent.messages.length) return "noMessage";
  setAgent(turn, agent.id, { messages: left });
  record(turn, { type: "messageAcknowledged", messageId, agentId: agent.id });
  return null;
}

/** Asked again it changes the words, not the time. */
export function askHelp(turn: Turn, agent: Agent, words: string): DeskRefusal | null {
  if (agent.state.kind === "loggedOut") return "notLoggedIn";
  const text = words.trim().slice(0, textCharsMax);
  const sinceMs = agent.help?.sinceMs ?? turn.nowMs;
  setAgent(turn, agent.id, { help: { sinceMs, text } });
  const callId = "callId" in agent.state ? agent.state.callId : null;
  record(turn, { type: "helpAsked", agentId: agent.id, helpCallId: callId, text });
  return null;
}

/** `byId`: who ended it, a supervisor or the agent. */
export function endHelp(turn: Turn, agent: Agent, byId: AgentId): DeskRefusal | null {
  if (agent.help === null) return "noHelp";
  const waitMs = turn.nowMs - agent.help.sinceMs;
  setAgent(turn, agent.id, { help: null });
  record(turn, { type: "helpEnded", agentId: agent.id, byId, waitMs });
  return null;
}

const textCharsMax = 500;
const messagesMax = 20;
