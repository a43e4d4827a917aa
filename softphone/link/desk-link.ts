import "./strict-csp.ts";
import {
  type DeskMessage,
  type DeskRequest,
  deskMessage,
  deskProtocolVersion,
  type SeatHealth,
} from "../../engine/wire/desk.ts";
import { reconnectDelayMs } from "./backoff.ts";
import type { Timers } from "./timers.ts";

const pingEveryMs = 2_000;
/** Longer than two lost pings: the socket is taken for dead. */
const silenceMsMax = 5_000;
const openMsMax = 8_000;
/** Unsent bytes after which the socket is given up rather than filled. */
const bufferedBytesMax = 262_144;

export type LinkStatus = Readonly<
  | { kind: "connecting" }
  | { kind: "open" }
  | { kind: "waiting"; attempt: number }
  /** Ended on purpose: no reconnection until `reopen`. */
  | { kind: "ended"; why: "replaced" | "loggedOut" | "closed" | "version" }
>;

type RequestOf<T> = T extends { requestId: string } ? Omit<T, "requestId"> : never;
/** A request as the page words it; the link adds the id. */
export type DeskAsk = RequestOf<DeskRequest>;

/** The part of a browser's WebSocket that is used. */
export type DeskSocket = {
  readonly bufferedAmount: number;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: (() => void) | null;
  send: (text: string) => void;
  close: () => void;
};

export type DeskLink = Readonly<{
  /** Sends and returns the request's id; null when the link is not open. */
  request: (ask: DeskAsk) => string | null;
  /** Says how the seat is; nothing answers it. */
  tell: (health: SeatHealth) => void;
  /** Connects again after `ended`, or at once instead of at the end of the back-off. */
  reopen: () => void;
  close: () => void;
}>;

export type DeskLinkOptions = Readonly<{
  openSocket: () => DeskSocket;
  timers: Timers;
  /** Monotonic local clock, ms. */
  localNowMs: () => number;
  random: () => number;
  onStatus: (status: LinkStatus) => void;
  onMessage: (message: DeskMessage, localNowMs: number) => void;
  /** The server closed before it opened: the login may have ended. */
  onRefused: () => void;
}>;

/**
 * The desk WebSocket, kept open for ever: back-off with jitter, a ping every 2 s, and a new
 * connection (hence fresh whole topics) after any gap in `seq` or any frame that does not parse.
 */
export function openDeskLink(options: DeskLinkOptions): DeskLink {
  let socket: DeskSocket | null = null;
  let stopTimers: (() => void)[] = [];
  let attempt = 0;
  let opened = false;
  let expectedSeq: number | null = null;
  let heardAtMs = 0;
  let requestCount = 0;
  let ended = false;

  function dropSocket(): void {
    for (const stop of stopTimers) {
      stop();
    }
    stopTimers = [];
    const dropped = socket;
    socket = null;
    opened = false;
    if (dropped !== null) {
      closeUnheard(dropped);
    }
  }

  function end(why: "replaced" | "loggedOut" | "closed" | "version"): void {
    ended = true;
    dropSocket();
    options.onStatus({ kind: "ended", why });
  }

  function retryLater(): void {
    dropSocket();
    const delayMs = reconnectDelayMs({ attempt, random: options.random() });
    attempt += 1;
    options.onStatus({ kind: "waiting", attempt });
    stopTimers = [options.timers.after(delayMs, connect)];
  }

  function onOpen(): void {
    opened = true;
    heardAtMs = options.localNowMs();
    stopTimers.push(options.timers.every(pingEveryMs, beat));
  }

  function beat(): void {
    const nowMs = options.localNowMs();
    if (nowMs - heardAtMs > silenceMsMax || (socket?.bufferedAmount ?? 0) > bufferedBytesMax) {
      retryLater();
      return;
    }
    // Only a link that lasted starts over: one that breaks right after `hello` must back off.
    attempt = 0;
    socket?.send(frameOf({ type: "ping", atMs: nowMs }));
  }

  function onFrame(data: unknown): void {
    heardAtMs = options.localNowMs();
    const message = parseFrame(data);
    if (message === null || (expectedSeq !== null && message.seq !== expectedSeq)) {
      retryLater();
      return;
    }
    expectedSeq = message.seq + 1;
    if (message.type === "hello") {
      if (message.version !== deskProtocolVersion) {
        end("version");
        return;
      }
      options.onStatus({ kind: "open" });
    }
    options.onMessage(message, heardAtMs);
    if (message.type === "bye") {
      end(message.why);
    }
  }

  function onClosed(): void {
    const neverOpened = !opened;
    retryLater();
    if (neverOpened) {
      options.onRefused();
    }
  }

  function connect(): void {
    dropSocket();
    expectedSeq = null;
    options.onStatus({ kind: "connecting" });
    const opening = options.openSocket();
    socket = opening;
    opening.onopen = onOpen;
    opening.onmessage = (event) => onFrame(event.data);
    opening.onclose = onClosed;
    stopTimers.push(
      options.timers.after(openMsMax, () => (expectedSeq === null ? retryLater() : undefined)),
    );
  }

  connect();
  return {
    request(ask) {
      if (!opened || expectedSeq === null || socket === null) {
        return null;
      }
      requestCount += 1;
      const requestId = `r${requestCount}`;
      socket.send(frameOf({ ...ask, requestId }));
      return requestId;
    },
    tell(health) {
      if (opened && expectedSeq !== null) {
        socket?.send(frameOf({ type: "seatHealth", health }));
      }
    },
    reopen() {
      if (opened && !ended) {
        return;
      }
      ended = false;
      attempt = 0;
      connect();
    },
    close: () => end("closed"),
  };
}

/** Closes the socket and listens to it no more. */
function closeUnheard(socket: DeskSocket): void {
  socket.onopen = null;
  socket.onmessage = null;
  socket.onclose = null;
  socket.close();
}

const frameOf = (request: DeskRequest): string => JSON.stringify(request);

function parseFrame(data: unknown): DeskMessage | null {
  if (typeof data !== "string") {
    return null;
  }
  try {
    const parsed = deskMessage.safeParse(JSON.parse(data));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
