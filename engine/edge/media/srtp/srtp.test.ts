import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { packRtp } from "../dsp/rtp-packet.ts";
import { SrtpContext } from "./srtp-context.ts";
import { derive, type SrtpSuite, sessionKeys } from "./srtp-keys.ts";

const hex = (text: string): Buffer => Buffer.from(text.replace(/\s/g, ""), "hex");
const master = hex("E1F97A0D3E018BE0D64FA32C06DE4139 0EC675AD498AFEEBB6960B3AABE6");

describe("RFC 3711 appendix B", () => {
  it("B.2: the key stream of AES in counter mode", () => {
    // As a derivation with label 0, whose counter begins at the salt times 2^16.
    const key = hex("2B7E151628AED2A6ABF7158809CF4F3C F0F1F2F3F4F5F6F7F8F9FAFBFCFD");
    expect(derive(key, 0, 48)).toEqual(
      hex(`E03EAD0935C95E80E166B16DD92B4EB4 D23513162B02D0F72A43A2FE4A5F97AB
        41E95B3BB0A2E8DD477901E4FCA894C0`),
    );
  });

  it("B.3: session keys", () => {
    expect(sessionKeys(master, "rtp")).toEqual({
      cipherKey: hex("C61E7A93744F39EE10734AFE3FF7A087"),
      authKey: hex("CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4"),
      salt: hex("30CBBC08863D8C85D49DB34A9AE1"),
    });
    expect(derive(master, 1, 94)).toEqual(
      hex(`CEBE321F6FF7716B6FD4AB49AF256A15 6D38BAA48F0A0ACF3C34E2359E6CDBCE
        E049646C43D9327AD175578EF7227098 6371C10C9A369AC2F94A8C5FBCDDDC25
        6D6E919A48B610EF17C2041E47403576 6B68642C59BBFC2F34DB60DBDFB2`),
    );
  });
});

describe("whole packets", () => {
  const plain = hex(`800f1234decafbadcafebabe ${"ab".repeat(16)}`);
  const sealed = hex(`800f1234decafbadcafebabe
    4e55dc4ce79978d88ca4d215949d2402 b78d6acc99ea179b8dbb`);
  const plainRtcp = hex(`81c8000bcafebabe ${"ab".repeat(16)}`);
  const sealedRtcp = hex(`81c8000bcafebabe
    7128035be487b9bdbef89041f977a5a8 80000001 993e08cd54d6c1230798`);

  it("are those that other implementations make", () => {
    const sender = new SrtpContext("AES_CM_128_HMAC_SHA1_80", master);
    expect(sender.protect(plain, plain.length)).toEqual(sealed);
    expect(sender.protectRtcp(plainRtcp)).toEqual(sealedRtcp);
    const receiver = new SrtpContext("AES_CM_128_HMAC_SHA1_80", master);
    expect(receiver.unprotect(Buffer.from(sealed))).toEqual(plain);
    expect(receiver.unprotectRtcp(Buffer.from(sealedRtcp))).toEqual(plainRtcp);
  });
});

function pair(suite: SrtpSuite) {
  const key = randomBytes(30);
  return { sender: new SrtpContext(suite, key), receiver: new SrtpContext(suite, key) };
}

const rtp = (sequence: number, ssrc = 7, bytes = 160): Buffer =>
  Buffer.from(
    packRtp(
      {
        marker: false,
        payloadType: 0,
        sequence: sequence & 0xffff,
        timestamp: sequence * 160,
        ssrc,
      },
      Buffer.alloc(bytes, sequence & 0xff),
    ),
  );

describe.each<SrtpSuite>(["AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32"])("%s", (suite) => {
  const seal = (sender: SrtpContext, packet: Buffer): Buffer => {
    const sealed = sender.protect(packet, packet.length);
    if (sealed === null) throw new Error("not sealed");
    return sealed;
  };

  it("goes over the wrap of sequence numbers, lost and disordered packets included", () => {
    const { sender, receiver } = pair(suite);
    const sealed = new Map<number, Buffer>();
    for (let sequence = 65_530; sequence < 131_100; sequence += 1) {
      sealed.set(sequence, seal(sender, rtp(sequence)));
    }
    // Over the first wrap in disorder, then with great gaps to the second.
    const order = [65_530, 65_533, 65_531, 65_536, 65_535, 65_600, 65_599];
    for (const sequence of [...order, 90_000, 115_000, 131_071, 131_075, 131_072]) {
      const packet = Buffer.from(sealed.get(sequence) ?? "");
      expect(receiver.unprotect(packet)).toEqual(rtp(sequence));
    }
  });

  it("takes no packet twice, and none that is older than the window", () => {
    const { sender, receiver } = pair(suite);
    const sealed = Array.from({ length: 300 }, (_, sequence) => seal(sender, rtp(sequence)));
    const take = (i: number) => receiver.unprotect(Buffer.from(sealed[i] ?? Buffer.alloc(0)));
    expect(take(0)).not.toBeNull();
    expect(take(0)).toBeNull();
    expect(take(200)).not.toBeNull();
    // 128 packets: 73 to 200.
    expect([72, 73, 199, 200, 73].map((i) => take(i) !== null)).toEqual([
      ...[false, true, true, false, false],
    ]);
  });

  it("takes no packet that was changed anywhere, nor a stranger's", () => {
    const { sender, receiver } = pair(suite);
    const sealed = seal(sender, rtp(5));
    for (let i = 0; i < sealed.length; i += 1) {
      const changed = Buffer.from(sealed);
      changed[i] = (sealed[i] as number) ^ 4;
      expect(receiver.unprotect(changed)).toBeNull();
    }
    for (let length = 0; length < sealed.length; length += 1) {
      expect(receiver.unprotect(Buffer.from(sealed.subarray(0, length)))).toBeNull();
    }
    expect(receiver.unprotect(seal(pair(suite).sender, rtp(5)))).toBeNull();
    // None of all these has spoilt anything for the true one.
    expect(receiver.unprotect(Buffer.from(sealed))).toEqual(rtp(5));
  });

  it("does the same for RTCP", () => {
    const { sender, receiver } = pair(suite);
    const report = hex("80c9000100000007");
    const sealed = [sender.protectRtcp(report), sender.protectRtcp(report)];
    const take = (packet: Buffer | undefined) => receiver.unprotectRtcp(Buffer.from(packet ?? ""));
    for (let i = 0; i < (sealed[0]?.length ?? 0); i += 1) {
      const changed = Buffer.from(sealed[0] ?? "");
      changed[i] = (changed[i] as number) ^ 1;
      expect(take(changed)).toBeNull();
    }
    expect([take(sealed[1]), take(sealed[0])]).toEqual([report, report]);
    expect([take(sealed[1]), take(sealed[0]), take(Buffer.alloc(9))]).toEqual([null, null, null]);
  });

  it("seals no index twice, and keeps streams of one key apart", () => {
    const { sender, receiver } = pair(suite);
    const [one, two] = [seal(sender, rtp(9, 1)), seal(sender, rtp(9, 2))];
    expect(sender.protect(rtp(9, 1, 80), 92)).toBeNull();
    expect(receiver.unprotect(Buffer.from(one))).toEqual(rtp(9, 1));
    expect(receiver.unprotect(Buffer.from(two))).toEqual(rtp(9, 2));
    for (let ssrc = 3; ssrc < 40; ssrc += 1) receiver.unprotect(seal(sender, rtp(9, ssrc)));
    expect(receiver.unprotect(seal(sender, rtp(10, 1)))).toEqual(rtp(10, 1));
    expect(receiver.unprotect(seal(sender, rtp(10, 39)))).toBeNull();
  });
});
