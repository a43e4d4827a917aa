// Who hears whom by role, proved by tones in plain RTP.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { MediaBridgeRole } from "../../wire/media-control.ts";
import { type RunningMedia, serveMedia } from "./serve.ts";
import { ControlClient, until } from "./testing/control-client.ts";
import { RtpPeer } from "./testing/rtp-peer.ts";

let promptsDir: string;
let media: RunningMedia;
let engine: ControlClient;
let parties: Party[] = [];

interface Party {
  legId: string;
  toneHz: number;
  peer: RtpPeer;
}

beforeEach(async () => {
  promptsDir = await mkdtemp(join(tmpdir(), "prompts-"));
  media = await serveMedia({
    host: "127.0.0.1",
    publicHost: null,
    rtpPortMin: 0,
    rtpPortMax: 0,
    webrtcPort: 0,
    controlPort: 0,
    controlSecret: "s",
    promptsDir,
    silentMs: 5000,
    legsMax: 10,
    logger: pino({ level: "silent" }),
    webrtc: "off",
  });
  engine = await ControlClient.own(media.controlPort, { secret: "s", epoch: 1 });
});

afterEach(async () => {
  engine.close();
  for (const { peer } of parties) peer.close();
  parties = [];
  await media.close();
  await rm(promptsDir, { recursive: true });
});

/** Each law and each tone once; whole periods in 200 ms keep the tones apart. */
const cast = [
  ["caller", 600, "PCMA"],
  ["agent", 900, "PCMU"],
  ["boss", 1300, "PCMU"],
  ["trainee", 1700, "PCMA"],
] as const;

async function talkAll(count: number): Promise<void> {
  for (const [legId, toneHz, codec] of cast.slice(0, count)) {
    const peer = await RtpPeer.open(codec);
    parties.push({ legId, toneHz, peer });
    const { localSdp = "" } = await engine.must({
      type: "createLeg",
      legId,
      kind: "rtp",
      remoteSdp: peer.sdp(),
    });
    peer.aim(localSdp);
    peer.talk(toneHz);
  }
}

/** For each party, the names of those whom it hears now. */
function matrix(): Record<string, string> {
  return Object.fromEntries(
    parties.map(({ legId, peer }) => [
      legId,
      parties
        .filter(({ toneHz }) => peer.share(toneHz) > 0.2)
        .map((heard) => heard.legId)
        .join("+"),
    ]),
  );
}

async function bridge(roles: MediaBridgeRole[]): Promise<void> {
  const legIds = parties.map(({ legId }) => legId);
  await engine.must({ type: "bridge", bridgeId: "b", legIds, roles });
}

async function untilMatrix(expected: Record<string, string>): Promise<void> {
  await until(() => JSON.stringify(matrix()) === JSON.stringify(expected)).catch(() =>
    expect(matrix()).toEqual(expected),
  );
}

const listener = (legId: string): MediaBridgeRole => ({ legId, role: "listener" });
const whisperer = (legId: string, whisperTo: string): MediaBridgeRole => ({
  legId,
  role: "whisperer",
  whisperTo,
});

describe("who hears whom", () => {
  it.each<[why: string, roles: MediaBridgeRole[], heard: Record<string, string>]>([
    ["monitor", [listener("boss")], { caller: "agent", agent: "caller", boss: "caller+agent" }],
    [
      "whisper to the agent",
      [whisperer("boss", "agent")],
      { caller: "agent", agent: "caller+boss", boss: "caller+agent" },
    ],
    [
      "whisper to the caller",
      [whisperer("boss", "caller")],
      { caller: "agent+boss", agent: "caller", boss: "caller+agent" },
    ],
    [
      "barge",
      [{ legId: "boss", role: "talker" }],
      { caller: "agent+boss", agent: "caller+boss", boss: "caller+agent" },
    ],
    [
      "one talker with two listeners",
      [listener("boss"), listener("agent")],
      { caller: "", agent: "caller", boss: "caller" },
    ],
    [
      "nobody but listeners",
      [listener("caller"), listener("agent"), listener("boss")],
      {
        caller: "",
        agent: "",
        boss: "",
      },
    ],
  ])("%s", async (_, roles, heard) => {
    await talkAll(3);
    await bridge(roles);
    await untilMatrix(heard);
  });

  it("monitor, whisper and two talkers together", async () => {
    await talkAll(4);
    await bridge([whisperer("boss", "agent"), listener("trainee")]);
    await untilMatrix({
      caller: "agent",
      agent: "caller+boss",
      boss: "caller+agent",
      trainee: "caller+agent",
    });
  });
});

it("lets the talkers talk on unbroken while a monitor comes, whispers, barges in and goes", async () => {
  await talkAll(3);
  const two = () => engine.must({ type: "bridge", bridgeId: "b", legIds: ["caller", "agent"] });
  await two();
  const alone = { caller: "agent", agent: "caller", boss: "" };
  await untilMatrix(alone);
  await bridge([listener("boss")]);
  await untilMatrix({ ...alone, boss: "caller+agent" });
  await bridge([whisperer("boss", "agent")]);
  await untilMatrix({ caller: "agent", agent: "caller+boss", boss: "caller+agent" });
  const { bridges } = await engine.must({ type: "list" });
  expect(bridges).toEqual([
    {
      bridgeId: "b",
      legIds: ["caller", "agent", "boss"],
      roles: [{ legId: "boss", role: "whisperer", whisperTo: "agent" }],
    },
  ]);
  const caller = parties[0]?.peer.audio() ?? [];
  // Marked once: where the agent's voice began. The caller cannot tell that somebody listens.
  expect(caller.filter(({ marker }) => marker).length).toBe(1);
  await bridge([]);
  await untilMatrix({ caller: "agent+boss", agent: "caller+boss", boss: "caller+agent" });
  await two();
  await untilMatrix(alone);
});

it("a whisper to somebody who left is heard by nobody", async () => {
  await talkAll(4);
  await bridge([whisperer("boss", "agent")]);
  await untilMatrix({
    caller: "agent+trainee",
    agent: "caller+boss+trainee",
    boss: "caller+agent+trainee",
    trainee: "caller+agent",
  });
  await engine.must({ type: "dropLeg", legId: "agent" });
  const heard = (): Record<string, string> => ({ ...matrix(), agent: "" });
  await until(() => heard()["caller"] === "trainee" && heard()["trainee"] === "caller");
  expect(heard()).toMatchObject({ caller: "trainee", trainee: "caller", boss: "caller+trainee" });
});

it.each<[why: string, roles: MediaBridgeRole[]]>([
  ["a stranger's role", [listener("nobody")]],
  ["two roles", [listener("boss"), whisperer("boss", "agent")]],
  ["a whisper to nobody", [whisperer("boss", "nobody")]],
  ["a whisper to a listener", [whisperer("boss", "agent"), listener("agent")]],
])("refuses %s", async (_, roles) => {
  await talkAll(3);
  const legIds = parties.map(({ legId }) => legId);
  const answer = await engine.ask({ type: "bridge", bridgeId: "b", legIds, roles });
  expect(answer).toMatchObject({ type: "failed", code: "badRequest" });
});
