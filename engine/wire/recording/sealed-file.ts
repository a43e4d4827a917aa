// Encryption of a recording at rest: AES-256-GCM in chunks, so that it can be written as a stream,
// read from the front, and a torn end costs the last chunk only.
//
// File: header, chunks, end.
//   header  "RXSEAL1\n" (8 bytes), key id (32 bytes, padded with zeros), salt (32 random bytes)
//   chunk   length of the plain text (4 bytes, big endian, 1 to 1 MiB), cipher text, tag (16 bytes)
//   end     length 0, no cipher text, tag
// Key of the file: HKDF-SHA-256 of the configured key with the salt, info "rexian recording", 32
// bytes. Nonce: 8 zero bytes and the chunk's number from 0, big endian; the end has number
// 0xffffffff, so that it never shares a nonce with a chunk that was torn off. Additional data: the
// header and, for the end, the number of chunks (4 bytes): chunks cannot be moved between files,
// reordered, or dropped from the end unseen.
// The plain text is a WAV file whose sizes are unknown (0xffffffff); `openSealed` fills them in.
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { durationMsOf, stereoHeader, stereoHeaderBytes } from "./stereo-wav.ts";

export interface SealingKey {
  id: string;
  key: Buffer;
}

/** The file is not sealed, not with this key, or was changed; the message says which. */
export class SealError extends Error {}

/** Seals one file; what each method returns is to be written in that order. */
export class Sealer {
  readonly header: Buffer;
  private readonly fileKey: Buffer;
  private chunks = 0;

  constructor(key: SealingKey) {
    const id = Buffer.alloc(keyIdBytes);
    id.write(key.id, "latin1");
    this.header = Buffer.concat([magic, id, randomBytes(saltBytes)]);
    this.fileKey = deriveKey(key.key, this.header);
  }

  chunk(plain: Uint8Array): Buffer {
    if (this.chunks >= chunksMax) throw new SealError("too many chunks in one file");
    const cipher = createCipheriv("aes-256-gcm", this.fileKey, nonce(this.chunks));
    this.chunks += 1;
    cipher.setAAD(this.header);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(plain.length);
    return Buffer.concat([length, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  }

  end(): Buffer {
    return sealEnd(this.fileKey, this.header, this.chunks);
  }
}

export interface OpenedRecording {
  /** A whole WAV file. */
  wav: Buffer;
  durationMs: number;
  /** False when the end is missing: the file broke off. */
  isWhole: boolean;
}

/** Decrypts a whole file. Throws `SealError`; a torn last chunk is left out instead. */
export function openSealed(file: Buffer, keyOf: (keyId: string) => Buffer | null): OpenedRecording {
  const header = readHeader(file);
  const key = keyOf(header.keyId);
  if (key === null) throw new SealError(`no key ${header.keyId}`);
  const fileKey = deriveKey(key, header.bytes);
  const plain: Buffer[] = [];
  const layout = walk(file);
  for (const [number, { start, end }] of layout.chunks.entries()) {
    plain.push(open(fileKey, { header: header.bytes, number, body: file.subarray(start, end) }));
  }
  if (layout.endTag !== null) {
    const body = layout.endTag;
    const aad = endData(header.bytes, layout.chunks.length);
    open(fileKey, { header: aad, number: endNumber, body });
  }
  const whole = Buffer.concat(plain);
  if (whole.length < stereoHeaderBytes) throw new SealError("no audio");
  const audioBytes = whole.length - stereoHeaderBytes;
  stereoHeader(audioBytes).copy(whole);
  return { wav: whole, durationMs: durationMsOf(audioBytes), isWhole: layout.endTag !== null };
}

/**
 * What a file needs to be whole: `keepBytes` of it, then `tail`; nothing when it has its end.
 * Throws `SealError` when it is no sealed file of this key.
 */
export function mendSealed(
  file: Buffer,
  key: SealingKey,
): { audioBytes: number; mend: { keepBytes: number; tail: Buffer } | null } {
  const header = readHeader(file);
  if (header.keyId !== key.id) throw new SealError(`no key ${header.keyId}`);
  const { chunks, endTag, plainBytes } = walk(file);
  const audioBytes = Math.max(0, plainBytes - stereoHeaderBytes);
  if (endTag !== null) return { audioBytes, mend: null };
  const tail = sealEnd(deriveKey(key.key, header.bytes), header.bytes, chunks.length);
  return { audioBytes, mend: { keepBytes: chunks.at(-1)?.end ?? headerBytes, tail } };
}

function readHeader(file: Buffer): { bytes: Buffer; keyId: string } {
  if (file.length < headerBytes || !file.subarray(0, magic.length).equals(magic)) {
    throw new SealError("not a sealed recording");
  }
  const id = file.subarray(magic.length, magic.length + keyIdBytes).toString("latin1");
  return { bytes: file.subarray(0, headerBytes), keyId: id.replace(/\0+$/, "") };
}

/** Whole chunks: from cipher text to the end of the tag. What follows the last one is torn. */
function walk(file: Buffer) {
  const chunks: { start: number; end: number }[] = [];
  let plainBytes = 0;
  for (let at = headerBytes; at + 4 + tagBytes <= file.length; ) {
    const length = file.readUInt32BE(at);
    const start = at + 4;
    const end = start + length + tagBytes;
    if (length > chunkBytesMax) throw new SealError(`chunk ${chunks.length} is too long`);
    if (end > file.length) break;
    if (length === 0) return { chunks, plainBytes, endTag: file.subarray(start, end) };
    chunks.push({ start, end });
    plainBytes += length;
    at = end;
  }
  return { chunks, plainBytes, endTag: null };
}

function open(fileKey: Buffer, sealed: { header: Buffer; number: number; body: Buffer }): Buffer {
  const { header, number, body } = sealed;
  const decipher = createDecipheriv("aes-256-gcm", fileKey, nonce(number));
  decipher.setAAD(header);
  decipher.setAuthTag(body.subarray(body.length - tagBytes));
  try {
    const plain = decipher.update(body.subarray(0, body.length - tagBytes));
    return Buffer.concat([plain, decipher.final()]);
  } catch {
    throw new SealError(
      number === endNumber ? "the end was changed" : `chunk ${number} was changed`,
    );
  }
}

function sealEnd(fileKey: Buffer, header: Buffer, chunks: number): Buffer {
  const cipher = createCipheriv("aes-256-gcm", fileKey, nonce(endNumber));
  cipher.setAAD(endData(header, chunks));
  cipher.final();
  return Buffer.concat([Buffer.alloc(4), cipher.getAuthTag()]);
}

function endData(header: Buffer, chunks: number): Buffer {
  const count = Buffer.alloc(4);
  count.writeUInt32BE(chunks);
  return Buffer.concat([header, count]);
}

function deriveKey(key: Buffer, header: Buffer): Buffer {
  const salt = header.subarray(headerBytes - saltBytes);
  return Buffer.from(hkdfSync("sha256", key, salt, "rexian recording", 32));
}

function nonce(number: number): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt32BE(number, 8);
  return bytes;
}

const magic = Buffer.from("RXSEAL1\n", "latin1");
const keyIdBytes = 32;
const saltBytes = 32;
const headerBytes = magic.length + keyIdBytes + saltBytes;
const tagBytes = 16;
const chunkBytesMax = 1_048_576;
const chunksMax = 0xffff_fff0;
const endNumber = 0xffff_ffff;
