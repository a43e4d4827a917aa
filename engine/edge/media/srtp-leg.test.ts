// A trunk's leg with SRTP against one without: who hears what, and what is never heard.
import { randomBytes } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { g711Decode, g711Encode } from "./dsp/g711.ts";
import { toneShare } from "./dsp/goertzel.ts";
import { readRtcp } from "./dsp/rtcp-packet.ts";
import { isRtcp, packRtp } from "./dsp/rtp-packet.ts";
import { ToneSource } from "./dsp/tone.ts";
import { type RunningMedia, serveMedia } from "./serve.ts";
import { SrtpContext } from "./srtp/srtp-context.ts";
import type { SrtpSuite } from "./srtp/srtp-keys.ts";
import { ControlClient, until } from "./testing/control-client.ts";
import { RtpPeer } from "./testing/rtp-peer.ts";

let media: RunningMedia;
let engine: ControlClient;
const toClose: { close(): void }[] = [];

beforeEach(async () => {
  media = await serveMedia({
    ...{ host: "127.0.0.1", publicHost: null, rtpPortMin: 0, rtpPortMax: 0, webrtcPort: 0 },
    ...{ controlPort: 0, controlSecret: "s", promptsDir: tmpdir(), silentMs: 3000, legsMax: 10 },
    ...{ logger: pino({ level: "silent" }), webrtc: "off", rtcpIntervalMs: 100 },
  });
  engine = await ControlClient.own(media.controlPort, { secret: "s", epoch: 1 });
});

afterEach(async () => {
  engine.close();
  for (const one of toClose.splice(0)) one.close();
  await media.close();
});

/** A far side that offers one suite, talks 600 Hz and hears with its keys alone. */
class SecurePeer {
  readonly sent: Buffer[] = [];
  readonly reports: Buffer[] = [];
  private heard: number[] = [];
  private sequence = 100;
  private readonly socket: Socket;
  private readonly source = new ToneSource(600);
  private readonly out: SrtpContext;
  private port = 0;
  private timer: NodeJS.Timeout | null = null;

  private constructor(socket: Socket, suite: SrtpSuite, master: Buffer) {
    this.socket = socket;
    this.out = new SrtpContext(suite, master);
    toClose.push(this);
  }

  static async call(suite: SrtpSuite): Promise<SecurePeer> {
    const socket = createSocket("udp4").bind(0, "127.0.0.1");
    await once(socket, "listening");
    const master = randomBytes(30);
    const peer = new SecurePeer(socket, suite, master);
    const remoteSdp = [
      ...["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0"],
      `m=audio ${socket.address().port} RTP/SAVP 0`,
      `a=crypto:1 ${suite} inline:${master.toString("base64")}`,
      ...["a=rtcp-mux", ""],
    ].join("\r\n");
    const leg = { type: "createLeg", legId: "a", kind: "rtp", srtp: "required" } as const;
    const { localSdp = "" } = await engine.must({ ...leg, remoteSdp });
    const [, key = ""] = /a=crypto:1 \S+ inline:(\S+)/.exec(localSdp) ?? [];
    peer.listen(new SrtpContext(suite, Buffer.from(key, "base64")));
    peer.port = Number(/m=audio (\d+) RTP\/SAVP/.exec(localSdp)?.[1]);
    return peer;
  }

  talk(): void {
    this.timer = setInterval(() => this.say(), 20);
  }

  say(): void {
    const { sequence } = this;
    this.sequence += 1;
    const header = { marker: false, payloadType: 0, sequence, timestamp: sequence * 160, ssrc: 9 };
    const packet = packRtp(header, g711Encode("PCMU", this.source.next(160)));
    const sealed = this.out.protect(packet, packet.length);
    if (sealed === null) throw new Error("not sealed");
    this.sent.push(sealed);
    this.send(sealed);
  }

  send(bytes: Uint8Array): void {
    this.socket.send(bytes, this.port, "127.0.0.1");
  }

  /** Share of a tone in the last 200 ms heard. */
  share(frequencyHz: number): number {
    const part = this.heard.slice(-1600);
    return part.length < 1600 ? 0 : toneShare(part, { frequencyHz });
  }

  hush(): void {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
  }

  close(): void {
    this.hush();
    this.socket.close();
  }

  private listen(keys: SrtpContext): void {
    this.socket.on("message", (packet) => {
      if (isRtcp(packet)) {
        const plain = keys.unprotectRtcp(packet);
        if (plain !== null) this.reports.push(plain);
        return;
      }
      const plain = keys.unprotect(packet);
      if (plain !== null) this.heard.push(...g711Decode("PCMU", plain.subarray(12)));
    });
  }
}

async function plainParty(): Promise<RtpPeer> {
  const peer = await RtpPeer.open("PCMA");
  toClose.push(peer);
  const remoteSdp = peer.sdp();
  const leg = { type: "createLeg", legId: "b", kind: "rtp" } as const;
  const { localSdp = "" } = await engine.must({ ...leg, remoteSdp });
  peer.aim(localSdp);
  return peer;
}

const legA = async () =>
  (await engine.must({ type: "list" })).legs?.find(({ legId }) => legId === "a");

describe.each<SrtpSuite>(["AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32"])("%s", (suite) => {
  it("both hear each other, and RTCP is sealed too", async () => {
    const [secure, plain] = [await SecurePeer.call(suite), await plainParty()];
    await engine.must({ type: "bridge", bridgeId: "ab", legIds: ["a", "b"] });
    secure.talk();
    plain.talk(1100);
    await until(() => plain.share(600) > 0.95 && secure.share(1100) > 0.95);
    await until(() => secure.reports.length > 0);
    expect(secure.reports.every((report) => readRtcp(report) !== null)).toBe(true);
    expect(await legA()).toMatchObject({ packetsRefused: 0, packetsLost: 0 });
  });

  it("replayed, changed, plain and foreign packets are counted and never heard", async () => {
    const [secure, plain] = [await SecurePeer.call(suite), await plainParty()];
    await engine.must({ type: "bridge", bridgeId: "ab", legIds: ["a", "b"] });
    for (let i = 0; i < 20; i += 1) secure.say();
    await until(() => plain.audio().filter(({ payload }) => isLoud(payload)).length === 20);
    // One more, held back and bent; the true one comes at last.
    const last = secure.sent.length;
    for (const packet of secure.sent) secure.send(packet);
    for (const packet of secure.sent.slice(0, 10)) {
      const changed = Buffer.from(packet);
      changed[40] = (changed[40] as number) ^ 1;
      changed[3] = (changed[3] as number) + 100;
      secure.send(changed);
    }
    const header = { marker: false, payloadType: 0, sequence: 500, timestamp: 80_000, ssrc: 9 };
    secure.send(packRtp(header, Buffer.alloc(160, 1)));
    secure.send(Buffer.from("80c8000600000009".padEnd(80, "0"), "hex"));
    await until(async () => (await legA())?.packetsRefused === last + 12);
    secure.say();
    await until(() => plain.audio().filter(({ payload }) => isLoud(payload)).length === 21);
    expect(await legA()).toMatchObject({ packetsIn: 21, packetsRefused: last + 12 });
  });
});

it("a leg that requires SRTP takes no plain offer", async () => {
  const peer = await RtpPeer.open();
  toClose.push(peer);
  const leg = { type: "createLeg", legId: "a", kind: "rtp", srtp: "required" } as const;
  expect(await engine.ask({ ...leg, remoteSdp: peer.sdp() })).toMatchObject({ code: "noCodec" });
});

/** A tone, not the silence that a party hears while nobody talks. */
const isLoud = (payload: Uint8Array): boolean => new Set(payload).size > 4;
