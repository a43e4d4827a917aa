import { type Invitation, Registerer, RegistererState, SessionState, UserAgent, Web } from "sip.js";
import { reconnectDelayMs } from "../link/backoff.ts";
import type { Timers } from "../link/timers.ts";
import {
  initialPhoneState,
  type Phone,
  type PhoneCredentials,
  type PhoneState,
  type PhoneStore,
} from "../state/phone-state.ts";

const expiresSeconds = 120;
/** Renewal at this share of `expires`, in percent (50 to 99 in sip.js). */
const refreshPercent = 50;
/** Our media server is ICE-lite: it needs no candidates of ours. 0 would mean "no timeout". */
const iceGatheringMsMax = 50;
const connectSecondsMax = 5;
const busyHere = 486;

export type SipPhoneOptions = Readonly<{
  /** Where the phone's state is shown. */
  store: PhoneStore;
  /** An open microphone; rejects when there is none. */
  microphone: () => Promise<MediaStream>;
  timers: Timers;
  random: () => number;
}>;

/** The seat's phone: SIP over WebSocket (RFC 7118) by sip.js, registered for ever. */
export function createSipPhone(options: SipPhoneOptions): Phone {
  const { store } = options;
  const set = (part: Partial<PhoneState>): void => store.setState(part);
  const call = createCallSlot(set);
  let line: Line | null = null;

  return {
    configure(credentials) {
      if (line?.takes(credentials)) {
        return;
      }
      line?.close();
      line = openLine({
        ...options,
        credentials,
        onStatus: (status) => set({ status }),
        onInvite: (invitation) => call.ring(invitation),
      });
    },
    answer: () => call.answer(),
    hangUp: () => call.hangUp(),
    setMuted(wanted) {
      call.setMuted(wanted === "muted");
      set({ muted: wanted === "muted" });
    },
    sendDigits: (digits) => call.sendDigits(digits),
    replaceMicrophone: (stream) => call.replaceMicrophone(stream),
    close() {
      call.hangUp();
      line?.close();
      line = null;
      set(initialPhoneState);
    },
  };
}

/** The one call of a seat; a second INVITE meanwhile is answered 486. */
function createCallSlot(set: (part: Partial<PhoneState>) => void) {
  let current: Invitation | null = null;

  const mediaOf = (invitation: Invitation | null): Web.SessionDescriptionHandler | null => {
    const handler = invitation?.sessionDescriptionHandler;
    return handler instanceof Web.SessionDescriptionHandler ? handler : null;
  };
  const audioSender = (): RTCRtpSender | null =>
    mediaOf(current)
      ?.peerConnection?.getSenders()
      .find((sender) => sender.track?.kind === "audio") ?? null;

  function onState(invitation: Invitation, state: SessionState): void {
    if (invitation !== current) {
      return;
    }
    if (state === SessionState.Established) {
      set({ call: "talking", media: "up", remote: mediaOf(invitation)?.remoteMediaStream ?? null });
      watchMedia(invitation);
    } else if (state === SessionState.Terminated) {
      current = null;
      set({ call: "none", muted: false, remote: null });
    }
  }

  /** After a change of network the leg may be dead although its dialog stands. */
  function watchMedia(invitation: Invitation): void {
    const connection = mediaOf(invitation)?.peerConnection;
    connection?.addEventListener("connectionstatechange", () => {
      if (invitation === current) {
        const isUp = ["new", "connecting", "connected"].includes(connection.connectionState);
        set({ media: isUp ? "up" : "down" });
      }
    });
  }

  return {
    ring(invitation: Invitation): void {
      if (current !== null) {
        void invitation.reject({ statusCode: busyHere }).catch(() => undefined);
        return;
      }
      current = invitation;
      invitation.stateChange.addListener((state) => onState(invitation, state));
      set({ call: "ringing", muted: false, remote: null, failure: null });
      // The engine rings by the owner's own wish, such as for a call that he makes (RFC 5373 4.1).
      if (invitation.request.getHeader("Answer-Mode") === "Auto") {
        this.answer();
      }
    },
    answer(): void {
      const invitation = current;
      if (invitation === null || invitation.state !== SessionState.Initial) {
        return;
      }
      set({ call: "answering" });
      invitation
        .accept({
          sessionDescriptionHandlerOptions: { iceGatheringTimeout: iceGatheringMsMax } as object,
        })
        .catch((error: unknown) => {
          const isMicrophone = error instanceof DOMException;
          set({ failure: isMicrophone ? "microphone" : "media" });
          this.hangUp();
        });
    },
    hangUp(): void {
      const invitation = current;
      if (invitation === null) {
        return;
      }
      const isUp = invitation.state === SessionState.Established;
      const ending = isUp ? invitation.bye() : invitation.reject({ statusCode: busyHere });
      // It ended by itself meanwhile: the state listener has seen that.
      ending.catch(() => undefined);
    },
    setMuted(muted: boolean): void {
      const track = audioSender()?.track;
      if (track) {
        track.enabled = !muted;
      }
    },
    sendDigits(digits: string): void {
      audioSender()?.dtmf?.insertDTMF(digits, 120, 80);
    },
    replaceMicrophone(stream: MediaStream): void {
      const sender = audioSender();
      const [track] = stream.getAudioTracks();
      if (sender?.track && track) {
        const copy = track.clone();
        copy.enabled = sender.track.enabled;
        sender.track.stop();
        sender.replaceTrack(copy).catch(() => copy.stop());
      }
    },
  };
}

type Line = Readonly<{
  /** Same subscriber: takes a new password over without a break. */
  takes: (credentials: PhoneCredentials) => boolean;
  close: () => void;
}>;

type LineOptions = SipPhoneOptions &
  Readonly<{
    credentials: PhoneCredentials;
    onStatus: (status: PhoneState["status"]) => void;
    onInvite: (invitation: Invitation) => void;
  }>;

/** One registration, kept through every loss of the socket until closed. */
function openLine(options: LineOptions): Line {
  const { credentials } = options;
  const uri = UserAgent.makeURI(credentials.uri);
  if (uri === undefined) {
    options.onStatus("lost");
    return { takes: () => false, close: () => undefined };
  }
  let attempt = 0;
  let isClosed = false;
  let cancelRetry: () => void = () => undefined;
  let isRetrying = false;

  const agent = new UserAgent(userAgentOptions({ ...options, uri }));
  agent.delegate = {
    onInvite: options.onInvite,
    onConnect: () => register(),
    onDisconnect: () => retryLater(),
  };
  const registerer = new Registerer(agent, {
    expires: expiresSeconds,
    refreshFrequency: refreshPercent,
  });
  registerer.stateChange.addListener((state) => {
    // A refused renewal, or one that nobody answered.
    if (state === RegistererState.Unregistered) {
      retryLater();
    }
  });

  function register(): void {
    // The registerer's own state says nothing new after a reconnection; the answer does.
    registerer
      .register({ requestDelegate: { onAccept: onRegistered, onReject: () => retryLater() } })
      .catch(() => retryLater());
  }

  function onRegistered(): void {
    attempt = 0;
    if (!isClosed) {
      options.onStatus("registered");
    }
  }

  function retryLater(): void {
    if (isClosed || isRetrying) {
      return;
    }
    isRetrying = true;
    options.onStatus("lost");
    const delayMs = reconnectDelayMs({ attempt, random: options.random() });
    attempt += 1;
    cancelRetry = options.timers.after(delayMs, () => void connectAgain());
  }

  async function connectAgain(): Promise<void> {
    isRetrying = false;
    if (isClosed) {
      return;
    }
    options.onStatus("connecting");
    try {
      if (agent.isConnected()) {
        register();
      } else {
        await agent.reconnect();
      }
    } catch {
      retryLater();
    }
  }

  const onOnline = (): void => {
    if (isRetrying) {
      cancelRetry();
      attempt = 0;
      void connectAgain();
    }
  };
  window.addEventListener("online", onOnline);
  options.onStatus("connecting");
  agent.start().catch(() => retryLater());

  return {
    takes(next) {
      const isSame =
        next.uri === credentials.uri &&
        next.username === credentials.username &&
        next.path === credentials.path;
      if (isSame) {
        agent.configuration.authorizationPassword = next.password;
        onOnline();
      }
      return isSame;
    },
    close() {
      isClosed = true;
      cancelRetry();
      window.removeEventListener("online", onOnline);
      agent.stop().catch(() => undefined);
    },
  };
}

function userAgentOptions(
  options: LineOptions & { uri: ReturnType<typeof UserAgent.makeURI> & object },
) {
  const { credentials } = options;
  const scheme = window.location.protocol === "https:" ? "wss" : "ws";
  return {
    uri: options.uri,
    authorizationUsername: credentials.username,
    authorizationPassword: credentials.password,
    userAgentString: "Rexian softphone",
    // A page that is left or refreshed must not hang up: the engine keeps the caller for it.
    gracefulShutdown: false,
    logBuiltinEnabled: false,
    logConfiguration: false,
    transportOptions: {
      server: `${scheme}://${window.location.host}${credentials.path}`,
      connectionTimeout: connectSecondsMax,
      keepAliveInterval: 20,
    },
    sessionDescriptionHandlerFactory: Web.defaultSessionDescriptionHandlerFactory(() =>
      copyOf(options.microphone()),
    ),
    sessionDescriptionHandlerFactoryOptions: {
      iceGatheringTimeout: iceGatheringMsMax,
      // Without this sip.js asks a public STUN server, and waits for it.
      peerConnectionConfiguration: {
        iceServers: [],
        bundlePolicy: "max-bundle",
        rtcpMuxPolicy: "require",
      },
    },
  };
}

/** sip.js stops the tracks of a call when it ends; the seat's own microphone must stay open. */
async function copyOf(microphone: Promise<MediaStream>): Promise<MediaStream> {
  const stream = await microphone;
  return new MediaStream(stream.getAudioTracks().map((track) => track.clone()));
}
