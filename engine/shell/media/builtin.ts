// The adapter to the built-in media server: a client of `engine/wire/media-control.ts` that dials
// for ever. Requests made while the link is down wait for it; they are idempotent, so what was not
// answered is sent again over the next link to the same instance.
import { connect, type Socket } from "node:net";
import type { Logger } from "pino";
import type { PlayItem } from "../../core/command.ts";
import {
  type MediaMessage,
  type MediaPlayItem,
  type MediaRequest,
  mediaControlVersion,
  mediaLineBytesMax,
  mediaMessage,
} from "../../wire/media-control.ts";
import { createLineSplitter } from "./json-lines.ts";
import type {
  MediaFailureCode,
  MediaInventory,
  MediaListener,
  MediaPort,
  MediaResult,
} from "./media-port.ts";

export type BuiltinMediaOptions = Readonly<{
  host: string;
  port: number;
  secret: string;
  /** Order of owners: the media server refuses an epoch lower than the highest it has seen. */
  epoch: number;
  log: Logger;
  requestTimeoutMs?: number;
  /** Longest pause between two attempts to connect. */
  reconnectMsMax?: number;
}>;

type Result = Extract<MediaMessage, { type: "result" }>;
type RequestBody = DistributiveOmit<MediaRequest, "id">;
type DistributiveOmit<Union, Key extends string> = Union extends unknown ? Omit<Union, Key> : never;
type Pending = { line: string; settle(result: MediaResult<Result>): void; timer: NodeJS.Timeout };

/** A {@link MediaPort} over the media control link. */
export function createBuiltinMedia(options: BuiltinMediaOptions): MediaPort {
  const link = new MediaLink(options);
  return {
    open: (listener) => link.open(listener),
    isUp: () => link.isUp(),
    async createLeg({ sdpOffer, ...leg }) {
      const remote = sdpOffer === null ? {} : { remoteSdp: sdpOffer };
      return withSdp(await link.request({ type: "createLeg", ...leg, ...remote }));
    },
    listenFor: (listening) => link.order({ type: "listenFor", ...listening }),
    acceptAnswer: ({ legId, sdpAnswer }) =>
      link.order({ type: "acceptAnswer", legId, remoteSdp: sdpAnswer }),
    async answerReoffer({ legId, sdpOffer }) {
      const result = await link.request({ type: "answerReoffer", legId, remoteSdp: sdpOffer });
      const sdp = withSdp(result);
      if (!sdp.ok || !result.ok) return sdp.ok ? failed("badRequest", "no result") : sdp;
      const remoteHolds = result.value.remoteHolds ?? false;
      return { ok: true, value: { localSdp: sdp.value, remoteHolds } };
    },
    dropLeg: (legId) => link.order({ type: "dropLeg", legId }),
    play: ({ legId, playId, items, repeat }) =>
      link.order({ type: "play", legId, playId, items: items.map(toWire), repeat }),
    stopPlay: ({ legId, playId }) => link.order({ type: "stopPlay", legId, playId }),
    bridge: ({ bridgeId, legIds, roles }) =>
      link.order({
        type: "bridge",
        bridgeId,
        legIds: [...legIds],
        ...(roles === undefined ? {} : { roles: [...roles] }),
      }),
    unbridge: (bridgeId) => link.order({ type: "unbridge", bridgeId }),
    echo: (legId) => link.order({ type: "echo", legId }),
    sendDigits: ({ legId, digits }) => link.order({ type: "sendDigits", legId, digits }),
    async startRecording({ recordingId, legId, file }) {
      const result = await link.request({ type: "startRecording", recordingId, legId, file });
      return result.ok ? { ok: true, value: result.value.file ?? file } : result;
    },
    pauseRecording: (recordingId) => link.order({ type: "pauseRecording", recordingId }),
    resumeRecording: (recordingId) => link.order({ type: "resumeRecording", recordingId }),
    stopRecording: (recordingId) => link.order({ type: "stopRecording", recordingId }),
    forgetRecording: (recordingId) => link.order({ type: "forgetRecording", recordingId }),
    async list() {
      const result = await link.request({ type: "list" });
      return result.ok ? { ok: true, value: toInventory(result.value) } : result;
    },
    close: () => link.close(),
  };
}

/** Prompt keys become files below the media server's prompt folder. */
export function toWire(item: PlayItem): MediaPlayItem {
  switch (item.kind) {
    case "prompt":
      return { kind: "file", path: `${item.language}/${item.key}.wav` };
    case "music":
      return { kind: "music", path: `music/${item.key}.wav` };
    case "tone":
      return { kind: "tone", tone: item.tone };
    case "silence":
      return { kind: "silence", ms: Math.max(0, Math.round(item.ms)) };
  }
}

class MediaLink {
  readonly #options: BuiltinMediaOptions;
  readonly #log: Logger;
  readonly #pending = new Map<string, Pending>();
  #listener: MediaListener | null = null;
  #socket: Socket | null = null;
  #up = false;
  #closed = false;
  #instanceId: string | null = null;
  #nextId = 1;
  #backoffMs = backoffMsFirst;
  #timer: NodeJS.Timeout | null = null;
  #outbox: string[] = [];
  #badLines = 0;

  constructor(options: BuiltinMediaOptions) {
    this.#options = options;
    this.#log = options.log;
  }

  open(listener: MediaListener): void {
    if (this.#listener !== null) return;
    this.#listener = listener;
    this.#dial();
  }

  isUp(): boolean {
    return this.#up;
  }

  async order(body: RequestBody): Promise<MediaResult<undefined>> {
    const result = await this.request(body);
    return result.ok ? { ok: true, value: undefined } : result;
  }

  request(body: RequestBody): Promise<MediaResult<Result>> {
    if (this.#closed) return Promise.resolve(failed("lost", "the media port is closed"));
    if (this.#pending.size >= pendingMax) {
      return Promise.resolve(failed("overflow", "too many media requests wait"));
    }
    const id = String(this.#nextId++);
    const line = `${JSON.stringify({ ...body, id })}\n`;
    if (Buffer.byteLength(line) > mediaLineBytesMax) {
      return Promise.resolve(failed("badRequest", "the media request is too long"));
    }
    return new Promise((resolve) => {
      const timer = setTimeout(
        () => this.#settle(id, failed("timeout", `no result of ${body.type} in time`)),
        this.#options.requestTimeoutMs ?? requestTimeoutMsDefault,
      );
      this.#pending.set(id, { line, settle: resolve, timer });
      if (this.#up) this.#send(line);
    });
  }

  close(): Promise<void> {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#flush();
    this.#failAll("lost", "the media port was closed");
    const socket = this.#socket;
    if (socket === null || socket.destroyed) return Promise.resolve();
    return new Promise((resolve) => {
      socket.once("close", () => resolve());
      socket.end();
      setTimeout(() => socket.destroy(), closeMsMax).unref();
    });
  }

  #dial(): void {
    this.#timer = null;
    const socket = connect({ host: this.#options.host, port: this.#options.port, noDelay: true });
    const lines = createLineSplitter(incomingLineCharsMax);
    this.#socket = socket;
    socket.setEncoding("utf8");
    socket.setKeepAlive(true, keepAliveMs);
    socket.setTimeout(welcomeMsMax, () => socket.destroy(new Error("no welcome in time")));
    socket.on("connect", () => {
      const { secret, epoch } = this.#options;
      const hello = { type: "hello", version: mediaControlVersion, secret, epoch };
      socket.write(`${JSON.stringify(hello)}\n`);
    });
    socket.on("data", (chunk: string) => {
      const complete = lines.push(chunk);
      if (complete === null) socket.destroy(new Error("a line of the media server is too long"));
      for (const line of complete ?? []) this.#onLine(socket, line);
    });
    socket.on("error", (error) => this.#log.debug({ err: error }, "media link error"));
    socket.on("close", () => this.#onClose());
  }

  #onClose(): void {
    this.#socket = null;
    this.#outbox = [];
    const wasUp = this.#up;
    this.#up = false;
    if (wasUp) {
      this.#log.warn("media link lost");
      this.#listener?.down();
    }
    if (this.#closed) return;
    this.#timer = setTimeout(() => this.#dial(), this.#backoffMs);
    this.#backoffMs = Math.min(
      this.#backoffMs * 2,
      this.#options.reconnectMsMax ?? reconnectMsMaxDefault,
    );
  }

  #onLine(socket: Socket, line: string): void {
    const parsed = mediaMessage.safeParse(parseJson(line));
    if (!parsed.success) {
      this.#badLines += 1;
      // One line of log for each power of two, so that a broken peer cannot flood it.
      if ((this.#badLines & (this.#badLines - 1)) === 0) {
        this.#log.warn({ badLines: this.#badLines }, "the media server sent something unknown");
      }
      return;
    }
    const message = parsed.data;
    switch (message.type) {
      case "welcome":
        this.#onWelcome(socket, message.instanceId);
        return;
      case "refused":
        this.#log.error({ why: message.why }, "the media server refuses this engine");
        this.#backoffMs = this.#options.reconnectMsMax ?? reconnectMsMaxDefault;
        socket.destroy();
        return;
      case "result":
        this.#settle(message.id, { ok: true, value: message });
        return;
      case "failed":
        this.#settle(message.id, failed(toCode(message.code), message.message));
        return;
      case "digit":
        this.#listener?.digit(message.legId, message.digit);
        return;
      case "toneDetected":
        this.#listener?.toneDetected?.(message.legId, message.tone);
        return;
      case "playFinished":
        this.#listener?.playFinished(message.legId, message.playId, message.outcome);
        return;
      case "legMedia":
        this.#listener?.legMedia(message.legId, message.media);
        return;
      case "legQuality": {
        const { type: _type, legId, ...quality } = message;
        this.#listener?.legQuality?.(legId, quality);
        return;
      }
      case "recordingEnded": {
        const { recordingId, file, end } = message;
        this.#listener?.recordingEnded({ recordingId, file, end });
        return;
      }
      case "recordingTrouble": {
        const { what, recordingId } = message;
        this.#listener?.recordingTrouble({ what, recordingId, message: message.message });
        return;
      }
    }
  }

  #onWelcome(socket: Socket, instanceId: string): void {
    if (this.#up) return;
    socket.setTimeout(0);
    const replaced = this.#instanceId !== null && this.#instanceId !== instanceId;
    this.#instanceId = instanceId;
    this.#backoffMs = backoffMsFirst;
    this.#up = true;
    if (replaced) this.#failAll("lost", "the media server was replaced");
    for (const { line } of this.#pending.values()) this.#send(line);
    this.#log.info({ instanceId, replaced }, "media link up");
    this.#listener?.up({ instanceId, replaced });
  }

  #settle(id: string, result: MediaResult<Result>): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    this.#pending.delete(id);
    clearTimeout(pending.timer);
    pending.settle(result);
  }

  #failAll(code: MediaFailureCode, message: string): void {
    for (const id of [...this.#pending.keys()]) this.#settle(id, failed(code, message));
  }

  /** Everything of one turn of the event loop leaves in one write. */
  #send(line: string): void {
    if (this.#outbox.push(line) === 1) setImmediate(() => this.#flush());
  }

  #flush(): void {
    const socket = this.#socket;
    if (this.#outbox.length === 0 || socket === null) return;
    const text = this.#outbox.join("");
    this.#outbox = [];
    socket.write(text);
    // A peer that reads nothing is as good as gone; what waits is sent again over the next link.
    if (socket.writableLength > unsentBytesMax) socket.destroy(new Error("media server is stuck"));
  }
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

function withSdp(result: MediaResult<Result>): MediaResult<string> {
  if (!result.ok) return result;
  const sdp = result.value.localSdp;
  return sdp === undefined
    ? failed("badRequest", "a result without SDP")
    : { ok: true, value: sdp };
}

function toInventory(result: Result): MediaInventory {
  const legs = (result.legs ?? []).map(({ legId, bridgeId, playId }) => {
    return { legId, bridgeId, playId };
  });
  const recordings = (result.recordings ?? []).map(({ recordingId, file, end }) => {
    return { recordingId, file, end };
  });
  return { legs, bridges: result.bridges ?? [], recordings };
}

function toCode(code: string): MediaFailureCode {
  return knownCodes.find((known) => known === code) ?? "badRequest";
}

function failed(code: MediaFailureCode, message: string) {
  return { ok: false, code, message } as const;
}

const knownCodes: readonly MediaFailureCode[] = [
  "noCodec",
  "badSdp",
  "noPort",
  "limit",
  "unknownLeg",
  "unknownBridge",
  "unknownRecording",
  "diskLow",
];
const requestTimeoutMsDefault = 5_000;
const reconnectMsMaxDefault = 1_000;
const backoffMsFirst = 20;
const welcomeMsMax = 5_000;
const keepAliveMs = 10_000;
const closeMsMax = 500;
const pendingMax = 20_000;
const unsentBytesMax = 16 * 1_048_576;
/** More than the wire's limit: a list of many legs comes in one line. */
const incomingLineCharsMax = 8 * 1_048_576;
