import { describe, expect, it } from "vitest";
import { middleOf, ntpOf, type ReportBlock, readRtcp, writeRtcp } from "./rtcp-packet.ts";

const sender = {
  ...{ ntpSeconds: 0xe000_0001, ntpFraction: 0x8000_0000, rtpTimestamp: 0xffff_ff00 },
  ...{ packets: 70_000, octets: 11_200_000 },
};
const block: ReportBlock = {
  ...{ ssrc: 0xdead_beef, fractionLost: 25, lost: -3, highestSequence: 0x1_0005, jitter: 17 },
  ...{ lastReport: 0x1234_5678, delay: 65_536 },
};
const whole = { ssrc: 0xcafe_0001, cname: "someone", sender, block, bye: true };

describe("a compound", () => {
  it.each([
    ["sender report with a block and BYE", whole],
    ["sender report alone", { ...whole, block: null, bye: false }],
    ["receiver report", { ...whole, sender: null, bye: false }],
    ["empty receiver report", { ...whole, sender: null, block: null, bye: false }],
  ])("%s is read as it was written", (_name, given) => {
    const packet = writeRtcp(given);
    expect(packet.length % 4).toBe(0);
    expect(readRtcp(packet)).toEqual({
      ssrc: given.ssrc,
      sender: given.sender,
      blocks: given.block === null ? [] : [given.block],
      byes: given.bye ? [given.ssrc] : [],
    });
  });

  it("has the bytes of RFC 3550 section 6.4.2 and 6.5", () => {
    const packet = writeRtcp({ ssrc: 1, cname: "ab", sender: null, block: null, bye: true });
    expect(packet.toString("hex")).toBe(
      [
        "80c90001",
        "00000001",
        "81ca0003",
        "00000001",
        "01026162",
        "00000000",
        "81cb0001",
        "00000001",
      ].join(""),
    );
  });

  it("cut or bent anywhere is refused or read, never a fault", () => {
    const packet = writeRtcp(whole);
    const cut = [...packet.keys()].filter((end) => readRtcp(packet.subarray(0, end)) !== null);
    // A compound may end after any of its packets.
    expect(cut).toEqual([52, 72]);
    for (let i = 0; i < packet.length; i += 1) {
      for (const bits of [0x80, 0xff, 0x1f]) {
        const bent = Buffer.from(packet);
        bent[i] = (packet[i] as number) ^ bits;
        const read = readRtcp(bent);
        expect(read === null || read.blocks.length <= 31).toBe(true);
      }
    }
  });

  it("must begin with a report", () => {
    const packet = writeRtcp({ ...whole, sender: null, block: null });
    expect(readRtcp(packet.subarray(8))).toBeNull();
  });
});

it("NTP times are those of RFC 5905 figure 4", () => {
  expect(ntpOf(0)).toEqual({ ntpSeconds: 2_208_988_800, ntpFraction: 0 });
  expect(ntpOf(500)).toEqual({ ntpSeconds: 2_208_988_800, ntpFraction: 0x8000_0000 });
  expect(middleOf({ ntpSeconds: 0x1234_5678, ntpFraction: 0x9abc_def0 })).toBe(0x5678_9abc);
});
