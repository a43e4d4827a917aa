// Reading SDP (RFC 8866): only what a media server needs, tolerant of everything else.
import { isIP } from "node:net";

/** The description cannot be used; the message says why. */
export class SdpError extends Error {
  readonly code: "badSdp" | "noCodec";

  constructor(code: "badSdp" | "noCodec", message: string) {
    super(message);
    this.code = code;
  }
}

export type Direction = "sendrecv" | "sendonly" | "recvonly" | "inactive";

export interface MediaSection {
  /** `audio`, `video`, … */
  kind: string;
  port: number;
  protocol: string;
  formats: readonly string[];
  /** IP literal of the section's or the session's `c=`; null without one. */
  address: string | null;
  direction: Direction;
  /** Encoding of dynamic and static formats that have a line: lower-case name and clock rate. */
  encodings: ReadonlyMap<string, { name: string; clockHz: number }>;
  /** `a=` lines of the section, then of the session, without `a=`. */
  attributes: readonly string[];
}

export interface SessionDescription {
  media: readonly MediaSection[];
  attributes: readonly string[];
}

/** Reads a description. Throws `SdpError` `badSdp`. */
export function parseSdp(text: string): SessionDescription {
  const lines = text.split(/\r?\n/, linesMax + 1);
  if (lines.length > linesMax) throw new SdpError("badSdp", "too many lines");
  if (!lines[0]?.startsWith("v=0")) throw new SdpError("badSdp", "no v=0 line");
  const starts = lines.flatMap((line, index) => (line.startsWith("m=") ? [index] : []));
  if (starts.length > sectionsMax) throw new SdpError("badSdp", "too many media sections");
  const session = lines.slice(0, starts[0] ?? lines.length);
  const sessionAttributes = attributesOf(session);
  const media = starts.map((start, i) =>
    readSection(lines.slice(start, starts[i + 1] ?? lines.length), session, sessionAttributes),
  );
  return { media, attributes: sessionAttributes };
}

/** First value of `a=name:value` in the lines given; null without. */
export function attributeValue(attributes: readonly string[], name: string): string | null {
  const line = attributes.find((attribute) => attribute.startsWith(`${name}:`));
  return line === undefined ? null : line.slice(name.length + 1);
}

function readSection(
  lines: readonly string[],
  session: readonly string[],
  sessionAttributes: readonly string[],
): MediaSection {
  const [kind = "", port = "", protocol = "", ...formats] = (lines[0] ?? "").slice(2).split(/ +/);
  const portNumber = Number.parseInt(port, 10);
  if (!(portNumber >= 0 && portNumber <= 65_535)) throw new SdpError("badSdp", "bad port");
  const own = attributesOf(lines);
  const attributes = [...own, ...sessionAttributes];
  return {
    kind,
    port: portNumber,
    protocol,
    formats: formats.filter((format) => format !== "").slice(0, formatsMax),
    address: addressOf(lines) ?? addressOf(session),
    direction: attributes.find(isDirection) ?? "sendrecv",
    encodings: encodingsOf(own),
    attributes,
  };
}

function attributesOf(lines: readonly string[]): string[] {
  return lines.filter((line) => line.startsWith("a=")).map((line) => line.slice(2).trimEnd());
}

function addressOf(lines: readonly string[]): string | null {
  const line = lines.find((candidate) => candidate.startsWith("c="));
  if (line === undefined) return null;
  const address = line.trimEnd().split(/ +/)[2]?.split("/")[0] ?? "";
  if (isIP(address) === 0) throw new SdpError("badSdp", `connection address ${address}`);
  return address;
}

function encodingsOf(attributes: readonly string[]): MediaSection["encodings"] {
  const encodings = new Map<string, { name: string; clockHz: number }>();
  for (const attribute of attributes) {
    const found = /^rtpmap:(\d{1,3}) ([^/\s]+)\/(\d+)/.exec(attribute);
    if (found === null) continue;
    const [, format = "", name = "", clock = ""] = found;
    encodings.set(format, { name: name.toLowerCase(), clockHz: Number(clock) });
  }
  return encodings;
}

function isDirection(attribute: string): attribute is Direction {
  return directions.includes(attribute);
}

const directions: readonly string[] = ["sendrecv", "sendonly", "recvonly", "inactive"];
const linesMax = 1000;
const sectionsMax = 16;
const formatsMax = 64;
