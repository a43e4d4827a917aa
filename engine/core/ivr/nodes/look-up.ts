// A question to another system over HTTP. The shell asks; the answer comes back as an event, or the
// deadline ends the wait.
import { nextId, order, remind } from "../../turn.ts";
import type { NodeOf } from "../flow-config.ts";
import type { NodeBehaviour } from "../node-behaviour.ts";
import { setPosition, valueOfExpression } from "../position.ts";

/** The shell gives up at `timeoutMs`; this much later the flow goes on without its word. */
const graceMs = 1_000;

export const lookUp: NodeBehaviour<NodeOf<"lookUp">> = {
  ways: ({ next, failed }) => ({ next, failed }),
  enter(turn, callId, node) {
    const lookUpId = nextId(turn, callId, "lookUp");
    const text = (part: string | Parameters<typeof valueOfExpression>[2]) =>
      typeof part === "string"
        ? part
        : encoded(String(valueOfExpression(turn, callId, part) ?? ""));
    const { method, secretHeaders, timeoutMs, into } = node;
    const body =
      node.body === null
        ? null
        : Object.fromEntries(
            Object.entries(node.body).map(([name, expression]) => [
              name,
              valueOfExpression(turn, callId, expression),
            ]),
          );
    const url = node.url.map(text).join("");
    setPosition(turn, callId, { at: { kind: "lookingUp", lookUpId } });
    remind(turn, { kind: "lookUpTimeout", callId }, turn.nowMs + timeoutMs + graceMs);
    order(turn, {
      type: "lookUp",
      callId,
      lookUpId,
      request: { method, url, secretHeaders, body, timeoutMs, into },
    });
    return null;
  },
};

/** Half a character, as a text that was cut may end with, cannot be encoded. */
const encoded = (text: string): string =>
  encodeURIComponent(text.replace(/[\uD800-\uDFFF]/gu, "\uFFFD"));
