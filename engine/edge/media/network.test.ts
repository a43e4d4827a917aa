// Networks as they are: IPv6, loss, doubles, disorder, strangers and rubbish.
import { createSocket, type Socket } from "node:dgram";
import { tmpdir } from "node:os";
import { pino } from "pino";
import { afterEach, describe, expect, it } from "vitest";
import type { MediaLegStats } from "../../wire/media-control.ts";
import { g711Encode } from "./dsp/g711.ts";
import { packRtp } from "./dsp/rtp-packet.ts";
import { toneSamples } from "./dsp/tone.ts";
import { type RunningMedia, serveMedia } from "./serve.ts";
import { ControlClient, until } from "./testing/control-client.ts";
import { impairedPath, seededRandom } from "./testing/impairment.ts";
import { RtpPeer } from "./testing/rtp-peer.ts";

let media: RunningMedia;
let engine: ControlClient;
let peers: RtpPeer[] = [];
let strangers: Socket[] = [];

async function start(
  options: Partial<{ host: string; publicHost: string; rtpPortMin: number; rtpPortMax: number }>,
): Promise<void> {
  media = await serveMedia({
    host: "127.0.0.1",
    publicHost: null,
    rtpPortMin: 0,
    rtpPortMax: 0,
    webrtcPort: 0,
    controlPort: 0,
    controlSecret: "s",
    promptsDir: tmpdir(),
    silentMs: 5000,
    legsMax: 10,
    logger: pino({ level: "silent" }),
    webrtc: "off",
    ...options,
  });
  engine = await ControlClient.own(media.controlPort, { secret: "s", epoch: 1 });
}

afterEach(async () => {
  engine.close();
  for (const peer of peers) peer.close();
  for (const stranger of strangers) stranger.close();
  peers = [];
  strangers = [];
  await media.close();
});

/** A peer with its leg; `port` is the leg's. */
async function join(legId: string, host = "127.0.0.1"): Promise<{ peer: RtpPeer; sdp: string }> {
  const peer = await RtpPeer.open("PCMU", host);
  peers.push(peer);
  const made = { type: "createLeg", legId, kind: "rtp", remoteSdp: peer.sdp() } as const;
  const { localSdp: sdp = "" } = await engine.must(made);
  peer.aim(sdp);
  return { peer, sdp };
}

async function bridge(...legIds: string[]): Promise<void> {
  await engine.must({ type: "bridge", bridgeId: "b", legIds });
}

async function statsOf(legId: string): Promise<MediaLegStats> {
  const { legs = [] } = await engine.must({ type: "list" });
  const leg = legs.find((candidate) => candidate.legId === legId);
  if (leg === undefined) throw new Error(`no leg ${legId}`);
  return leg;
}

const portIn = (sdp: string): number => Number(/m=audio (\d+)/.exec(sdp)?.[1]);

describe("addresses", () => {
  it("IPv6 legs hear each other, and their SDP says so", async () => {
    await start({ host: "::1" });
    const [a, b] = [await join("a", "::1"), await join("b", "::1")];
    expect(a.sdp).toContain("c=IN IP6 ::1\r\n");
    await bridge("a", "b");
    a.peer.talk(600);
    b.peer.talk(900);
    await until(() => a.peer.share(900) > 0.8 && b.peer.share(600) > 0.8);
  });

  it("far sides elsewhere are told the public address, those on this machine are not", async () => {
    await start({ publicHost: "192.0.2.7" });
    const here = await join("here");
    const remoteSdp = (peers[0]?.sdp() ?? "").replaceAll("127.0.0.1", "198.51.100.1");
    const made = { type: "createLeg", legId: "far", kind: "rtp", remoteSdp } as const;
    const { localSdp = "" } = await engine.must(made);
    expect([here.sdp, localSdp].map((sdp) => /c=IN IP4 (\S+)/.exec(sdp)?.[1])).toEqual([
      "127.0.0.1",
      "192.0.2.7",
    ]);
  });

  it("ports are even ones of the range, and when all are taken the leg is refused", async () => {
    const first = 2 * Math.floor((await freePort()) / 2);
    await start({ rtpPortMin: first, rtpPortMax: first + 3 });
    const ports = [portIn((await join("a")).sdp), portIn((await join("b")).sdp)];
    expect(ports).toEqual([first, first + 2]);
    const refused = await engine.ask({ type: "createLeg", legId: "c", kind: "rtp" });
    expect(refused).toMatchObject({ type: "failed", code: "noPort" });
    await engine.must({ type: "dropLeg", legId: "a" });
    expect(portIn((await join("d")).sdp)).toBe(first);
  });
});

it("a leg whose RTCP port is taken does without RTCP", async () => {
  await start({});
  const { peer, sdp } = await join("a");
  const taken = createSocket("udp4");
  strangers.push(taken);
  // Of a leg that the far side has not answered yet, only the RTP port is open.
  const { localSdp = "" } = await engine.must({ type: "createLeg", legId: "b", kind: "rtp" });
  await new Promise<void>((resolve, reject) => {
    taken.once("error", reject);
    taken.bind({ port: portIn(localSdp) + 1, address: "127.0.0.1", exclusive: true }, resolve);
  });
  const other = await RtpPeer.open();
  peers.push(other);
  other.aim(localSdp);
  await engine.must({ type: "acceptAnswer", legId: "b", remoteSdp: other.sdp() });
  await bridge("a", "b");
  peer.aim(sdp);
  peer.talk(600);
  await until(() => other.share(600) > 0.8);
});

describe("a bad path", () => {
  const bad = { loss: 0.05, duplicated: 0.05, reordered: 0.1 };

  it.each([1, 2, 3])("loses no tone between two, nor to a third (seed %i)", async (seed) => {
    await start({});
    const [a, b, c] = [await join("a"), await join("b"), await join("c")];
    a.peer.path = impairedPath({ seed, ...bad });
    await bridge("a", "b");
    a.peer.talk(600);
    b.peer.talk(900);
    await until(() => a.peer.share(900) > 0.8 && b.peer.share(600) > 0.6);
    await bridge("a", "b", "c");
    c.peer.talk(1300);
    await until(() => c.peer.share(600) > 0.25 && c.peer.share(900) > 0.25);
    await until(() => b.peer.share(600) > 0.25 && b.peer.share(1300) > 0.25);
    const { packetsLost } = await statsOf("a");
    expect(packetsLost).toBeGreaterThan(0);
    expect((await statsOf("b")).packetsLost).toBe(0);
  });

  it.each([1, 2, 3, 4, 5])("keeps every digit once and in order (seed %i)", async (seed) => {
    await start({});
    const a = await join("a");
    a.peer.path = impairedPath({ seed, ...bad });
    const digits = "0123456789*#ABCD1199";
    for (const [i, digit] of [...digits].entries()) {
      a.peer.press(digit);
      for (let n = 0; n < 5; n += 1) a.peer.sendAudio(new Uint8Array(160).fill(0xff));
      // A digit at a time: packets sent at once would overtake those held back.
      await until(() => engine.events("digit").length > i);
    }
    expect(engine.events("digit").map(({ digit }) => digit)).toEqual([...digits]);
  });
});

describe("strangers and rubbish", () => {
  it("are counted and never heard", async () => {
    await start({});
    const [a, b] = [await join("a"), await join("b")];
    await bridge("a", "b");
    a.peer.talk(600);
    b.peer.talk(900);
    await until(() => a.peer.share(900) > 0.8 && b.peer.share(600) > 0.8);
    const before = (await statsOf("a")).packetsRefused;

    const stranger = createSocket("udp4");
    strangers.push(stranger);
    const payload = g711Encode("PCMU", toneSamples([{ frequencyHz: 1300, ms: 20 }]));
    for (let sequence = 0; sequence < strangersCount; sequence += 1) {
      const timestamp = sequence * 160;
      const packet = packRtp(
        { marker: false, payloadType: 0, sequence, timestamp, ssrc: 5 },
        payload,
      );
      await sent(stranger, packet, portIn(a.sdp));
      if (sequence % 20 === 19) await refused(before + sequence + 1);
    }
    await until(() => b.peer.share(600) > 0.9);
    expect(b.peer.share(1300)).toBeLessThan(0.01);
    expect((await statsOf("a")).packetsRefused - before).toBe(strangersCount);
  });

  it("neither crash nor stop anything, whoever sends them", async () => {
    await start({});
    const [a, b] = [await join("a"), await join("b")];
    await bridge("a", "b");
    a.peer.talk(600);
    b.peer.talk(900);
    await until(() => a.peer.share(900) > 0.8 && b.peer.share(600) > 0.8);
    const random = seededRandom(42);
    for (let i = 0; i < 2000; i += 1) {
      const bytes = Uint8Array.from({ length: Math.floor(random() * 80) }, () => random() * 256);
      // Half of them look like RTP or RTCP of version 2, or STUN, at their beginning.
      const [first, second] = [bytes.length > 0, bytes.length > 1];
      if (first && i % 2 === 0) bytes[0] = [0x80, 0x90, 0xbf, 0x00][(i / 2) % 4] ?? 0;
      if (second && i % 4 === 0) bytes[1] = 72 + (i % 128);
      a.peer.sendBytes(bytes);
      // A turn of the control link, so that the socket's buffer is read.
      if (i % 50 === 49) await statsOf("a");
    }
    const heard = b.peer.audio().length;
    await until(() => b.peer.audio().length > heard + 25);
    await until(() => b.peer.share(600) > 0.8 && a.peer.share(900) > 0.8);
    expect((await statsOf("a")).packetsRefused).toBeGreaterThan(0);
  });
});

/** Waits until leg `a` has refused so many; the buffer of its socket is small. */
async function refused(count: number): Promise<void> {
  let now = 0;
  for (let asked = 0; now < count && asked < 1000; asked += 1) {
    now = (await statsOf("a")).packetsRefused;
  }
  expect(now).toBe(count);
}

function sent(socket: Socket, bytes: Uint8Array, port: number): Promise<void> {
  return new Promise((resolve) => socket.send(bytes, port, "127.0.0.1", () => resolve()));
}

function freePort(): Promise<number> {
  const socket = createSocket("udp4");
  return new Promise((resolve) => {
    socket.bind(0, "127.0.0.1", () => {
      const { port } = socket.address();
      socket.close(() => resolve(Math.min(port, 65_000)));
    });
  });
}

const strangersCount = 500;
