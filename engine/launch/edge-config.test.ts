import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadSite } from "../config/site.ts";
import { edgeConfig } from "../wire/edge-config.ts";
import { edgeConfigOf } from "./edge-config.ts";

const base = `site: test
trunks:
  - { id: t1, sources: ["192.0.2.0/24"], e1Count: 2, callsPerSecondMax: 5 }
numbers:
  - { digits: "100", hotline: { zh: 一, en: One }, queue: q1 }
queues:
  - { id: q1, name: { zh: 队, en: Queue } }
notReadyReasons:
  - { id: break, label: { zh: 休, en: Break } }
`;

function load(more: string, files: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), "rexian-edge-config-"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const file = join(folder, "site.yaml");
  writeFileSync(file, `${base}${more.replaceAll("FOLDER", folder)}`);
  return loadSite({ file, env: {} });
}

test("all that the site file says of SIP reaches the edge", () => {
  const config = edgeConfigOf(
    load(`sip:
  port: 5080
  advertiseHost: sip.example.com
  listeners:
    - { host: "::1", port: 5082, protocols: [udp, ws], advertiseHost: "2001:db8::5" }
    - { host: "127.0.0.1", port: 5083, protocols: [tcp] }
  limits: { sourcePerSecondMax: 7 }
`),
    "/run",
  );
  expect(edgeConfig.parse(config)).toEqual(config);
  const { appSecret, ...sip } = config.sip;
  expect(appSecret).toMatch(/^[\w-]{32}$/);
  expect(sip).toEqual({
    host: "127.0.0.1",
    port: 5080,
    appPort: 0,
    orphanMs: 10_000,
    advertiseHost: "sip.example.com",
    listeners: [
      { host: "::1", port: 5082, protocols: ["udp", "ws"], advertiseHost: "2001:db8::5" },
      { host: "127.0.0.1", port: 5083, protocols: ["tcp"] },
    ],
    limits: {
      sourcePerSecondMax: 7,
      callsPerSecondMax: 1_000,
      connectionsMax: 10_000,
      connectionsPerSourceMax: 5_000,
      openingMsMax: 10_000,
      dialogsMax: 20_000,
      transactionsMax: 60_000,
    },
    trace: { messagesMax: 20_000, bytesMax: 16 * 1_048_576 },
    trunks: [
      {
        id: "t1",
        sources: ["192.0.2.0/24"],
        protocols: ["udp", "tcp", "tls"],
        channelsMax: 60,
        callsPerSecondMax: 5,
      },
    ],
  });
});

test.each([
  ["is missing", {}, /site\.yaml:13: sip\.tls\.certFile: cannot be read: ENOENT/],
  [
    "is none",
    { "cert.pem": "no PEM" },
    /site\.yaml:11: sip\.tls: key and certificate do not fit: /,
  ],
])("a certificate that %s is named with its line", (_what, files, expected) => {
  const tls = "sip:\n  tls:\n    keyFile: FOLDER/key.pem\n    certFile: FOLDER/cert.pem\n";
  const loaded = load(tls, { "key.pem": "no PEM", ...files });
  expect(() => edgeConfigOf(loaded, "/run")).toThrow(expected);
});
