// SDP for one G.711 audio stream with telephone events (RFC 3264, RFC 3551, RFC 4733).
import type { Destination } from "./sip-lite.ts";

export type Law = "mu" | "a";
type Direction = "sendrecv" | "sendonly" | "recvonly" | "inactive";

/** What the far side wants: where to send, in which law, and how it takes digits. */
export type RemoteAudio = Readonly<{
  to: Destination;
  law: Law;
  /** Payload type of telephone-event at 8000 Hz, or null without. */
  eventType: number | null;
  /** As the far side sees it. */
  direction: Direction;
}>;

export const payloadTypeOf: Readonly<Record<Law, number>> = { mu: 0, a: 8 };

const mirrored: Readonly<Record<Direction, Direction>> = {
  sendrecv: "sendrecv",
  sendonly: "recvonly",
  recvonly: "sendonly",
  inactive: "inactive",
};

type Local = Readonly<{ host: string; port: number; version: number }>;

function describe(local: Local, types: readonly number[], event: number, dir: Direction): string {
  const family = local.host.includes(":") ? "IP6" : "IP4";
  const names: Readonly<Record<number, string>> = { 0: "PCMU/8000", 8: "PCMA/8000" };
  return [
    "v=0",
    `o=- ${local.port} ${local.version} IN ${family} ${local.host}`,
    "s=-",
    `c=IN ${family} ${local.host}`,
    "t=0 0",
    `m=audio ${local.port} RTP/AVP ${[...types, event].join(" ")}`,
    ...types.map((type) => `a=rtpmap:${type} ${names[type]}`),
    `a=rtpmap:${event} telephone-event/8000`,
    `a=fmtp:${event} 0-15`,
    "a=ptime:20",
    `a=${dir}`,
    "",
  ].join("\r\n");
}

/** An offer of both laws; the preferred one first. */
export function sdpOffer(local: Local, preferred: Law, direction: Direction = "sendrecv"): string {
  const types = preferred === "mu" ? [0, 8] : [8, 0];
  return describe(local, types, 101, direction);
}

/** The answer to an offer: one law, digits as the offerer numbers them. */
export function sdpAnswer(local: Local, remote: RemoteAudio): string {
  const types = [payloadTypeOf[remote.law]];
  return describe(local, types, remote.eventType ?? 101, mirrored[remote.direction]);
}

/** Reads an offer or answer; null without a usable G.711 stream. */
export function parseSdp(sdp: string): RemoteAudio | null {
  const lines = sdp.split(/\r?\n/);
  const mediaAt = lines.findIndex((line) => line.startsWith("m=audio "));
  if (mediaAt < 0) return null;
  const nextMedia = lines.findIndex((line, index) => index > mediaAt && line.startsWith("m="));
  const media = lines.slice(mediaAt, nextMedia < 0 ? undefined : nextMedia);
  const session = lines.slice(0, mediaAt);
  const [, port = "0", , ...types] = (media[0] ?? "").slice(2).split(" ");
  const host = [...media, ...session]
    .find((line) => line.startsWith("c=IN "))
    ?.split(" ")[2]
    ?.trim();
  const law = types.map((type) => ({ "0": "mu" as const, "8": "a" as const })[type.trim()]);
  const first = law.find((candidate) => candidate !== undefined);
  if (first === undefined || host === undefined || Number(port) === 0) return null;
  const event = media
    .map((line) => /^a=rtpmap:(\d+) telephone-event\/8000/i.exec(line)?.[1])
    .find((type) => type !== undefined);
  const direction = [...media, ...session]
    .map((line) => /^a=(sendrecv|sendonly|recvonly|inactive)\s*$/.exec(line)?.[1])
    .find((found) => found !== undefined);
  return {
    to: { host, port: Number(port) },
    law: first,
    eventType: event === undefined ? null : Number(event),
    direction: (direction as Direction | undefined) ?? "sendrecv",
  };
}
