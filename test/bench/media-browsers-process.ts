// The process of media-browsers.ts.
import { randomInt } from "node:crypto";
import library, { type PeerConnection, type Track } from "node-datachannel";
import { g711Encode } from "../../engine/edge/media/dsp/g711.ts";
import { packRtp } from "../../engine/edge/media/dsp/rtp-packet.ts";
import { toneSamples } from "../../engine/edge/media/dsp/tone.ts";
import type { BrowsersOrder, BrowsersReport } from "./media-browsers.ts";

interface Peer {
  connection: PeerConnection;
  track: Track | null;
  connected: boolean;
  ssrc: number;
}

const peers = new Set<Peer>();
/** Kept until the process ends: the library calls back after the close. */
const old: Peer[] = [];
const payload = g711Encode("PCMU", toneSamples([{ frequencyHz: 400, ms: 20 }]));
let packets = 0;
let talking = false;

const startMs = performance.now();
let step = 0;
tick();
process.on("message", (order: BrowsersOrder) => void obey(order));
process.send?.("ready");

async function obey(order: BrowsersOrder): Promise<void> {
  switch (order.type) {
    case "connect":
      process.send?.(await Promise.all(order.sdpOffers.map(connect)));
      return;
    case "talk":
      talking = true;
      return;
    case "measure":
      packets = 0;
      return;
    case "clear":
      talking = false;
      for (const peer of peers) {
        peer.connection.close();
        old.push(peer);
      }
      peers.clear();
      return;
    case "report": {
      const connected = [...peers].filter((peer) => peer.connected).length;
      process.send?.({ connected, packets } satisfies BrowsersReport);
    }
  }
}

function connect(sdpOffer: string): Promise<string> {
  const connection = new library.PeerConnection("peer", {
    iceServers: [],
    bindAddress: "127.0.0.1",
    disableAutoNegotiation: true,
  });
  const peer: Peer = { connection, track: null, connected: false, ssrc: randomInt(1, 2 ** 32 - 1) };
  peers.add(peer);
  connection.onStateChange((state) => {
    peer.connected = state === "connected";
  });
  connection.onTrack((track) => {
    peer.track = track;
    track.onMessage(() => {
      packets += 1;
    });
    track.onClosed(() => {});
  });
  return new Promise((resolve) => {
    connection.onGatheringStateChange((state) => {
      if (state === "complete") resolve(connection.localDescription()?.sdp ?? "");
    });
    connection.setRemoteDescription(sdpOffer, "offer");
    connection.setLocalDescription("answer");
  });
}

function tick(): void {
  for (; step * 20 <= performance.now() - startMs; step += 1) {
    if (!talking) continue;
    for (const peer of peers) if (peer.connected) talk(peer);
  }
  setTimeout(tick, Math.max(0, startMs + step * 20 - performance.now()));
}

function talk(peer: Peer): void {
  const { ssrc } = peer;
  const header = { marker: false, payloadType: 0, sequence: step & 0xffff, ssrc };
  const packet = packRtp({ ...header, timestamp: (step * 160) >>> 0 }, payload);
  peer.track?.sendMessageBinary(Buffer.from(packet.buffer));
}
process.on("disconnect", () => process.exit());
