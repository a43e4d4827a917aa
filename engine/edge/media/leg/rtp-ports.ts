// Which UDP ports plain RTP legs get: even ones of a range, each with the odd one above it for RTCP
// (RFC 3550 section 11), or the system's.
import { RtpTransport } from "./rtp-transport.ts";

/** Every port of the range is taken. */
export class NoPortError extends Error {}

export class RtpPorts {
  private readonly host: string;
  private readonly first: number;
  private readonly count: number;
  private next = 0;
  private readonly taken = new Set<number>();

  constructor(range: { host: string; portMin: number; portMax: number }) {
    this.host = range.host;
    this.first = range.portMin + (range.portMin % 2);
    this.count = range.portMin === 0 ? 0 : Math.floor((range.portMax - this.first + 1) / 2);
  }

  /** Opens a socket on a free port. Rejects with `NoPortError`. */
  async open(): Promise<RtpTransport> {
    if (this.first === 0) return RtpTransport.open({ host: this.host, port: 0, release: () => {} });
    // Ports are used in turn, so that a late packet of an old call finds nobody.
    for (let tried = 0; tried < this.count; tried += 1) {
      const port = this.first + 2 * this.next;
      this.next = (this.next + 1) % this.count;
      if (this.taken.has(port)) continue;
      this.taken.add(port);
      const release = (): void => {
        this.taken.delete(port);
      };
      try {
        return await RtpTransport.open({ host: this.host, port, release });
      } catch {
        release();
      }
    }
    throw new NoPortError("every RTP port is taken");
  }
}
