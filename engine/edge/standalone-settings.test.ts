import { describe, expect, test } from "vitest";
import { SettingsError, standaloneSettings } from "./standalone-settings.ts";

const secret = { ADMIN_SECRET: "s" };

describe("listening points", () => {
  const point = (host: string, port: number, protocols: string[], advertise: string | null) => ({
    host,
    port,
    protocols,
    advertise,
  });
  test.each([
    ["nothing", {}, [point("127.0.0.1", 5060, ["udp", "tcp"], null)]],
    [
      "host and port",
      { SIP_HOST: "0.0.0.0", SIP_PORT: "5070", SIP_EXTERNAL_IP: "192.0.2.1" },
      [point("0.0.0.0", 5070, ["udp", "tcp"], "192.0.2.1")],
    ],
    [
      "several contacts",
      {
        SIP_CONTACTS:
          " sip:127.0.0.1:5070;transport=udp,tcp  sip:127.0.0.1:5078;transport=ws sip:[::1]:5070 ",
        SIP_PORT: "ignored",
      },
      [
        point("127.0.0.1", 5070, ["udp", "tcp"], null),
        point("127.0.0.1", 5078, ["ws"], null),
        point("::1", 5070, ["udp", "tcp"], null),
      ],
    ],
    [
      "drachtio's own spelling",
      { SIP_CONTACTS: "<sip:*;transport=udp;external-ip=192.0.2.7>" },
      [point("0.0.0.0", 5060, ["udp"], "192.0.2.7")],
    ],
    [
      "TLS",
      { SIP_CONTACTS: "sips:127.0.0.1", TLS_KEY_FILE: "k", TLS_CERT_FILE: "c" },
      [point("127.0.0.1", 5061, ["tls"], null)],
    ],
  ])("%s", (_what, env, points) => {
    expect(standaloneSettings({ ...secret, ...env }).points).toEqual(points);
  });
});

describe("the trace", () => {
  test.each([
    ["without a folder there is none", { SIP_TRACE_MESSAGES: "10" }, null],
    [
      "is small unless said otherwise",
      { SIP_DATA_DIR: "/var/lib/edge" },
      {
        socket: "/var/lib/edge/run/edge-ops.sock",
        messagesMax: 5_000,
        bytesMax: 4 * 1_048_576,
      },
    ],
    [
      "as large as asked",
      { SIP_DATA_DIR: "/e", SIP_TRACE_MESSAGES: "7", SIP_TRACE_MEGABYTES: "1" },
      { socket: "/e/run/edge-ops.sock", messagesMax: 7, bytesMax: 1_048_576 },
    ],
  ])("%s", (_what, env, trace) => {
    expect(standaloneSettings({ ...secret, ...env }).trace).toEqual(trace);
  });
});

test("what is wrong is said in one line", () => {
  const why = (env: Record<string, string>) => {
    try {
      standaloneSettings({ ...secret, ...env });
      return null;
    } catch (error) {
      return error instanceof SettingsError ? error.message : `bug: ${error}`;
    }
  };
  expect([
    why({ ADMIN_SECRET: " " }),
    why({ ADMIN_PORT: "70000" }),
    why({ SIP_PORT: "x" }),
    why({ SIP_HOST: "example.com" }),
    why({ SIP_CONTACTS: "127.0.0.1:5060" }),
    why({ SIP_CONTACTS: "sip:127.0.0.1;transport=sctp" }),
    why({ SIP_CONTACTS: "sip:127.0.0.1;transport=tcp,ws" }),
    why({ SIP_CONTACTS: "sip:127.0.0.1:5061;transport=tls" }),
    why({ TLS_KEY_FILE: "k" }),
    why({ SIP_LOG_LEVEL: "loud" }),
    why({ SIP_SOURCE_RATE: "0" }),
    why({ SIP_TRACE_MESSAGES: "many" }),
    why({ SIP_TRACE_MEGABYTES: "1025" }),
    why({ SIP_DATA_DIR: `/${"d".repeat(100)}` }),
  ]).toEqual([
    "ADMIN_SECRET is not set",
    "ADMIN_PORT: 70000 is not a port",
    "SIP_PORT: x is not a port",
    "SIP_HOST: example.com is not an IP address",
    "SIP_CONTACTS: 127.0.0.1:5060 is not a contact such as sip:127.0.0.1:5070;transport=udp,tcp",
    "SIP_CONTACTS: sip:127.0.0.1;transport=sctp has the unknown transport sctp",
    "SIP_CONTACTS: sip:127.0.0.1;transport=tcp,ws has two transports that cannot share one port",
    "TLS and WSS need TLS_KEY_FILE and TLS_CERT_FILE",
    "TLS_KEY_FILE and TLS_CERT_FILE must be set together",
    "SIP_LOG_LEVEL=loud is not one of fatal, error, warn, info, debug, trace, silent",
    "SIP_SOURCE_RATE: 0 is not a number of requests per second",
    "SIP_TRACE_MESSAGES: many is not a number from 0 to 1000000",
    "SIP_TRACE_MEGABYTES: 1025 is not a number from 0 to 1024",
    `SIP_DATA_DIR: /${"d".repeat(100)}/run/edge-ops.sock is too long for a socket`,
  ]);
});
