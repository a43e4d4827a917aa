import type { DeskConnection } from "./desk-connection.ts";
import type { Microphone } from "./device/microphone.ts";
import type { Speaker } from "./device/speaker.ts";
import type { Timers } from "./link/timers.ts";
import { createPhoneStore, type Phone, type PhoneStore } from "./state/phone-state.ts";

/** sip.js is large and nothing on the first screen needs it: it loads beside the first paint. */
export function loadPhone(options: { timers: Timers; microphone: Microphone }) {
  const store = createPhoneStore();
  let phone: Phone | null = null;
  let isClosed = false;
  const loaded = import("./phone/sip-phone.ts").then((module) => {
    if (!isClosed) {
      phone = module.createSipPhone({
        store,
        timers: options.timers,
        random: Math.random,
        microphone: async () => {
          await options.microphone.open();
          const { stream } = options.microphone.store.getState();
          if (stream === null) {
            throw new DOMException("no microphone", "NotFoundError");
          }
          return stream;
        },
      });
    }
  });
  const facade: Phone = {
    configure: (credentials) => phone?.configure(credentials),
    answer: () => phone?.answer(),
    hangUp: () => phone?.hangUp(),
    setMuted: (wanted) => phone?.setMuted(wanted),
    sendDigits: (digits) => phone?.sendDigits(digits),
    replaceMicrophone: (stream) => phone?.replaceMicrophone(stream),
    close() {
      isClosed = true;
      phone?.close();
    },
  };
  return { store, phone: facade, loaded };
}

/**
 * Registers with what the desk hands out, and stops when the seat was opened elsewhere: at once, or with
 * a call that the engine has yet to move there. Hanging up here would release the caller.
 */
export function registerPhone(
  desk: DeskConnection,
  { store, phone, loaded }: Readonly<{ store: PhoneStore; phone: Phone; loaded: Promise<void> }>,
): () => void {
  const leaveWhenIdle = (): void => {
    const { link } = desk.store.getState();
    const isElsewhere = link.kind === "ended" && link.why === "replaced";
    if (isElsewhere && store.getState().call === "none" && store.getState().status !== "off") {
      phone.close();
    }
  };
  const stopWatching = store.subscribe(leaveWhenIdle);
  const configure = (): void => {
    const sip = desk.store.getState().hello?.sip ?? null;
    if (sip !== null) {
      phone.configure(sip);
    }
  };
  loaded.then(configure, () => undefined);
  const stopFollowing = desk.store.subscribe((state, before) => {
    if (state.hello !== before.hello) {
      configure();
    }
    if (state.link !== before.link && state.link.kind === "ended") {
      if (state.link.why === "replaced") {
        leaveWhenIdle();
      } else {
        phone.close();
      }
    }
  });
  return () => {
    stopWatching();
    stopFollowing();
  };
}

/** Lets the page be heard what the other side of its phone says. */
export function playRemote(phone: PhoneStore, speaker: Speaker): () => void {
  return phone.subscribe((state, before) => {
    if (state.remote !== before.remote) {
      speaker.play(state.remote);
    }
  });
}
