// What a flow's variables hold: plain values of three types, or nothing.

export type Value = string | number | boolean | null;
export type ValueType = "text" | "number" | "flag";
export type Values = Readonly<Record<string, Value>>;

/** Longer texts are cut: a look-up or an expression must not make a call's state grow. */
const textLengthMax = 1_000;

/** The value as the type says, where it can be read so without guessing; else null. */
export function readAs(type: ValueType, value: Value): Value {
  if (value === null) return null;
  if (type === "text") return cutText(String(value));
  if (type === "flag") return typeof value === "boolean" ? value : null;
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value !== "string" || !/^-?[0-9]{1,15}([.][0-9]{1,10})?$/.test(value)) return null;
  return Number(value);
}

export const cutText = (text: string): string => text.slice(0, textLengthMax);
