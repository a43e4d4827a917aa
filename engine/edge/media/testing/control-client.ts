// The engine's end of the control link, for tests.
import { connect, type Socket } from "node:net";
import {
  type MediaMessage,
  type MediaRequest,
  mediaControlVersion,
  mediaMessage,
} from "../../../wire/media-control.ts";

type WithoutId<T> = T extends unknown ? Omit<T, "id"> : never;
type Result = Extract<MediaMessage, { type: "result" }>;

export class ControlClient {
  readonly messages: MediaMessage[] = [];
  closed = false;
  private readonly socket: Socket;
  private readonly asked = new Map<string, (answer: MediaMessage | null) => void>();
  private lastId = 0;

  private constructor(socket: Socket) {
    this.socket = socket;
    let text = "";
    socket.setEncoding("utf8");
    socket.on("data", (bytes) => {
      const lines = (text + bytes.toString()).split("\n");
      text = lines.pop() ?? "";
      for (const line of lines) this.take(mediaMessage.parse(JSON.parse(line)));
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      this.closed = true;
      for (const settle of this.asked.values()) settle(null);
      this.asked.clear();
    });
  }

  static dial(port: number): Promise<ControlClient> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, "127.0.0.1", () => resolve(new ControlClient(socket)));
      socket.once("error", reject);
    });
  }

  /** Dials and says hello. */
  static async own(port: number, hello: { secret: string; epoch: number }): Promise<ControlClient> {
    const client = await ControlClient.dial(port);
    client.write(JSON.stringify({ type: "hello", version: mediaControlVersion, ...hello }));
    await until(() => client.messages.length > 0 || client.closed);
    return client;
  }

  write(line: string): void {
    this.socket.write(`${line}\n`);
  }

  /** Asks and gives the result or the failure. */
  async ask(request: WithoutId<MediaRequest>): Promise<MediaMessage> {
    this.lastId += 1;
    const id = `r${this.lastId}`;
    const answered = new Promise<MediaMessage | null>((settle) => this.asked.set(id, settle));
    this.write(JSON.stringify({ ...request, id }));
    if (this.closed) throw new Error("the link is closed");
    const answer = await answered;
    if (answer === null) throw new Error(`no answer to ${request.type}`);
    return answer;
  }

  /** Asks and insists on a result. */
  async must(request: WithoutId<MediaRequest>): Promise<Result> {
    const answer = await this.ask(request);
    if (answer.type !== "result") throw new Error(JSON.stringify(answer));
    return answer;
  }

  /** Events of one kind so far. */
  events<T extends MediaMessage["type"]>(type: T): Extract<MediaMessage, { type: T }>[] {
    return this.messages.filter(
      (message): message is Extract<MediaMessage, { type: T }> => message.type === type,
    );
  }

  close(): void {
    this.socket.destroy();
  }

  private take(message: MediaMessage): void {
    this.messages.push(message);
    if (message.type !== "result" && message.type !== "failed") return;
    this.asked.get(message.id)?.(message);
    this.asked.delete(message.id);
  }
}

/** Waits for a condition; rejects after five seconds. */
export async function until(condition: () => boolean | Promise<boolean>, ms = 5000): Promise<void> {
  const endMs = performance.now() + ms;
  while (!(await condition())) {
    if (performance.now() > endMs) throw new Error(`not within ${ms} ms: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
