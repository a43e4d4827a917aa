// SIP as a carrier or a desk phone speaks it, for sipp. Built from parts, so that an INVITE stands
// once. Audio is not sipp's: SDP names the port of an RTP endpoint that the test plays.

export type Scenario = Readonly<{ name: string; xml: string }>;

export type CallerPlan = Readonly<{
  ani?: string;
  /** Port of the test's RTP endpoint. */
  rtpPort: number;
  /** RTP payload types offered; 8 is PCMA, 0 is PCMU. */
  codecs?: string;
}>;

/** A caller who stays for `stayMs` and then releases (RFC 3261 sections 13 and 15). */
export function callerWhoReleases(plan: CallerPlan & { stayMs: number }): Scenario {
  return scenario("caller who releases", [
    invite(plan),
    ...answered(plan),
    `<pause milliseconds="${plan.stayMs}"/>`,
    bye(plan),
    `<recv response="200"/>`,
  ]);
}

/** A caller who stays until the centre releases. */
export function callerUntilBye(plan: CallerPlan): Scenario {
  return scenario("caller until BYE", [invite(plan), ...answered(plan), ...takesBye]);
}

/** A caller who is asked whether the call still stands, gives these answers, and stays until released. */
export function callerWhoIsAsked(plan: CallerPlan & { says: readonly string[] }): Scenario {
  const asked = plan.says.flatMap((status) => [
    `<recv request="OPTIONS"/>`,
    answersInDialog(status),
  ]);
  return scenario("caller who is asked", [invite(plan), ...answered(plan), ...asked, ...takesBye]);
}

/** A caller who brings digest credentials when asked (RFC 3261 22.2), and releases at once. */
export function callerWithDigest(
  plan: CallerPlan & { username: string; password: string },
): Scenario {
  const { username, password } = plan;
  const again = invite(plan).replace(
    "CSeq: 1 INVITE",
    `CSeq: 2 INVITE\n[authentication username=${username} password=${password}]`,
  );
  return scenario("caller with digest", [
    invite(plan),
    `<recv response="100" optional="true"/>`,
    `<recv response="401" auth="true"/>`,
    ackOfFailure(plan),
    again,
    ...answered(plan).map((part) => part.replace("CSeq: 1 ACK", "CSeq: 2 ACK")),
    bye(plan).replace("CSeq: 2 BYE", "CSeq: 3 BYE"),
    `<recv response="200"/>`,
  ]);
}

/** A call that must be refused with exactly this status. */
export function callerRefused(plan: CallerPlan & { status: number }): Scenario {
  return scenario(`caller refused with ${plan.status}`, [
    invite(plan),
    ...provisional,
    `<recv response="${plan.status}"/>`,
    ackOfFailure(plan),
  ]);
}

/** sipp sends it with the INVITE's branch (RFC 3261 17.1.1.3). */
function ackOfFailure(plan: CallerPlan): string {
  return send(`ACK sip:[service]@[remote_ip]:[remote_port] SIP/2.0
[last_Via:]
From: ${from(plan)}
[last_To:]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0`);
}

/** A desk phone that rings for `ringMs`, answers, and stays until the centre releases. */
export function phoneWhoAnswers(plan: { rtpPort: number; ringMs: number }): Scenario {
  return scenario("phone who answers", [
    `<recv request="INVITE" crlf="true" rrs="true"/>`,
    send(reply("180 Ringing", "Contact: <sip:[local_ip]:[local_port]>\nContent-Length: 0")),
    `<pause milliseconds="${plan.ringMs}"/>`,
    sendRetransmitted(
      reply(
        "200 OK",
        `Contact: <sip:[local_ip]:[local_port]>\nContent-Type: application/sdp\nContent-Length: [len]\n\n${sdp({ rtpPort: plan.rtpPort, codecs: "0 101" })}`,
      ),
    ),
    `<recv request="ACK"/>`,
    ...takesBye,
  ]);
}

/**
 * A desk phone that answers at once, holds the caller for `holdMs` by re-INVITE (RFC 5359 2.1,
 * `sendonly`), takes him back, and stays until the centre releases.
 */
export function phoneWhoHolds(plan: { rtpPort: number; talkMs: number; holdMs: number }): Scenario {
  const reinvite = (cseq: number, direction: string) => [
    sendRetransmitted(`INVITE [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: [$local]
To: [$remote]
Call-ID: [call_id]
CSeq: ${cseq} INVITE
Contact: <sip:[local_ip]:[local_port]>
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: [len]

${sdp({ rtpPort: plan.rtpPort, codecs: "0 101", direction })}`),
    `<recv response="100" optional="true"/>`,
    `<recv response="200"/>`,
    send(`ACK [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: [$local]
To: [$remote]
Call-ID: [call_id]
CSeq: ${cseq} ACK
Max-Forwards: 70
Content-Length: 0`),
  ];
  const keep = (header: string, name: string) =>
    `<ereg regexp=".*" search_in="hdr" header="${header}:" assign_to="${name}"/>`;
  return scenario("phone who holds", [
    `<recv request="INVITE" crlf="true" rrs="true"><action>${keep("From", "remote")}${keep("To", "to")}<assignstr assign_to="local" value="[$to];tag=[pid]-[call_number]"/></action></recv>`,
    sendRetransmitted(
      reply(
        "200 OK",
        `Contact: <sip:[local_ip]:[local_port]>\nContent-Type: application/sdp\nContent-Length: [len]\n\n${sdp({ rtpPort: plan.rtpPort, codecs: "0 101" })}`,
      ),
    ),
    `<recv request="ACK"/>`,
    `<pause milliseconds="${plan.talkMs}"/>`,
    ...reinvite(1, "sendonly"),
    `<pause milliseconds="${plan.holdMs}"/>`,
    ...reinvite(2, "sendrecv"),
    ...takesBye,
  ]);
}

/**
 * A number on the carrier's side: checks who is dialled and which number is shown, sends sound before
 * the answer (183 with SDP, RFC 3960 3.1), answers, and stays until the centre releases.
 */
export function calledWithEarlyMedia(plan: {
  rtpPort: number;
  earlyMs: number;
  user: string;
  shown: string;
}): Scenario {
  const contact = "Contact: <sip:[local_ip]:[local_port]>";
  const body = `Content-Type: application/sdp\nContent-Length: [len]\n\n${sdp({ rtpPort: plan.rtpPort, codecs: "8 101" })}`;
  const check = (header: string, pattern: string, name: string) =>
    `<ereg regexp="${pattern}" search_in="hdr" header="${header}" check_it="true" assign_to="${name}"/>`;
  return scenario("called with early media", [
    `<recv request="INVITE" crlf="true" rrs="true"><action>
<ereg regexp="INVITE sip:${plan.user}@" search_in="msg" check_it="true" assign_to="dialled"/>
${check("From:", `sip:${plan.shown}@`, "from")}
${check("P-Asserted-Identity:", `sip:${plan.shown}@`, "asserted")}
</action></recv>
<Reference variables="dialled,from,asserted"/>`,
    send(reply("183 Session Progress", `${contact}\n${body}`)),
    `<pause milliseconds="${plan.earlyMs}"/>`,
    sendRetransmitted(reply("200 OK", `${contact}\n${body}`)),
    `<recv request="ACK"/>`,
    ...takesBye,
  ]);
}

/**
 * A carrier that asks for a digest (RFC 3261 22), checks it with sipp's own arithmetic, and then
 * answers and stays until the centre releases.
 */
export function calledAsksDigest(plan: {
  rtpPort: number;
  username: string;
  password: string;
}): Scenario {
  const challenge = `WWW-Authenticate: Digest realm="carrier", nonce="47364c23", algorithm=MD5, qop="auth", opaque="op"`;
  return scenario("called asks for a digest", [
    `<recv request="INVITE" crlf="true"/>`,
    send(reply("401 Who", `${challenge}\nContent-Length: 0`)),
    `<recv request="ACK"/>`,
    `<recv request="INVITE" crlf="true" rrs="true"><action>
<ereg regexp="2 INVITE" search_in="hdr" header="CSeq:" check_it="true" assign_to="cseq"/>
<ereg regexp="opaque=.op." search_in="hdr" header="Authorization:" check_it="true" assign_to="opaque"/>
<verifyauth assign_to="right" username="${plan.username}" password="${plan.password}"/>
</action></recv>
<Reference variables="cseq,opaque"/>`,
    `<nop next="answer" test="right"/>`,
    sendRetransmitted(reply("403 Wrong", "Content-Length: 0")),
    `<recv request="ACK" next="end"/>`,
    `<label id="answer"/>`,
    sendRetransmitted(
      reply(
        "200 OK",
        `Contact: <sip:[local_ip]:[local_port]>\nContent-Type: application/sdp\nContent-Length: [len]\n\n${sdp({ rtpPort: plan.rtpPort, codecs: "8 101" })}`,
      ),
    ),
    `<recv request="ACK"/>`,
    ...takesBye,
    `<label id="end"/>`,
  ]);
}

/** A carrier that asks again whatever is answered; only two INVITEs may come. */
export function calledAsksForEver(): Scenario {
  const ask = (nonce: string) =>
    send(
      reply(
        "401 Who",
        `WWW-Authenticate: Digest realm="carrier", nonce="${nonce}", qop="auth"\nContent-Length: 0`,
      ),
    );
  return scenario("called asks for ever", [
    `<recv request="INVITE" crlf="true"/>`,
    ask("a1"),
    `<recv request="ACK"/>`,
    `<recv request="INVITE" crlf="true"/>`,
    ask("b2"),
    `<recv request="ACK"/>`,
  ]);
}

/** A number that cannot be reached, with this final status; `q850`: cause beside it (RFC 3326). */
export function calledRefuses(plan: { status: number; q850?: number }): Scenario {
  const reason = plan.q850 === undefined ? "" : `Reason: Q.850;cause=${plan.q850}\n`;
  return scenario(`called refuses with ${plan.status}`, [
    `<recv request="INVITE" crlf="true"/>`,
    sendRetransmitted(reply(`${plan.status} No`, `${reason}Content-Length: 0`)),
    `<recv request="ACK"/>`,
  ]);
}

/** A desk phone that rings until the centre cancels (RFC 3261 9.2). */
export function phoneUntilCancel(): Scenario {
  return scenario("phone until CANCEL", [
    `<recv request="INVITE" crlf="true"/>`,
    send(reply("180 Ringing", "Contact: <sip:[local_ip]:[local_port]>\nContent-Length: 0")),
    ...takesCancel,
  ]);
}

/** A network that says in early media why it fails, until the centre cancels. */
export function calledSoundsUntilCancel(plan: { rtpPort: number }): Scenario {
  const contact = "Contact: <sip:[local_ip]:[local_port]>";
  const body = `Content-Type: application/sdp\nContent-Length: [len]\n\n${sdp({ rtpPort: plan.rtpPort, codecs: "8 101" })}`;
  return scenario("called sounds until CANCEL", [
    `<recv request="INVITE" crlf="true"/>`,
    send(reply("183 Session Progress", `${contact}\n${body}`)),
    ...takesCancel,
  ]);
}

const cancelledTag = "tag=[pid]-[call_number]";
const takesCancel = [
  `<recv request="CANCEL"/>`,
  send(`SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:];${cancelledTag}
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0`),
  // The CANCEL has the branch of its INVITE (RFC 3261 9.1), so its Via serves for both.
  sendRetransmitted(`SIP/2.0 487 Request Terminated
[last_Via:]
[last_From:]
[last_To:];${cancelledTag}
[last_Call-ID:]
CSeq: [last_cseq_number] INVITE
Content-Length: 0`),
  `<recv request="ACK"/>`,
];

const provisional = [100, 180, 183].map((status) => `<recv response="${status}" optional="true"/>`);

/** An answer in a dialog, whose tags are there already. */
const answersInDialog = (status: string) =>
  send(`SIP/2.0 ${status}
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0`);

export const takesBye = [`<recv request="BYE"/>`, answersInDialog("200 OK")];

function invite(plan: CallerPlan): string {
  return sendRetransmitted(`INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: ${from(plan)}
To: <sip:[service]@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:${plan.ani ?? "13800138000"}@[local_ip]:[local_port];transport=[transport]>
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: [len]

${sdp({ rtpPort: plan.rtpPort, codecs: plan.codecs ?? "8 0 101" })}`);
}

function answered(plan: CallerPlan): string[] {
  return [
    ...provisional,
    `<recv response="200" rrs="true"/>`,
    send(`ACK [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: ${from(plan)}
[last_To:]
[routes]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0`),
  ];
}

function bye(plan: CallerPlan): string {
  return sendRetransmitted(`BYE [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: ${from(plan)}
[last_To:]
[routes]
Call-ID: [call_id]
CSeq: 2 BYE
Max-Forwards: 70
Content-Length: 0`);
}

function from(plan: CallerPlan): string {
  return `"caller" <sip:${plan.ani ?? "13800138000"}@[local_ip]:[local_port]>;tag=[pid]-[call_number]`;
}

function reply(status: string, rest: string): string {
  return `SIP/2.0 ${status}
[last_Via:]
[last_From:]
[last_To:];tag=[pid]-[call_number]
[last_Call-ID:]
[last_CSeq:]
${rest}`;
}

function sdp(options: { rtpPort: number; codecs: string; direction?: string }): string {
  return `v=0
o=test 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [local_ip]
t=0 0
m=audio ${options.rtpPort} RTP/AVP ${options.codecs}
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-15
a=ptime:20
a=${options.direction ?? "sendrecv"}
`;
}

export function send(message: string): string {
  return `<send><![CDATA[\n${message}\n\n]]></send>`;
}

export function sendRetransmitted(message: string): string {
  return `<send retrans="500"><![CDATA[\n${message}\n\n]]></send>`;
}

export function scenario(name: string, steps: readonly string[]): Scenario {
  const xml = `<?xml version="1.0" encoding="UTF-8"?>\n<scenario name="${name}">\n${steps.join("\n")}\n</scenario>\n`;
  return { name, xml };
}
