// Responses that the edge builds: from an application's answer, or in its own right.
import type { SipHeader, SipRequest, SipResponse } from "../message/message.ts";
import { tagOf } from "../message/name-addr.ts";
import { reasonPhrase } from "../message/reason-phrases.ts";
import { serialise } from "../message/serialise.ts";
import type { Flow } from "../transport/flow.ts";
import { newTag } from "./random-ids.ts";

/** RFC 3261 8.2.6.2. `localTag` empty leaves To as it came. */
export function responseTo(
  request: SipRequest,
  answer: {
    status: number;
    /** The usual phrase when empty or left out. */
    reason?: string;
    localTag: string;
    extra?: SipHeader[];
    body?: string;
  },
): SipResponse {
  const headers: SipHeader[] = [];
  const forDialog = answer.status > 100 && answer.status < 300;
  for (const { name, value } of request.headers) {
    if (name === "Via" || name === "From" || name === "Call-ID" || name === "CSeq") {
      headers.push({ name, value });
    } else if (name === "To") {
      const tagged = answer.localTag === "" || tagOf(value) !== "";
      headers.push({ name, value: tagged ? value : `${value};tag=${answer.localTag}` });
    } else if (name === "Record-Route" && forDialog) {
      headers.push({ name, value });
    } else if (name === "Timestamp" && answer.status === 100) {
      headers.push({ name, value });
    }
  }
  if (answer.extra !== undefined) headers.push(...answer.extra);
  return {
    kind: "response",
    status: answer.status,
    reason: answer.reason || reasonPhrase(answer.status),
    headers,
    body: answer.body ?? "",
  };
}

/** Answers without a transaction (RFC 3261 8.2.7); an ACK gets nothing. */
export function answerStateless(
  request: SipRequest,
  flow: Flow,
  answer: { status: number; reason?: string; extra?: SipHeader[] },
): void {
  if (request.method === "ACK") return;
  flow.send(serialise(responseTo(request, { ...answer, localTag: newTag() })));
}

export const retryAfter: SipHeader = { name: "Retry-After", value: "1" };

/** RFC 3326; Q.850 34 is "no circuit or channel available". */
export const noChannel: SipHeader = { name: "Reason", value: "Q.850;cause=34" };

/** The response that the edge gives its own application in the peer's stead. */
export function localResponse(
  request: SipRequest,
  answer: { status: number; reason?: string },
): SipResponse {
  const response = responseTo(request, { ...answer, localTag: newTag() });
  response.headers = response.headers.filter(({ name }) => name !== "Record-Route");
  return response;
}
