// One SIP message as it lies in the ring: fixed fields, addresses and Call-ID, then the message.
import type { TracedMessage } from "../../../wire/edge-operations.ts";
import { bare } from "../transport/address.ts";
import type { Flow, Protocol } from "../transport/flow.ts";
import { redact } from "./redact.ts";

export interface RecordHead {
  atMs: number;
  direction: TracedMessage["direction"];
  flow: Flow;
  sipCallId: string;
}

const protocols: readonly Protocol[] = ["udp", "tcp", "tls", "ws", "wss"];
// Offsets in a record.
const atMsAt = 0;
const protocolAt = 8;
const sentAt = 9;
const localPortAt = 10;
const remotePortAt = 12;
const localLengthAt = 14;
const remoteLengthAt = 15;
const callIdLengthAt = 16;
const headBytes = 20;
/** A name that an operator set may be long; addresses are shorter. */
const hostCharsMax = 255;

/** Bytes of a record before its message. */
export function headLength({ flow, sipCallId }: RecordHead): number {
  return (
    headBytes +
    Math.min(flow.localAddress.length, hostCharsMax) +
    Math.min(flow.remoteAddress.length, hostCharsMax) +
    Buffer.byteLength(sipCallId)
  );
}

/** Writes what precedes the message; gives the offset at which the message goes. */
export function writeHead(bytes: Buffer, offset: number, head: RecordHead): number {
  const { flow } = head;
  bytes.writeDoubleLE(head.atMs, offset + atMsAt);
  bytes[offset + protocolAt] = protocols.indexOf(flow.protocol);
  bytes[offset + sentAt] = head.direction === "sent" ? 1 : 0;
  bytes.writeUInt16LE(flow.localPort, offset + localPortAt);
  bytes.writeUInt16LE(flow.remotePort, offset + remotePortAt);
  let at = offset + headBytes;
  const local = bytes.write(flow.localAddress.slice(0, hostCharsMax), at, "latin1");
  at += local;
  const remote = bytes.write(flow.remoteAddress.slice(0, hostCharsMax), at, "latin1");
  at += remote;
  const callId = bytes.write(head.sipCallId, at);
  bytes[offset + localLengthAt] = local;
  bytes[offset + remoteLengthAt] = remote;
  bytes.writeUInt32LE(callId, offset + callIdLengthAt);
  return at + callId;
}

/** Its Call-ID alone: this is asked of every record in the ring. */
export function callIdOf(record: Buffer): string {
  const at = headBytes + (record[localLengthAt] ?? 0) + (record[remoteLengthAt] ?? 0);
  return record.toString("utf8", at, at + record.readUInt32LE(callIdLengthAt));
}

/** With what nobody may read taken out. */
export function readMessage(record: Buffer, seq: number): TracedMessage {
  const remoteAt = headBytes + (record[localLengthAt] ?? 0);
  const callIdAt = remoteAt + (record[remoteLengthAt] ?? 0);
  const textAt = callIdAt + record.readUInt32LE(callIdLengthAt);
  const host = (from: number, to: number) => record.toString("latin1", from, to);
  return {
    seq,
    atMs: record.readDoubleLE(atMsAt),
    direction: record[sentAt] === 1 ? "sent" : "received",
    sipCallId: record.toString("utf8", callIdAt, textAt),
    protocol: protocols[record[protocolAt] ?? 0] ?? "udp",
    local: { address: bare(host(headBytes, remoteAt)), port: record.readUInt16LE(localPortAt) },
    remote: { address: host(remoteAt, callIdAt), port: record.readUInt16LE(remotePortAt) },
    text: redact(record.toString("utf8", textAt)),
  };
}
