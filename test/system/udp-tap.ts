// Sits between a browser and the media server's WebRTC port: passes datagrams, keeps the browser's
// audio, holds it back on request, and sends what a test wants as if the browser had sent it.
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";

export class UdpTap {
  /** SRTP packets of the browser that the server got. */
  readonly passed: Buffer[] = [];
  /** While true, the browser's audio is lost; all else passes. */
  holdsAudio = false;
  readonly port: number;
  private readonly front: Socket;
  private readonly serverPort: number;
  /** One towards the server for each address that the browser tries. */
  private readonly backs = new Map<string, Socket>();
  /** The one that carries audio. */
  private talking: Socket | null = null;
  private isClosed = false;

  private constructor(front: Socket, serverPort: number) {
    this.front = front;
    this.serverPort = serverPort;
    this.port = front.address().port;
    front.on("message", (bytes, from) => this.fromBrowser(bytes, from));
  }

  static async open(serverPort: number): Promise<UdpTap> {
    const front = createSocket("udp4").bind(0, "127.0.0.1");
    await once(front, "listening");
    return new UdpTap(front, serverPort);
  }

  /** A description of the server that leads here. */
  lead(serverSdp: string): string {
    return serverSdp.replaceAll(` ${this.serverPort} typ host`, ` ${this.port} typ host`);
  }

  /** As if the browser had sent it. */
  send(bytes: Uint8Array): void {
    if (this.talking === null) throw new Error("the browser has not talked yet");
    this.talking.send(bytes, this.serverPort, "127.0.0.1");
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.front.close();
    for (const back of this.backs.values()) back.close();
  }

  private fromBrowser(bytes: Buffer, from: RemoteInfo): void {
    const back = this.backFor(from);
    const isAudio = isRtp(bytes);
    if (isAudio) {
      this.talking = back;
      if (this.holdsAudio) return;
      this.passed.push(Buffer.from(bytes));
    }
    back.send(bytes, this.serverPort, "127.0.0.1");
  }

  private backFor(from: RemoteInfo): Socket {
    const key = `${from.address}:${from.port}`;
    const known = this.backs.get(key);
    if (known !== undefined) return known;
    const back = createSocket("udp4").bind(0, "127.0.0.1");
    back.on("message", (bytes) => this.front.send(bytes, from.port, from.address));
    this.backs.set(key, back);
    return back;
  }
}

/** A browser's description without its addresses: the server learns the tap's alone. */
export const withoutCandidates = (browserSdp: string): string =>
  browserSdp.replace(/^a=candidate:.*\r\n/gm, "");

/** RTP, neither RTCP nor STUN nor DTLS (RFC 5761 section 4, RFC 7983). */
function isRtp(bytes: Buffer): boolean {
  const [first = 0, second = 0] = bytes;
  return first >> 6 === 2 && ((second & 0x7f) < 64 || (second & 0x7f) > 95);
}
