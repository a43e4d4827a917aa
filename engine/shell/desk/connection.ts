// One desk's socket: numbered frames out, limits on what comes in, and a heartbeat.
import type { WebSocket } from "ws";
import type { DeskMessage } from "../../wire/desk.ts";

/** RFC 6455 7.4.1. */
export const closeCodes = { normal: 1000, goingAway: 1001, policy: 1008, tryLater: 1013 } as const;

type Unnumbered<M> = M extends DeskMessage ? Omit<M, "seq"> : never;

export type Connection = {
  send(message: Unnumbered<DeskMessage>): void;
  /** `view` as JSON; not sent when it equals the one before. */
  sendAgent(view: string): void;
  /** `board` as JSON, the same text for all viewers. */
  sendWallboard(board: string, serverNowMs: number): void;
  /** Pings, or cuts the socket when nothing answered the ping before. */
  beat(): void;
  close(code: number, reason: string): void;
};

export type ConnectionOptions = Readonly<{
  nowMs: () => number;
  framesPerSecondMax: number;
  bufferedBytesMax: number;
  /** Null for a binary frame. */
  onRequest: (text: string | null) => void;
  onFlood: () => void;
  onSlow: () => void;
  /** Once, with the close code; 1006 when the socket broke. */
  onClose: (code: number) => void;
}>;

/** How long a peer may take to answer our close frame before the socket is cut. */
const closeMs = 1_000;

export function createConnection(ws: WebSocket, options: ConnectionOptions): Connection {
  const { nowMs } = options;
  let seq = 0;
  let alive = true;
  let lastView = "";
  let windowStartMs = nowMs();
  let framesInWindow = 0;

  const close = (code: number, reason: string): void => {
    if (ws.readyState !== ws.OPEN) return;
    ws.close(code, reason);
    const cut = setTimeout(() => ws.terminate(), closeMs);
    ws.once("close", () => clearTimeout(cut));
  };
  /** `body` is a JSON object; `seq` goes in front of its members. */
  const sendNumbered = (body: string): void => {
    if (ws.readyState !== ws.OPEN) return;
    if (ws.bufferedAmount > options.bufferedBytesMax) {
      options.onSlow();
      close(closeCodes.tryLater, "too slow");
      return;
    }
    seq += 1;
    ws.send(`{"seq":${seq},${body.slice(1)}`);
  };
  const tooMany = (): boolean => {
    if (nowMs() - windowStartMs >= 1_000) {
      windowStartMs = nowMs();
      framesInWindow = 0;
    }
    framesInWindow += 1;
    return framesInWindow > options.framesPerSecondMax;
  };

  ws.on("message", (data, isBinary) => {
    alive = true;
    if (ws.readyState !== ws.OPEN) return;
    if (tooMany()) {
      options.onFlood();
      close(closeCodes.policy, "too many frames");
      return;
    }
    options.onRequest(isBinary ? null : String(data));
  });
  ws.on("pong", () => {
    alive = true;
  });
  // What the library refuses (too long, bad masking) closes the socket by itself.
  ws.on("error", () => {});
  ws.once("close", (code) => options.onClose(code));

  return {
    send: (message) => sendNumbered(JSON.stringify(message)),
    sendAgent(view) {
      if (view === lastView) return;
      lastView = view;
      sendNumbered(`{"type":"agent","serverNowMs":${nowMs()},"agent":${view}}`);
    },
    sendWallboard(board, serverNowMs) {
      sendNumbered(`{"type":"wallboard","serverNowMs":${serverNowMs},"board":${board}}`);
    },
    beat() {
      if (!alive) {
        ws.terminate();
        return;
      }
      alive = false;
      if (ws.readyState === ws.OPEN) ws.ping();
    },
    close,
  };
}
