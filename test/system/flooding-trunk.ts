// A trunk that sends new requests as fast as it is told, and completes each call that is let in.
import dgram from "node:dgram";

const sdp = (host: string) =>
  `v=0\r\no=t 1 1 IN IP4 ${host}\r\ns=-\r\nc=IN IP4 ${host}\r\nt=0 0\r\nm=audio 40000 RTP/AVP 8\r\n`;

type Sent = {
  readonly method: string;
  readonly atMs: number;
  /** First final response, and when it came. */
  status: number | null;
  answeredMs: number;
  retryAfter: boolean;
  /** INVITE, 200, ACK, BYE, 200. */
  completed: boolean;
};

export class FloodingTrunk {
  /** In the order in which they left. */
  readonly sent: Sent[] = [];
  readonly #byCallId = new Map<string, Sent>();
  readonly #socket: dgram.Socket;
  readonly #target: { host: string; port: number };
  readonly #service: string;

  private constructor(
    socket: dgram.Socket,
    options: { target: { host: string; port: number }; service: string },
  ) {
    this.#socket = socket;
    this.#target = options.target;
    this.#service = options.service;
    socket.on("message", (bytes) => this.#take(bytes.toString("latin1")));
  }

  /** `target` as `host:port`. */
  static async open(options: {
    host: string;
    target: string;
    service: string;
  }): Promise<FloodingTrunk> {
    const socket = dgram.createSocket("udp4");
    await new Promise<void>((resolve) => {
      socket.bind(0, options.host, resolve);
    });
    const [host = "", port] = options.target.split(":");
    const { service } = options;
    return new FloodingTrunk(socket, { target: { host, port: Number(port) }, service });
  }

  /** Sends each of these methods so many times a second. */
  async send(options: {
    methods: readonly string[];
    perSecond: number;
    forMs: number;
  }): Promise<void> {
    const { methods, perSecond, forMs } = options;
    const startMs = performance.now();
    for (let rounds = 0, pastMs = 0; pastMs < forMs; pastMs = performance.now() - startMs) {
      for (; rounds < (pastMs / 1_000) * perSecond; rounds++) {
        for (const method of methods) this.#begin(method);
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  close(): void {
    this.#socket.close();
  }

  #begin(method: string): void {
    const callId = `${method}-${this.#socket.address().port}-${this.sent.length}`;
    const entry: Sent = {
      ...{ method, atMs: performance.now(), status: null, answeredMs: Number.POSITIVE_INFINITY },
      ...{ retryAfter: false, completed: false },
    };
    this.sent.push(entry);
    this.#byCallId.set(callId, entry);
    this.#write(method, { callId });
  }

  #take(text: string): void {
    const status = Number(/^SIP\/2\.0 (\d{3})/.exec(text)?.[1] ?? 0);
    const field = (name: string) => new RegExp(`^${name}: *(.*?)\r$`, "im").exec(text)?.[1] ?? "";
    const callId = field("Call-ID");
    const entry = this.#byCallId.get(callId);
    if (entry === undefined || status < 200) return;
    const to = field("To");
    if (field("CSeq").endsWith("BYE")) {
      entry.completed ||= status === 200;
      return;
    }
    if (entry.method === "INVITE") {
      this.#write("ACK", { callId, to, ...(status < 300 ? { branch: "ack" } : {}) });
    }
    if (entry.status !== null) return;
    entry.status = status;
    entry.answeredMs = performance.now();
    entry.retryAfter = /^\d+/.test(field("Retry-After"));
    if (entry.method === "INVITE" && status === 200) this.#write("BYE", { callId, to });
  }

  #write(method: string, options: { callId: string; to?: string; branch?: string }): void {
    const { host, port } = this.#target;
    const { callId, to = `<sip:${this.#service}@${host}>` } = options;
    const own = this.#socket.address();
    const branch = options.branch ?? (method === "BYE" ? "bye" : "first");
    const body = method === "INVITE" ? sdp(own.address) : "";
    const lines = [
      `${method} sip:${this.#service}@${host}:${port} SIP/2.0`,
      `Via: SIP/2.0/UDP ${own.address}:${own.port};branch=z9hG4bK${callId}-${branch}`,
      "Max-Forwards: 70",
      `From: <sip:13800138000@${own.address}>;tag=${callId}`,
      `To: ${to}`,
      `Call-ID: ${callId}`,
      `CSeq: ${method === "BYE" ? 2 : 1} ${method}`,
      `Contact: <sip:13800138000@${own.address}:${own.port}>`,
      ...(body === "" ? [] : ["Content-Type: application/sdp"]),
      `Content-Length: ${body.length}`,
    ];
    this.#socket.send(`${lines.join("\r\n")}\r\n\r\n${body}`, port, host);
  }
}
