// Offer and answer (RFC 3264) of one plain RTP leg, as text in and text out.
import { isIP } from "node:net";
import type { G711Name, SrtpMode } from "../../../wire/media-control.ts";
import {
  type AudioTerms,
  answerDirection,
  formatLines,
  formatNumbers,
  offeredTerms,
  readAudioTerms,
} from "./audio-terms.ts";
import {
  type CryptoLine,
  newCrypto,
  newKey,
  readCrypto,
  type SrtpKey,
  writeCrypto,
} from "./sdes.ts";
import {
  attributeValue,
  type Direction,
  type MediaSection,
  parseSdp,
  SdpError,
  type SessionDescription,
} from "./session-description.ts";

/** What a leg does after an exchange. */
export interface RtpAgreement {
  terms: AudioTerms;
  /** Where the far side listens; null while it wants nothing (0.0.0.0, port 0). */
  remote: { address: string; port: number } | null;
  maySend: boolean;
  mayReceive: boolean;
  /** The far side stopped listening to us: `sendonly`, `inactive`, or address 0.0.0.0. */
  remoteHolds: boolean;
  /** RTCP on the RTP port (RFC 5761), else where the far side takes it, when it says so. */
  rtcp: { mux: boolean; remote: { address: string; port: number } | null };
  /** Keys of both directions; null for plain RTP. */
  srtp: SrtpAgreement | null;
}

export interface SrtpAgreement {
  send: SrtpKey;
  receive: SrtpKey;
}

/** Negotiates for one leg: keeps the session's id and version across exchanges. */
export class RtpNegotiation {
  private readonly local: { port: number; addressFor: (remote: string | null) => string };
  private readonly sessionId: number;
  private readonly srtp: SrtpMode;
  private readonly preferredCodec: G711Name | null;
  /** What we offered; the answer picks one by its tag. */
  private offered: CryptoLine[] = [];
  /** Ours stays over re-offers: a new one would start the packets' count again. */
  private sendKey: SrtpKey | null = null;
  private version = 0;
  private body = "";
  private text = "";

  constructor(local: {
    port: number;
    /** Our address as that far side reaches it; null when the far side is not known yet. */
    addressFor: (remote: string | null) => string;
    sessionId: number;
    srtp: SrtpMode;
    /** Offered first, and taken where offered; null for the far side's order. */
    preferredCodec?: G711Name | null;
  }) {
    this.local = local;
    this.preferredCodec = local.preferredCodec ?? null;
    this.srtp = local.srtp;
    this.sessionId = local.sessionId;
  }

  /** The description last written. */
  get localSdp(): string {
    return this.text;
  }

  /** With SRTP where it is required; where it is optional, far sides offer it. */
  offer(): string {
    this.offered = this.srtp === "required" ? newCrypto() : [];
    const how = { direction: "sendrecv", mux: true, crypto: this.offered } as const;
    const lines = this.audioLines(this.inOurOrder(offeredTerms), how);
    return this.write(null, [lines]);
  }

  /** Answers an offer. Throws `SdpError`; then nothing has changed. */
  answer(offer: string): RtpAgreement {
    const description = parseSdp(offer);
    const index = audioIndex(description, this.srtp);
    const section = description.media[index];
    if (section === undefined) {
      throw new SdpError("noCodec", this.srtp === "required" ? "SRTP is required" : "no RTP audio");
    }
    const offered = readAudioTerms(section);
    const [crypto] = isSecure(section) ? readCrypto(section.attributes) : [];
    const srtp = crypto === undefined ? null : this.keysFor(crypto);
    const agreement = { ...agree(section, offered), srtp };
    // One codec, so that both sides know which one flows.
    const terms = { ...offered, codecs: this.inOurOrder(offered).codecs.slice(0, 1) };
    const direction = answerDirection(heldDirection(section));
    const sections = description.media.map((other, i) =>
      i === index
        ? this.audioLines(terms, {
            direction,
            mux: agreement.rtcp.mux,
            disabled: section.port === 0,
            protocol: section.protocol,
            crypto:
              crypto === undefined || srtp === null ? [] : [{ tag: crypto.tag, ...srtp.send }],
          })
        : rejected(other),
    );
    this.write(section.address, sections);
    return { ...agreement, terms };
  }

  /** Reads the answer to our offer. Throws `SdpError`. */
  acceptAnswer(answer: string): RtpAgreement {
    const description = parseSdp(answer);
    const section = description.media[0];
    if (section === undefined || section.kind !== "audio" || section.port === 0) {
      throw new SdpError("noCodec", "the answer takes no audio");
    }
    const agreement = agree(section, readAudioTerms(section));
    if (this.offered.length === 0) return { ...agreement, srtp: null };
    const [crypto] = isSecure(section) ? readCrypto(section.attributes) : [];
    const ours = this.offered.find(
      ({ tag, suite }) => tag === crypto?.tag && suite === crypto.suite,
    );
    if (crypto === undefined || ours === undefined) {
      throw new SdpError("badSdp", "the answer takes none of our keys");
    }
    this.sendKey = ours;
    return { ...agreement, srtp: { send: ours, receive: crypto } };
  }

  private inOurOrder(terms: AudioTerms): AudioTerms {
    const isFirst = ({ codec }: { codec: G711Name }): boolean => codec === this.preferredCodec;
    const codecs = [
      ...terms.codecs.filter(isFirst),
      ...terms.codecs.filter((format) => !isFirst(format)),
    ];
    return { ...terms, codecs };
  }

  private keysFor(crypto: CryptoLine): SrtpAgreement {
    if (this.sendKey?.suite !== crypto.suite) this.sendKey = newKey(crypto.suite);
    return { send: this.sendKey, receive: crypto };
  }

  private audioLines(
    terms: Pick<AudioTerms, "codecs" | "eventPayloadType">,
    how: {
      direction: Direction;
      mux: boolean;
      disabled?: boolean;
      /** That of the offer; ours by the keys. */
      protocol?: string;
      crypto: readonly CryptoLine[];
    },
  ): string[] {
    const protocol = how.protocol ?? (how.crypto.length > 0 ? "RTP/SAVP" : "RTP/AVP");
    const port = how.disabled === true ? 0 : this.local.port;
    return [
      `m=audio ${port} ${protocol} ${formatNumbers(terms).join(" ")}`,
      ...formatLines(terms),
      "a=ptime:20",
      `a=${how.direction}`,
      ...(how.mux ? ["a=rtcp-mux"] : []),
      ...how.crypto.map(writeCrypto),
    ];
  }

  private write(remoteAddress: string | null, sections: readonly string[][]): string {
    const address = this.local.addressFor(remoteAddress);
    const family = address.includes(":") ? "IP6" : "IP4";
    const body = ["s=-", `c=IN ${family} ${address}`, "t=0 0", ...sections.flat(), ""].join("\r\n");
    if (body === this.body) return this.text;
    // RFC 3264 section 8: each changed description counts one up.
    this.version += 1;
    this.body = body;
    const origin = `o=- ${this.sessionId} ${this.version} IN ${family} ${address}`;
    this.text = `v=0\r\n${origin}\r\n${body}`;
    return this.text;
  }
}

/** The section to take: a secured one before a plain one, an open one before a closed one. */
function audioIndex(description: SessionDescription, srtp: SrtpMode): number {
  const secure = (section: MediaSection): boolean =>
    srtp !== "off" && isSecure(section) && readCrypto(section.attributes).length > 0;
  const plain = (section: MediaSection): boolean =>
    srtp !== "required" && plainProtocols.includes(section.protocol);
  const isOpen = ({ port }: MediaSection): boolean => port > 0;
  const wishes = [
    (section: MediaSection) => secure(section) && isOpen(section),
    (section: MediaSection) => plain(section) && isOpen(section),
    secure,
    plain,
  ];
  for (const wish of wishes) {
    const index = description.media.findIndex(
      (section) => section.kind === "audio" && wish(section),
    );
    if (index >= 0) return index;
  }
  return -1;
}

const isSecure = ({ protocol }: MediaSection): boolean => secureProtocols.includes(protocol);

const plainProtocols: readonly string[] = ["RTP/AVP", "RTP/AVPF"];
const secureProtocols: readonly string[] = ["RTP/SAVP", "RTP/SAVPF"];

function agree(section: MediaSection, terms: AudioTerms): Omit<RtpAgreement, "srtp"> {
  if (section.address === null) throw new SdpError("badSdp", "no connection address");
  const nowhere = isAnyAddress(section.address) || section.port === 0;
  const { direction } = section;
  return {
    terms,
    remote: nowhere ? null : { address: section.address, port: section.port },
    maySend: !nowhere && (direction === "sendrecv" || direction === "recvonly"),
    mayReceive: section.port > 0 && (direction === "sendrecv" || direction === "sendonly"),
    remoteHolds: nowhere || direction === "sendonly" || direction === "inactive",
    rtcp: {
      mux: section.attributes.includes("rtcp-mux"),
      remote: rtcpRemote(section.attributes, section.address),
    },
  };
}

/** `a=rtcp:` (RFC 3605): a port, perhaps with an address; one that is unfit counts as not there. */
function rtcpRemote(
  attributes: readonly string[],
  mediaAddress: string,
): { address: string; port: number } | null {
  const [text = "", , , address = mediaAddress] = (attributeValue(attributes, "rtcp") ?? "").split(
    " ",
  );
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port === 0 || port > 65_535 || isIP(address) === 0) return null;
  return { address, port };
}

/** RFC 2543 held by address 0.0.0.0; today's word for it is `sendonly`. */
function heldDirection(section: MediaSection): Direction {
  if (section.port === 0) return "inactive";
  if (section.address === null || !isAnyAddress(section.address)) return section.direction;
  return section.direction === "sendrecv" || section.direction === "sendonly"
    ? "sendonly"
    : "inactive";
}

function isAnyAddress(address: string): boolean {
  return address === "0.0.0.0" || address === "::";
}

function rejected(section: MediaSection): string[] {
  return [`m=${section.kind} 0 ${section.protocol} ${section.formats.join(" ") || "0"}`];
}
