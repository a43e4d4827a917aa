import { type DeskAsk, type DeskLink, type DeskSocket, openDeskLink } from "./link/desk-link.ts";
import type { Timers } from "./link/timers.ts";
import {
  createDeskStore,
  type DeskStore,
  deskAfterMessage,
  deskAfterRequest,
  deskAfterStatus,
} from "./state/desk-store.ts";

export type DeskConnection = Readonly<{
  store: DeskStore;
  ask: (ask: DeskAsk) => void;
  tell: DeskLink["tell"];
  reopen: () => void;
  close: () => void;
}>;

/** Opens the desk link of this page and keeps a store of what it brings. */
export function connectDesk(options: {
  timers: Timers;
  /** The login may have ended. */
  onRefused: () => void;
}): DeskConnection {
  const store = createDeskStore();
  const link: DeskLink = openDeskLink({
    openSocket: () => openDeskSocket(),
    timers: options.timers,
    localNowMs,
    random: Math.random,
    onStatus: (status) => store.setState((state) => deskAfterStatus(state, status)),
    onMessage: (message, nowMs) =>
      store.setState((state) => deskAfterMessage(state, message, nowMs)),
    onRefused: options.onRefused,
  });
  const onOnline = (): void => {
    if (store.getState().link.kind === "waiting") {
      link.reopen();
    }
  };
  window.addEventListener("online", onOnline);
  return {
    store,
    ask(ask) {
      const requestId = link.request(ask);
      if (requestId !== null) {
        store.setState((state) => deskAfterRequest(state, { requestId, type: ask.type }));
      }
    },
    tell: link.tell,
    reopen: link.reopen,
    close() {
      window.removeEventListener("online", onOnline);
      link.close();
    },
  };
}

/** The page's monotonic clock, ms: unlike the wall clock nobody sets it. */
export function localNowMs(): number {
  return performance.now();
}

function openDeskSocket(): DeskSocket {
  const scheme = window.location.protocol === "https:" ? "wss" : "ws";
  const socket = new WebSocket(`${scheme}://${window.location.host}/desk`);
  const adapter: DeskSocket = {
    get bufferedAmount() {
      return socket.bufferedAmount;
    },
    onopen: null,
    onmessage: null,
    onclose: null,
    send: (text) => {
      if (socket.readyState === WebSocket.OPEN) {
        socket.send(text);
      }
    },
    close: () => socket.close(),
  };
  socket.onopen = () => adapter.onopen?.();
  socket.onmessage = (event) => adapter.onmessage?.({ data: event.data });
  socket.onclose = () => adapter.onclose?.();
  return adapter;
}
