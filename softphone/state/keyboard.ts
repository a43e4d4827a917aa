/** What a single key does on the agent page. */
export type KeyCommand = Readonly<
  | { kind: "answer" }
  | { kind: "mute" }
  | { kind: "hold" }
  | { kind: "keypad" }
  | { kind: "transfer" }
  | { kind: "consultBack" }
  | { kind: "conference" }
  | { kind: "dial" }
  | { kind: "recording" }
  | { kind: "armRelease" }
  | { kind: "release" }
  | { kind: "endWrapUp" }
  | { kind: "cheatSheet" }
  | { kind: "digit"; digit: string }
  | { kind: "wrapUpCode"; index: number }
>;

export type KeyPress = Readonly<{
  key: string;
  isShift: boolean;
  /** Control, Alt or Meta held: that chord belongs to the browser. */
  hasModifier: boolean;
  isRepeat: boolean;
  /** An input method is composing, e.g. Chinese. */
  isComposing: boolean;
  isInTextField: boolean;
}>;

export type KeyContext = Readonly<{
  isEnabled: boolean;
  isKeypadOpen: boolean;
  /** Codes can be chosen now. */
  codesCount: number;
  /** Local time of the first R, ms; null when not armed. */
  releaseArmedAtMs: number | null;
  nowMs: number;
}>;

export const releaseArmedMsMax = 2_000;

const letters: Readonly<Record<string, KeyCommand>> = {
  a: { kind: "answer" },
  m: { kind: "mute" },
  h: { kind: "hold" },
  k: { kind: "keypad" },
  t: { kind: "transfer" },
  b: { kind: "consultBack" },
  c: { kind: "conference" },
  d: { kind: "dial" },
  p: { kind: "recording" },
  w: { kind: "endWrapUp" },
  "?": { kind: "cheatSheet" },
};

/** The command of a key, or null. Enter and Space are never commands: they must not end a call. */
export function keyCommand(press: KeyPress, context: KeyContext): KeyCommand | null {
  const isForUs = !press.isComposing && !press.isInTextField && !press.hasModifier;
  if (!isForUs || press.isRepeat || !context.isEnabled) {
    return null;
  }
  const key = press.key.toLowerCase();
  if (key === "r") {
    const armed =
      context.releaseArmedAtMs !== null &&
      context.nowMs - context.releaseArmedAtMs <= releaseArmedMsMax;
    return press.isShift || armed ? { kind: "release" } : { kind: "armRelease" };
  }
  // Digits belong to the keypad while it is open, and to the codes otherwise.
  if (context.isKeypadOpen && /^[0-9*#]$/.test(key)) {
    return { kind: "digit", digit: key };
  }
  if (/^[1-9]$/.test(key) && Number(key) <= context.codesCount) {
    return { kind: "wrapUpCode", index: Number(key) - 1 };
  }
  return letters[key] ?? null;
}
