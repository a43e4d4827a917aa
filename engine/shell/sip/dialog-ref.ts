// What a restarted engine needs to go on with a dialog; the core keeps it without looking inside.
// The edge knows the rest (tags, CSeq, route set) under the dialog's id.

export type DialogRef = Readonly<{ dialogId: string }>;

export function toDialogRef({ dialogId }: DialogRef): string {
  return JSON.stringify({ v: 1, id: dialogId });
}

/** Null for what is no reference of ours. */
export function parseDialogRef(text: string): DialogRef | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return null;
    const { v, id } = value as { v?: unknown; id?: unknown };
    return v === 1 && typeof id === "string" && id !== "" ? { dialogId: id } : null;
  } catch {
    return null;
  }
}

/** Longest dialog id that fits in a reference; a longer one comes from a hostile Call-ID or tag. */
export const dialogIdCharsMax = 1_500;
