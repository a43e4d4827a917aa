// What RFCs have a peer do, for sipp: the test has the application play the other side. A caller's
// scenarios begin with its INVITE to the user `[service]`.
import { type Scenario, scenario, send, takesBye } from "./sipp-scenarios.ts";

type Request = Readonly<{
  cseq: number;
  /** In the dialog, by its target and routes; otherwise to the user dialled. */
  inside?: boolean;
  /** Names the transaction; the method and the sequence number when left out. */
  branch?: string;
  extra?: readonly string[];
  body?: string;
}>;

const contact = "Contact: <sip:peer@[local_ip]:[local_port]>";
const sdp = `v=0
o=test 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [local_ip]
t=0 0
m=audio 4000 RTP/AVP 8`;

/** A repeated send would hide what the edge itself repeats: nothing is lost on loopback. */
function request(method: string, options: Request): string {
  const { cseq, inside = false, extra = [], body = "" } = options;
  const branch = options.branch ?? `${method}-${cseq}`;
  const lines = [
    `${method} ${inside ? "[next_url]" : "sip:[service]@[remote_ip]:[remote_port]"} SIP/2.0`,
    `Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=z9hG4bK-[call_id]-${branch}`,
    "From: <sip:peer@[local_ip]>;tag=peer-[call_number]",
    `To: <sip:[service]@[remote_ip]>${inside ? "[peer_tag_param]" : ""}`,
    ...(inside ? ["[routes]"] : []),
    "Call-ID: [call_id]",
    `CSeq: ${cseq} ${method}`,
    contact,
    "Max-Forwards: 70",
    ...extra,
  ];
  return send(withBody(lines, body));
}

function withBody(lines: readonly string[], body: string): string {
  const type = body === "" ? [] : ["Content-Type: application/sdp"];
  return `${[...lines, ...type, "Content-Length: [len]"].join("\n")}\n\n${body}`;
}

/** An answer to the last request received, or to one whose headers `keepHeaders` kept. */
function answer(
  status: string,
  options: { extra?: readonly string[]; body?: string; tag?: boolean; kept?: boolean } = {},
): string {
  const { extra = [], body = "", tag = false, kept = false } = options;
  const own = tag ? ";tag=bob-[call_number]" : "";
  const copied = kept
    ? ["Via:[$via]", "From:[$from]", "To:[$to]", "Call-ID: [call_id]", "CSeq:[$cseq]"]
    : ["[last_Via:]", "[last_From:]", `[last_To:]${own}`, "[last_Call-ID:]", "[last_CSeq:]"];
  return withBody([`SIP/2.0 ${status}`, ...copied, ...extra], body);
}

const keepHeaders = ["Via", "From", "To", "CSeq"]
  .map(
    (name) =>
      `<ereg regexp=".*" search_in="hdr" header="${name}:" assign_to="${name.toLowerCase()}"/>`,
  )
  .join("\n");

/** Requires that the message received fits; sipp ends in failure otherwise. */
function check(pattern: string, name: string): string {
  const regexp = pattern.replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return `<ereg regexp="${regexp}" search_in="msg" check_it="true" assign_to="${name}"/>`;
}

const takes = (method: string, actions = "") =>
  `<recv request="${method}" rrs="true"><action>${actions || '<log message="taken"/>'}</action></recv>`;
const gets = (status: number, actions = "") =>
  `<recv response="${status}" rrs="true"><action>${actions || '<log message="got"/>'}</action></recv>`;
const trying = `<recv response="100" optional="true"/>`;
const use = (...names: string[]) => `<Reference variables="${names.join(",")}"/>`;

const invite = (extra: readonly string[] = []) =>
  request("INVITE", { cseq: 1, extra, body: sdp, branch: "INVITE-1" });
const ack = (cseq: number) => request("ACK", { cseq, inside: true });
/** Of a failure: in the transaction of its INVITE (RFC 3261 17.1.1.3). */
const ackFailure = (cseq: number, branch = `INVITE-${cseq}`) =>
  request("ACK", { cseq, inside: true, branch }).replace("[routes]\n", "");
const connects = (extra: readonly string[] = []) => [invite(extra), trying, gets(200), ack(1)];
const hangsUp = (cseq: number) => [request("BYE", { cseq, inside: true }), gets(200)];
const asks = (method: string, options: Request, status = 200) => [
  request(method, { inside: true, ...options }),
  ...(method === "INVITE" ? [trying] : []),
  gets(status),
];
const answersOk = send(answer("200 OK"));
const toldToGo = [takes("INFO"), answersOk];

/** RFC 3261 9.1: a caller who gives up while it rings. */
export const caller9_1 = scenario("3261 9.1", [
  invite(),
  trying,
  gets(180),
  request("CANCEL", { cseq: 1, branch: "INVITE-1" }),
  `<recv response="200"/>`,
  gets(487),
  ackFailure(1),
]);

/** RFC 3261 13.2.2.4: a callee whose 200 comes twice, and is acknowledged each time. */
export const callee13_2_2_4 = scenario("3261 13.2.2.4", [
  takes("INVITE", keepHeaders),
  use("via", "from", "to", "cseq"),
  ...[1, 2].flatMap(() => [
    send(
      answer("200 OK", { kept: true, extra: [contact], body: sdp }).replace(
        "To:[$to]",
        "To:[$to];tag=bob-[call_number]",
      ),
    ),
    takes("ACK"),
  ]),
  send(`BYE [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=z9hG4bK-[call_id]-BYE
From:[$to];tag=bob-[call_number]
To:[$from]
Call-ID: [call_id]
CSeq: 1 BYE
Max-Forwards: 70
Content-Length: 0`),
  gets(200),
]);

/** RFC 3261 13.3.1.4: a caller who acknowledges the third 200 only. */
export const caller13_3_1_4 = scenario("3261 13.3.1.4", [
  invite(),
  trying,
  ...[gets(200), gets(200), gets(200)],
  ack(1),
  ...hangsUp(2),
]);

/** RFC 3261 14.1: a re-INVITE, then one that crosses the other side's. */
export const caller14_1 = scenario("3261 14.1", [
  ...connects(),
  ...asks("INVITE", { cseq: 2, body: sdp }),
  ack(2),
  takes("INVITE", keepHeaders),
  use("via", "from", "to", "cseq"),
  ...asks("INVITE", { cseq: 3, body: sdp }, 491),
  ackFailure(3),
  send(answer("491 Request Pending", { kept: true })),
  takes("ACK"),
  ...asks("INVITE", { cseq: 4, body: sdp }),
  ack(4),
  ...hangsUp(5),
]);

/** RFC 3261 12.2.1.1: a caller behind a strict router, with a loose one behind that. */
export const caller12_2_1_1 = scenario("3261 12.2.1.1", [
  invite([
    "Record-Route: <sip:strict@[local_ip]:[local_port]>, <sip:loose@[local_ip]:[local_port];lr>",
  ]),
  trying,
  gets(200),
  ack(1).replace("[routes]\n", "").replace("[next_url]", "sip:[service]@[remote_ip]:[remote_port]"),
  takes(
    "INFO",
    check("INFO sip:strict@", "uri") +
      check("Route: *<sip:loose@[^>]*;lr>,? ?.*[^r]*<sip:peer@", "route"),
  ),
  use("uri", "route"),
  answersOk,
  ...takesBye,
]);

/** RFC 3261 8.1.3.4: a caller who goes where the 302 sends him. */
export const caller8_1_3_4 = scenario("3261 8.1.3.4", [
  invite(),
  trying,
  gets(302, check("Contact: *<sip:elsewhere@", "moved")),
  use("moved"),
  ackFailure(1),
  request("INVITE", { cseq: 2, body: sdp }).replace("sip:[service]@", "sip:elsewhere@"),
  trying,
  gets(200),
  ack(2),
  ...hangsUp(3),
]);

/** RFC 3261 8.2.2.2: a request that comes again on another path. */
export const caller8_2_2_2 = scenario("3261 8.2.2.2", [
  invite(),
  trying,
  gets(180),
  request("INVITE", { cseq: 1, body: sdp, branch: "other-path" }),
  gets(482),
  ackFailure(1, "other-path"),
  request("CANCEL", { cseq: 1, branch: "INVITE-1" }),
  gets(200),
  gets(487),
  ackFailure(1),
]);

/** RFC 3261 16: the caller of a proxied call; the route goes through the proxy. */
export const caller16 = scenario("3261 16 caller", [
  invite(),
  trying,
  `<recv response="180" optional="true"/>`,
  gets(200, check("Record-Route: *<sip:[^>]*;lr", "recorded")),
  use("recorded"),
  ack(1),
  ...hangsUp(2),
]);

/** RFC 3261 16: who takes the proxied call; each request came through the proxy. */
export const callee16 = scenario("3261 16 callee", [
  takes("INVITE", check("Record-Route: *<sip:[^>]*;lr", "recorded")),
  use("recorded"),
  send(answer("200 OK", { tag: true, extra: ["[last_Record-Route:]", contact], body: sdp })),
  takes("ACK", check("Max-Forwards: 69", "ackHops")),
  takes("BYE", check("Max-Forwards: 69", "byeHops")),
  use("ackHops", "byeHops"),
  answersOk,
]);

/** RFC 3262: a caller who acknowledges a reliable 183. */
export const caller3262 = scenario("3262 PRACK", [
  invite(["Supported: 100rel"]),
  trying,
  gets(
    183,
    `${check("Require: *100rel", "required")}<ereg regexp="[0-9]+" search_in="hdr" header="RSeq:" check_it="true" assign_to="rseq"/>`,
  ),
  use("required"),
  ...asks("PRACK", { cseq: 2, extra: ["RAck: [$rseq] 1 INVITE"] }),
  gets(200),
  ack(1),
  ...hangsUp(3),
]);

/** RFC 3311: UPDATE of each side in a call. */
export const caller3311 = scenario("3311 UPDATE", [
  ...connects(),
  ...asks("UPDATE", { cseq: 2, body: sdp }),
  takes("UPDATE"),
  send(answer("200 OK", { extra: [contact], body: sdp })),
  ...hangsUp(3),
]);

/** RFC 4028 10: the caller refreshes once, when told to, and then falls silent. */
export const caller4028Refreshes = scenario("4028 refresher=uac", [
  invite(["Supported: timer", "Session-Expires: 90;refresher=uac"]),
  trying,
  gets(200, check("Session-Expires: *90;refresher=uac", "granted")),
  use("granted"),
  ack(1),
  ...toldToGo,
  ...asks("UPDATE", {
    cseq: 2,
    extra: ["Supported: timer", "Session-Expires: 90;refresher=uac"],
  }),
  ...takesBye,
]);

/** RFC 4028 7.4: the other side refreshes. */
export const caller4028IsRefreshed = scenario("4028 refresher=uas", [
  invite(["Supported: timer", "Session-Expires: 90;refresher=uas"]),
  trying,
  gets(200, check("Session-Expires: *90;refresher=uas", "granted")),
  use("granted"),
  ack(1),
  takes("INVITE", check("Session-Expires: *90;refresher=uac", "again")),
  use("again"),
  send(
    answer("200 OK", {
      extra: [contact, "Require: timer", "Session-Expires: 90;refresher=uac"],
      body: sdp,
    }),
  ),
  takes("ACK"),
  ...hangsUp(2),
]);

/** RFC 3515: a caller who transfers, and is told how it went. */
export const caller3515 = scenario("3515 REFER", [
  ...connects(),
  ...asks("REFER", { cseq: 2, extra: ["Refer-To: <sip:carol@127.0.0.1>"] }, 202),
  takes("NOTIFY", check("Event: *refer", "event") + check("SIP/2.0 200 OK\\r?\\n?$", "fragment")),
  use("event", "fragment"),
  answersOk,
  ...hangsUp(3),
]);

/** RFC 3891: a caller who takes the place of another. */
export function caller3891(replaced: { callId: string; to: string; from: string }): Scenario {
  const { callId, to, from } = replaced;
  return scenario("3891 Replaces", [
    ...connects([`Replaces: ${callId};to-tag=${to};from-tag=${from}`]),
    ...hangsUp(2),
  ]);
}

/** RFC 3891: whose place is taken. */
export const caller3891Replaced = scenario("3891 replaced", [...connects(), ...takesBye]);

/** RFC 6665: a subscriber who gets a state, and ends the subscription. */
export const subscriber6665 = scenario("6665 SUBSCRIBE", [
  request("SUBSCRIBE", { cseq: 1, extra: ["Event: presence", "Expires: 60"] }),
  gets(202),
  takes("NOTIFY", check("Subscription-State: *active", "active")),
  answersOk,
  ...asks("SUBSCRIBE", { cseq: 2, extra: ["Event: presence", "Expires: 0"] }, 202),
  takes("NOTIFY", check("Subscription-State: *terminated", "terminated")),
  use("active", "terminated"),
  answersOk,
]);

/** RFC 6086: INFO of each side in a call. */
export const caller6086 = scenario("6086 INFO", [
  ...connects(),
  ...asks("INFO", { cseq: 2 }),
  ...toldToGo,
  ...hangsUp(3),
]);

/** RFC 3428 and RFC 3261 11: MESSAGE and OPTIONS outside of dialogs. */
export function asksOutside(method: "MESSAGE" | "OPTIONS"): Scenario {
  return scenario(method, [request(method, { cseq: 1 }), gets(200)]);
}
