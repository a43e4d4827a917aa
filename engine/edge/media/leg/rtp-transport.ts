// A leg's UDP socket: symmetric RTP with a lock on one source, so that strangers are not heard.
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { isIPv6 } from "node:net";
import { isRtcp, newRtpView, readRtp } from "../dsp/rtp-packet.ts";
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

  /**
   * Where RTCP flows: on this port too (RFC 5761), or on a port of its own, to the one named or to
   * the RTP port's neighbour (RFC 3550 section 11).
   */
  setRtcp(rtcp: { mux: boolean; remote: { address: string; port: number } | null }): void {
    this.rtcpRemote = rtcp.remote;
    if (rtcp.mux || this.rtcpSocket !== null || this.closed) return;
    const socket = createRtcpSocket(this.socket.address());
    this.rtcpSocket = socket;
    socket.on("message", (packet, from) => this.receiveRtcp(packet, from));
    // The port belongs to somebody else: this leg goes without RTCP.
    socket.on("error", () => {
      this.sendErrors += 1;
    });
  }

  sendRtcp(packet: Uint8Array): void {
    const media = this.locked ?? this.announced;
    if (media === null || this.closed) return;
    if (this.rtcpSocket === null) this.send(packet, packet.length);
    else {
      const to = this.rtcpRemote ?? { address: media.address, port: media.port + 1 };
      this.rtcpSocket.send(packet, to.port, to.address);
    }
  }

  send(packet: Uint8Array, length: number): void {
    const to = this.locked ?? this.announced;
    if (to === null || this.closed) return;
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

  private receive(packet: Buffer, from: RemoteInfo): void {
    const { locked } = this;
    if (locked !== null && from.port === locked.port && from.address === locked.address) {
      this.onPacket(packet);
      return;
    }
    if (!this.mayLatch(packet, from)) {
      this.refused += 1;
      return;
    }
    this.locked = { address: from.address, port: from.port };
    this.onPacket(packet);
  }

  /** RTCP counts only from the machine whose RTP does; behind a NAT its port shows by itself. */
  private receiveRtcp(packet: Buffer, from: RemoteInfo): void {
    const media = this.locked ?? this.announced;
    if (media === null || from.address !== media.address || !isRtcp(packet)) {
      this.refused += 1;
      return;
    }
    this.rtcpRemote = { address: from.address, port: from.port };
    this.onPacket(packet);
  }

  /**
   * The source named in the SDP may always take the lock. Behind a NAT it never shows; then the
   * first valid RTP source gets it.
   */
  private mayLatch(packet: Buffer, from: RemoteInfo): boolean {
    if (this.announced === null || isRtcp(packet) || !readRtp(packet, latchView)) return false;
    const fits = from.address === this.announced.address && from.port === this.announced.port;
    return fits || this.locked === null;
  }
}

/** Bound to the next port, and left alone when that is taken. */
function createRtcpSocket(rtp: { address: string; port: number; family: string }): Socket {
  const family = rtp.family === "IPv6" ? 6 : 4;
  const socket = createSocket({
    type: family === 6 ? "udp6" : "udp4",
    lookup: (host, _options, done) => done(null, host, family),
  });
  socket.bind({ port: rtp.port + 1, address: rtp.address, exclusive: true });
  return socket;
}

const latchView = newRtpView();
