// A leg's UDP socket: symmetric RTP with a lock on one source, so that strangers are not heard.
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { isIPv6 } from "node:net";
import { isRtcp, newRtpView, readRtp } from "../dsp/rtp-packet.ts";
import type { SrtpAgreement } from "../sdp/rtp-negotiation.ts";
import type { SrtpKey } from "../sdp/sdes.ts";
import { SrtpContext } from "../srtp/srtp-context.ts";
import type { LegTransport } from "./leg-transport.ts";

export class RtpTransport implements LegTransport {
  readonly kind = "rtp";
  refused = 0;
  sendErrors = 0;
  readonly port: number;
  private readonly socket: Socket;
  private readonly release: () => void;
  private onPacket: (packet: Buffer) => void = () => {};
  /** Where the SDP says that the far side listens. */
  private announced: { address: string; port: number } | null = null;
  /** Whom we hear and answer; null until the first valid packet. */
  private locked: { address: string; port: number } | null = null;
  private rtcpSocket: Socket | null = null;
  private rtcpRemote: { address: string; port: number } | null = null;
  private srtp: { send: Keyed; receive: Keyed } | null = null;
  private closed = false;

  private constructor(socket: Socket, release: () => void) {
    this.socket = socket;
    this.release = release;
    this.port = socket.address().port;
    socket.on("message", (packet, from) => this.receive(packet, from));
    // Sending to nobody answers with ICMP, which some systems report on the socket.
    socket.on("error", () => {
      this.sendErrors += 1;
    });
  }

  /** Opens a socket; rejects with the system's error, e.g. `EADDRINUSE`. */
  static open(at: { host: string; port: number; release: () => void }): Promise<RtpTransport> {
    const family = isIPv6(at.host) ? 6 : 4;
    const socket = createSocket({
      type: family === 6 ? "udp6" : "udp4",
      // Addresses are literals: nothing is ever looked up.
      lookup: (host, _options, done) => done(null, host, family),
    });
    return new Promise((resolve, reject) => {
      socket.once("error", (error) => {
        socket.close();
        reject(error);
      });
      socket.bind({ port: at.port, address: at.host, exclusive: true }, () => {
        socket.removeAllListeners("error");
        resolve(new RtpTransport(socket, at.release));
      });
    });
  }

  listen(onPacket: (packet: Buffer) => void): void {
    this.onPacket = onPacket;
  }

  /** A new agreement: where the far side listens. The lock is undone when that changed. */
  setRemote(remote: { address: string; port: number } | null): void {
    if (remote === null) return;
    const same = remote.address === this.announced?.address && remote.port === this.announced.port;
    this.announced = remote;
    if (!same) this.locked = null;
  }

  /** Keys of both directions; null for plain RTP. The same keys again change nothing. */
  setSrtp(srtp: SrtpAgreement | null): void {
    const before = this.srtp;
    this.srtp =
      srtp === null
        ? null
        : {
            send: keptOrNew(before?.send, srtp.send),
            receive: keptOrNew(before?.receive, srtp.receive),
          };
  }

  /**
   * Where RTCP flows: on this port too (RFC 5761), or on a port of its own, to the one named or to
   * the RTP port's neighbour (RFC 3550 section 11).
   */
  setRtcp(rtcp: { mux: boolean; remote: { address: string; port: number } | null }): void {
    this.rtcpRemote = rtcp.remote;
    if (rtcp.mux || this.rtcpSocket !== null || this.closed) return;
    // The port may belong to somebody else, which is told at once: this leg goes without RTCP.
    const socket = createRtcpSocket(this.socket.address(), () => {
      this.sendErrors += 1;
    });
    this.rtcpSocket = socket;
    socket.on("message", (packet, from) => this.receiveRtcp(packet, from));
  }

  sendRtcp(packet: Uint8Array): void {
    const media = this.locked ?? this.announced;
    if (media === null || this.closed) return;
    const bytes = this.srtp === null ? packet : this.srtp.send.context.protectRtcp(packet);
    if (this.rtcpSocket === null) this.socket.send(bytes, media.port, media.address);
    else {
      const to = this.rtcpRemote ?? { address: media.address, port: media.port + 1 };
      this.rtcpSocket.send(bytes, to.port, to.address);
    }
  }

  send(packet: Uint8Array, length: number): void {
    const to = this.locked ?? this.announced;
    if (to === null || this.closed) return;
    if (this.srtp !== null) {
      const sealed = this.srtp.send.context.protect(packet, length);
      if (sealed === null) this.sendErrors += 1;
      else this.socket.send(sealed, to.port, to.address);
      return;
    }
    // A whole buffer goes without the cost of one more view on it.
    const bytes = length === packet.length ? packet : packet.subarray(0, length);
    this.socket.send(bytes, to.port, to.address);
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.rtcpSocket?.close();
    this.socket.close(() => this.release());
  }

  private receive(bytes: Buffer, from: RemoteInfo): void {
    const { locked } = this;
    const isLocked =
      locked !== null && from.port === locked.port && from.address === locked.address;
    // Strangers' packets are not even deciphered: a copy of a true one must not use up its index.
    const packet = isLocked || this.mayLatch(bytes, from) ? this.open(bytes) : null;
    if (packet === null || !(isLocked || readRtp(packet, latchView))) {
      this.refused += 1;
      return;
    }
    if (!isLocked) this.locked = { address: from.address, port: from.port };
    this.onPacket(packet);
  }

  /** Null when it was changed, replayed or is a stranger's. */
  private open(packet: Buffer): Buffer | null {
    if (this.srtp === null) return packet;
    const { context } = this.srtp.receive;
    return isRtcp(packet) ? context.unprotectRtcp(packet) : context.unprotect(packet);
  }

  /** RTCP counts only from the machine whose RTP does; behind a NAT its port shows by itself. */
  private receiveRtcp(packet: Buffer, from: RemoteInfo): void {
    const media = this.locked ?? this.announced;
    if (media === null || from.address !== media.address || !isRtcp(packet)) {
      this.refused += 1;
      return;
    }
    const plain = this.open(packet);
    if (plain === null) {
      this.refused += 1;
      return;
    }
    this.rtcpRemote = { address: from.address, port: from.port };
    this.onPacket(plain);
  }

  /**
   * The source named in the SDP may always take the lock. Behind a NAT it never shows; then the
   * first valid RTP source gets it.
   */
  private mayLatch(packet: Buffer, from: RemoteInfo): boolean {
    if (this.announced === null || isRtcp(packet)) return false;
    const fits = from.address === this.announced.address && from.port === this.announced.port;
    return fits || this.locked === null;
  }
}

/** One direction's keys and what they were used for. */
interface Keyed {
  key: SrtpKey;
  context: SrtpContext;
}

/** The same key goes on with its counts and its window. */
function keptOrNew(before: Keyed | undefined, key: SrtpKey): Keyed {
  const same = before?.key.suite === key.suite && before.key.master.equals(key.master);
  return before !== undefined && same
    ? before
    : { key, context: new SrtpContext(key.suite, key.master) };
}

/** Bound to the next port, and left alone when that is taken. */
function createRtcpSocket(
  rtp: { address: string; port: number; family: string },
  onError: () => void,
): Socket {
  const family = rtp.family === "IPv6" ? 6 : 4;
  const socket = createSocket({
    type: family === 6 ? "udp6" : "udp4",
    lookup: (host, _options, done) => done(null, host, family),
  });
  // Before the bind: with a lookup that answers at once, its error comes at once.
  socket.on("error", onError);
  // 65535 has no neighbour.
  const port = (rtp.port + 1) % 65_536;
  socket.bind({ port, address: rtp.address, exclusive: true });
  return socket;
}

const latchView = newRtpView();
