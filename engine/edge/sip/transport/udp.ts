// The UDP listener. Its flows are cheap values, one for each peer address in use.
import dgram from "node:dgram";
import type { Flow } from "./flow.ts";

export class UdpListener {
  readonly #socket: dgram.Socket;
  readonly #advertise: (remoteAddress: string) => string;
  readonly port: number;

  private constructor(socket: dgram.Socket, advertise: (remoteAddress: string) => string) {
    this.#socket = socket;
    this.#advertise = advertise;
    this.port = socket.address().port;
  }

  /** Rejects when the port is taken. */
  static listen(options: {
    host: string;
    port: number;
    advertise: (remoteAddress: string) => string;
    onMessage: (bytes: Buffer, flow: Flow) => void;
    onError: (error: Error) => void;
  }): Promise<UdpListener> {
    const socket = dgram.createSocket({
      type: "udp4",
      // Addresses are literals here; the default look-up costs a turn through the resolver.
      lookup: (host, _options, callback) => callback(null, host, 4),
    });
    return new Promise((resolve, reject) => {
      socket.once("error", reject);
      socket.bind({ address: options.host, port: options.port }, () => {
        socket.off("error", reject);
        socket.on("error", options.onError);
        const listener = new UdpListener(socket, options.advertise);
        socket.on("message", (bytes, remote) => {
          options.onMessage(bytes, listener.flow(remote.address, remote.port));
        });
        widenBuffers(socket);
        resolve(listener);
      });
    });
  }

  flow(remoteAddress: string, remotePort: number): Flow {
    const socket = this.#socket;
    return {
      protocol: "udp",
      reliable: false,
      remoteAddress,
      remotePort,
      localAddress: this.#advertise(remoteAddress),
      localPort: this.port,
      open: true,
      send(text, onFailed) {
        try {
          if (onFailed === undefined) socket.send(text, remotePort, remoteAddress);
          else {
            socket.send(text, remotePort, remoteAddress, (error) => {
              if (error !== null) onFailed(error.message);
            });
          }
        } catch (error) {
          // Thrown when the socket is closed already, or for a port out of range.
          if (onFailed !== undefined) queueMicrotask(() => onFailed(String(error)));
        }
      },
    };
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#socket.close(() => resolve()));
  }
}

function widenBuffers(socket: dgram.Socket): void {
  try {
    socket.setRecvBufferSize(2 * 1024 * 1024);
    socket.setSendBufferSize(2 * 1024 * 1024);
  } catch {
    // The system's default stays; bursts are then lost earlier and repeated by the peers.
  }
}
