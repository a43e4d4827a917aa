// What a call goes through, with who must hear whom in each state: one table for plain RTP and for
// browsers. Everybody talks all the time, each with a tone of his own.
import type { MediaBridgeRole, MediaRequest } from "../../../wire/media-control.ts";

type WithoutId<T> = T extends unknown ? Omit<T, "id"> : never;

/** Whole periods in 200 ms keep the tones apart. */
export const voices = { caller: 600, agent: 900, second: 1300, boss: 1700, music: 1100 } as const;

export type PartyName = Exclude<keyof typeof voices, "music">;
export const partyNames: readonly PartyName[] = ["caller", "agent", "second", "boss"];

/** For each party the names of those heard, joined by `+`; empty for silence. */
export type HeardMatrix = Record<PartyName, string>;

export interface TalkState {
  name: string;
  requests: readonly WithoutId<MediaRequest>[];
  heard: HeardMatrix;
}

const join = (
  bridgeId: string,
  legIds: PartyName[],
  roles: MediaBridgeRole[] = [],
): WithoutId<MediaRequest> => ({ type: "bridge", bridgeId, legIds, roles });

const music = (playId: string): WithoutId<MediaRequest> => ({
  type: "play",
  legId: "caller",
  playId,
  items: [{ kind: "music", path: "music.wav" }],
  repeat: false,
});

const two = { caller: "agent", agent: "caller", second: "", boss: "" };
const watched = { ...two, boss: "caller+agent" };
const withBoss = (role: MediaBridgeRole) => join("talk", ["caller", "agent", "boss"], [role]);
const withAll = (role: MediaBridgeRole) =>
  join("talk", ["caller", "agent", "second", "boss"], [role]);
const conference = { caller: "agent+second", agent: "caller+second", second: "caller+agent" };

/** Each begins and ends in this one. */
export const bridged: TalkState = {
  name: "bridged",
  requests: [join("talk", ["caller", "agent"])],
  heard: two,
};

export const talkStates: readonly TalkState[] = [
  {
    name: "on hold with music",
    requests: [music("hold")],
    heard: { caller: "music", agent: "", second: "", boss: "" },
  },
  {
    name: "consult",
    requests: [music("consult"), join("consult", ["agent", "second"])],
    heard: { caller: "music", agent: "second", second: "agent", boss: "" },
  },
  {
    name: "conference of three",
    requests: [join("talk", ["caller", "agent", "second"])],
    heard: { ...conference, boss: "" },
  },
  {
    name: "monitor",
    requests: [withBoss({ legId: "boss", role: "listener" })],
    heard: watched,
  },
  {
    name: "whisper to the agent",
    requests: [withBoss({ legId: "boss", role: "whisperer", whisperTo: "agent" })],
    heard: { ...watched, agent: "caller+boss" },
  },
  {
    name: "whisper to the caller",
    requests: [withBoss({ legId: "boss", role: "whisperer", whisperTo: "caller" })],
    heard: { ...watched, caller: "agent+boss" },
  },
  {
    name: "barge",
    requests: [withBoss({ legId: "boss", role: "talker" })],
    heard: { ...watched, caller: "agent+boss", agent: "caller+boss" },
  },
  {
    name: "monitor of a conference",
    requests: [withAll({ legId: "boss", role: "listener" })],
    heard: { ...conference, boss: "caller+agent+second" },
  },
  {
    name: "whisper in a conference",
    requests: [withAll({ legId: "boss", role: "whisperer", whisperTo: "second" })],
    heard: { ...conference, second: "caller+agent+boss", boss: "caller+agent+second" },
  },
  {
    name: "taken over by the second agent",
    requests: [join("talk", ["caller", "second"])],
    heard: { caller: "second", agent: "", second: "caller", boss: "" },
  },
];

/** Each party's row. */
export const matrixOf = (row: (name: PartyName) => string): HeardMatrix => ({
  caller: row("caller"),
  agent: row("agent"),
  second: row("second"),
  boss: row("boss"),
});

/**
 * Whom a party hears, by the share (0 to 1) that a frequency has of it. A voice that is neither
 * plainly there nor plainly absent gets a question mark, so that no expectation fits it.
 */
export function heardOf(shareOf: (frequencyHz: number) => number): string {
  return Object.entries(voices)
    .flatMap(([name, frequencyHz]) => {
      const share = shareOf(frequencyHz);
      if (share > heardShareMin) return [name];
      return share < unheardShareMax ? [] : [`${name}?`];
    })
    .join("+");
}

/** Three voices of one loudness have a third each. */
const heardShareMin = 0.2;
/** 20 dB below all that is heard; one frame of a voice in 200 ms is more. */
const unheardShareMax = 0.01;
