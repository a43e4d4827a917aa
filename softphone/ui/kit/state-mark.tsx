import type { ReactNode } from "react";
import type { AgentView } from "../../../engine/wire/desk.ts";

export type StateLook = AgentView["state"]["kind"] | "held";

export function lookOf(state: AgentView["state"]): StateLook {
  return state.kind === "onCall" && state.heldSinceMs !== null ? "held" : state.kind;
}

/** One shape for each state, so that colour is never the only difference. */
const shapes: Readonly<Record<StateLook, ReactNode>> = {
  ready: <circle cx="8" cy="8" r="6" />,
  offered: <path d="M8 1.5 14.5 8 8 14.5 1.5 8z" />,
  onCall: <path d="M2.5 8a5.5 5.5 0 0 1 11 0v5h-3V9h-5v4h-3z" />,
  dialling: <path d="M2.5 8h8.5L7.5 4.5 9 3l6 5-6 5-1.5-1.5L11 9.5H2.5z" />,
  held: <path d="M3.5 2.5h3v11h-3zM9.5 2.5h3v11h-3z" />,
  wrapUp: <path d="M2.5 2.5h11v11h-11z" />,
  notReady: <path d="M8 2 15 14H1z" />,
  loggedOut: <circle cx="8" cy="8" r="5" fill="none" stroke="currentColor" strokeWidth="2" />,
};

export function StateMark(props: { look: StateLook; size?: number }): ReactNode {
  const size = props.size ?? 12;
  return (
    <svg
      className="state-mark"
      data-look={props.look}
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="currentColor"
      aria-hidden="true"
      focusable="false"
    >
      {shapes[props.look]}
    </svg>
  );
}
