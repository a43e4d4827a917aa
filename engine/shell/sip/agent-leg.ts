// Ringing an agent's or supervisor's device.
import type { Command } from "../../core/command.ts";
import type { AgentId } from "../../core/ids.ts";
import type { Parts } from "./parts.ts";
import { inviteHeaders, ringLeg } from "./rung-leg.ts";

export type RingAgentLeg = Extract<Command, { type: "ringAgentLeg" }>;

/** @param onGone told when the edge says that the device's connection is gone (410). */
export function ringAgentLeg(
  parts: Parts,
  command: RingAgentLeg,
  onGone: (agentId: AgentId, target: string) => void,
): void {
  const { legId, callId, agentId, target, media, callerId, autoAnswer } = command;
  ringLeg(parts, {
    ...{ legId, callId, agentId, target, media },
    role: "agent",
    headers: { ...inviteHeaders(callId, callerId), ...(autoAnswer === true ? answerByItself : {}) },
    onGone: () => onGone(agentId, target),
  });
}

/** RFC 5373 4.1, and what most desk phones understand instead. */
const answerByItself = {
  "Answer-Mode": "Auto",
  "Call-Info": "<sip:localhost>;answer-after=0",
};
