// WebRTC by node-datachannel (libdatachannel): ICE, DTLS and SRTP in native threads, all browsers on
// one UDP port. The SDP that browsers see is written by us.
import { createSocket } from "node:dgram";
import { isIPv6 } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { createDtlsCertificate } from "./dtls-certificate.ts";
import { DatachannelLeg } from "./webrtc-connection.ts";
import type { WebRtcStack } from "./webrtc-leg.ts";

/** Opens the stack. `port` 0 takes a free one. Rejects when the port is taken. */
export async function openWebRtcStack(options: {
  host: string;
  publicHost: string | null;
  port: number;
}): Promise<WebRtcStack> {
  const { default: library } = await import("node-datachannel");
  const port = await freeUdpPort(options);
  const certificate = createDtlsCertificate();
  const legs = new Set<DatachannelLeg>();
  return {
    port,
    create: ({ ssrc, events }) => {
      const leg = new DatachannelLeg(library, {
        host: options.host,
        publicHost: options.publicHost,
        port,
        certificate,
        ssrc,
        events,
        onClosed: () => legs.delete(leg),
      });
      legs.add(leg);
      return leg;
    },
    close: async () => {
      for (const leg of [...legs]) leg.close();
      // Its threads call back once more for each connection, and must not meet a thread that has
      // ended.
      await delay(drainMs);
      library.cleanup();
      await delay(drainMs);
    },
  };
}

/** Makes sure that the port is free, which the library would only tell at the first call. */
function freeUdpPort(wanted: { host: string; port: number }): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(isIPv6(wanted.host) ? "udp6" : "udp4");
    socket.once("error", (error) => {
      socket.close();
      reject(error);
    });
    socket.bind({ port: wanted.port, address: wanted.host, exclusive: true }, () => {
      const { port } = socket.address();
      socket.close(() => resolve(port));
    });
  });
}

const drainMs = 150;
