import type { AgentView } from "../engine/wire/desk.ts";
import { connectDesk, type DeskConnection, localNowMs } from "./desk-connection.ts";
import { askNotification, createAttention } from "./device/attention.ts";
import { createMicrophone, type Microphone } from "./device/microphone.ts";
import { createRingTone } from "./device/ring-tone.ts";
import { createSpeaker } from "./device/speaker.ts";
import { stayAwake } from "./device/stay-awake.ts";
import { exposeToTests } from "./device/test-hooks.ts";
import { createWorkerTimers } from "./device/worker-timers.ts";
import type { Timers } from "./link/timers.ts";
import { loadPhone, playRemote, registerPhone } from "./page-phone.ts";
import { openMicrophoneInShift, tellHealth } from "./seat-health.ts";
import { type AgentActions, agentActions } from "./state/agent-actions.ts";
import { type DeskState, serverNowMs } from "./state/desk-store.ts";
import type { Phone, PhoneStore } from "./state/phone-state.ts";
import { afterLook, lacksCall, notRejoining } from "./state/rejoining.ts";
import { createShiftStore, runShiftChecks, type ShiftStore } from "./state/shift.ts";
import {
  createWrapUpDraftStore,
  draftForCall,
  mustHandIn,
  type WrapUpDraftStore,
} from "./state/wrap-up-draft.ts";

const levelMeasureMs = 1_000;
const phonePatienceMs = 6_000;
const handInCheckMs = 200;
const rejoinCheckMs = 250;
/** Time for the edge's BYE or CANCEL to arrive before the page ends its own leg. */
const followDeskAfterMs = 2_000;

/** Everything behind the agent page: desk, phone, devices, and what the agent has entered. */
export type Seat = Readonly<{
  desk: DeskConnection;
  phone: PhoneStore;
  draft: WrapUpDraftStore;
  shift: ShiftStore;
  microphone: Microphone;
  /** What may be done now; ask again after any change of a store. */
  actions: () => AgentActions;
  /** Runs the checks of a start of shift, then logs in. Must be called from a click. */
  startShift: () => Promise<void>;
  close: () => void;
}>;

export type SeatOptions = Readonly<{
  onRefused: () => void;
  /** What a notification says about an offered call. */
  offerWords: (agent: AgentView) => { title: string; body: string };
}>;

export function openSeat(options: SeatOptions): Seat {
  const timers = createWorkerTimers();
  const desk = connectDesk({ timers, onRefused: options.onRefused });
  const microphone = createMicrophone();
  const speaker = createSpeaker();
  const { store: phoneStore, phone, loaded } = loadPhone({ timers, microphone });
  const draft = createWrapUpDraftStore();
  const shift = createShiftStore();

  const actions = (): AgentActions =>
    agentActions(
      { desk: desk.store.getState(), phone: phoneStore.getState(), draft: draft.getState() },
      { ask: desk.ask, phone },
    );

  const stops = [
    registerPhone(desk, { store: phoneStore, phone, loaded }),
    playRemote(phoneStore, speaker),
    callAttention({ desk, phone: phoneStore, words: options.offerWords }),
    followDesk({ desk, phone, phoneStore, timers }),
    keepDraft({ desk, draft, timers }),
    keepCall({ desk, phoneStore, timers }),
    tellHealth({ desk, microphone }),
    openMicrophoneInShift({ desk, microphone }),
    microphone.store.subscribe(({ stream }) => stream !== null && phone.replaceMicrophone(stream)),
  ];
  exposeToTests({
    remoteAudio: speaker.element,
    get remoteStream() {
      return phoneStore.getState().remote;
    },
    get phone() {
      const { status, call } = phoneStore.getState();
      return { status, call };
    },
  });

  return {
    desk,
    phone: phoneStore,
    draft,
    shift,
    microphone,
    actions,
    async startShift() {
      if (desk.store.getState().hello?.sip === null) {
        // The agent's calls ring elsewhere: there is nothing of this browser to check.
        shift.setState({ phase: "started", checks: [] });
        actions().logIn?.();
        return;
      }
      const canWork = await runShiftChecks(shift, {
        openMicrophone: microphone.open,
        measureLevel: () => loudestLevel(microphone),
        playTestTone: speaker.test,
        waitForPhone: () => registeredWithin(phoneStore, phonePatienceMs),
        askNotification,
      });
      if (canWork) {
        stayAwake();
        actions().logIn?.();
      }
    },
    close() {
      for (const stop of stops) {
        stop();
      }
      phone.close();
      desk.close();
      speaker.element.remove();
    },
  };
}

/** Ring tone and, while the tab is hidden, title flash and notification, as long as an offer is. */
function callAttention(options: {
  desk: DeskConnection;
  phone: PhoneStore;
  words: SeatOptions["offerWords"];
}): () => void {
  const ring = createRingTone();
  const attention = createAttention();
  let raisedFor: string | null = null;

  function update(): void {
    const { agent } = options.desk.store.getState();
    const offerId = agent?.state.kind === "offered" ? agent.state.offerId : null;
    const isAnswering = options.phone.getState().call === "answering";
    if (offerId === null || isAnswering) {
      ring.stop();
    } else {
      ring.start();
    }
    const wanted = document.hidden ? offerId : null;
    if (wanted === raisedFor) {
      return;
    }
    raisedFor = wanted;
    if (wanted === null || agent === null) {
      attention.settle();
    } else {
      attention.raise(options.words(agent));
    }
  }

  const stops = [options.desk.store.subscribe(update), options.phone.subscribe(update)];
  document.addEventListener("visibilitychange", update);
  return () => {
    for (const stop of stops) {
      stop();
    }
    document.removeEventListener("visibilitychange", update);
    ring.stop();
    attention.settle();
  };
}

/** The desk says that the call is over: a leg that is still up by then is ended here. */
function followDesk(options: {
  desk: DeskConnection;
  phone: Phone;
  phoneStore: PhoneStore;
  timers: Timers;
}): () => void {
  const hasCall = (state: DeskState): boolean =>
    ["offered", "dialling", "onCall"].includes(state.agent?.state.kind ?? "");
  return options.desk.store.subscribe((state, before) => {
    if (!hasCall(before) || hasCall(state) || state.agent === null) {
      return;
    }
    options.timers.after(followDeskAfterMs, () => {
      const isOver = !hasCall(options.desk.store.getState());
      if (isOver && options.phoneStore.getState().call !== "none") {
        options.phone.hangUp();
      }
    });
  });
}

/** After a refresh or a change of network the engine is asked to ring this page's phone again. */
function keepCall(options: {
  desk: DeskConnection;
  phoneStore: PhoneStore;
  timers: Timers;
}): () => void {
  const { desk, phoneStore } = options;
  let state = notRejoining;
  function look(): void {
    const phone = phoneStore.getState();
    const lacks = lacksCall(desk.store.getState(), phone);
    const seen = { lacks, hasCall: phone.call !== "none", nowMs: localNowMs() };
    const { next, asks } = afterLook(state, seen);
    state = next;
    if (asks) {
      desk.ask({ type: "rejoin" });
    }
  }
  const stops = [
    desk.store.subscribe(look),
    phoneStore.subscribe(look),
    options.timers.every(rejoinCheckMs, look),
  ];
  return () => {
    for (const stop of stops) {
      stop();
    }
  };
}

/** Gives each call its own draft, and hands it in just before the engine ends wrap-up. */
function keepDraft(options: {
  desk: DeskConnection;
  draft: WrapUpDraftStore;
  timers: Timers;
}): () => void {
  const { desk, draft } = options;
  const stopFollowing = desk.store.subscribe((state) => {
    const callId =
      state.agent !== null && "callId" in state.agent.state ? state.agent.state.callId : null;
    draft.setState(draftForCall(draft.getState(), callId), true);
  });
  const stopChecking = options.timers.every(handInCheckMs, () => {
    const { agent, clock } = desk.store.getState();
    if (agent?.state.kind !== "wrapUp") {
      return;
    }
    const nowMs = serverNowMs(clock, localNowMs());
    const { callId, endsAtMs } = agent.state;
    const { code, notes } = draft.getState();
    if (mustHandIn(draft.getState(), { callId, endsAtMs, serverNowMs: nowMs })) {
      draft.setState({ handedIn: true });
      desk.ask({ type: "endWrapUp", code, notes });
    }
  });
  return () => {
    stopFollowing();
    stopChecking();
  };
}

async function loudestLevel(microphone: Microphone): Promise<number> {
  let loudest = 0;
  const sampling = setInterval(() => {
    loudest = Math.max(loudest, microphone.level());
  }, 50);
  await new Promise((resolve) => setTimeout(resolve, levelMeasureMs));
  clearInterval(sampling);
  return loudest;
}

function registeredWithin(phone: PhoneStore, patienceMs: number): Promise<"ok" | "failed"> {
  return new Promise((resolve) => {
    const settle = (result: "ok" | "failed"): void => {
      clearTimeout(timer);
      stop();
      resolve(result);
    };
    const timer = setTimeout(() => settle("failed"), patienceMs);
    const look = (): void => {
      if (phone.getState().status === "registered") {
        settle("ok");
      }
    };
    const stop = phone.subscribe(look);
    look();
  });
}
