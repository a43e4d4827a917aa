import { connectDesk, type DeskConnection } from "./desk-connection.ts";
import { createMicrophone } from "./device/microphone.ts";
import { createSpeaker } from "./device/speaker.ts";
import { exposeToTests } from "./device/test-hooks.ts";
import { createWorkerTimers } from "./device/worker-timers.ts";
import { loadPhone, playRemote, registerPhone } from "./page-phone.ts";
import { type ListeningActions, listeningActions } from "./state/listening.ts";
import type { PhoneStore } from "./state/phone-state.ts";

/** Everything behind the supervisor page: desk, and a phone that is rung only by one's own wish. */
export type ListeningPost = Readonly<{
  desk: DeskConnection;
  phone: PhoneStore;
  /** What may be done now; ask again after any change of a store. */
  actions: () => ListeningActions;
  close: () => void;
}>;

export function openListeningPost(options: { onRefused: () => void }): ListeningPost {
  const timers = createWorkerTimers();
  const desk = connectDesk({ timers, onRefused: options.onRefused });
  const microphone = createMicrophone();
  const speaker = createSpeaker();
  const { store, phone, loaded } = loadPhone({ timers, microphone });
  const stops = [
    registerPhone(desk, { store, phone, loaded }),
    playRemote(store, speaker),
    // Whatever rings here was asked for a moment ago.
    store.subscribe((state) => state.call === "ringing" && phone.answer()),
  ];
  exposeToTests({
    remoteAudio: speaker.element,
    get remoteStream() {
      return store.getState().remote;
    },
    get phone() {
      const { status, call } = store.getState();
      return { status, call };
    },
  });
  return {
    desk,
    phone: store,
    actions: () =>
      listeningActions(
        { desk: desk.store.getState(), phone: store.getState() },
        { ask: desk.ask, openMicrophone: () => void microphone.open() },
      ),
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
