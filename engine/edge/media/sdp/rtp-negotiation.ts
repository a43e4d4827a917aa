// Offer and answer (RFC 3264) of one plain RTP leg, as text in and text out.
import { isIP } from "node:net";
import {
  type AudioTerms,
  answerDirection,
  formatLines,
  formatNumbers,
  offeredTerms,
  readAudioTerms,
} from "./audio-terms.ts";
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
}

/** Negotiates for one leg: keeps the session's id and version across exchanges. */
export class RtpNegotiation {
  private readonly local: { port: number; addressFor: (remote: string | null) => string };
  private readonly sessionId: number;
  private version = 0;
  private body = "";
  private text = "";

  constructor(local: {
    port: number;
    /** Our address as that far side reaches it; null when the far side is not known yet. */
    addressFor: (remote: string | null) => string;
    sessionId: number;
  }) {
    this.local = local;
    this.sessionId = local.sessionId;
  }

  /** The description last written. */
  get localSdp(): string {
    return this.text;
  }

  offer(): string {
    const lines = this.audioLines(offeredTerms, { direction: "sendrecv", mux: true });
    return this.write(null, [lines]);
  }

  /** Answers an offer. Throws `SdpError`; then nothing has changed. */
  answer(offer: string): RtpAgreement {
    const description = parseSdp(offer);
    const index = audioIndex(description);
    const section = description.media[index];
    if (section === undefined) throw new SdpError("noCodec", "no RTP/AVP audio");
    const offered = readAudioTerms(section);
    const agreement = agree(section, offered);
    // One codec, so that both sides know which one flows.
    const terms = { ...offered, codecs: offered.codecs.slice(0, 1) };
    const direction = answerDirection(heldDirection(section));
    const sections = description.media.map((other, i) =>
      i === index
        ? this.audioLines(terms, {
            direction,
            mux: agreement.rtcp.mux,
            disabled: section.port === 0,
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
    return agree(section, readAudioTerms(section));
  }

  private audioLines(
    terms: Pick<AudioTerms, "codecs" | "eventPayloadType">,
    how: { direction: Direction; mux: boolean; disabled?: boolean },
  ): string[] {
    const port = how.disabled === true ? 0 : this.local.port;
    return [
      `m=audio ${port} RTP/AVP ${formatNumbers(terms).join(" ")}`,
      ...formatLines(terms),
      "a=ptime:20",
      `a=${how.direction}`,
      ...(how.mux ? ["a=rtcp-mux"] : []),
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

function audioIndex(description: SessionDescription): number {
  const usable = (section: MediaSection): boolean =>
    section.kind === "audio" && (section.protocol === "RTP/AVP" || section.protocol === "RTP/AVPF");
  const open = description.media.findIndex((section) => usable(section) && section.port > 0);
  return open >= 0 ? open : description.media.findIndex(usable);
}

function agree(section: MediaSection, terms: AudioTerms): RtpAgreement {
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
