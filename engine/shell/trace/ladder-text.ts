// The ladder of a call for a terminal.
import type { TracedMessage } from "../../wire/edge-operations.ts";
import { type Ladder, type LadderLeg, type LadderStep, sipLadder } from "../../wire/sip-ladder.ts";

const columnChars = 34;
const timeChars = 10;

/** Lines of the ladder: times in seconds since the first message, one row for each message. */
export function ladderText(messages: readonly TracedMessage[]): string {
  const ladder = sipLadder(messages);
  const [first] = messages;
  const edgeAt = ladder.legs.filter(({ side }) => side === "caller").length;
  const names = [
    ...ladder.legs.slice(0, edgeAt).map(nameOf),
    "edge",
    ...ladder.legs.slice(edgeAt).map(nameOf),
  ];
  const row = (time: string, cells: readonly string[]) =>
    `${time.padStart(timeChars)}  ${cells.join("")}`.trimEnd();
  return [
    `first message ${first === undefined ? "none" : new Date(first.atMs).toISOString()}`,
    row(
      "s",
      names.map((name) => name.slice(0, columnChars - 1).padEnd(columnChars)),
    ),
    ...ladder.steps.map((step) =>
      row((step.offsetMs / 1_000).toFixed(3), [arrow(ladder, step, edgeAt)]),
    ),
  ].join("\n");
}

/** Every message in full, under its place in the ladder. */
export function messagesText(messages: readonly TracedMessage[]): string {
  return messages
    .map(({ atMs, direction, protocol, local, remote, text }) => {
      const ends = [`${remote.address}:${remote.port}`, `${local.address}:${local.port}`];
      const [from, to] = direction === "received" ? ends : ends.reverse();
      const at = new Date(atMs).toISOString();
      return `--- ${at} ${protocol.toUpperCase()} ${from} -> ${to}\n${text.replaceAll("\r\n", "\n")}`;
    })
    .join("\n");
}

function nameOf({ user, peer, protocol }: LadderLeg): string {
  return `${user === "" ? "" : `${user}@`}${peer} ${protocol}`;
}

/** Lifelines as `|`, and the message between the edge and the peer of its leg. */
function arrow({ legs }: Ladder, step: LadderStep, edgeAt: number): string {
  const column = step.leg < edgeAt ? step.leg : step.leg + 1;
  const [left, right] = column < edgeAt ? [column, edgeAt] : [edgeAt, column];
  const toRight = (step.message.direction === "sent") === column > edgeAt;
  const width = (right - left) * columnChars - 1;
  const label = ` ${step.label}${step.hasSdp ? " SDP" : ""} `.slice(0, width - 2);
  const before = "-".repeat(Math.max(0, Math.floor((width - label.length - 1) / 2)));
  const after = "-".repeat(Math.max(0, width - label.length - before.length - 1));
  const line = toRight ? `${before}${label}${after}>` : `<${before}${label}${after}`;
  let text = "";
  for (let at = 0; at <= legs.length; at += 1) {
    if (at === left) text += `|${line}`;
    else if (at < left || at >= right)
      text += at === legs.length ? "|" : `|${" ".repeat(columnChars - 1)}`;
  }
  return text;
}
