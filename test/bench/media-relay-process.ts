// A relay that does nothing but receive and send each packet, as the yardstick of what UDP itself
// costs in Node on this machine: `relay PORT…` forwards between neighbours of these far sides.
import { createSocket } from "node:dgram";

const farPorts = process.argv.slice(2).map(Number);
const sockets = await Promise.all(
  farPorts.map(async () => {
    const socket = createSocket({
      type: "udp4",
      lookup: (host, _options, done) => done(null, host, 4),
    });
    socket.on("error", () => {});
    await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
    return socket;
  }),
);
sockets.forEach((socket, index) => {
  const out = sockets[index ^ 1];
  const farPort = farPorts[index ^ 1];
  if (out === undefined || farPort === undefined) return;
  socket.on("message", (packet) => out.send(packet, farPort, "127.0.0.1"));
});
process.send?.(sockets.map((socket) => socket.address().port));
process.on("disconnect", () => process.exit());
