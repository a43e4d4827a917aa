// A bad network between one SIP peer and the edge: loses, doubles and reorders datagrams in both
// directions. Contacts are rewritten on the way, so that requests inside dialogs pass it too.
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { createRandom, type Random } from "../../engine/demo/random.ts";

export type Impairment = Readonly<{
  /** Shares of all datagrams, 0 to 1. */
  lost: number;
  doubled: number;
  /** Delayed by up to `delayMsMax`, so that later ones overtake them. */
  reordered: number;
  delayMsMax: number;
  seed: number;
}>;

export class ImpairedUdp {
  readonly counts = { passed: 0, lost: 0, doubled: 0, reordered: 0 };
  /** What the peer takes for the edge. */
  readonly edgePort: number;
  /** What the edge takes for the peer. */
  readonly peerPort: number;
  private readonly sockets: readonly [towardsPeer: Socket, towardsEdge: Socket];
  private readonly impairment: Impairment;
  private readonly random: Random;
  private readonly timers = new Set<NodeJS.Timeout>();

  private constructor(
    sockets: readonly [Socket, Socket],
    real: { edgePort: number; peerPort: number },
    impairment: Impairment,
  ) {
    const [towardsPeer, towardsEdge] = sockets;
    this.sockets = sockets;
    this.impairment = impairment;
    this.random = createRandom(impairment.seed);
    this.edgePort = towardsPeer.address().port;
    this.peerPort = towardsEdge.address().port;
    towardsPeer.on("message", (bytes) => {
      const text = withContact(bytes, { from: real.peerPort, to: this.peerPort });
      this.pass(() => towardsEdge.send(text, real.edgePort, "127.0.0.1"));
    });
    towardsEdge.on("message", (bytes) => {
      const text = withContact(bytes, { from: real.edgePort, to: this.edgePort });
      this.pass(() => towardsPeer.send(text, real.peerPort, "127.0.0.1"));
    });
  }

  static async between(
    real: { edgePort: number; peerPort: number },
    impairment: Impairment,
  ): Promise<ImpairedUdp> {
    const sockets = [createSocket("udp4"), createSocket("udp4")] as const;
    for (const socket of sockets) {
      socket.bind(0, "127.0.0.1");
      await once(socket, "listening");
    }
    return new ImpairedUdp(sockets, real, impairment);
  }

  close(): void {
    for (const timer of this.timers) clearTimeout(timer);
    for (const socket of this.sockets) socket.close();
  }

  private pass(send: () => void): void {
    const { lost, doubled, reordered, delayMsMax } = this.impairment;
    if (this.random.chance(lost)) {
      this.counts.lost += 1;
      return;
    }
    const copies = this.random.chance(doubled) ? 2 : 1;
    this.counts.doubled += copies - 1;
    for (let copy = 0; copy < copies; copy += 1) {
      if (!this.random.chance(reordered)) {
        this.counts.passed += 1;
        send();
        continue;
      }
      this.counts.reordered += 1;
      const timer = setTimeout(
        () => {
          this.timers.delete(timer);
          send();
        },
        this.random.uniform(1, delayMsMax),
      );
      this.timers.add(timer);
    }
  }
}

function withContact(bytes: Buffer, port: { from: number; to: number }): string {
  return bytes
    .toString("utf8")
    .replace(/^Contact:.*$/m, (line) =>
      line.replace(`127.0.0.1:${port.from}`, `127.0.0.1:${port.to}`),
    );
}
