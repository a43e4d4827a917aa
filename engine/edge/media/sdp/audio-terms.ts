// What one far side said about its audio: which of its formats we speak, where it listens, and who
// may send. Shared by plain RTP and WebRTC.
import type { G711Codec } from "../dsp/g711.ts";
import { type Direction, type MediaSection, SdpError } from "./session-description.ts";

export interface AudioTerms {
  /** G.711 formats in the far side's order. */
  codecs: readonly { codec: G711Codec; payloadType: number }[];
  /** telephone-event/8000; null when not offered. */
  eventPayloadType: number | null;
  /** The far side's own view. */
  direction: Direction;
}

/** Terms of one audio section. Throws `noCodec` when neither PCMU nor PCMA is in it. */
export function readAudioTerms(section: MediaSection): AudioTerms {
  const codecs: { codec: G711Codec; payloadType: number }[] = [];
  let eventPayloadType: number | null = null;
  for (const format of section.formats) {
    const payloadType = Number(format);
    if (!(payloadType >= 0 && payloadType <= 127)) continue;
    const encoding = section.encodings.get(format) ?? staticEncodings[format];
    if (encoding === undefined || encoding.clockHz !== 8000) continue;
    if (encoding.name === "pcmu") codecs.push({ codec: "PCMU", payloadType });
    if (encoding.name === "pcma") codecs.push({ codec: "PCMA", payloadType });
    // Browsers also offer /48000; its digits would last six times too long on our clock.
    if (encoding.name === "telephone-event") eventPayloadType ??= payloadType;
  }
  if (codecs.length === 0) throw new SdpError("noCodec", "neither PCMU nor PCMA");
  return { codecs, eventPayloadType, direction: section.direction };
}

/** The direction that answers an offered one (RFC 3264 section 6.1). */
export function answerDirection(offered: Direction): Direction {
  if (offered === "sendonly") return "recvonly";
  if (offered === "recvonly") return "sendonly";
  return offered;
}

/** Format lines of a section of ours. */
export function formatLines(terms: Pick<AudioTerms, "codecs" | "eventPayloadType">): string[] {
  const lines = terms.codecs.map(
    ({ codec, payloadType }) => `a=rtpmap:${payloadType} ${codec}/8000`,
  );
  if (terms.eventPayloadType === null) return lines;
  return [
    ...lines,
    `a=rtpmap:${terms.eventPayloadType} telephone-event/8000`,
    `a=fmtp:${terms.eventPayloadType} 0-15`,
  ];
}

/** Payload types in the order of the `m=` line. */
export function formatNumbers(terms: Pick<AudioTerms, "codecs" | "eventPayloadType">): number[] {
  const numbers = terms.codecs.map(({ payloadType }) => payloadType);
  return terms.eventPayloadType === null ? numbers : [...numbers, terms.eventPayloadType];
}

/** What we offer. */
export const offeredTerms: AudioTerms = {
  codecs: [
    { codec: "PCMU", payloadType: 0 },
    { codec: "PCMA", payloadType: 8 },
  ],
  eventPayloadType: 101,
  direction: "sendrecv",
};

const staticEncodings: Readonly<Record<string, { name: string; clockHz: number }>> = {
  "0": { name: "pcmu", clockHz: 8000 },
  "8": { name: "pcma", clockHz: 8000 },
};
