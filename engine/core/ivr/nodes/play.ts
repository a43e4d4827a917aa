// Prompts, then on.
import { callOf, forget, order } from "../../turn.ts";
import type { NodeOf } from "../flow-config.ts";
import type { NodeBehaviour } from "../node-behaviour.ts";
import { playSpoken, positionOf, setPosition } from "../position.ts";

export const play: NodeBehaviour<NodeOf<"play">> = {
  ways: ({ next }) => ({ next }),
  enter(turn, callId, node) {
    // Who typed ahead need not hear it.
    if (node.interruptible === true && positionOf(turn, callId).typeAhead !== "") return "next";
    const playId = playSpoken(turn, callId, node.prompts);
    if (playId === null) return "next";
    setPosition(turn, callId, { at: { kind: "playing", playId } });
    return null;
  },
  playEnded: () => "next",
  digit(turn, callId, node, digit) {
    const { at, typeAhead } = positionOf(turn, callId);
    if (typeAhead.length < 10) setPosition(turn, callId, { typeAhead: typeAhead + digit });
    if (node.interruptible !== true || at.kind !== "playing") return null;
    const { callerLegId } = callOf(turn, callId);
    order(turn, { type: "stopPlay", legId: callerLegId, playId: at.playId });
    forget(turn, { kind: "playWatchdog", callId });
    return "next";
  },
};
