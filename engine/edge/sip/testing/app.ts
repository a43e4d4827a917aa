// An application for tests, at the level of the drachtio protocol.
import { randomUUID } from "node:crypto";
import net from "node:net";
import { FrameReader, frame } from "../app/frame-reader.ts";
import { sdp } from "./peer.ts";
import { until } from "./rig.ts";

/** An application at the level of the protocol, so that each message can be held back. */
export class App {
  readonly messages: string[] = [];
  readonly #socket: net.Socket;

  constructor(port: number) {
    this.#socket = net.connect(port, "127.0.0.1");
    const reader = new FrameReader();
    this.#socket.on("error", () => {});
    this.#socket.on("data", (chunk: Buffer) => this.messages.push(...(reader.push(chunk) ?? [])));
  }

  static async connect(port: number, verbs: readonly string[]): Promise<App> {
    const app = new App(port);
    await app.ask("authenticate|secret|");
    for (const verb of verbs) await app.ask(`route|${verb}`);
    return app;
  }

  /** The id of the dialog in a message of the edge. */
  static dialogId(message: string): string {
    return message.split("|")[9] ?? "";
  }

  /** Sends a message and waits for the response to it. */
  async ask(message: string): Promise<string> {
    const id = randomUUID();
    this.#socket.write(frame(`${id}|${message}`));
    return this.take((text) => text.split("|")[2] === id);
  }

  /** The first `sip` message whose SIP text begins like this. */
  sip(start: string): Promise<string> {
    return this.take((text) => text.split("\r\n")[1]?.startsWith(start) === true);
  }

  async take(fits: (text: string) => boolean): Promise<string> {
    await until(() => this.messages.some(fits), "message for the application");
    const index = this.messages.findIndex(fits);
    return this.messages.splice(index, 1)[0] ?? "";
  }

  answer(request: string, status: number, body = "", extra: string[] = []): Promise<string> {
    const transactionId = request.split("|")[8] ?? "";
    const type = body === "" ? [] : ["content-type: application/sdp"];
    const lines = [`SIP/2.0 ${status} Text`, ...type, ...extra];
    return this.ask(`sip|${transactionId}|\r\n${lines.join("\r\n")}\r\n\r\n${body}`);
  }

  /** A request in a dialog; resolves to the confirmation. */
  request(
    dialogId: string,
    method: string,
    options: { extra?: string[]; body?: string } = {},
  ): Promise<string> {
    const { extra = [], body = "" } = options;
    const lines = [`${method} sip:placeholder SIP/2.0`, ...extra];
    return this.ask(`sip||${dialogId}\r\n${lines.join("\r\n")}\r\n\r\n${body}`);
  }

  /** An INVITE with SDP outside of dialogs. */
  invite(uri: string, options: { extra?: string[]; body?: string } = {}): Promise<string> {
    const { extra = [], body = sdp } = options;
    const lines = [`INVITE ${uri} SIP/2.0`, ...extra];
    return this.ask(`sip||\r\n${lines.join("\r\n")}\r\n\r\n${body}`);
  }

  close(): void {
    this.#socket.destroy();
  }
}
