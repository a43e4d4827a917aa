// SIP messages as a capture file for Wireshark and its like. IP and UDP headers are made up around
// each message, whatever carried it: TCP, TLS and WebSockets have no packets of their own to show.
import type { TracedMessage } from "../../wire/edge-operations.ts";

type Packet = Readonly<Pick<TracedMessage, "atMs" | "direction" | "local" | "remote" | "text">>;

const magic = 0xa1b2c3d4;
/** Packets begin with their IP header (https://www.tcpdump.org/linktypes.html). */
const linktypeRaw = 101;
const packetBytesMax = 65_535;
const udpHeaderBytes = 8;
const protocolUdp = 17;

/** A classic pcap file (draft-ietf-opsawg-pcap), times to the millisecond. */
export function toPcap(messages: readonly Packet[]): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(magic, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(packetBytesMax, 16);
  header.writeUInt32LE(linktypeRaw, 20);
  return Buffer.concat([header, ...messages.flatMap(record)]);
}

function record({ atMs, direction, local, remote, text }: Packet): Buffer[] {
  const [source, target] = direction === "sent" ? [local, remote] : [remote, local];
  const [from, to] = [addressBytes(source.address), addressBytes(target.address)];
  const isIpv6 = from.length === 16 || to.length === 16;
  const ends = { from: isIpv6 ? widened(from) : from, to: isIpv6 ? widened(to) : to };
  const room = packetBytesMax - udpHeaderBytes - (isIpv6 ? 40 : 20);
  const udp = udpOf(source.port, target.port, Buffer.from(text, "utf8").subarray(0, room));
  const sum = checksum([...ends.from, ...ends.to, 0, protocolUdp, ...lengthOf(udp), ...udp]);
  // RFC 768: 0 would mean that there is none.
  udp.writeUInt16BE(sum === 0 ? 0xffff : sum, 6);
  const packet = Buffer.concat([isIpv6 ? ipv6Header(ends, udp) : ipv4Header(ends, udp), udp]);
  const head = Buffer.alloc(16);
  head.writeUInt32LE(Math.floor(atMs / 1_000), 0);
  head.writeUInt32LE(Math.round((atMs % 1_000) * 1_000), 4);
  head.writeUInt32LE(packet.length, 8);
  head.writeUInt32LE(packet.length, 12);
  return [head, packet];
}

function udpOf(sourcePort: number, targetPort: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(udpHeaderBytes);
  header.writeUInt16BE(sourcePort, 0);
  header.writeUInt16BE(targetPort, 2);
  header.writeUInt16BE(udpHeaderBytes + payload.length, 4);
  return Buffer.concat([header, payload]);
}

type Ends = Readonly<{ from: Buffer; to: Buffer }>;

/** RFC 791 3.1. */
function ipv4Header({ from, to }: Ends, payload: Buffer): Buffer {
  const header = Buffer.alloc(20);
  header[0] = 0x45;
  header.writeUInt16BE(header.length + payload.length, 2);
  header[8] = 64;
  header[9] = protocolUdp;
  from.copy(header, 12);
  to.copy(header, 16);
  header.writeUInt16BE(checksum(header), 10);
  return header;
}

/** RFC 8200 3. */
function ipv6Header({ from, to }: Ends, payload: Buffer): Buffer {
  const header = Buffer.alloc(40);
  header[0] = 0x60;
  header.writeUInt16BE(payload.length, 4);
  header[6] = protocolUdp;
  header[7] = 64;
  from.copy(header, 8);
  to.copy(header, 24);
  return header;
}

/** The ones' complement sum of RFC 1071. */
function checksum(bytes: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) {
    sum += ((bytes[at] ?? 0) << 8) + (bytes[at + 1] ?? 0);
    if (sum > 0xffff) sum -= 0xffff;
  }
  return ~sum & 0xffff;
}

function lengthOf(udp: Buffer): [number, number] {
  return [udp.length >> 8, udp.length & 0xff];
}

/** 4 or 16 bytes; a name, which a NAT's advertised address may be, becomes 0.0.0.0. */
function addressBytes(address: string): Buffer {
  if (address.includes(":")) return ipv6Bytes(address);
  const parts = address.split(".").map(Number);
  const isIpv4 = parts.length === 4 && parts.every((part) => part >= 0 && part <= 255);
  return isIpv4 ? Buffer.from(parts) : Buffer.alloc(4);
}

function ipv6Bytes(address: string): Buffer {
  const plain = address.replace(/%.*$/, "");
  const bytes = Buffer.alloc(16);
  const [head = "", tail] = plain.split("::");
  const groups = (text: string) => (text === "" ? [] : text.split(":"));
  const front = groups(head);
  const back = tail === undefined ? [] : groups(tail);
  const write = (group: string, at: number) => {
    if (at >= 0 && at < 8) bytes.writeUInt16BE(Number.parseInt(group, 16) & 0xffff, at * 2);
  };
  front.forEach(write);
  back.forEach((group, index) => {
    write(group, 8 - back.length + index);
  });
  return bytes;
}

/** RFC 4291 2.5.5.2: an IPv4 address among IPv6 ones. */
function widened(address: Buffer): Buffer {
  if (address.length === 16) return address;
  return Buffer.concat([Buffer.alloc(10), Buffer.from([0xff, 0xff]), address]);
}
