// The far sides of `npm run bench -- media`: a worker thread that talks to many legs of the media
// server and times what comes back.
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { g711Encode } from "../../engine/edge/media/dsp/g711.ts";
import {
  newRtpView,
  packRtp,
  readRtp,
  writeRtpHeader,
} from "../../engine/edge/media/dsp/rtp-packet.ts";
import { toneSamples } from "../../engine/edge/media/dsp/tone.ts";
import { percentile } from "./processes.ts";

type Order =
  | { type: "aim"; legs: readonly { index: number; port: number }[]; talks: boolean }
  | { type: "measure" }
  | { type: "report" }
  | { type: "clear" };

/** Between two packets of one leg, in milliseconds as seen here: an upper bound. */
export interface LoadReport {
  packets: number;
  lost: number;
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
  /** When each leg's first packet came, in epoch milliseconds; by the server's port. */
  firstAt: ReadonlyMap<number, number>;
}

export interface MediaLoad {
  /** The port that the far side of leg `index` listens on. */
  portOf(index: number): number;
  /** Begins to talk to these ports of the media server. */
  aim(legs: readonly { index: number; port: number }[], options: { talks: boolean }): void;
  /** Forgets what was counted. */
  measure(): void;
  report(): Promise<LoadReport>;
  /** Hangs up. */
  clear(): void;
  close(): Promise<void>;
}

export async function startMediaLoad(): Promise<MediaLoad> {
  const worker = new Worker(new URL(import.meta.url), { workerData: "media-load" });
  const [ports] = (await once(worker, "message")) as [number[]];
  const order = (message: Order): void => worker.postMessage(message);
  return {
    portOf: (index) => ports[index % ports.length] ?? 0,
    aim: (legs, { talks }) => order({ type: "aim", legs, talks }),
    measure: () => order({ type: "measure" }),
    async report() {
      order({ type: "report" });
      const [report] = (await once(worker, "message")) as [LoadReport];
      return report;
    },
    clear: () => order({ type: "clear" }),
    close: async () => void (await worker.terminate()),
  };
}

interface FarSide {
  socket: Socket;
  port: number;
  packet: Uint8Array;
  header: {
    marker: boolean;
    payloadType: number;
    sequence: number;
    timestamp: number;
    ssrc: number;
  };
  lastMs: number;
  lastSequence: number;
}

// Above their users, because the thread runs from here.
const socketsCount = 50;
const slotsCount = 5;
const slotMs = 4;

if (!isMainThread && workerData === "media-load") await work();

async function work(): Promise<void> {
  const payload = g711Encode("PCMU", toneSamples([{ frequencyHz: 400, ms: 20 }]));
  const view = newRtpView();
  const farSides = new Map<number, FarSide>();
  const slots: FarSide[][] = Array.from({ length: slotsCount }, () => []);
  let gaps: number[] = [];
  let firstAt = new Map<number, number>();
  let packets = 0;
  let lost = 0;

  const hear = (bytes: Uint8Array, from: RemoteInfo): void => {
    const farSide = farSides.get(from.port);
    if (farSide === undefined || !readRtp(bytes, view)) return;
    const nowMs = performance.now();
    packets += 1;
    if (farSide.lastMs > 0) {
      gaps.push(nowMs - farSide.lastMs);
      lost += Math.max(0, ((view.sequence - farSide.lastSequence) & 0xffff) - 1);
    } else firstAt.set(from.port, performance.timeOrigin + nowMs);
    farSide.lastMs = nowMs;
    farSide.lastSequence = view.sequence;
  };
  const sockets = await Promise.all(
    Array.from({ length: socketsCount }, async () => {
      const socket = createSocket({
        type: "udp4",
        recvBufferSize: 2_000_000,
        lookup: (host, _options, done) => done(null, host, 4),
      });
      socket.on("message", hear);
      socket.on("error", () => {});
      await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
      return socket;
    }),
  );

  const talk = (farSide: FarSide): void => {
    const { header, packet } = farSide;
    header.sequence = (header.sequence + 1) & 0xffff;
    header.timestamp = (header.timestamp + 160) >>> 0;
    writeRtpHeader(packet, header);
    farSide.socket.send(packet, farSide.port, "127.0.0.1");
  };
  const startMs = performance.now();
  let step = 0;
  const tick = (): void => {
    for (; step * slotMs <= performance.now() - startMs; step += 1) {
      for (const farSide of slots[step % slotsCount] ?? []) talk(farSide);
    }
    setTimeout(tick, Math.max(0, startMs + step * slotMs - performance.now()));
  };
  tick();

  const aim = (leg: { index: number; port: number }, talks: boolean): void => {
    const socket = sockets[leg.index % socketsCount];
    if (socket === undefined) return;
    const header = { marker: false, payloadType: 0, sequence: 0, timestamp: 0, ssrc: leg.port };
    const packet = packRtp(header, payload);
    const farSide = { socket, port: leg.port, packet, header, lastMs: 0, lastSequence: 0 };
    farSides.set(leg.port, farSide);
    if (talks) slots[leg.index % slotsCount]?.push(farSide);
  };
  const forget = (): void => {
    gaps = [];
    firstAt = new Map();
    packets = 0;
    lost = 0;
  };
  parentPort?.on("message", (order: Order) => {
    if (order.type === "aim") for (const leg of order.legs) aim(leg, order.talks);
    if (order.type === "measure") forget();
    if (order.type === "clear") {
      farSides.clear();
      for (const slot of slots) slot.length = 0;
      forget();
    }
    if (order.type === "report") {
      parentPort?.postMessage({
        packets,
        lost,
        p50Ms: percentile(gaps, 0.5),
        p99Ms: percentile(gaps, 0.99),
        maxMs: percentile(gaps, 1),
        firstAt,
      } satisfies LoadReport);
    }
  });
  parentPort?.postMessage(sockets.map((socket) => socket.address().port));
}
