// The whole matrix of who hears whom in a call's states, by tones in plain RTP.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { G711Codec } from "./dsp/g711.ts";
import { toneSamples } from "./dsp/tone.ts";
import { writeWav } from "./dsp/wav.ts";
import { serveMedia } from "./serve.ts";
import { ControlClient, until } from "./testing/control-client.ts";
import { RtpPeer } from "./testing/rtp-peer.ts";
import {
  bridged,
  type HeardMatrix,
  heardOf,
  matrixOf,
  type PartyName,
  partyNames,
  type TalkState,
  talkStates,
  voices,
} from "./testing/talk-states.ts";

let promptsDir: string;

beforeAll(async () => {
  promptsDir = await mkdtemp(join(tmpdir(), "prompts-"));
  const samples = toneSamples([{ frequencyHz: voices.music, ms: 60_000 }]);
  await writeFile(join(promptsDir, "music.wav"), writeWav({ sampleRateHz: 8000, samples }));
});

afterAll(() => rm(promptsDir, { recursive: true }));

/** Both laws on both sides of every bridge. */
const codecs: Record<PartyName, G711Codec> = {
  caller: "PCMA",
  agent: "PCMU",
  second: "PCMA",
  boss: "PCMU",
};

/** A media server with four parties, all of them talking. */
class Parties {
  readonly engine: ControlClient;
  private readonly peers = new Map<PartyName, RtpPeer>();
  private readonly stop: () => Promise<void>;

  private constructor(engine: ControlClient, stop: () => Promise<void>) {
    this.engine = engine;
    this.stop = stop;
  }

  static async gather(): Promise<Parties> {
    const media = await serveMedia({
      ...{ host: "127.0.0.1", publicHost: null, rtpPortMin: 0, rtpPortMax: 0, webrtcPort: 0 },
      ...{ controlPort: 0, controlSecret: "s", promptsDir, silentMs: 5000, legsMax: 10 },
      ...{ logger: pino({ level: "silent" }), webrtc: "off" },
    });
    const engine = await ControlClient.own(media.controlPort, { secret: "s", epoch: 1 });
    const parties = new Parties(engine, () => media.close());
    for (const name of partyNames) await parties.arrive(name);
    return parties;
  }

  /** Reached, and still so a while later. */
  async settle({ name, requests, heard }: TalkState): Promise<void> {
    for (const request of requests) await this.engine.must(request);
    await until(() => JSON.stringify(this.matrix()) === JSON.stringify(heard)).catch(() => {
      expect({ [name]: this.matrix() }).toEqual({ [name]: heard });
    });
    const before = this.peer("caller").heard.length;
    await until(() => this.peer("caller").heard.length >= before + 15);
    // Where this process stalls, a gap in a tone leaves it in doubt: asked again, never passed over.
    await until(() => !JSON.stringify(this.matrix()).includes("?"));
    expect({ [name]: this.matrix() }).toEqual({ [name]: heard });
  }

  async close(): Promise<void> {
    this.engine.close();
    for (const peer of this.peers.values()) peer.close();
    await this.stop();
  }

  private matrix(): HeardMatrix {
    return matrixOf((name) => heardOf((hz) => this.peer(name).share(hz)));
  }

  private peer(name: PartyName): RtpPeer {
    const peer = this.peers.get(name);
    if (peer === undefined) throw new Error(`no ${name}`);
    return peer;
  }

  private async arrive(name: PartyName): Promise<void> {
    const peer = await RtpPeer.open(codecs[name]);
    this.peers.set(name, peer);
    const remoteSdp = peer.sdp();
    const leg = { type: "createLeg", legId: name, kind: "rtp", remoteSdp } as const;
    const { localSdp = "" } = await this.engine.must(leg);
    peer.aim(localSdp);
    peer.talk(voices[name]);
  }
}

it.concurrent.each(talkStates.map((state) => [state.name, state] as const))(
  "%s, and back",
  async (_, state) => {
    const parties = await Parties.gather();
    try {
      for (const each of [bridged, state, bridged]) await parties.settle(each);
      const { legs = [] } = await parties.engine.must({ type: "list" });
      expect(legs.map(({ packetsRefused }) => packetsRefused)).toEqual([0, 0, 0, 0]);
    } finally {
      await parties.close();
    }
  },
);
