// What else comes to a centre's ports all day: keep-alives, probes, malformed messages, connections
// that come to nothing, and applications that connect and go.
import { createSocket } from "node:dgram";
import { connect } from "node:net";
import type { Destination } from "../../engine/demo/peer/sip-lite.ts";

const everyMs = 1_000;

export type Noise = Readonly<{ counts: { sent: number; answered: number }; stop(): void }>;

export type AppAddress = Readonly<{ port: number; secret: string }>;

export function startNoise(target: Destination, app: AppAddress): Noise {
  const counts = { sent: 0, answered: 0 };
  const socket = createSocket("udp4");
  socket.on("message", () => {
    counts.answered += 1;
  });
  socket.on("error", () => undefined);
  let turn = 0;
  const timer = setInterval(() => {
    counts.sent += 1;
    turn += 1;
    const text = datagrams(turn)[turn % datagrams(turn).length] ?? "";
    socket.send(text, target.port, target.host);
    if (turn % 5 === 0) openAndClose(target, "");
    if (turn % 7 === 0) openAndClose(target, brokenStream);
    if (turn % 11 === 0)
      openAndClose({ host: "127.0.0.1", port: app.port }, authentication(app, turn));
  }, everyMs);
  return {
    counts,
    stop() {
      clearInterval(timer);
      socket.close();
    },
  };
}

const brokenStream =
  "OPTIONS sip:x@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKx\r\nContent-Length: 999999999\r\n\r\n";

/** `LENGTH#ID|authenticate|SECRET`: an application that routes nothing, or a stranger. */
function authentication(app: AppAddress, turn: number): string {
  const secret = turn % 2 === 0 ? app.secret : "guessed";
  const frame = `00000000-0000-4000-8000-${String(turn).padStart(12, "0")}|authenticate|${secret}`;
  return `${frame.length}#${frame}`;
}

function openAndClose(to: Destination, text: string): void {
  const socket = connect(to.port, to.host, () => socket.write(text));
  socket.on("error", () => undefined);
  socket.resume();
  setTimeout(() => socket.destroy(), 500);
}

function request(method: string, turn: number): string {
  return [
    `${method} sip:probe@127.0.0.1 SIP/2.0`,
    `Via: SIP/2.0/UDP 127.0.0.1:9;rport;branch=z9hG4bKnoise${turn}`,
    "Max-Forwards: 70",
    `From: <sip:noise@127.0.0.1>;tag=${turn}`,
    "To: <sip:probe@127.0.0.1>",
    `Call-ID: noise-${turn}`,
    `CSeq: 1 ${method}`,
    "Content-Length: 0",
    "\r\n",
  ].join("\r\n");
}

function datagrams(turn: number): string[] {
  return [
    request("OPTIONS", turn),
    "\r\n\r\n",
    request("OPTIONS", turn),
    "INVITE sip:5001@127.0.0.1 SIP/2.0\r\nContent-Length: -1\r\n\r\n",
    request("MESSAGE", turn),
    `OPTIONS sip:x@127.0.0.1 SIP/2.0\r\n${"Via: SIP/2.0/UDP a\r\n".repeat(300)}\r\n`,
    request("SUBSCRIBE", turn),
    "\0\0\0\0",
    request("FROBNICATE", turn),
    request("BYE", turn).replace("sip:probe@127.0.0.1>", "sip:probe@127.0.0.1>;tag=gone"),
    "x".repeat(20_000),
    request("OPTIONS", turn)
      .replace("User", "")
      .replace("Max-Forwards: 70", "User-Agent: friendly-scanner"),
  ];
}
