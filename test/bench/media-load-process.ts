// The process of media-load.ts.
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { g711Encode } from "../../engine/edge/media/dsp/g711.ts";
import {
  newRtpView,
  packRtp,
  type RtpHeader,
  readRtp,
  writeRtpHeader,
} from "../../engine/edge/media/dsp/rtp-packet.ts";
import { toneSamples } from "../../engine/edge/media/dsp/tone.ts";
import type { LoadOrder, LoadReport } from "./media-load.ts";
import { percentile } from "./processes.ts";

interface FarSide {
  socket: Socket;
  port: number;
  packet: Uint8Array;
  header: RtpHeader;
  lastMs: number;
  lastSequence: number;
}

const socketsCount = 50;
const slotsCount = 5;
const slotMs = 4;

const payload = g711Encode("PCMU", toneSamples([{ frequencyHz: 400, ms: 20 }]));
const view = newRtpView();
const farSides = new Map<number, FarSide>();
const slots: FarSide[][] = Array.from({ length: slotsCount }, () => []);
let gaps: number[] = [];
let firstAt = new Map<number, number>();
let packets = 0;
let lost = 0;

const sockets = await Promise.all(Array.from({ length: socketsCount }, openSocket));
const startMs = performance.now();
let step = 0;
tick();
process.on("message", obey);
process.send?.(sockets.map((socket) => socket.address().port));

async function openSocket(): Promise<Socket> {
  const socket = createSocket({
    type: "udp4",
    recvBufferSize: 2_000_000,
    lookup: (host, _options, done) => done(null, host, 4),
  });
  socket.on("message", hear);
  socket.on("error", () => {});
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  return socket;
}

function hear(bytes: Uint8Array, from: RemoteInfo): void {
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
}

function talk(farSide: FarSide): void {
  const { header, packet } = farSide;
  header.sequence = (header.sequence + 1) & 0xffff;
  header.timestamp = (header.timestamp + 160) >>> 0;
  writeRtpHeader(packet, header);
  farSide.socket.send(packet, farSide.port, "127.0.0.1");
}

function tick(): void {
  for (; step * slotMs <= performance.now() - startMs; step += 1) {
    for (const farSide of slots[step % slotsCount] ?? []) talk(farSide);
  }
  setTimeout(tick, Math.max(0, startMs + step * slotMs - performance.now()));
}

function obey(order: LoadOrder): void {
  switch (order.type) {
    case "aim":
      for (const leg of order.legs) aim(leg, order.talks);
      return;
    case "measure":
      forget();
      return;
    case "clear":
      farSides.clear();
      for (const slot of slots) slot.length = 0;
      forget();
      return;
    case "report":
      process.send?.({
        packets,
        lost,
        p50Ms: percentile(gaps, 0.5),
        p99Ms: percentile(gaps, 0.99),
        maxMs: percentile(gaps, 1),
        firstAt,
      } satisfies LoadReport);
  }
}

function aim(leg: { index: number; port: number }, talks: boolean): void {
  const socket = sockets[leg.index % socketsCount];
  if (socket === undefined) return;
  const header = { marker: false, payloadType: 0, sequence: 0, timestamp: 0, ssrc: leg.port };
  const packet = packRtp(header, payload);
  const farSide = { socket, port: leg.port, packet, header, lastMs: 0, lastSequence: 0 };
  farSides.set(leg.port, farSide);
  if (talks) slots[leg.index % slotsCount]?.push(farSide);
}

function forget(): void {
  gaps = [];
  firstAt = new Map();
  packets = 0;
  lost = 0;
}
process.on("disconnect", () => process.exit());
