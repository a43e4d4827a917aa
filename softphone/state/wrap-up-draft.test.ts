import { describe, expect, it } from "vitest";
import {
  draftForCall,
  draftWithCode,
  draftWithNotes,
  emptyDraft,
  mustHandIn,
  notesLengthMax,
} from "./wrap-up-draft.ts";

const draft = { ...emptyDraft, callId: "c1", code: "sold" };

describe("draft of a wrap-up", () => {
  it("belongs to one call", () => {
    expect(draftForCall(draft, "c1")).toBe(draft);
    expect(draftForCall(draft, null)).toBe(draft);
    expect(draftForCall(draft, "c2")).toEqual({ ...emptyDraft, callId: "c2" });
  });

  it("takes a code back and cuts notes at the protocol's limit", () => {
    expect(draftWithCode(draft, "sold").code).toBeNull();
    expect(draftWithCode(draft, "lost").code).toBe("lost");
    expect(draftWithNotes(draft, "字".repeat(5_000)).notes).toHaveLength(notesLengthMax);
  });

  it.each([
    { title: "due", draft, callId: "c1", nowMs: 29_300, expected: true },
    { title: "too early", draft, callId: "c1", nowMs: 29_100, expected: false },
    { title: "of another call", draft, callId: "c2", nowMs: 29_900, expected: false },
    {
      title: "empty",
      draft: { ...draft, code: null, notes: " " },
      callId: "c1",
      nowMs: 29_900,
      expected: false,
    },
    {
      title: "handed in before",
      draft: { ...draft, handedIn: true },
      callId: "c1",
      nowMs: 29_900,
      expected: false,
    },
  ])("is handed in only when due: $title", ({ draft: given, callId, nowMs, expected }) => {
    expect(mustHandIn(given, { callId, endsAtMs: 30_000, serverNowMs: nowMs })).toBe(expected);
  });
});
