import type { AgentRow, WallboardView } from "../../engine/wire/desk.ts";
import type { DeskAsk } from "../link/desk-link.ts";
import type { DeskState } from "./desk-store.ts";
import { monitoredBy } from "./listening.ts";

type Loan = Readonly<{ skills: Readonly<Record<string, number>>; forMs: number }>;

/** What a supervisor may do to one agent now; null is "not now". */
export type AgentActs = Readonly<{
  forceReady: (() => void) | null;
  forceNotReady: ((reason: string) => void) | null;
  endWrapUp: (() => void) | null;
  disconnect: (() => void) | null;
  logOut: (() => void) | null;
  message: ((text: string) => void) | null;
  endHelp: (() => void) | null;
  lend: ((loan: Loan) => void) | null;
  endLoan: (() => void) | null;
}>;

/** What a supervisor may do now beside listening; null is "not now". */
export type SupervisorActions = Readonly<{
  takeOver: (() => void) | null;
  /** Releases the caller (null) or hands him to a queue. */
  endTakeOver: ((toQueue: string | null) => void) | null;
  messageAll: ((text: string) => void) | null;
  switchReserve: ((group: { groupId: string; isOn: boolean; forMs: number | null }) => void) | null;
  cancelCallback: ((callId: string) => void) | null;
  ofAgent: (row: AgentRow) => AgentActs;
}>;

type Input = Pick<DeskState, "link" | "hello" | "board" | "pending">;

export function supervisorActions(desk: Input, ask: (ask: DeskAsk) => void): SupervisorActions {
  const role = desk.hello?.user.role;
  const mayAct = desk.link.kind === "open" && (role === "supervisor" || role === "leader");
  const pending = new Set(Object.values(desk.pending));
  /** The action, when it is allowed and not just being asked. */
  const when = <Act>(allowed: boolean, type: DeskAsk["type"], act: Act): Act | null =>
    allowed && mayAct && !pending.has(type) ? act : null;

  const userId = desk.hello?.user.id ?? null;
  const hasJoined = monitoredBy(desk.board, userId)?.monitor?.stage === "joined";
  return {
    takeOver: when(hasJoined, "takeOver", () => ask({ type: "takeOver" })),
    endTakeOver: when(takenBy(desk.board, userId) !== null, "endTakeOver", (toQueue) =>
      ask({ type: "endTakeOver", toQueue }),
    ),
    messageAll: when(true, "sendMessage", (text) => ask({ type: "sendMessage", to: null, text })),
    switchReserve: when(true, "switchReserve", (group) => ask({ type: "switchReserve", ...group })),
    cancelCallback: when(true, "cancelCallback", (callId) =>
      ask({ type: "cancelCallback", callId }),
    ),
    ofAgent: (row) => agentActs(row, when, ask),
  };
}

type When = <Act>(allowed: boolean, type: DeskAsk["type"], act: Act) => Act | null;

function agentActs(row: AgentRow, when: When, ask: (ask: DeskAsk) => void): AgentActs {
  const { agentId, nextNotReady } = row;
  const { kind } = row.state;
  const isIn = kind !== "loggedOut";
  const waitsForReady = kind === "notReady" || (isIn && nextNotReady !== null);
  const isApart = isIn && kind !== "onCall" && kind !== "dialling";
  return {
    forceReady: when(waitsForReady, "forceReady", () => ask({ type: "forceReady", agentId })),
    forceNotReady: when(isIn, "forceNotReady", (reason: string) =>
      ask({ type: "forceNotReady", agentId, reason }),
    ),
    endWrapUp: when(kind === "wrapUp", "endAgentWrapUp", () =>
      ask({ type: "endAgentWrapUp", agentId }),
    ),
    disconnect: when(kind === "onCall", "disconnect", () => ask({ type: "disconnect", agentId })),
    logOut: when(isApart, "logOutAgent", () => ask({ type: "logOutAgent", agentId })),
    message: when(isIn, "sendMessage", (text: string) =>
      ask({ type: "sendMessage", to: [agentId], text }),
    ),
    endHelp: when(row.help !== undefined, "endAgentHelp", () =>
      ask({ type: "endAgentHelp", agentId }),
    ),
    lend: when(true, "lendAgent", ({ skills, forMs }: Loan) =>
      ask({ type: "lendAgent", agentId, skills: { ...skills }, forMs }),
    ),
    endLoan: when(row.loan !== undefined, "lendAgent", () =>
      ask({ type: "lendAgent", agentId, skills: {}, forMs: 0 }),
    ),
  };
}

type Taken = WallboardView["taken"][number];

/** The caller whom this supervisor took over. */
export function takenBy(board: WallboardView | null, supervisorId: string | null): Taken | null {
  return board?.taken.find((taken) => taken.supervisorId === supervisorId) ?? null;
}

/** Agents who ask for help, who asked first first. */
export function helpRows(board: WallboardView) {
  return board.agents
    .flatMap((row) => (row.help === undefined ? [] : [{ row, help: row.help }]))
    .sort((a, b) => a.help.sinceMs - b.help.sinceMs);
}

/** Every skill that somebody has, for lending. */
export function skillsOf(board: WallboardView): readonly string[] {
  return [...new Set(board.agents.flatMap(({ skills }) => Object.keys(skills)))].sort();
}
