// RFC 3261 18.1.1: what may be cut in pieces on its way is said to the operator.
import { afterAll, beforeAll, expect, test } from "vitest";
import { UdpListener } from "./udp.ts";

let listener: UdpListener;
let large: [size: number, to: string][] = [];

beforeAll(async () => {
  listener = await UdpListener.listen({
    ...{ host: "127.0.0.1", port: 0, advertise: null },
    onMessage: () => {},
    onSent: () => {},
    onError: () => {},
    onLargeDatagram: (size, to) => large.push([size, to]),
  });
});

afterAll(() => listener.close());

// From a socket on loopback nothing leaves this machine: the system refuses the other addresses.
test.each([
  ["192.0.2.1", 1_300, []],
  ["192.0.2.1", 1_301, [[1_301, "192.0.2.1"]]],
  ["127.0.0.1", 1_301, []],
])("to %s, %i bytes", async (address, size, expected) => {
  large = [];
  const flow = listener.flow(address, 9);
  const failed = new Promise<string>((resolve) => flow.send("x".repeat(size), resolve));
  if (address !== "127.0.0.1") expect(await failed).toContain("send");
  expect(large).toEqual(expected);
});
