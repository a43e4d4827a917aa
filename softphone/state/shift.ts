import { createStore, type StoreApi } from "zustand/vanilla";

type CheckId = "microphone" | "level" | "speaker" | "phone" | "notification";

/** `warning` lets work begin; only a failed microphone or phone does not. */
export type CheckResult = "running" | "ok" | "warning" | "failed";

export type ShiftCheck = Readonly<{
  id: CheckId;
  result: CheckResult;
  /** Key of the sentence that explains it, below `shift.detail`. */
  detail: string;
}>;

export type ShiftState = Readonly<{
  phase: "notStarted" | "checking" | "failed" | "started";
  checks: readonly ShiftCheck[];
}>;

export type ShiftStore = StoreApi<ShiftState>;

export const createShiftStore = (): ShiftStore =>
  createStore<ShiftState>(() => ({ phase: "notStarted", checks: [] }));

export type ShiftPorts = Readonly<{
  /** Opens the microphone; the failure says why in the words of the browser's error names. */
  openMicrophone: () => Promise<"ok" | "denied" | "missing" | "busy" | "insecure">;
  /** Loudest level in the next second, 0 to 1. */
  measureLevel: () => Promise<number>;
  /** Unlocks audio output and plays a short tone. */
  playTestTone: () => Promise<"ok" | "blocked">;
  /** Whether the phone registers within a few seconds. */
  waitForPhone: () => Promise<"ok" | "failed">;
  askNotification: () => Promise<"granted" | "denied" | "unavailable">;
}>;

const quietLevel = 0.01;

/** Runs the checks of a start of shift and returns whether work can begin. */
export async function runShiftChecks(store: ShiftStore, ports: ShiftPorts): Promise<boolean> {
  if (store.getState().phase === "checking") {
    return false;
  }
  store.setState({ phase: "checking", checks: [] });
  const report = (check: ShiftCheck): void =>
    store.setState((state) => ({
      ...state,
      checks: [...state.checks.filter((other) => other.id !== check.id), check],
    }));
  const running = (id: CheckId): void => report({ id, result: "running", detail: "running" });

  // Within the click: output is unlocked first, as permission prompts may outlast the gesture.
  running("speaker");
  const speaker = await ports.playTestTone();
  report({
    id: "speaker",
    result: speaker === "ok" ? "ok" : "warning",
    detail: `speaker-${speaker}`,
  });

  running("microphone");
  const microphone = await ports.openMicrophone();
  report({
    id: "microphone",
    result: microphone === "ok" ? "ok" : "failed",
    detail: `microphone-${microphone}`,
  });
  if (microphone !== "ok") {
    store.setState({ phase: "failed" });
    return false;
  }

  running("level");
  running("phone");
  running("notification");
  const [level, phone, notification] = await Promise.all([
    ports.measureLevel(),
    ports.waitForPhone(),
    ports.askNotification(),
  ]);
  const isHeard = level >= quietLevel;
  report({
    id: "level",
    result: isHeard ? "ok" : "warning",
    detail: isHeard ? "level-ok" : "level-quiet",
  });
  report({ id: "phone", result: phone === "ok" ? "ok" : "failed", detail: `phone-${phone}` });
  report({
    id: "notification",
    result: notification === "granted" ? "ok" : "warning",
    detail: `notification-${notification}`,
  });
  store.setState({ phase: phone === "ok" ? "started" : "failed" });
  return phone === "ok";
}
