import { createSocket } from "node:dgram";
import { once } from "node:events";
import { expect, it } from "vitest";
import { RtpTransport } from "./rtp-transport.ts";

it("goes on without the neighbouring port when that is taken", async () => {
  const transport = await RtpTransport.open({ host: "127.0.0.1", port: 0, release: () => {} });
  const neighbour = createSocket("udp4");
  neighbour.bind(transport.port + 1, "127.0.0.1");
  await once(neighbour, "listening");
  const peer = createSocket("udp4");
  peer.bind(0, "127.0.0.1");
  await once(peer, "listening");
  const heard = once(peer, "message");
  try {
    transport.setRemote({ address: "127.0.0.1", port: peer.address().port });
    expect(() => transport.setRtcp({ mux: false, remote: null })).not.toThrow();
    transport.send(Buffer.from("still here"), 10);
    expect(String((await heard)[0])).toBe("still here");
  } finally {
    transport.close();
    neighbour.close();
    peer.close();
  }
});
