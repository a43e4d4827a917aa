// Many phones that register from one socket: digest in the algorithm that each chooses, several
// contacts, refreshes with the nonce that they have.
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { digestAuthorization } from "../../engine/demo/peer/digest.ts";
import { headerValues, parseSip, type SipResponse } from "../../engine/demo/peer/sip-lite.ts";

export type Registering = Readonly<{
  user: string;
  password: string;
  algorithm: "MD5" | "SHA-256";
  /** Tells the contacts of one user apart. */
  line: number;
  /** Seconds; 0 unregisters. */
  expires: number;
}>;

export type Registered = Readonly<{
  /** Statuses in their order: 401 for each challenge. */
  statuses: readonly number[];
  /** Contacts that the last answer lists. */
  contacts: readonly string[];
}>;

const resendMs = 500;
const resendsMax = 7;

export class Registrants {
  /** Requests that were sent again. */
  retransmissions = 0;
  readonly port: number;
  private readonly socket: Socket;
  private readonly target: { host: string; port: number };
  private readonly waiting = new Map<string, (response: SipResponse) => void>();
  /** The last challenge of each user, and how often it was answered. */
  private readonly challenges = new Map<string, { text: string; uses: number }>();
  private readonly cseqs = new Map<string, number>();
  private branches = 0;

  private constructor(socket: Socket, target: { host: string; port: number }) {
    this.socket = socket;
    this.target = target;
    this.port = socket.address().port;
    socket.on("message", (bytes) => {
      const message = parseSip(bytes);
      if (message?.kind !== "response") return;
      const branch = /branch=([^;\s]+)/.exec(headerValues(message, "via")[0] ?? "")?.[1] ?? "";
      this.waiting.get(branch)?.(message);
    });
  }

  static async open(target: { host: string; port: number }): Promise<Registrants> {
    const socket = createSocket({ type: "udp4", recvBufferSize: 4 * 1_048_576 });
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
    return new Registrants(socket, target);
  }

  contact({ user, line }: Pick<Registering, "user" | "line">): string {
    return `sip:${user}@127.0.0.1:${this.port};line=${line}`;
  }

  /** Rejects when an answer does not come within the time of RFC 3261 (timer F). */
  async register(asked: Registering): Promise<Registered> {
    const statuses: number[] = [];
    for (let tries = 0; ; tries += 1) {
      const response = await this.send(asked);
      statuses.push(response.status);
      const challenge = headerValues(response, "www-authenticate").find((text) =>
        text.includes(`algorithm=${asked.algorithm},`),
      );
      if (response.status !== 401 || challenge === undefined || tries > 1) {
        const listed = headerValues(response, "contact").join(", ");
        const contacts = [...listed.matchAll(/<([^>]+)>/g)].map(([, uri = ""]) => uri);
        return { statuses, contacts };
      }
      this.challenges.set(asked.user, { text: challenge, uses: 0 });
    }
  }

  /** Does this for all of them, so many at once. */
  async registerAll(all: readonly Registering[], atOnce: number): Promise<Registered[]> {
    const results: Registered[] = [];
    let next = 0;
    const worker = async () => {
      for (;;) {
        const index = next;
        next += 1;
        const asked = all[index];
        if (asked === undefined) return;
        results[index] = await this.register(asked);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    return results;
  }

  close(): void {
    this.socket.close();
  }

  private send(asked: Registering): Promise<SipResponse> {
    const { user, expires, line } = asked;
    const callId = `${user}-${line}@registrants`;
    const cseq = (this.cseqs.get(callId) ?? 0) + 1;
    this.cseqs.set(callId, cseq);
    this.branches += 1;
    const branch = `z9hG4bKreg${this.branches}`;
    const authorization = this.authorization(asked);
    const text = [
      "REGISTER sip:rexian SIP/2.0",
      `Via: SIP/2.0/UDP 127.0.0.1:${this.port};branch=${branch};rport`,
      "Max-Forwards: 70",
      `From: <sip:${user}@rexian>;tag=t${line}`,
      `To: <sip:${user}@rexian>`,
      `Call-ID: ${callId}`,
      `CSeq: ${cseq} REGISTER`,
      `Contact: <${this.contact(asked)}>;expires=${expires}`,
      ...(authorization === null ? [] : [`Authorization: ${authorization}`]),
      "Content-Length: 0",
      "\r\n",
    ].join("\r\n");
    return this.transaction(branch, text);
  }

  private authorization({ user, password }: Registering): string | null {
    const challenge = this.challenges.get(user);
    if (challenge === undefined) return null;
    challenge.uses += 1;
    return digestAuthorization({
      challenge: challenge.text,
      credentials: { username: user, password },
      ...{ method: "REGISTER", uri: "sip:rexian", cnonce: "c", nonceCount: challenge.uses },
    });
  }

  private transaction(branch: string, text: string): Promise<SipResponse> {
    return new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout | null = null;
      const end = () => {
        this.waiting.delete(branch);
        if (timer !== null) clearTimeout(timer);
      };
      const send = (resends: number) => {
        this.socket.send(text, this.target.port, this.target.host);
        timer = setTimeout(
          () => {
            if (resends === resendsMax) {
              end();
              reject(new Error(`no answer to ${text.split("\r\n")[5]}`));
              return;
            }
            this.retransmissions += 1;
            send(resends + 1);
          },
          Math.min(resendMs * 2 ** resends, 4_000),
        );
      };
      this.waiting.set(branch, (response) => {
        if (response.status < 200) return;
        end();
        resolve(response);
      });
      send(0);
    });
  }
}
