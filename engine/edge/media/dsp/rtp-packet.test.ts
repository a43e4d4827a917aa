import { describe, expect, it } from "vitest";
import {
  isRtcp,
  newRtpView,
  packRtp,
  readRtp,
  sequenceDistance,
  timestampDistance,
} from "./rtp-packet.ts";

const header = {
  marker: true,
  payloadType: 101,
  sequence: 65_535,
  timestamp: 0xfedcba98,
  ssrc: 0x89abcdef,
};

describe("RTP packet", () => {
  it("is read as written", () => {
    const packet = packRtp(header, Uint8Array.of(1, 2, 3));
    const view = newRtpView();
    expect(readRtp(packet, view)).toBe(true);
    expect(view).toEqual({ ...header, payloadStart: 12, payloadEnd: 15 });
  });

  it("skips contributing sources, extension and padding", () => {
    const packet = Uint8Array.of(
      ...[0xb1, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3],
      ...[9, 9, 9, 9],
      ...[0xbe, 0xde, 0, 1, 7, 7, 7, 7],
      ...[42, 43, 0, 2],
    );
    const view = newRtpView();
    expect(readRtp(packet, view)).toBe(true);
    expect([view.payloadStart, view.payloadEnd, view.ssrc]).toEqual([24, 26, 3]);
  });

  it.each<[why: string, bytes: number[]]>([
    ["empty", []],
    ["no payload", [0x80, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3]],
    ["version 1", [0x40, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 1]],
    ["sources beyond the end", [0x8f, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 1]],
    ["extension beyond the end", [0x90, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0xff, 0xff, 1]],
    ["half an extension header", [0x90, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0]],
    ["padding longer than the packet", [0xa0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 1, 200]],
    ["padding of zero", [0xa0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 1, 0]],
  ])("refuses %s", (_, bytes) => {
    expect(readRtp(Uint8Array.from(bytes), newRtpView())).toBe(false);
  });

  it("tells RTCP apart", () => {
    expect(isRtcp(Uint8Array.of(0x80, 200, 0, 1, 0, 0, 0, 1))).toBe(true);
    expect(isRtcp(packRtp(header, Uint8Array.of(1)))).toBe(false);
  });

  it("measures distances across the wrap", () => {
    expect(sequenceDistance(65_535, 1)).toBe(2);
    expect(sequenceDistance(1, 65_535)).toBe(-2);
    expect(timestampDistance(0xffffff60, 0)).toBe(160);
    expect(timestampDistance(0, 0xffffff60)).toBe(-160);
  });
});
