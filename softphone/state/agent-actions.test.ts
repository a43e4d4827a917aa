import { describe, expect, it } from "vitest";
import type { AgentView } from "../../engine/wire/desk.ts";
import type { LinkStatus } from "../link/desk-link.ts";
import { type AgentActions, agentActions } from "./agent-actions.ts";
import type { PhoneCall } from "./phone-state.ts";
import { emptyDraft } from "./wrap-up-draft.ts";

type State = AgentView["state"];

const states = {
  loggedOut: { kind: "loggedOut", sinceMs: 0 },
  notReady: { kind: "notReady", sinceMs: 0, reason: "break" },
  ready: { kind: "ready", sinceMs: 0 },
  dialling: { kind: "dialling", sinceMs: 0, callId: "c1", number: "139", stage: "ringingAgent" },
  offered: { kind: "offered", sinceMs: 0, offerId: "o1", callId: "c1", answerByMs: 15_000 },
  onCall: { kind: "onCall", sinceMs: 0, callId: "c1", heldSinceMs: null },
  held: { kind: "onCall", sinceMs: 0, callId: "c1", heldSinceMs: 5 },
  wrapUp: { kind: "wrapUp", sinceMs: 0, callId: "c1", endsAtMs: 30_000 },
} satisfies Record<string, State>;

const name = { zh: "李", en: "Li" };
const pop: NonNullable<AgentView["pop"]> = {
  callId: "c1",
  offerId: "o1",
  queueId: "",
  ani: "1002",
  dnis: "1001",
  firstDnis: null,
  hotline: name,
  queueName: { zh: "", en: "" },
  language: "zh",
  arrivedAtMs: 0,
  queuedAtMs: 0,
  answerByMs: 0,
  path: [],
};

function world(given: {
  state: State;
  call?: PhoneCall;
  muted?: boolean;
  link?: LinkStatus;
  nextNotReady?: string;
  pending?: Record<string, string>;
  direction?: "outbound" | "internal";
  messages?: AgentView["messages"];
  help?: AgentView["help"];
}) {
  const done: unknown[] = [];
  const agent: AgentView = {
    agentId: "1001",
    name,
    state: given.state,
    nextNotReady: given.nextNotReady ?? null,
    deviceReachable: true,
    pop: given.direction === undefined ? null : { ...pop, direction: given.direction },
    lastDial: null,
    messages: given.messages ?? [],
    help: given.help ?? null,
    today: { answered: 0, dialled: 0, reached: 0, talkMs: 0, holdMs: 0, wrapUpMs: 0, missed: 0 },
  };
  const actions = agentActions(
    {
      desk: { link: given.link ?? { kind: "open" }, agent, pending: given.pending ?? {} },
      phone: { call: given.call ?? "none", muted: given.muted ?? false },
      draft: { ...emptyDraft, callId: "c1", code: "sold", notes: "n" },
    },
    {
      ask: (ask) => done.push(ask),
      phone: {
        answer: () => done.push("answer"),
        hangUp: () => done.push("hangUp"),
        setMuted: (wanted) => done.push(wanted),
        sendDigits: (digits) => done.push(`own leg: ${digits}`),
      },
    },
  );
  return { actions, done };
}

const allowed = (actions: AgentActions) =>
  Object.entries(actions)
    .filter(([, action]) => action !== null)
    .map(([name]) => name)
    .sort();

const waiting: LinkStatus = { kind: "waiting", attempt: 3 };

describe("what an agent may do", () => {
  it.each([
    { when: "logged out", given: { state: states.loggedOut }, expected: ["logIn"] },
    {
      when: "not ready",
      given: { state: states.notReady },
      expected: ["askHelp", "dial", "dialAgent", "goNotReady", "goReady", "listTargets", "logOut"],
    },
    {
      when: "ready",
      given: { state: states.ready },
      expected: ["askHelp", "dial", "dialAgent", "goNotReady", "listTargets", "logOut"],
    },
    {
      when: "offered, before the INVITE",
      given: { state: states.offered },
      expected: ["askHelp", "goNotReady", "reject"],
    },
    {
      when: "offered and ringing",
      given: { state: states.offered, call: "ringing" as const },
      expected: ["answer", "askHelp", "goNotReady", "reject"],
    },
    {
      when: "answering",
      given: { state: states.offered, call: "answering" as const },
      expected: ["askHelp", "goNotReady"],
    },
    {
      when: "an INVITE without an offer",
      given: { state: states.ready, call: "ringing" as const },
      expected: ["askHelp", "dial", "dialAgent", "goNotReady", "listTargets", "logOut"],
    },
    {
      when: "talking",
      given: { state: states.onCall, call: "talking" as const },
      expected: [
        "askHelp",
        "consultStart",
        "goNotReady",
        "listTargets",
        "release",
        "sendDigits",
        "toggleHold",
        "toggleMute",
        "transferBlind",
      ],
    },
    {
      when: "talking, a pause to follow",
      given: { state: states.onCall, call: "talking" as const, nextNotReady: "break" },
      expected: [
        "askHelp",
        "consultStart",
        "goNotReady",
        "goReady",
        "listTargets",
        "release",
        "sendDigits",
        "toggleHold",
        "toggleMute",
        "transferBlind",
      ],
    },
    {
      when: "on hold",
      given: { state: states.held, call: "talking" as const },
      expected: [
        "askHelp",
        "consultStart",
        "goNotReady",
        "listTargets",
        "release",
        "toggleHold",
        "toggleMute",
        "transferBlind",
      ],
    },
    {
      when: "on a call whose audio was lost",
      given: { state: states.onCall },
      expected: [
        "askHelp",
        "consultStart",
        "goNotReady",
        "listTargets",
        "release",
        "sendDigits",
        "toggleHold",
        "transferBlind",
      ],
    },
    {
      when: "dialling",
      given: { state: states.dialling },
      expected: ["askHelp", "goNotReady", "release"],
    },
    {
      when: "dialling, the own phone has answered",
      given: { state: states.dialling, call: "talking" as const, nextNotReady: "break" },
      expected: ["askHelp", "goNotReady", "goReady", "release", "toggleMute"],
    },
    {
      when: "dialling while the desk is away",
      given: { state: states.dialling, call: "talking" as const, link: waiting },
      expected: ["release", "toggleMute"],
    },
    {
      when: "a call out asked and not yet answered",
      given: { state: states.ready, pending: { r1: "dial" } },
      expected: ["askHelp", "goNotReady", "logOut"],
    },
    {
      when: "talking with a colleague who was called",
      given: { state: states.onCall, call: "talking" as const, direction: "internal" as const },
      expected: ["askHelp", "goNotReady", "release", "toggleMute"],
    },
    {
      when: "a recorded call, with a message to read and help asked",
      given: {
        state: { ...states.onCall, recording: "on" as const },
        messages: [{ messageId: "m1", fromId: "2001", text: "t", atMs: 0 }],
        help: { sinceMs: 0, text: "" },
      },
      expected: [
        "acknowledge",
        "consultStart",
        "endHelp",
        "goNotReady",
        "listTargets",
        "release",
        "sendDigits",
        "toggleHold",
        "toggleRecording",
        "transferBlind",
      ],
    },
    {
      when: "wrap-up",
      given: { state: states.wrapUp },
      expected: ["askHelp", "endWrapUp", "goNotReady"],
    },
    {
      when: "talking while the desk is away",
      given: { state: states.onCall, call: "talking" as const, link: waiting },
      expected: ["release", "sendDigits", "toggleMute"],
    },
    {
      when: "ready while the desk is away",
      given: { state: states.ready, link: waiting },
      expected: [],
    },
    {
      when: "release asked and not yet answered",
      given: { state: states.onCall, call: "talking" as const, pending: { r1: "release" } },
      expected: [
        "askHelp",
        "consultStart",
        "goNotReady",
        "listTargets",
        "sendDigits",
        "toggleHold",
        "toggleMute",
        "transferBlind",
      ],
    },
  ])("$when", ({ given, expected }) => {
    expect(allowed(world(given).actions)).toEqual(expected);
  });
});

describe("what an action does", () => {
  it.each<{
    act: (a: AgentActions) => void;
    given: Parameters<typeof world>[0];
    expected: unknown[];
  }>([
    {
      given: { state: states.offered, call: "ringing" },
      act: (a) => a.answer?.(),
      expected: ["answer"],
    },
    {
      given: { state: states.offered },
      act: (a) => a.reject?.(),
      expected: [{ type: "rejectOffer", offerId: "o1" }],
    },
    {
      given: { state: states.onCall, call: "talking" },
      act: (a) => a.toggleHold?.(),
      expected: [{ type: "hold" }],
    },
    {
      given: { state: states.held, call: "talking" },
      act: (a) => a.toggleHold?.(),
      expected: [{ type: "unhold" }],
    },
    {
      given: { state: states.onCall, call: "talking", muted: true },
      act: (a) => a.toggleMute?.(),
      expected: ["open"],
    },
    {
      given: { state: states.onCall, call: "talking" },
      act: (a) => a.sendDigits?.("5#"),
      expected: [{ type: "sendDigits", digits: "5#" }],
    },
    {
      given: { state: states.onCall, call: "talking", link: waiting },
      act: (a) => {
        a.sendDigits?.("5");
        a.release?.();
      },
      expected: ["own leg: 5", "hangUp"],
    },
    {
      given: { state: states.wrapUp },
      act: (a) => a.endWrapUp?.(),
      expected: [{ type: "endWrapUp", code: "sold", notes: "n" }],
    },
    {
      given: { state: states.dialling, call: "talking", link: waiting },
      act: (a) => a.release?.(),
      expected: ["hangUp"],
    },
    {
      given: { state: { ...states.onCall, recording: "on" } },
      act: (a) => a.toggleRecording?.(),
      expected: [{ type: "pauseRecording" }],
    },
    {
      given: { state: { ...states.onCall, recording: "paused" } },
      act: (a) => a.toggleRecording?.(),
      expected: [{ type: "resumeRecording" }],
    },
    {
      given: { state: states.ready },
      act: (a) => {
        a.dial?.({ queueId: "tax", number: "139", callerId: "10086" });
        a.dialAgent?.("1002");
        a.askHelp?.("angry caller");
      },
      expected: [
        { type: "dial", queueId: "tax", number: "139", callerId: "10086" },
        { type: "dialAgent", agentId: "1002" },
        { type: "askHelp", text: "angry caller" },
      ],
    },
  ])("case %#", ({ given, act, expected }) => {
    const { actions, done } = world(given);
    act(actions);
    expect(done).toEqual(expected);
  });
});

describe("with a colleague in the call", () => {
  type Colleague = NonNullable<Extract<State, { kind: "onCall" }>["colleague"]>;
  const name = { zh: "王", en: "Wang" };
  const withColleague = (role: Colleague["role"], stage: Colleague["stage"]): State => ({
    ...states.held,
    colleague: { agentId: "1002", name, role, stage, sinceMs: 0 },
  });
  it.each([
    ["asked", "ringing", ["consultCancel", "release"]],
    ["asked", "private", ["consultCancel", "consultComplete", "consultMerge", "release"]],
    ["asker", "private", ["release"]],
  ] as const)("%s, %s", (role, stage, expected) => {
    const { actions } = world({ state: withColleague(role, stage) });
    expect(allowed(actions)).toEqual([...expected, "askHelp", "goNotReady"].sort());
  });

  it("in a conference digits go to the caller, who is not on hold", () => {
    const state = { ...withColleague("asked", "conference"), heldSinceMs: null };
    const { actions, done } = world({ state });
    expect(allowed(actions)).toEqual([
      "askHelp",
      "consultCancel",
      "consultComplete",
      "goNotReady",
      "release",
      "sendDigits",
    ]);
    actions.consultComplete?.();
    expect(done).toEqual([{ type: "consultComplete" }]);
  });
});

it("asks for a transfer and for a colleague", () => {
  const { actions, done } = world({ state: states.onCall });
  actions.transferBlind?.({ kind: "queue", queueId: "tax" });
  actions.consultStart?.("1002");
  expect(done).toEqual([
    { type: "transferBlind", target: { kind: "queue", queueId: "tax" } },
    { type: "consultStart", agentId: "1002" },
  ]);
});
