import { createStore, type StoreApi } from "zustand/vanilla";

export const notesLengthMax = 4_000;

/** What the agent has entered for a call and not yet handed in. */
export type WrapUpDraft = Readonly<{
  callId: string | null;
  code: string | null;
  notes: string;
  /** Handed in by the page shortly before the deadline. */
  handedIn: boolean;
}>;
export type WrapUpDraftStore = StoreApi<WrapUpDraft>;

export const emptyDraft: WrapUpDraft = { callId: null, code: null, notes: "", handedIn: false };

export const createWrapUpDraftStore = (): WrapUpDraftStore =>
  createStore<WrapUpDraft>(() => emptyDraft);

/** A draft belongs to one call: another call begins with an empty one. */
export function draftForCall(draft: WrapUpDraft, callId: string | null): WrapUpDraft {
  return callId === null || draft.callId === callId ? draft : { ...emptyDraft, callId };
}

/** Choosing the chosen code again takes it back. */
export function draftWithCode(draft: WrapUpDraft, code: string): WrapUpDraft {
  return { ...draft, code: draft.code === code ? null : code };
}

export function draftWithNotes(draft: WrapUpDraft, notes: string): WrapUpDraft {
  return { ...draft, notes: notes.slice(0, notesLengthMax) };
}

const handInBeforeMs = 800;

/**
 * The engine ends wrap-up at its deadline without knowing the draft, so the page hands in what
 * there is just before. This decides nothing: a page that sleeps loses only its own notes.
 */
export function mustHandIn(
  draft: WrapUpDraft,
  wrapUp: { callId: string; endsAtMs: number; serverNowMs: number },
): boolean {
  const hasSomething = draft.code !== null || draft.notes.trim() !== "";
  const isDue = wrapUp.endsAtMs - wrapUp.serverNowMs <= handInBeforeMs;
  return hasSomething && isDue && !draft.handedIn && draft.callId === wrapUp.callId;
}
