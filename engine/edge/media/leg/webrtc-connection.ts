// One browser's leg through node-datachannel. Whoever offers in SIP, towards the library the browser
// offers and we answer: the library takes a connection down whose peer is verified before it has
// stored the remote description, and a browser nearby that waits for our answer's name and password
// is never that quick. So our offers are written without the library, and its connection is made when
// the browser has answered.
import { randomBytes, randomInt } from "node:crypto";
import { candidateAddresses } from "../local-address.ts";
import { type AudioTerms, offeredTerms } from "../sdp/audio-terms.ts";
import { SdpError } from "../sdp/session-description.ts";
import {
  type BrowserDescription,
  type IceParameters,
  type LocalWebRtc,
  readBrowserSdp,
  writeWebRtcAnswer,
  writeWebRtcOffer,
} from "../sdp/webrtc-sdp.ts";
import { createDtlsCertificate, type DtlsCertificate } from "./dtls-certificate.ts";
import { Association, type Library } from "./webrtc-association.ts";
import type { WebRtcAgreement, WebRtcEvents, WebRtcLeg } from "./webrtc-leg.ts";

export interface DatachannelLegOptions {
  host: string;
  publicHost: string | null;
  port: number;
  certificate: DtlsCertificate;
  ssrc: number;
  events: WebRtcEvents;
  onClosed: () => void;
}

export class DatachannelLeg implements WebRtcLeg {
  readonly kind = "webrtc";
  localSdp = "";
  private readonly library: Library;
  private readonly options: DatachannelLegOptions;
  private readonly local: LocalWebRtc;
  private remoteUfrag: string | null = null;
  /** Carries audio; null before the first is connected and after it failed. */
  private current: Association | null = null;
  /** Being connected: the first, or the one after an ICE restart. */
  private next: Association | null = null;
  private refusedBefore = 0;
  private wasConnected = false;
  private over = false;

  constructor(library: Library, options: DatachannelLegOptions) {
    this.library = library;
    this.options = options;
    this.local = {
      ice: newIce(options.certificate, "actpass"),
      addresses: candidateAddresses(options),
      port: options.port,
      ssrc: options.ssrc,
      sessionId: randomInt(1, 2 ** 47),
      version: 0,
    };
  }

  /** The library drops changed and replayed packets itself and counts none of them. */
  get refused(): number {
    return this.refusedBefore + (this.current?.refused ?? 0) + (this.next?.refused ?? 0);
  }

  offer(): string {
    this.localSdp = writeWebRtcOffer(this.nextVersion(), offeredTerms);
    return this.localSdp;
  }

  acceptAnswer(answer: string): WebRtcAgreement {
    const description = readBrowserSdp(answer);
    if (this.remoteUfrag === null) {
      if (description.setup === "actpass") {
        throw new SdpError("badSdp", "setup:actpass in an answer");
      }
      this.begin(description);
    }
    return agreement(description);
  }

  answer(offer: string): WebRtcAgreement {
    const description = readBrowserSdp(offer);
    const terms = firstCodec(description.terms);
    if (this.remoteUfrag === null) this.begin({ ...description, terms });
    else if (description.iceUfrag !== this.remoteUfrag) this.restart({ ...description, terms });
    this.localSdp = writeWebRtcAnswer(this.nextVersion(), description);
    return { ...agreement(description), terms };
  }

  send(packet: Uint8Array, length: number): void {
    this.current?.send(packet, length);
  }

  sendRtcp(packet: Uint8Array): void {
    this.send(packet, packet.length);
  }

  close(): void {
    if (this.over) return;
    this.over = true;
    this.current?.close();
    this.next?.close();
    this.options.onClosed();
  }

  private begin(description: BrowserDescription): void {
    const { ice } = this.local;
    // What was settled stays in later descriptions (RFC 8842 section 5.5).
    ice.setup = description.setup === "active" ? "passive" : "active";
    this.connect(description, { ice, certificate: this.options.certificate });
  }

  /**
   * The browser's network changed (RFC 8445 section 9). Its DTLS begins anew with us, which the new
   * certificate tells it (RFC 8842 section 5.1); audio goes the old way as long as that lasts.
   */
  private restart(description: BrowserDescription): void {
    if (this.over) throw new SdpError("badSdp", "the connection is over");
    const certificate = createDtlsCertificate();
    const ice = newIce(certificate, this.local.ice.setup);
    this.connect(description, { ice, certificate });
    this.local.ice = ice;
  }

  private connect(
    description: BrowserDescription,
    own: { ice: IceParameters; certificate: DtlsCertificate },
  ): void {
    const { host, port, ssrc, events } = this.options;
    const made: Association = new Association(
      this.library,
      {
        ...{ host, port, ssrc, ...own },
        events: {
          packet: (packet) => events.packet(packet),
          connected: () => this.onConnected(made),
          failed: (why) => this.onFailed(made, why),
        },
      },
      description,
    );
    this.retire(this.next);
    this.next = made;
    this.remoteUfrag = description.iceUfrag;
  }

  private onConnected(association: Association): void {
    this.retire(this.current);
    this.current = association;
    this.next = null;
    const first = !this.wasConnected;
    this.wasConnected = true;
    if (first) this.options.events.connected();
  }

  /** The leg lives as long as one is left. */
  private onFailed(association: Association, why: string): void {
    this.refusedBefore += association.refused;
    if (this.current === association) this.current = null;
    if (this.next === association) this.next = null;
    if (this.over || this.current !== null || this.next !== null) return;
    this.close();
    this.options.events.failed(why);
  }

  private retire(association: Association | null): void {
    if (association === null) return;
    this.refusedBefore += association.refused;
    association.close();
  }

  private nextVersion(): LocalWebRtc {
    this.local.version += 1;
    return this.local;
  }
}

/** RFC 8839 section 5.4: at least 24 and 128 bits of chance. */
function newIce({ fingerprint }: DtlsCertificate, setup: string): IceParameters {
  const [iceUfrag, icePwd] = [randomBytes(6).toString("hex"), randomBytes(16).toString("hex")];
  return { iceUfrag, icePwd, fingerprint, setup };
}

function agreement({ direction, terms }: BrowserDescription): WebRtcAgreement {
  return {
    terms,
    maySend: direction === "sendrecv" || direction === "recvonly",
    mayReceive: direction === "sendrecv" || direction === "sendonly",
    remoteHolds: direction === "sendonly" || direction === "inactive",
  };
}

function firstCodec(terms: AudioTerms): AudioTerms {
  return { ...terms, codecs: terms.codecs.slice(0, 1) };
}
