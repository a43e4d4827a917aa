import { describe, expect, it } from "vitest";
import { type DeskSocket, type LinkStatus, openDeskLink } from "./desk-link.ts";
import type { Timers } from "./timers.ts";

type FakeSocket = DeskSocket & { sent: string[]; isClosed: boolean; bufferedAmount: number };

/** One page and a scripted server, in virtual time. */
function world() {
  let nowMs = 0;
  const due: { atMs: number; run: () => void; everyMs: number | null }[] = [];
  const add = (ms: number, run: () => void, everyMs: number | null) => {
    const entry = { atMs: nowMs + ms, run, everyMs };
    due.push(entry);
    return () => {
      const index = due.indexOf(entry);
      if (index >= 0) {
        due.splice(index, 1);
      }
    };
  };
  const timers: Timers = {
    after: (ms, run) => add(ms, run, null),
    every: (ms, run) => add(ms, run, ms),
  };
  const sockets: FakeSocket[] = [];
  const statuses: LinkStatus[] = [];
  const messages: string[] = [];
  let refusedCount = 0;
  const link = openDeskLink({
    openSocket: () => {
      const socket: FakeSocket = {
        sent: [],
        isClosed: false,
        bufferedAmount: 0,
        onopen: null,
        onmessage: null,
        onclose: null,
        send: (text) => socket.sent.push(text),
        close: () => {
          socket.isClosed = true;
        },
      };
      sockets.push(socket);
      return socket;
    },
    timers,
    localNowMs: () => nowMs,
    random: () => 1,
    onStatus: (status) => statuses.push(status),
    onMessage: (message) => messages.push(message.type),
    onRefused: () => {
      refusedCount += 1;
    },
  });
  const socket = (): FakeSocket => {
    const last = sockets.at(-1);
    if (last === undefined) {
      throw new Error("no socket");
    }
    return last;
  };
  return {
    link,
    sockets,
    statuses,
    messages,
    timersLeft: () => due.length,
    refused: () => refusedCount,
    socket,
    server: (frame: unknown) => socket().onmessage?.({ data: JSON.stringify(frame) }),
    raw: (data: unknown) => socket().onmessage?.({ data }),
    advance(ms: number) {
      const endMs = nowMs + ms;
      for (;;) {
        const next = due.filter((e) => e.atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0];
        if (next === undefined) {
          break;
        }
        nowMs = next.atMs;
        if (next.everyMs === null) {
          due.splice(due.indexOf(next), 1);
        } else {
          next.atMs += next.everyMs;
        }
        next.run();
      }
      nowMs = endMs;
    },
  };
}

const hello = (seq: number, version = 1) => ({
  type: "hello",
  seq,
  version,
  serverNowMs: 1,
  user: { id: "1001", name: { zh: "李", en: "Li" }, role: "agent" },
  sip: null,
  notReadyReasons: [],
  wrapUpCodes: [],
});
const pong = (seq: number) => ({ type: "pong", seq, atMs: 0, serverNowMs: 1 });

function open(w: ReturnType<typeof world>) {
  w.socket().onopen?.();
  w.server(hello(1));
}

describe("desk link", () => {
  it("is open after hello and numbers its requests", () => {
    const w = world();
    expect(w.link.request({ type: "goReady" })).toBeNull();
    w.socket().onopen?.();
    expect(w.link.request({ type: "goReady" })).toBeNull();
    w.server(hello(1));
    expect(w.link.request({ type: "goReady" })).toBe("r1");
    expect(w.link.request({ type: "goNotReady", reason: "break" })).toBe("r2");
    expect(w.socket().sent.map((text) => JSON.parse(text))).toEqual([
      { type: "goReady", requestId: "r1" },
      { type: "goNotReady", reason: "break", requestId: "r2" },
    ]);
    expect(w.statuses).toEqual([{ kind: "connecting" }, { kind: "open" }]);
  });

  it.each([
    ["a gap in seq", pong(3)],
    ["a repeated seq", pong(1)],
    ["a frame that is no message", { type: "nonsense", seq: 2 }],
  ])("connects anew after %s", (_title, frame) => {
    const w = world();
    open(w);
    w.server(frame);
    expect(w.statuses.at(-1)).toEqual({ kind: "waiting", attempt: 1 });
    expect(w.socket().isClosed).toBe(true);
    w.advance(250);
    expect(w.sockets).toHaveLength(2);
    open(w);
    expect(w.statuses.at(-1)).toEqual({ kind: "open" });
  });

  it("survives frames that are no JSON or no text", () => {
    const w = world();
    open(w);
    w.raw("{");
    w.advance(250);
    open(w);
    w.raw(new ArrayBuffer(4));
    expect(w.statuses.at(-1)).toEqual({ kind: "waiting", attempt: 2 });
  });

  it("pings every 2 s and gives up a silent socket within 6 s", () => {
    const w = world();
    open(w);
    let seq = 2;
    for (let beat = 0; beat < 3; beat += 1) {
      w.advance(2_000);
      w.server(pong(seq));
      seq += 1;
    }
    expect(w.socket().sent).toEqual(
      [2_000, 4_000, 6_000].map((atMs) => JSON.stringify({ type: "ping", atMs })),
    );
    w.advance(6_000);
    expect(w.sockets[0]?.isClosed).toBe(true);
    expect(w.statuses.at(-1)).toEqual({ kind: "waiting", attempt: 1 });
  });

  it("backs off while the server stays away and says that it was refused", () => {
    const w = world();
    const delaysMs = [250, 500, 1_000, 2_000, 4_000, 8_000, 8_000];
    for (const delayMs of delaysMs) {
      w.socket().onclose?.();
      const before = w.sockets.length;
      w.advance(delayMs - 1);
      expect(w.sockets).toHaveLength(before);
      w.advance(1);
      expect(w.sockets).toHaveLength(before + 1);
    }
    expect(w.refused()).toBe(delaysMs.length);
  });

  it("gives up an opening that takes too long", () => {
    const w = world();
    w.advance(8_000);
    expect(w.statuses.at(-1)).toEqual({ kind: "waiting", attempt: 1 });
  });

  it.each(["replaced", "loggedOut"] as const)("stays away after bye %s until asked", (why) => {
    const w = world();
    open(w);
    w.server({ type: "bye", seq: 2, why });
    expect(w.statuses.at(-1)).toEqual({ kind: "ended", why });
    expect(w.timersLeft()).toBe(0);
    w.advance(60_000);
    expect(w.sockets).toHaveLength(1);
    w.link.reopen();
    open(w);
    expect(w.statuses.at(-1)).toEqual({ kind: "open" });
  });

  it("does not talk to another version", () => {
    const w = world();
    w.socket().onopen?.();
    w.server(hello(1, 2));
    expect(w.statuses.at(-1)).toEqual({ kind: "ended", why: "version" });
    expect(w.messages).toEqual([]);
  });
});
