import type { DeskConnection } from "./desk-connection.ts";
import type { Microphone } from "./device/microphone.ts";
import { stayAwake } from "./device/stay-awake.ts";

/** Finer changes of the round trip are of no interest to anybody, ms. */
const roundTripStepMs = 10;

/**
 * Tells the engine whether this page could take a call now: after each `hello`, and at each change. For
 * agents whose phone is another device there is nothing to tell.
 */
export function tellHealth(options: { desk: DeskConnection; microphone: Microphone }): () => void {
  const { desk, microphone } = options;
  let isFrozen = false;
  let told = "";

  function tell(): void {
    const { link, hello, clock } = desk.store.getState();
    if (link.kind !== "open" || hello === null || hello.sip === null) {
      told = "";
      return;
    }
    const { roundTripMs } = clock;
    const health = {
      microphone: microphone.store.getState().status,
      isFrozen,
      roundTripMs:
        roundTripMs === null ? null : Math.round(roundTripMs / roundTripStepMs) * roundTripStepMs,
    };
    const text = JSON.stringify(health);
    if (text !== told) {
      told = text;
      desk.tell(health);
    }
  }

  // Page Lifecycle: the last script before the browser stops the page, and the first one after.
  const onFreeze = (): void => {
    isFrozen = true;
    tell();
  };
  const onResume = (): void => {
    isFrozen = false;
    tell();
  };
  document.addEventListener("freeze", onFreeze);
  document.addEventListener("resume", onResume);
  const stops = [desk.store.subscribe(tell), microphone.store.subscribe(tell)];
  return () => {
    for (const stop of stops) {
      stop();
    }
    document.removeEventListener("freeze", onFreeze);
    document.removeEventListener("resume", onResume);
  };
}

/** A page that was refreshed in mid-shift opens its microphone by itself: calls may come at once. */
export function openMicrophoneInShift(options: {
  desk: DeskConnection;
  microphone: Microphone;
}): () => void {
  const { desk, microphone } = options;
  let isDone = false;
  return desk.store.subscribe(({ agent, hello }) => {
    if (isDone || agent === null || hello === null || hello.sip === null) {
      return;
    }
    if (agent.state.kind !== "loggedOut") {
      isDone = true;
      stayAwake();
      void microphone.open();
    }
  });
}
