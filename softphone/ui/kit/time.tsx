import { createContext, type ReactNode, useContext, useEffect, useState } from "react";
import { useStore } from "zustand";
import { localNowMs } from "../../desk-connection.ts";
import { clockText, countdownText } from "../../i18n/duration.ts";
import { type DeskStore, serverNowMs } from "../../state/desk-store.ts";

const tickMs = 250;

const DeskStoreContext = createContext<DeskStore | null>(null);
export const DeskStoreProvider = DeskStoreContext.Provider;

export function useDeskStore(): DeskStore {
  const store = useContext(DeskStoreContext);
  if (store === null) {
    throw new Error("no desk store above");
  }
  return store;
}

/** Re-renders four times a second and returns the page's monotonic clock, ms. */
export function useLocalNow(): number {
  const [nowMs, setNowMs] = useState(localNowMs);
  useEffect(() => {
    const timer = setInterval(() => setNowMs(localNowMs()), tickMs);
    return () => clearInterval(timer);
  }, []);
  return nowMs;
}

/** The engine's time, ms: every timer on the screen runs from it. */
export function useServerNow(): number {
  const nowMs = useLocalNow();
  const clock = useStore(useDeskStore(), (state) => state.clock);
  return serverNowMs(clock, nowMs);
}

/** Time since an instant of the engine. Not a live region: nobody wants each second read out. */
export function Since(props: { sinceMs: number; testId?: string }): ReactNode {
  const nowMs = useServerNow();
  return (
    <span className="timer" data-testid={props.testId}>
      {clockText(nowMs - props.sinceMs)}
    </span>
  );
}

/** Time left until an instant of the engine. */
export function Until(props: { endsAtMs: number; text?: (time: string) => string }): ReactNode {
  const nowMs = useServerNow();
  const time = countdownText(props.endsAtMs - nowMs);
  return <span className="timer">{props.text ? props.text(time) : time}</span>;
}

/** A bar that empties towards a deadline; decoration beside the number. */
export function UntilBar(props: { fromMs: number; endsAtMs: number; tone?: string }): ReactNode {
  const nowMs = useServerNow();
  const whole = Math.max(1, props.endsAtMs - props.fromMs);
  const share = Math.min(1, Math.max(0, (props.endsAtMs - nowMs) / whole));
  return (
    <div className="until-bar" data-tone={props.tone} aria-hidden="true">
      <div style={{ transform: `scaleX(${share})` }} />
    </div>
  );
}
