import { createStore, type StoreApi } from "zustand/vanilla";

/** `off`: no credentials yet; `lost`: the socket or the registration broke and is being renewed. */
type PhoneStatus = "off" | "connecting" | "registered" | "lost";

/** The one SIP dialog that a seat may have. */
export type PhoneCall = "none" | "ringing" | "answering" | "talking";

export type PhoneState = Readonly<{
  status: PhoneStatus;
  call: PhoneCall;
  /** Whether the packets of a running call find their way. */
  media: "up" | "down";
  muted: boolean;
  /** What the other side sends, while there is a call. */
  remote: MediaStream | null;
  /** Why the last answer failed. */
  failure: "microphone" | "media" | null;
}>;

export type PhoneStore = StoreApi<PhoneState>;

export const initialPhoneState: PhoneState = {
  status: "off",
  call: "none",
  media: "up",
  muted: false,
  remote: null,
  failure: null,
};

export const createPhoneStore = (): PhoneStore => createStore<PhoneState>(() => initialPhoneState);

export type PhoneCredentials = Readonly<{
  uri: string;
  username: string;
  password: string;
  path: string;
}>;

export type Phone = Readonly<{
  /** Registers with these credentials, or changes the password in use. */
  configure: (credentials: PhoneCredentials) => void;
  /** Accepts the ringing INVITE; the outcome shows in the store. */
  answer: () => void;
  /** Ends the dialog, whatever its stage. */
  hangUp: () => void;
  setMuted: (wanted: "muted" | "open") => void;
  /** RFC 4733 digits on our own leg, for when the desk link is down. */
  sendDigits: (digits: string) => void;
  /** Puts another microphone on a running call. */
  replaceMicrophone: (stream: MediaStream) => void;
  close: () => void;
}>;
