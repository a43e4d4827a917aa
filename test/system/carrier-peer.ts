// A carrier's SIP server without calls: answers OPTIONS when told to, and registers with a digest.
import { createSocket, type RemoteInfo } from "node:dgram";
import { once } from "node:events";
import { createDigestAuthority, parseDigest } from "../../engine/shell/sip/digest.ts";

export type CarrierPeer = Readonly<{
  port: number;
  /** Answers of OPTIONS; null: silence. */
  optionsStatus: { value: number | null };
  /** Contacts by the REGISTERs that were granted, oldest first. */
  registered: readonly string[];
  /** Methods of all requests, oldest first. */
  requests: readonly string[];
  close(): void;
}>;

export async function openCarrierPeer(options: {
  port?: number;
  username: string;
  password: string;
  expiresSeconds: number;
}): Promise<CarrierPeer> {
  const { username, password, expiresSeconds } = options;
  const authority = createDigestAuthority({ realm: "carrier" });
  const socket = createSocket("udp4");
  const optionsStatus = { value: null as number | null };
  const registered: string[] = [];
  const requests: string[] = [];

  socket.on("message", (bytes, from) => {
    const text = bytes.toString("latin1");
    const [method = "", uri = ""] = text.split(" ");
    requests.push(method);
    if (method === "REGISTER") answer(text, from, register(text, uri));
    else if (method === "OPTIONS" && optionsStatus.value !== null) {
      answer(text, from, { status: optionsStatus.value, extra: [] });
    }
  });

  function register(text: string, uri: string): Readonly<{ status: number; extra: string[] }> {
    const digest = parseDigest(headerOf(text, "Authorization"));
    const nowMs = Date.now();
    const request = { method: "REGISTER", secret: password, nowMs };
    const isOk =
      digest?.username === username &&
      digest.uri === uri &&
      authority.verify(digest, request) === "ok";
    if (!isOk) {
      const challenges = authority.challenges({ algorithms: ["MD5"], stale: false, nowMs });
      return { status: 401, extra: challenges.map((value) => `WWW-Authenticate: ${value}`) };
    }
    const contact = headerOf(text, "Contact") ?? "";
    registered.push(contact);
    return { status: 200, extra: [`Contact: ${contact};expires=${expiresSeconds}`] };
  }

  function answer(
    text: string,
    { address, port }: RemoteInfo,
    { status, extra }: Readonly<{ status: number; extra: readonly string[] }>,
  ): void {
    const echoed = ["Via", "From", "Call-ID", "CSeq"].map(
      (name) => `${name}: ${headerOf(text, name)}`,
    );
    const lines = [
      `SIP/2.0 ${status} Reply`,
      ...echoed,
      `To: ${headerOf(text, "To")};tag=carrier`,
      ...extra,
      "Content-Length: 0",
    ];
    socket.send(`${lines.join("\r\n")}\r\n\r\n`, port, address);
  }

  socket.bind(options.port ?? 0, "127.0.0.1");
  await once(socket, "listening");
  return {
    port: socket.address().port,
    optionsStatus,
    registered,
    requests,
    close: () => socket.close(),
  };
}

const headerOf = (text: string, name: string): string | undefined =>
  new RegExp(`^${name}:\\s*(.*?)\\s*$`, "im").exec(text)?.[1];
