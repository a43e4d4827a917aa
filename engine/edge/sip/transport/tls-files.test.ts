// Certificates are read anew when their files change, and nobody is without one meanwhile.
import { writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import tls from "node:tls";
import { afterEach, beforeEach, expect, test } from "vitest";
import { until } from "../testing/rig.ts";
import { renewedCert, renewedKey, testTlsFiles } from "../testing/tls.ts";
import { reloadOnChange, secureOptions } from "./tls-files.ts";

let files: ReturnType<typeof testTlsFiles>;
let server: tls.Server;
let errors: string[];
let watching: { stop(): void };

beforeEach(async () => {
  files = testTlsFiles();
  errors = [];
  server = tls.createServer(secureOptions(files), (socket) => socket.end());
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  watching = reloadOnChange([server], files, (error) => errors.push(error.message), 20);
});

afterEach(() => {
  watching.stop();
  server.close();
  files.remove();
});

/** Common name of the certificate that a new connection gets. */
function nameNow(): Promise<string> {
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ host: "127.0.0.1", port, rejectUnauthorized: false }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
    socket.on("error", reject);
  });
}

/**
 * Writes the files again until somebody has seen it: the first look of a watcher, with which it
 * compares, may come after the first writing.
 */
async function writing(files: Readonly<Record<string, string>>, seen: () => Promise<void>) {
  const write = () => {
    for (const [file, text] of Object.entries(files)) writeFileSync(file, text);
  };
  write();
  const again = setInterval(write, 100);
  await seen().finally(() => clearInterval(again));
}

async function untilName(expected: string): Promise<void> {
  const untilMs = performance.now() + 5_000;
  // One connection after the other, so that none is left when the server closes.
  for (let seen = ""; seen !== expected; seen = await nameNow()) {
    if (performance.now() > untilMs) throw new Error(`the certificate is ${seen}`);
  }
}

test("a new pair serves new connections", async () => {
  expect(await nameNow()).toBe("localhost");
  const pair = { [files.keyFile]: renewedKey, [files.certFile]: renewedCert };
  await writing(pair, () => untilName("renewed"));
});

test("while key and certificate do not fit, the old pair stays, and the operator hears of it", async () => {
  await writing({ [files.certFile]: renewedCert }, () =>
    until(() => errors.length > 0, "an error"),
  );
  expect(errors[0]).toMatch(/key values mismatch/i);
  expect(await nameNow()).toBe("localhost");
  await writing({ [files.keyFile]: renewedKey }, () => untilName("renewed"));
});
