import { createStore, type StoreApi } from "zustand/vanilla";
import type {
  AgentView,
  DeskMessage,
  TransferTargets,
  WallboardView,
} from "../../engine/wire/desk.ts";
import type { LinkStatus } from "../link/desk-link.ts";
import {
  clockAfterMessage,
  clockAfterPong,
  type ServerClock,
  unknownServerClock,
} from "../link/server-clock.ts";

type Hello = Extract<DeskMessage, { type: "hello" }>;

/** A request that was refused, and the engine's reason. */
type Refusal = Readonly<{ text: string; request: string }>;

/** What the desk link brought: whole topics as they came, and how old they are. */
export type DeskState = Readonly<{
  link: LinkStatus;
  clock: ServerClock;
  hello: Hello | null;
  agent: AgentView | null;
  /** The state before the present one, to tell a missed call from a chosen pause. */
  previousKind: AgentView["state"]["kind"] | null;
  board: WallboardView | null;
  /** Local time at which the board came, ms. */
  boardAtLocalMs: number | null;
  /** Where a caller can be handed over to, as last asked for. */
  targets: TransferTargets | null;
  /** Requests without an answer yet: id to type. */
  pending: Readonly<Record<string, string>>;
  /** The latest refusal, until something succeeds or the agent has read it. */
  refusal: Refusal | null;
}>;

export type DeskStore = StoreApi<DeskState>;

export const initialDeskState: DeskState = {
  link: { kind: "connecting" },
  clock: unknownServerClock,
  hello: null,
  agent: null,
  previousKind: null,
  board: null,
  boardAtLocalMs: null,
  targets: null,
  pending: {},
  refusal: null,
};

export function createDeskStore(): DeskStore {
  return createStore<DeskState>(() => initialDeskState);
}

/** Answers to requests of a broken connection never come: nothing stays pending over one. */
export function deskAfterStatus(state: DeskState, link: LinkStatus): DeskState {
  return link.kind === "open" ? { ...state, link } : { ...state, link, pending: {} };
}

export function deskAfterRequest(
  state: DeskState,
  sent: { requestId: string; type: string },
): DeskState {
  return { ...state, pending: { ...state.pending, [sent.requestId]: sent.type } };
}

export function deskAfterMessage(
  state: DeskState,
  message: DeskMessage,
  localNowMs: number,
): DeskState {
  switch (message.type) {
    case "hello":
      return { ...withClock(state, message, localNowMs), hello: message };
    case "agent": {
      const before = state.agent?.state.kind ?? null;
      const changed = before !== message.agent.state.kind;
      return {
        ...withClock(state, message, localNowMs),
        agent: message.agent,
        previousKind: changed ? before : state.previousKind,
      };
    }
    case "wallboard":
      return {
        ...withClock(state, message, localNowMs),
        board: message.board,
        boardAtLocalMs: localNowMs,
      };
    case "reply": {
      const { [message.requestId]: request, ...pending } = state.pending;
      // The page asks that by itself; the call may have ended meanwhile.
      if (message.refusal === null || request === "rejoin") {
        return { ...state, pending, refusal: request === "rejoin" ? state.refusal : null };
      }
      return {
        ...state,
        pending,
        refusal: { text: message.refusal, request: request ?? "" },
      };
    }
    case "targets": {
      const { [message.requestId]: _settled, ...pending } = state.pending;
      return {
        ...withClock(state, message, localNowMs),
        pending,
        targets: message.targets,
      };
    }
    case "pong":
      return {
        ...state,
        clock: clockAfterPong(state.clock, {
          serverNowMs: message.serverNowMs,
          sentAtLocalMs: message.atMs,
          localNowMs,
        }),
      };
    case "error":
    case "bye":
      return state;
  }
}

function withClock(
  state: DeskState,
  message: { serverNowMs: number },
  localNowMs: number,
): DeskState {
  const clock = clockAfterMessage(state.clock, { serverNowMs: message.serverNowMs, localNowMs });
  return { ...state, clock };
}

/** The engine's time now, ms; the local clock while the offset is unknown. */
export function serverNowMs(clock: ServerClock, localNowMs: number): number {
  return localNowMs + (clock.offsetMs ?? 0);
}
