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
  /** Asks anew where the caller can be handed over to. */
  listTargets: (() => void) | null;
  transferBlind: ((target: TransferTarget) => void) | null;
}>;

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
    listTargets: askWhen(kind === "onCall", { type: "listTargets" }),
    transferBlind:
      kind === "onCall" && isOpen && !pending.has("transferBlind")
        ? (target) => ports.ask({ type: "transferBlind", target })
        : null,
  };
}

type AskWhen = (allowed: boolean, ask: DeskAsk) => (() => void) | null;

/** With a call or in wrap-up, "ready" takes back a pause that was to follow. */
function mayGoReady(agent: AgentView | null): boolean {
  const kind = agent?.state.kind;
  return (
    kind === "notReady" ||
    ((kind === "onCall" || kind === "wrapUp" || kind === "offered") && agent?.nextNotReady !== null)
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

/** While the desk is away the page can still end its own leg and send digits on it. */
function talkActions(input: AgentActionInput, ports: AgentActionPorts, askWhen: AskWhen) {
  const state = input.desk.agent?.state;
  const isOnCall = state?.kind === "onCall";
  const isHeld = isOnCall && state.heldSinceMs !== null;
  const isOpen = input.desk.link.kind === "open";
  const hasAudio = input.phone.call === "talking";
  const wanted = input.phone.muted ? "open" : "muted";
  const alone = !isOpen && isOnCall && hasAudio;
  return {
    toggleMute: hasAudio ? () => ports.phone.setMuted(wanted) : null,
    toggleHold: isHeld ? askWhen(true, { type: "unhold" }) : askWhen(isOnCall, { type: "hold" }),
    sendDigits: alone
      ? (digits: string) => ports.phone.sendDigits(digits)
      : isOnCall && isOpen && !isHeld
        ? (digits: string) => ports.ask({ type: "sendDigits", digits })
        : null,
    release: alone ? () => ports.phone.hangUp() : askWhen(isOnCall, { type: "release" }),
  };
}
