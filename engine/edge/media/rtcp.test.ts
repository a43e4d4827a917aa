// RTCP of plain RTP legs, seen from their far side.
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { middleOf, ntpOf, type RtcpCompound, readRtcp, writeRtcp } from "./dsp/rtcp-packet.ts";
import { isRtcp, packRtp } from "./dsp/rtp-packet.ts";
import { type RunningMedia, serveMedia } from "./serve.ts";
import { ControlClient, until } from "./testing/control-client.ts";

let media: RunningMedia;
let engine: ControlClient;
const sockets: Socket[] = [];

beforeEach(async () => {
  media = await serveMedia({
    ...{ host: "127.0.0.1", publicHost: null, rtpPortMin: 41_000, rtpPortMax: 41_999 },
    ...{ webrtcPort: 0, controlPort: 0, controlSecret: "s", promptsDir: tmpdir(), silentMs: 3000 },
    ...{ legsMax: 10, logger: pino({ level: "silent" }), webrtc: "off" },
    ...{ rtcpIntervalMs: 100, qualityMs: 150 },
  });
  engine = await ControlClient.own(media.controlPort, { secret: "s", epoch: 1 });
});

afterEach(async () => {
  engine.close();
  for (const socket of sockets.splice(0)) socket.close();
  await media.close();
});

async function open(port = 0): Promise<{ socket: Socket; port: number; heard: Buffer[] }> {
  const socket = createSocket("udp4");
  sockets.push(socket);
  socket.bind(port, "127.0.0.1");
  await once(socket, "listening");
  const heard: Buffer[] = [];
  socket.on("message", (packet) => heard.push(packet));
  return { socket, port: socket.address().port, heard };
}

/** The sockets for RTP and RTCP. A neighbour that somebody has taken makes another pair. */
async function openPair(kind: "mux" | "neighbour" | "named") {
  for (;;) {
    const rtp = await open();
    if (kind === "mux") return [rtp, rtp] as const;
    try {
      return [rtp, await open(kind === "neighbour" ? rtp.port + 1 : 0)] as const;
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EADDRINUSE")) throw error;
    }
  }
}

const compounds = (heard: readonly Buffer[]): RtcpCompound[] =>
  heard.filter(isRtcp).flatMap((packet) => readRtcp(packet) ?? []);

interface Far {
  /** Ours, where RTP goes. */
  port: number;
  /** What came as RTCP, on whichever port. */
  reports: () => RtcpCompound[];
  sendRtcp(packet: Uint8Array): void;
  /** Numbers of the packets to send, in this order. */
  sendRtp(...sequences: number[]): void;
  localSdp: string;
}

const farSsrc = 77;

/** A far side with or without RTCP on the RTP port. */
async function call(kind: "mux" | "neighbour" | "named", legId = "a"): Promise<Far> {
  const [rtp, rtcp] = await openPair(kind);
  const lines = {
    mux: ["a=rtcp-mux"],
    neighbour: [],
    named: [`a=rtcp:${rtcp.port} IN IP4 127.0.0.1`],
  }[kind];
  const head = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0"];
  const remoteSdp = [...head, `m=audio ${rtp.port} RTP/AVP 0`, ...lines, ""].join("\r\n");
  const { localSdp = "" } = await engine.must({
    type: "createLeg",
    legId,
    kind: "rtp",
    remoteSdp,
  });
  const port = Number(/m=audio (\d+)/.exec(localSdp)?.[1]);
  return {
    port,
    localSdp,
    reports: () => compounds(rtcp.heard),
    sendRtcp: (packet) => rtcp.socket.send(packet, kind === "mux" ? port : port + 1, "127.0.0.1"),
    sendRtp: (...sequences) => {
      for (const sequence of sequences) {
        const header = { marker: false, payloadType: 0, sequence, ssrc: farSsrc };
        const timestamp = sequence * 160;
        rtp.socket.send(packRtp({ ...header, timestamp }, Buffer.alloc(160)), port, "127.0.0.1");
      }
    },
  };
}

const playSilence = (legId = "a") =>
  engine.must({
    ...{ type: "play", legId, playId: "p", repeat: true },
    items: [{ kind: "silence", ms: 1000 }],
  });

describe.each(["mux", "neighbour", "named"] as const)("RTCP by %s", (kind) => {
  it("reports both ways: loss, jitter, round trip", async () => {
    const far = await call(kind);
    expect(far.localSdp.includes("a=rtcp-mux")).toBe(kind === "mux");
    await playSilence();
    // Two of twelve never come.
    far.sendRtp(1, 2, 3, 5, 6, 8, 9, 10, 11, 12);
    await until(() =>
      far.reports().some(({ sender, blocks }) => sender !== null && blocks.length > 0),
    );
    const first = far.reports().find(({ blocks }) => blocks.length > 0);
    expect(first?.blocks[0]).toMatchObject({ ssrc: farSsrc, lost: 2, highestSequence: 12 });
    expect(first?.blocks[0]?.fractionLost).toBe(Math.floor((2 / 12) * 256));
    const ours = far.reports().findLast(({ sender }) => sender !== null);
    expect(ours?.sender?.octets).toBe((ours?.sender?.packets ?? 0) * 160);
    const epochMs = ((ours?.sender?.ntpSeconds ?? 0) - 2_208_988_800) * 1000;
    expect(Math.abs(epochMs - Date.now())).toBeLessThan(3000);

    // The far side says, again and again, that it got our report 40 ms ago, which was 60 ms old.
    let sender = { ...ntpOf(Date.now()), rtpTimestamp: 1, packets: 10, octets: 1600 };
    let sequence = 12;
    const report = () => {
      // Only a leg that is heard has its quality told.
      sequence += 1;
      far.sendRtp(sequence);
      const block = {
        ...{ ssrc: ours?.ssrc ?? 0, fractionLost: 64, lost: 9, highestSequence: 5, jitter: 80 },
        lastReport: middleOf(ntpOf(Date.now() - 100)),
        delay: Math.round(0.04 * 65_536),
      };
      sender = { ...sender, ...ntpOf(Date.now()) };
      far.sendRtcp(writeRtcp({ ssrc: farSsrc, cname: "far", sender, block, bye: false }));
    };
    await until(() => {
      report();
      return engine.events("legQuality").some(({ peer, roundTripMs }) => {
        return peer !== null && Math.abs((roundTripMs ?? 0) - 60) < 25;
      });
    });
    const quality = engine.events("legQuality").findLast(({ peer }) => peer !== null);
    expect(quality?.peer).toEqual({ lossShare: 0.25, jitterMs: 10 });
    // Ours now names the report that it answers.
    await until(() => far.reports().at(-1)?.blocks[0]?.lastReport === middleOf(sender));
  });

  it("says good-bye", async () => {
    const far = await call(kind);
    await playSilence();
    await until(() => far.reports().length > 0);
    await engine.must({ type: "dropLeg", legId: "a" });
    await until(() => far.reports().some(({ byes }) => byes.length > 0));
    const last = far.reports().at(-1);
    expect(last?.byes).toEqual([last?.ssrc]);
  });

  it("that is malformed or a stranger's is ignored and counted", async () => {
    const far = await call(kind);
    far.sendRtp(1);
    const stranger = await open();
    const good = writeRtcp({ ssrc: farSsrc, cname: "far", sender: null, block: null, bye: false });
    far.sendRtcp(good.subarray(0, 12));
    far.sendRtcp(Buffer.concat([good, Buffer.of(0x80)]));
    far.sendRtcp(Buffer.from("80c9ffff00000001", "hex"));
    stranger.socket.send(good, far.port, "127.0.0.1");
    const refused = async () => (await engine.must({ type: "list" })).legs?.[0]?.packetsRefused;
    await until(() => far.reports().length > 0);
    expect(await refused()).toBe(4);
  });
});

it("a leg without RTP sends no RTCP", async () => {
  const [silent, other] = [await call("mux"), await call("mux", "b")];
  await playSilence("b");
  await until(() => other.reports().length >= 3);
  expect(silent.reports()).toEqual([]);
});
