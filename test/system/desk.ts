// A desk without a browser: login over HTTP, then the desk protocol on a WebSocket.
import { WebSocket } from "ws";
import { type DeskMessage, type DeskRequest, deskMessage } from "../../engine/wire/desk.ts";
import type { Centre } from "./centre.ts";
import { until } from "./wait.ts";

type MessageOf<Type extends DeskMessage["type"]> = Extract<DeskMessage, { type: Type }>;
/** A request without what `ask` adds. */
type Asked<Request> = Request extends { requestId: string } ? Omit<Request, "requestId"> : never;

export type TestDesk = Readonly<{
  /** The latest message of a topic; null when none came yet. */
  last<Type extends DeskMessage["type"]>(type: Type): MessageOf<Type> | null;
  /** Every message of a topic, in order. */
  all<Type extends DeskMessage["type"]>(type: Type): readonly MessageOf<Type>[];
  /** Asks and waits for the reply: the refusal, or null. */
  ask(request: Asked<DeskRequest>): Promise<string | null>;
  close(): void;
}>;

export async function openDesk(centre: Centre, userId: string): Promise<TestDesk> {
  const login = await fetch(`${centre.baseUrl}/api/v1/login`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Origin: centre.baseUrl },
    body: JSON.stringify({ username: userId, password: centre.logins[userId]?.password }),
  });
  if (!login.ok) throw new Error(`login of ${userId}: ${login.status} ${await login.text()}`);
  const cookie = login.headers.get("set-cookie")?.split(";")[0] ?? "";
  const socket = new WebSocket(`${centre.baseUrl.replace("http", "ws")}/desk`, {
    headers: { Cookie: cookie, Origin: centre.baseUrl },
  });
  const messages: DeskMessage[] = [];
  socket.on("message", (data) => {
    messages.push(deskMessage.parse(JSON.parse(String(data))));
  });
  socket.on("error", () => undefined);
  const all = <Type extends DeskMessage["type"]>(type: Type) =>
    messages.filter((message): message is MessageOf<Type> => message.type === type);
  await until("the desk says hello", () => all("hello").length > 0);
  let asked = 0;
  return {
    all,
    last: (type) => all(type).at(-1) ?? null,
    async ask(request) {
      asked += 1;
      const requestId = `r${asked}`;
      socket.send(JSON.stringify({ ...request, requestId }));
      const reply = await until(`the reply to ${request.type}`, () =>
        all("reply").find((message) => message.requestId === requestId),
      );
      return reply.refusal;
    },
    close: () => socket.close(1000),
  };
}
