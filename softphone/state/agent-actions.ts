import type { AgentView, TransferTarget } from "../../engine/wire/desk.ts";
import type { DeskAsk } from "../link/desk-link.ts";
import type { DeskState } from "./desk-store.ts";
import type { Phone, PhoneState } from "./phone-state.ts";
import type { WrapUpDraft } from "./wrap-up-draft.ts";

/**
 * What the agent may do now. An action that is not allowed is null, so that a button's state and
 * its handler cannot disagree.
 */
export type AgentActions = Readonly<{
  logIn: (() => void) | null;
  logOut: (() => void) | null;
  goReady: (() => void) | null;
  goNotReady: ((reason: string) => void) | null;
  answer: (() => void) | null;
  reject: (() => void) | null;
  toggleMute: (() => void) | null;
  toggleHold: (() => void) | null;
  sendDigits: ((digits: string) => void) | null;
  release: (() => void) | null;
  endWrapUp: (() => void) | null;
  extendWrapUp: (() => void) | null;
  /** Wrap-up after the running call, where the queue leaves that to the agent. */
  wantWrapUp: ((isWanted: boolean) => void) | null;
  /** Pauses the recording of the call, or goes on with it. */
  toggleRecording: (() => void) | null;
  /** Calls a number on behalf of a queue, showing this number; null shows the queue's first. */
  dial: ((call: DialRequest) => void) | null;
  dialAgent: ((agentId: string) => void) | null;
  askHelp: ((text: string) => void) | null;
  endHelp: (() => void) | null;
  /** Says that a supervisor's message was read. */
  acknowledge: ((messageId: string) => void) | null;
  /** Asks anew where the caller can be handed over to, and who can be called. */
  listTargets: (() => void) | null;
  transferBlind: ((target: TransferTarget) => void) | null;
  consultStart: ((agentId: string) => void) | null;
  /** The caller goes on with the colleague. */
  consultComplete: (() => void) | null;
  /** The agent goes on with the caller alone. */
  consultCancel: (() => void) | null;
  consultMerge: (() => void) | null;
}>;

export type DialRequest = Readonly<{ queueId: string; number: string; callerId: string | null }>;

export type AgentActionPorts = Readonly<{
  ask: (ask: DeskAsk) => void;
  phone: Pick<Phone, "answer" | "hangUp" | "setMuted" | "sendDigits">;
}>;

export type AgentActionInput = Readonly<{
  desk: Pick<DeskState, "link" | "agent" | "pending">;
  phone: Pick<PhoneState, "call" | "muted">;
  draft: WrapUpDraft;
}>;

export function agentActions(input: AgentActionInput, ports: AgentActionPorts): AgentActions {
  const { agent } = input.desk;
  const kind = agent?.state.kind ?? null;
  const isOpen = input.desk.link.kind === "open";
  const pending = new Set(Object.values(input.desk.pending));

  /** An ask that the desk can take now and has not just been given. */
  const askWhen = (allowed: boolean, ask: DeskAsk): (() => void) | null =>
    allowed && isOpen && !pending.has(ask.type) ? () => ports.ask(ask) : null;

  return {
    logIn: askWhen(kind === "loggedOut", { type: "logIn" }),
    // Not in wrap-up: the engine would close it without what was entered.
    logOut: askWhen(kind === "notReady" || kind === "ready", { type: "logOut" }),
    goReady: askWhen(mayGoReady(agent), { type: "goReady" }),
    goNotReady:
      isOpen && kind !== null && kind !== "loggedOut" && !pending.has("goNotReady")
        ? (reason) => ports.ask({ type: "goNotReady", reason })
        : null,
    ...offerActions(input, ports, askWhen),
    ...talkActions(input, ports, askWhen),
    endWrapUp: askWhen(kind === "wrapUp", {
      type: "endWrapUp",
      code: input.draft.code,
      notes: input.draft.notes,
    }),
    extendWrapUp: askWhen(agent?.state.kind === "wrapUp" && agent.state.extendMs !== undefined, {
      type: "extendWrapUp",
    }),
    wantWrapUp:
      isOpen && agent?.state.kind === "onCall" && agent.state.wrapUpAfter !== undefined
        ? (isWanted: boolean) => ports.ask({ type: "wantWrapUp", isWanted })
        : null,
    ...transferActions(input, ports, askWhen),
    ...dialActions(input, ports),
    ...supervisorWords(input, ports, askWhen),
  };
}

type AskWhen = (allowed: boolean, ask: DeskAsk) => (() => void) | null;

/** With a call or wrap-up of some kind: a chosen state follows it. */
export const isBusy = (kind: AgentView["state"]["kind"]): boolean =>
  kind === "offered" || kind === "dialling" || kind === "onCall" || kind === "wrapUp";

/** With a call or in wrap-up, "ready" takes back a pause that was to follow. */
function mayGoReady(agent: AgentView | null): boolean {
  const kind = agent?.state.kind;
  return (
    kind === "notReady" || (kind !== undefined && isBusy(kind) && agent?.nextNotReady !== null)
  );
}

function offerActions(input: AgentActionInput, ports: AgentActionPorts, askWhen: AskWhen) {
  const state = input.desk.agent?.state;
  const offerId = state?.kind === "offered" ? state.offerId : null;
  const isRinging = input.phone.call === "ringing";
  return {
    answer: offerId !== null && isRinging ? () => ports.phone.answer() : null,
    reject:
      offerId === null
        ? null
        : askWhen(input.phone.call !== "answering", { type: "rejectOffer", offerId }),
  };
}

/** A caller is handed over from a plain talk; a colleague in the call is let go or left with it. */
function transferActions(input: AgentActionInput, ports: AgentActionPorts, askWhen: AskWhen) {
  const state = input.desk.agent?.state;
  const colleague = state?.kind === "onCall" ? state.colleague : undefined;
  const isAlone =
    state?.kind === "onCall" && colleague === undefined && !isInternal(input.desk.agent);
  const hasAsked = colleague?.role === "asked";
  const hasAnswer = hasAsked && colleague.stage !== "ringing";
  const isPrivate = hasAsked && colleague.stage === "private";
  const pending = new Set(Object.values(input.desk.pending));
  const mayHandOver =
    isAlone &&
    input.desk.link.kind === "open" &&
    !pending.has("transferBlind") &&
    !pending.has("consultStart");
  return {
    listTargets: askWhen(isAlone || mayDial(input), { type: "listTargets" }),
    transferBlind: mayHandOver
      ? (target: TransferTarget) => ports.ask({ type: "transferBlind", target })
      : null,
    consultStart: mayHandOver
      ? (agentId: string) => ports.ask({ type: "consultStart", agentId })
      : null,
    consultComplete: askWhen(hasAnswer, { type: "consultComplete" }),
    consultCancel: askWhen(hasAsked, { type: "consultCancel" }),
    consultMerge: askWhen(isPrivate, { type: "consultMerge" }),
  };
}

/** A call between two agents: there is no caller to hold, hand over or send digits to. */
const isInternal = (agent: AgentView | null): boolean => agent?.pop?.direction === "internal";

function mayDial({ desk }: AgentActionInput): boolean {
  const kind = desk.agent?.state.kind;
  const pending = Object.values(desk.pending);
  const isAsked = pending.includes("dial") || pending.includes("dialAgent");
  return (kind === "ready" || kind === "notReady") && desk.link.kind === "open" && !isAsked;
}

function dialActions(input: AgentActionInput, { ask }: AgentActionPorts) {
  const allowed = mayDial(input);
  return {
    dial: allowed ? (call: DialRequest) => ask({ type: "dial", ...call }) : null,
    dialAgent: allowed ? (agentId: string) => ask({ type: "dialAgent", agentId }) : null,
  };
}

/** Help asked of supervisors, and what they wrote. */
function supervisorWords(input: AgentActionInput, { ask }: AgentActionPorts, askWhen: AskWhen) {
  const { agent, link, pending } = input.desk;
  const isIn = agent !== null && agent.state.kind !== "loggedOut" && link.kind === "open";
  const asked = Object.values(pending);
  return {
    askHelp:
      isIn && agent.help === null && !asked.includes("askHelp")
        ? (text: string) => ask({ type: "askHelp", text })
        : null,
    endHelp: askWhen(agent !== null && agent.help !== null, { type: "endHelp" }),
    acknowledge:
      isIn && agent.messages.length > 0 && !asked.includes("acknowledge")
        ? (messageId: string) => ask({ type: "acknowledge", messageId })
        : null,
  };
}

/** While the desk is away the page can still end its own leg and send digits on it. */
function talkActions(input: AgentActionInput, ports: AgentActionPorts, askWhen: AskWhen) {
  const state = input.desk.agent?.state;
  const isOnCall = state?.kind === "onCall";
  const isHeld = isOnCall && state.heldSinceMs !== null;
  const colleague = isOnCall ? state.colleague : undefined;
  const hasCaller = isOnCall && !isInternal(input.desk.agent);
  const hearsCaller = hasCaller && (colleague === undefined || colleague.stage === "conference");
  const recording = isOnCall ? state.recording : undefined;
  const isOpen = input.desk.link.kind === "open";
  const hasAudio = input.phone.call === "talking";
  const wanted = input.phone.muted ? "open" : "muted";
  const alone = !isOpen && (isOnCall || state?.kind === "dialling") && hasAudio;
  return {
    toggleMute: hasAudio ? () => ports.phone.setMuted(wanted) : null,
    toggleHold: askWhen(hasCaller && colleague === undefined, { type: isHeld ? "unhold" : "hold" }),
    sendDigits:
      alone && isOnCall
        ? (digits: string) => ports.phone.sendDigits(digits)
        : isOpen && !isHeld && hearsCaller
          ? (digits: string) => ports.ask({ type: "sendDigits", digits })
          : null,
    release: alone
      ? () => ports.phone.hangUp()
      : askWhen(isOnCall || state?.kind === "dialling", { type: "release" }),
    toggleRecording: askWhen(recording !== undefined, {
      type: recording === "paused" ? "resumeRecording" : "pauseRecording",
    }),
  };
}
