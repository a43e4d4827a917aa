import type { AgentRow, MonitorMode, WallboardView } from "../../engine/wire/desk.ts";
import type { DeskAsk } from "../link/desk-link.ts";
import type { DeskState } from "./desk-store.ts";
import type { PhoneState } from "./phone-state.ts";

/** What a supervisor may do now about agents' talks; null is "not now". */
export type ListeningActions = Readonly<{
  /** Must be called from a click: the browser may ask for the microphone. */
  start: ((agentId: string) => void) | null;
  setMode: ((mode: MonitorMode) => void) | null;
  stop: (() => void) | null;
}>;

type Input = Readonly<{
  desk: Pick<DeskState, "link" | "hello" | "board" | "pending">;
  phone: Pick<PhoneState, "status">;
}>;

type Ports = Readonly<{ ask: (ask: DeskAsk) => void; openMicrophone: () => void }>;

export function listeningActions(input: Input, ports: Ports): ListeningActions {
  const { desk, phone } = input;
  const isOpen = desk.link.kind === "open";
  const pending = new Set(Object.values(desk.pending));
  const mine = monitoredBy(desk.board, desk.hello?.user.id ?? null);
  const mayStart =
    isOpen && mine === null && phone.status === "registered" && !pending.has("monitorStart");
  return {
    start: mayStart
      ? (agentId) => {
          ports.openMicrophone();
          ports.ask({ type: "monitorStart", agentId, mode: "monitor" });
        }
      : null,
    setMode:
      isOpen && mine !== null && !pending.has("monitorMode")
        ? (mode) => ports.ask({ type: "monitorMode", mode })
        : null,
    stop:
      isOpen && mine !== null && !pending.has("monitorStop")
        ? () => ports.ask({ type: "monitorStop" })
        : null,
  };
}

/** The agent in whose talk this supervisor is. */
export function monitoredBy(
  board: WallboardView | null,
  supervisorId: string | null,
): AgentRow | null {
  return board?.agents.find(({ monitor }) => monitor?.supervisorId === supervisorId) ?? null;
}
