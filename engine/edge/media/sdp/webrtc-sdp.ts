// The SDP of browsers (RFC 8829, RFC 8843): ours written by us from what the ICE and DTLS stack
// chose, theirs cut down to the one audio section before that stack sees it.
import { createHash } from "node:crypto";
import {
  type AudioTerms,
  answerDirection,
  formatLines,
  formatNumbers,
  readAudioTerms,
} from "./audio-terms.ts";
import {
  attributeValue,
  type Direction,
  type MediaSection,
  parseSdp,
  SdpError,
} from "./session-description.ts";

/** A browser's description, read. */
export interface BrowserDescription {
  terms: AudioTerms;
  direction: Direction;
  mid: string;
  /** Its sections; the audio we take is at `audioIndex`. */
  media: readonly MediaSection[];
  audioIndex: number;
  setup: string;
  /** Hash function and value of the certificate. */
  fingerprint: string;
  /** For the stack: one audio section, G.711 and telephone-event only. */
  reduced: string;
  /** Changes when the browser restarts ICE. */
  iceUfrag: string;
}

/** Reads an offer or answer of a browser. Throws `SdpError`. */
export function readBrowserSdp(text: string): BrowserDescription {
  const { media, attributes } = parseSdp(text);
  const audioIndex = media.findIndex(
    (section) =>
      section.kind === "audio" && section.protocol === "UDP/TLS/RTP/SAVPF" && section.port > 0,
  );
  const section = media[audioIndex];
  if (section === undefined) throw new SdpError("noCodec", "no UDP/TLS/RTP/SAVPF audio");
  const terms = readAudioTerms(section);
  const fingerprint = need(section, "fingerprint");
  const iceUfrag = need(section, "ice-ufrag");
  const icePwd = need(section, "ice-pwd");
  const mid = attributeValue(section.attributes, "mid") ?? "0";
  const setup = attributeValue(section.attributes, "setup") ?? "actpass";
  if (!section.attributes.includes("rtcp-mux")) throw new SdpError("badSdp", "no rtcp-mux");
  const kept = section.attributes.filter(
    (line) =>
      (line.startsWith("candidate:") && isUsableCandidate(line)) || line.startsWith("ssrc:"),
  );
  const reduced = [
    "v=0",
    `o=- ${sessionNumber(text)} 1 IN IP4 127.0.0.1`,
    "s=-",
    "t=0 0",
    `a=group:BUNDLE ${mid}`,
    ...attributes.filter((line) => line === "ice-lite").map((line) => `a=${line}`),
    `m=audio 9 UDP/TLS/RTP/SAVPF ${formatNumbers(terms).join(" ")}`,
    "c=IN IP4 0.0.0.0",
    `a=mid:${mid}`,
    `a=${section.direction}`,
    "a=rtcp-mux",
    ...formatLines(terms),
    `a=setup:${setup}`,
    `a=fingerprint:${fingerprint}`,
    `a=ice-ufrag:${iceUfrag}`,
    `a=ice-pwd:${icePwd}`,
    ...kept.slice(0, keptLinesMax).map((line) => `a=${line}`),
    "",
  ].join("\r\n");
  const { direction } = section;
  return { terms, direction, mid, media, audioIndex, setup, fingerprint, reduced, iceUfrag };
}

/** Our side of ICE and DTLS for one connection. */
export interface IceParameters {
  fingerprint: string;
  iceUfrag: string;
  icePwd: string;
  setup: string;
}

/** Our side of one connection: its description changes only by direction and codec. */
export interface LocalWebRtc {
  ice: IceParameters;
  addresses: readonly string[];
  port: number;
  ssrc: number;
  sessionId: number;
  version: number;
}

/** Our offer. */
export function writeWebRtcOffer(local: LocalWebRtc, terms: AudioTerms): string {
  const section = audioSection(local, { terms, mid: "0", direction: "sendrecv", setup: "actpass" });
  return writeSession(local, "0", section);
}

/** Our answer to `offer`: its audio with one G.711 codec; other sections are refused. */
export function writeWebRtcAnswer(local: LocalWebRtc, offer: BrowserDescription): string {
  const terms = { ...offer.terms, codecs: offer.terms.codecs.slice(0, 1) };
  const direction = answerDirection(offer.direction);
  const sections = offer.media.flatMap((section, index) => {
    if (index !== offer.audioIndex) {
      return [`m=${section.kind} 0 ${section.protocol} ${section.formats.join(" ") || "0"}`];
    }
    return audioSection(local, { terms, mid: offer.mid, direction, setup: local.ice.setup });
  });
  return writeSession(local, offer.mid, sections);
}

function writeSession(local: LocalWebRtc, mid: string, sections: readonly string[]): string {
  return [
    "v=0",
    `o=- ${local.sessionId} ${local.version} IN IP4 127.0.0.1`,
    "s=-",
    "t=0 0",
    `a=group:BUNDLE ${mid}`,
    "a=msid-semantic: WMS *",
    ...sections,
    "",
  ].join("\r\n");
}

function audioSection(
  local: LocalWebRtc,
  audio: { terms: AudioTerms; mid: string; direction: Direction; setup: string },
): string[] {
  const { terms, mid, direction, setup } = audio;
  const [address = "127.0.0.1"] = local.addresses;
  const family = address.includes(":") ? "IP6" : "IP4";
  return [
    `m=audio ${local.port} UDP/TLS/RTP/SAVPF ${formatNumbers(terms).join(" ")}`,
    `c=IN ${family} ${address}`,
    `a=rtcp:${local.port} IN ${family} ${address}`,
    `a=mid:${mid}`,
    `a=${direction}`,
    "a=rtcp-mux",
    ...formatLines(terms),
    "a=ptime:20",
    `a=setup:${setup}`,
    `a=fingerprint:${local.ice.fingerprint}`,
    `a=ice-ufrag:${local.ice.iceUfrag}`,
    `a=ice-pwd:${local.ice.icePwd}`,
    "a=msid:rexian audio",
    `a=ssrc:${local.ssrc} cname:rexian`,
    `a=ssrc:${local.ssrc} msid:rexian audio`,
    ...local.addresses.map((candidate, i) =>
      candidateLine(candidate, { port: local.port, index: i }),
    ),
    "a=end-of-candidates",
  ];
}

/** Host candidate (RFC 8445 section 5.1.2.1); the first listed is preferred. */
function candidateLine(address: string, at: { port: number; index: number }): string {
  const priority = 126 * 2 ** 24 + (65_535 - at.index) * 2 ** 8 + 255;
  return `a=candidate:${at.index + 1} 1 UDP ${priority} ${address} ${at.port} typ host`;
}

/** Names ending in .local would be looked up by multicast; the browser's checks show its address. */
function isUsableCandidate(line: string): boolean {
  const [, component, transport, , address = ""] = line.split(" ");
  return component === "1" && transport?.toLowerCase() === "udp" && !address.endsWith(".local");
}

function need(section: MediaSection, name: string): string {
  const value = attributeValue(section.attributes, name);
  if (value === null) throw new SdpError("badSdp", `no ${name}`);
  return value;
}

function sessionNumber(text: string): number {
  return createHash("sha256").update(text).digest().readUIntBE(0, 6);
}

const keptLinesMax = 40;
