import { useEffect, useRef, useState } from "react";
import { localNowMs } from "../../desk-connection.ts";
import type { Seat } from "../../seat.ts";
import { type KeyCommand, keyCommand, releaseArmedMsMax } from "../../state/keyboard.ts";
import { draftWithCode } from "../../state/wrap-up-draft.ts";
import { useAgent, useSeat } from "./seat-context.tsx";

const storedKey = "rexianSingleKeys";
const digitsShownMax = 24;

/** Single keys of the agent page, and what they switch on it. */
export type Keys = Readonly<{
  isEnabled: boolean;
  toggleEnabled: () => void;
  isKeypadOpen: boolean;
  toggleKeypad: () => void;
  /** Sends one digit, from a key or from a button. */
  sendDigit: (digit: string) => void;
  /** Latest digits sent in this call. */
  digitsSent: string;
  isReleaseArmed: boolean;
  isTransferOpen: boolean;
  toggleTransfer: () => void;
  isDialOpen: boolean;
  toggleDial: () => void;
  isSheetOpen: boolean;
  showSheet: () => void;
  hideSheet: () => void;
}>;

export function useKeys(): Keys {
  const seat = useSeat();
  const [isEnabled, setEnabled] = useState(() => window.localStorage.getItem(storedKey) !== "off");
  const [isSheetOpen, setSheetOpen] = useState(false);
  const kind = useAgent()?.state.kind;
  const isOnCall = kind === "onCall";
  const [isKeypadOpen, setKeypadOpen] = useOpenWhile(isOnCall);
  const [isTransferOpen, setTransferOpen] = useOpenWhile(isOnCall);
  const [isDialOpen, setDialOpen] = useOpenWhile(kind === "ready" || kind === "notReady");
  const [releaseArmedAtMs, setReleaseArmedAtMs] = useReleaseArmed(isOnCall || kind === "dialling");

  const [digitsSent, sendDigit] = useDigits(seat, isOnCall);

  function run(command: KeyCommand): void {
    const actions = seat.actions();
    switch (command.kind) {
      case "keypad":
        setKeypadOpen((open) => !open && actions.sendDigits !== null);
        break;
      case "transfer":
        if (actions.consultComplete !== null) {
          actions.consultComplete();
        } else {
          setTransferOpen((open) => !open && actions.transferBlind !== null);
        }
        break;
      case "dial":
        setDialOpen((open) => !open && actions.dial !== null);
        break;
      case "armRelease":
        setReleaseArmedAtMs(actions.release === null ? null : localNowMs());
        break;
      case "release":
        setReleaseArmedAtMs(null);
        actions.release?.();
        break;
      case "cheatSheet":
        setSheetOpen((open) => !open);
        break;
      case "digit":
        sendDigit(command.digit);
        break;
      default:
        act(seat, command);
    }
  }

  const onKey = useRef<(event: KeyboardEvent) => void>(() => undefined);
  onKey.current = (event) => {
    if (event.key === "Escape" && isKeypadOpen) {
      setKeypadOpen(false);
      return;
    }
    const command = keyCommand(pressOf(event), {
      isEnabled:
        (isEnabled || isOnCallBar(event.target)) &&
        (!(isSheetOpen || isTransferOpen || isDialOpen) || event.key === "?"),
      isKeypadOpen,
      codesCount: codesOf(seat).length,
      releaseArmedAtMs,
      nowMs: localNowMs(),
    });
    if (command !== null) {
      event.preventDefault();
      run(command);
    }
  };
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => onKey.current(event);
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, []);

  return {
    isEnabled,
    toggleEnabled() {
      window.localStorage.setItem(storedKey, isEnabled ? "off" : "on");
      setEnabled(!isEnabled);
    },
    isKeypadOpen,
    toggleKeypad: () => setKeypadOpen((open) => !open),
    sendDigit,
    digitsSent,
    isReleaseArmed: releaseArmedAtMs !== null,
    isTransferOpen,
    toggleTransfer: () => setTransferOpen((open) => !open),
    isDialOpen,
    toggleDial: () => setDialOpen((open) => !open),
    isSheetOpen,
    showSheet: () => setSheetOpen(true),
    hideSheet: () => setSheetOpen(false),
  };
}

type PageCommand =
  | { kind: "keypad" | "transfer" | "dial" | "armRelease" | "release" | "cheatSheet" }
  | { kind: "digit" };

/** Commands that only ask the seat, and open nothing on the page. */
function act(seat: Seat, command: Exclude<KeyCommand, PageCommand>): void {
  const actions = seat.actions();
  switch (command.kind) {
    case "answer":
      actions.answer?.();
      break;
    case "mute":
      actions.toggleMute?.();
      break;
    case "hold":
      actions.toggleHold?.();
      break;
    case "recording":
      actions.toggleRecording?.();
      break;
    case "consultBack":
      actions.consultCancel?.();
      break;
    case "conference":
      actions.consultMerge?.();
      break;
    case "endWrapUp":
      actions.endWrapUp?.();
      break;
    case "wrapUpCode":
      chooseCode(seat, command.index);
      break;
  }
}

/** Sends digits, and keeps the latest of this call to show. */
function useDigits(seat: Seat, isOnCall: boolean) {
  const [digitsSent, setDigitsSent] = useState("");
  useEffect(() => {
    if (!isOnCall) {
      setDigitsSent("");
    }
  }, [isOnCall]);
  const sendDigit = (digit: string): void => {
    const { sendDigits } = seat.actions();
    if (sendDigits !== null) {
      sendDigits(digit);
      setDigitsSent((before) => (before + digit).slice(-digitsShownMax));
    }
  };
  return [digitsSent, sendDigit] as const;
}

/** Local time of the first R, forgotten after two seconds and with the call. */
function useReleaseArmed(hasCall: boolean) {
  const [armedAtMs, setArmedAtMs] = useState<number | null>(null);
  useEffect(() => {
    if (!hasCall) {
      setArmedAtMs(null);
    }
  }, [hasCall]);
  useEffect(() => {
    if (armedAtMs === null) {
      return undefined;
    }
    const timer = setTimeout(() => setArmedAtMs(null), releaseArmedMsMax);
    return () => clearTimeout(timer);
  }, [armedAtMs]);
  return [armedAtMs, setArmedAtMs] as const;
}

/** A panel that closes when its situation is over. */
function useOpenWhile(isPossible: boolean) {
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    if (!isPossible) {
      setOpen(false);
    }
  }, [isPossible]);
  return [isOpen, setOpen] as const;
}

/** Codes can be chosen while there is a call to choose them for. */
function codesOf(seat: Seat) {
  const { agent, hello } = seat.desk.store.getState();
  const kind = agent?.state.kind;
  return kind === "onCall" || kind === "wrapUp" ? (hello?.wrapUpCodes ?? []) : [];
}

function chooseCode(seat: Seat, index: number): void {
  const code = codesOf(seat)[index];
  if (code !== undefined) {
    seat.draft.setState(draftWithCode(seat.draft.getState(), code.id), true);
  }
}

function pressOf(event: KeyboardEvent) {
  return {
    key: event.key,
    isShift: event.shiftKey,
    hasModifier: event.ctrlKey || event.altKey || event.metaKey,
    isRepeat: event.repeat,
    isComposing: event.isComposing || event.keyCode === 229,
    isInTextField: isTyping(event.target),
  };
}

/** Where letters belong to what has the focus: text fields, and menus that jump by letter. */
export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof Element &&
    target.closest('input, textarea, select, [contenteditable="true"], [role="menu"]') !== null
  );
}

/** Switched off, single keys still work where the focus is on the call buttons themselves. */
function isOnCallBar(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest(".call-bar") !== null;
}
