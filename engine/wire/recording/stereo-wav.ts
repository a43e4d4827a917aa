// The file format of a recording: WAV with two channels of µ-law at 8 kHz, caller left, others
// right. Browsers play it; nothing has to be decoded to write it.

/** RIFF, `fmt ` with its extension size, `fact`, `data`. */
export const stereoHeaderBytes = 58;
/** One sample of each side. */
export const bytesPerFrame = 2;
export const framesPerMs = 8;
/** µ-law's silence. */
export const silentByte = 0xff;

/** The header for so many bytes of audio; null while they are not known (RIFF's 0xffffffff). */
export function stereoHeader(audioBytes: number | null): Buffer {
  const header = Buffer.alloc(stereoHeaderBytes);
  const sizes = audioBytes ?? unknownSize;
  header.write("RIFF", 0, "latin1");
  header.writeUInt32LE(audioBytes === null ? unknownSize : stereoHeaderBytes - 8 + audioBytes, 4);
  header.write("WAVEfmt ", 8, "latin1");
  header.writeUInt32LE(18, 16);
  header.writeUInt16LE(ulawTag, 20);
  header.writeUInt16LE(bytesPerFrame, 22);
  header.writeUInt32LE(8000, 24);
  header.writeUInt32LE(8000 * bytesPerFrame, 28);
  header.writeUInt16LE(bytesPerFrame, 32);
  header.writeUInt16LE(8, 34);
  header.writeUInt16LE(0, 36);
  header.write("fact", 38, "latin1");
  header.writeUInt32LE(4, 42);
  header.writeUInt32LE(audioBytes === null ? unknownSize : audioBytes / bytesPerFrame, 46);
  header.write("data", 50, "latin1");
  header.writeUInt32LE(sizes, 54);
  return header;
}

/** How long so much audio lasts. */
export const durationMsOf = (audioBytes: number): number =>
  Math.round(audioBytes / bytesPerFrame / framesPerMs);

/** WAVE_FORMAT_MULAW (RFC 2361 appendix A). */
const ulawTag = 7;
const unknownSize = 0xffff_ffff;
