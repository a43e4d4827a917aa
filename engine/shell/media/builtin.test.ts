import { createServer, type Server, type Socket } from "node:net";
import { pino } from "pino";
import { afterEach, describe, expect, it, vi } from "vitest";
import { mediaControlVersion } from "../../wire/media-control.ts";
import { createBuiltinMedia, toWire } from "./builtin.ts";
import { createLineSplitter } from "./json-lines.ts";
import type { MediaPort } from "./media-port.ts";

type Line = Record<string, unknown>;
const open: { media: MediaPort; server: Server; sockets: Socket[] }[] = [];

afterEach(async () => {
  for (const { media, server, sockets } of open.splice(0)) {
    await media.close();
    for (const socket of sockets) socket.destroy();
    server.close();
  }
});

/** A media server that welcomes everybody as `instanceId` and answers by `reply`. */
async function setUp(change: { reply?: (line: Line) => unknown; timeoutMs?: number } = {}) {
  const peer = {
    instanceId: "one",
    lines: [] as Line[],
    writes: 0,
    sockets: [] as Socket[],
    reply: change.reply ?? ((line: Line) => ({ type: "result", id: line["id"] })),
    say: (value: unknown) => peer.sockets.at(-1)?.write(`${JSON.stringify(value)}\n`),
  };
  const server = createServer((socket) => {
    peer.sockets.push(socket);
    const splitter = createLineSplitter(1_000_000);
    socket.setEncoding("utf8");
    socket.on("error", () => {});
    socket.on("data", (chunk: string) => {
      peer.writes += 1;
      for (const text of splitter.push(chunk) ?? []) {
        const line = JSON.parse(text) as Line;
        peer.lines.push(line);
        const { instanceId } = peer;
        const welcome = { type: "welcome", version: mediaControlVersion, instanceId, pid: 1 };
        const answer = line["type"] === "hello" ? welcome : peer.reply(line);
        if (answer !== null) socket.write(`${JSON.stringify(answer)}\n`);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const media = createBuiltinMedia({
    host: "127.0.0.1",
    port: typeof address === "object" && address !== null ? address.port : 0,
    secret: "s",
    epoch: 7,
    log: pino({ level: "silent" }),
    requestTimeoutMs: change.timeoutMs ?? 5_000,
  });
  open.push({ media, server, sockets: peer.sockets });
  const heard: unknown[] = [];
  media.open({
    digit: (...args) => heard.push(["digit", ...args]),
    toneDetected: (...args) => heard.push(["toneDetected", ...args]),
    playFinished: (...args) => heard.push(["playFinished", ...args]),
    legMedia: (...args) => heard.push(["legMedia", ...args]),
    legQuality: (...args) => heard.push(["legQuality", ...args]),
    recordingEnded: (ended) => heard.push(["recordingEnded", ended]),
    recordingTrouble: (trouble) => heard.push(["recordingTrouble", trouble]),
    up: (link) => heard.push(["up", link]),
    down: () => heard.push(["down"]),
  });
  return { media, peer, heard };
}

const isUp = (media: MediaPort) => vi.waitFor(() => expect(media.isUp()).toBe(true));

describe("requests", () => {
  it("become lines with an id, after a hello", async () => {
    const { media, peer } = await setUp({
      reply: (line) => ({
        type: "result",
        id: line["id"],
        localSdp: "v=0 local",
        remoteHolds: true,
      }),
    });
    await isUp(media);
    const results = await Promise.all([
      media.createLeg({ legId: "a", kind: "rtp", sdpOffer: "v=0" }),
      media.createLeg({ legId: "b", kind: "webrtc", sdpOffer: null }),
      media.answerReoffer({ legId: "a", sdpOffer: "v=1" }),
      media.play({
        legId: "a",
        playId: "p",
        items: [{ kind: "prompt", key: "welcome", language: "zh" }],
        repeat: false,
      }),
      media.bridge({
        bridgeId: "x",
        legIds: ["a", "b"],
        roles: [{ legId: "b", role: "whisperer", whisperTo: "a" }],
      }),
    ]);
    expect(results).toEqual([
      { ok: true, value: "v=0 local" },
      { ok: true, value: "v=0 local" },
      { ok: true, value: { localSdp: "v=0 local", remoteHolds: true } },
      { ok: true, value: undefined },
      { ok: true, value: undefined },
    ]);
    const items = [{ kind: "file", path: "zh/welcome.wav" }];
    expect(peer.lines).toEqual([
      { type: "hello", version: mediaControlVersion, secret: "s", epoch: 7 },
      { type: "createLeg", legId: "a", kind: "rtp", remoteSdp: "v=0", id: "1" },
      { type: "createLeg", legId: "b", kind: "webrtc", id: "2" },
      { type: "answerReoffer", legId: "a", remoteSdp: "v=1", id: "3" },
      { type: "play", legId: "a", playId: "p", items, repeat: false, id: "4" },
      {
        ...{ type: "bridge", bridgeId: "x", legIds: ["a", "b"], id: "5" },
        roles: [{ legId: "b", role: "whisperer", whisperTo: "a" }],
      },
    ]);
    // The hello, and everything of one turn together.
    expect(peer.writes).toBe(2);
  });

  it.each<[string, unknown, unknown]>([
    ["a known failure", { type: "failed", code: "noCodec", message: "no" }, "noCodec"],
    ["an unknown failure", { type: "failed", code: "moon", message: "no" }, "badRequest"],
    ["a result without SDP", { type: "result" }, "badRequest"],
    ["silence", null, "timeout"],
    ["nonsense", { type: "result", localSdp: 5 }, "timeout"],
  ])("%s settles the request", async (_why, reply, code) => {
    const { media } = await setUp({
      reply: (line) => (reply === null ? null : { ...(reply as object), id: line["id"] }),
      timeoutMs: 50,
    });
    const result = await media.createLeg({ legId: "a", kind: "rtp", sdpOffer: "v=0" });
    expect(result).toMatchObject({ ok: false, code });
  });

  it("lists what the server holds", async () => {
    const numbers = {
      ...{ packetsIn: 1, packetsOut: 1, packetsLost: 0, packetsRefused: 0, jitterMs: 0 },
    };
    const { media } = await setUp({
      reply: (line) => ({
        type: "result",
        id: line["id"],
        legs: [{ legId: "a", kind: "rtp", bridgeId: null, playId: "p", ...numbers }],
        bridges: [{ bridgeId: "x", legIds: ["b"] }],
        recordings: [
          { recordingId: "r", legId: "a", file: "a.wav", state: "recording", end: null },
        ],
      }),
    });
    expect(await media.list()).toEqual({
      ok: true,
      value: {
        legs: [{ legId: "a", bridgeId: null, playId: "p" }],
        bridges: [{ bridgeId: "x", legIds: ["b"] }],
        recordings: [{ recordingId: "r", file: "a.wav", end: null }],
      },
    });
  });

  it("that are too long fail at once", async () => {
    const { media } = await setUp();
    const sdpAnswer = "x".repeat(300_000);
    const result = await media.acceptAnswer({ legId: "a", sdpAnswer });
    expect(result).toMatchObject({ ok: false, code: "badRequest" });
  });
});

describe("the link", () => {
  it("tells of digits, plays and media, and survives nonsense", async () => {
    const { media, peer, heard } = await setUp();
    await isUp(media);
    peer.sockets[0]?.write("not json\n{}\n");
    peer.say({ type: "digit", legId: "a", digit: "5" });
    peer.say({ type: "toneDetected", legId: "a", tone: "busy" });
    peer.say({ type: "playFinished", legId: "a", playId: "p", outcome: "completed" });
    peer.say({ type: "legMedia", legId: "a", media: "silent" });
    const quality = {
      ...{ packetsIn: 250, packetsLost: 1, packetsOut: 250, jitterMs: 2, mos: 4.3, oneWay: false },
      ...{ roundTripMs: 12, peer: { lossShare: 0, jitterMs: 1 } },
    };
    peer.say({ type: "legQuality", legId: "a", ...quality });
    await vi.waitFor(() => expect(heard).toHaveLength(6));
    expect(heard).toEqual([
      ["up", { instanceId: "one", replaced: false }],
      ["digit", "a", "5"],
      ["toneDetected", "a", "busy"],
      ["playFinished", "a", "p", "completed"],
      ["legMedia", "a", "silent"],
      ["legQuality", "a", quality],
    ]);
  });

  it("comes back to the same server and asks again what was not answered", async () => {
    const { media, peer, heard } = await setUp({ reply: () => null });
    await isUp(media);
    const result = media.stopPlay({ legId: "a", playId: "p" });
    await vi.waitFor(() => expect(peer.lines).toHaveLength(2));
    peer.reply = (line) => ({ type: "result", id: line["id"] });
    peer.sockets[0]?.destroy();
    expect(await result).toEqual({ ok: true, value: undefined });
    expect(heard).toEqual([
      ["up", { instanceId: "one", replaced: false }],
      ["down"],
      ["up", { instanceId: "one", replaced: false }],
    ]);
  });

  it("to another server fails what the old one was asked", async () => {
    const { media, peer, heard } = await setUp({ reply: () => null });
    await isUp(media);
    const result = media.echo("a");
    await vi.waitFor(() => expect(peer.lines).toHaveLength(2));
    peer.instanceId = "two";
    peer.sockets[0]?.destroy();
    expect(await result).toMatchObject({ ok: false, code: "lost" });
    expect(heard.at(-1)).toEqual(["up", { instanceId: "two", replaced: true }]);
  });

  it("ends with close, and so does everything that waits", async () => {
    const { media } = await setUp({ reply: () => null });
    await isUp(media);
    const result = media.echo("a");
    await media.close();
    expect(await result).toMatchObject({ ok: false, code: "lost" });
    expect(await media.echo("a")).toMatchObject({ ok: false, code: "lost" });
  });
});

it("turns play items into files below the prompt folder", () => {
  expect([
    toWire({ kind: "prompt", key: "menu", language: "en" }),
    toWire({ kind: "music", key: "calm" }),
    toWire({ kind: "tone", tone: "busy" }),
    toWire({ kind: "silence", ms: 99.6 }),
  ]).toEqual([
    { kind: "file", path: "en/menu.wav" },
    { kind: "music", path: "music/calm.wav" },
    { kind: "tone", tone: "busy" },
    { kind: "silence", ms: 100 },
  ]);
});

it("cuts lines and stops at one that is too long", () => {
  const lines = createLineSplitter(4);
  expect(["a", "b\n\ncd\ne", "fgh\n", "ijklm"].map((chunk) => lines.push(chunk))).toEqual([
    [],
    ["ab", "cd"],
    ["efgh"],
    null,
  ]);
});
