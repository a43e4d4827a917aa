// Nodes in which the call leaves the flow: the queue, the echo test, the end.
import { enterAsCaller } from "../../call/call-in.ts";
import { sayFarewell } from "../../call/farewell.ts";
import { callOf, order, record, remind, setCall } from "../../turn.ts";
import type { NodeOf } from "../flow-config.ts";
import type { NodeBehaviour } from "../node-behaviour.ts";
import { positionOf, setPosition, spoken } from "../position.ts";

export const queue: NodeBehaviour<NodeOf<"queue">> = {
  ways: ({ exits, refused, overflow }) => ({
    ...Object.fromEntries(Object.entries(exits ?? {}).map(([key, to]) => [`exits.${key}`, to])),
    ...(refused === undefined ? {} : { refused }),
    ...(overflow === undefined ? {} : { "overflow.next": overflow.next }),
  }),
  enter(turn, callId, node) {
    if (!turn.centre.queues.has(node.queueId)) return "fail";
    const comesBack = Object.keys(queue.ways(node)).length > 0;
    const resume = comesBack ? positionOf(turn, callId) : null;
    const { queueId, priority, requirements } = node;
    const refusal = enterAsCaller(turn, callId, {
      queueId,
      priority,
      ...(requirements === undefined ? {} : { requirements }),
      ...(node.refused === undefined ? {} : { tellsRefusal: true }),
    });
    if (refusal !== null) return "refused";
    if (resume !== null && callOf(turn, callId).place.kind === "queue") {
      setCall(turn, callId, { resume });
      if (node.overflow !== undefined) {
        remind(turn, { kind: "flowOverflow", callId }, turn.nowMs + node.overflow.afterMs);
      }
    }
    return null;
  },
};

export const echo: NodeBehaviour<NodeOf<"echo">> = {
  ways: () => ({}),
  enter(turn, callId) {
    setPosition(turn, callId, { at: { kind: "echo" } });
    order(turn, { type: "echo", legId: callOf(turn, callId).callerLegId });
    return null;
  },
};

export const end: NodeBehaviour<NodeOf<"end">> = {
  ways: () => ({}),
  enter(turn, callId, node) {
    const { nodeId, flowKey } = positionOf(turn, callId);
    const flowId = flowKey.slice(0, flowKey.lastIndexOf("@"));
    record(turn, { type: "flowEnded", callId, flowId, nodeId, outcome: node.outcome });
    const prompts = spoken(turn, callId, node.prompts);
    sayFarewell(turn, callId, { prompts, outcome: "servedByFlow" });
    return null;
  },
};
