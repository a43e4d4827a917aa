// One call as those see it who look after the trunks: ladder on the admin page and in a terminal,
// capture file, log. Secrets nowhere, whole numbers only where the site file allows them.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findings } from "../system/axe.ts";
import { openChromium } from "../system/browser.ts";
import { type Centre, freePort, startCentre } from "../system/centre.ts";
import { RtpEndpoint } from "../system/rtp-endpoint.ts";
import { startSipp, startSippPhone } from "../system/sipp.ts";
import { callerWhoReleases, phoneWhoAnswers } from "../system/sipp-scenarios.ts";
import { testSite } from "../system/site.ts";

const ani = "13812341234";
const masked = "138****1234";
const traceScript = fileURLToPath(new URL("../../dist/engine/trace.js", import.meta.url));

let centre: Centre;
let browser: Browser;
let callId: string;

beforeAll(async () => {
  const phonePort = await freePort();
  centre = await startCentre({
    site: testSite({
      agents: [{ id: "1101", device: { kind: "fixed", uri: `sip:1101@127.0.0.1:${phonePort}` } }],
    }),
    env: { REXIAN_LOG_LEVEL: "trace" },
  });
  const [caller, phone] = [
    await RtpEndpoint.open({ toneHz: 500 }),
    await RtpEndpoint.open({ toneHz: 900 }),
  ];
  const desk = await startSippPhone({
    scenario: phoneWhoAnswers({ rtpPort: phone.port, ringMs: 20 }),
    localPort: phonePort,
  });
  const sipp = startSipp({
    scenario: callerWhoReleases({ ani, rtpPort: caller.port, stayMs: 1_500 }),
    target: centre.sipTarget,
    service: "10086",
  });
  ({ callId } = await centre.fact("talkStarted"));
  expect(await sipp.done).toMatchObject({ code: 0 });
  expect(await desk.done).toMatchObject({ code: 0 });
  await centre.fact("callEnded");
  caller.close();
  phone.close();
  browser = await openChromium();
});

afterAll(async () => {
  await browser?.close();
  expect(await centre?.stop()).toBe(0);
});

async function cookieOf(id: string): Promise<string> {
  const response = await fetch(`${centre.baseUrl}/api/v1/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username: id, password: centre.logins[id]?.password }),
  });
  return response.headers.get("set-cookie")?.split(";")[0] ?? "";
}

/** Both legs, in the order that RFC 3261 wants; 100s and ACKs may cross what is next to them. */
const callerLeg = ["INVITE", "100", "200", "ACK", "BYE", "200"];
const agentLeg = ["INVITE", "180", "200", "ACK", "BYE", "200"];

async function openTrace(options: {
  locale: string;
  colorScheme: "light" | "dark";
}): Promise<Page> {
  const context = await browser.newContext({ ...options, reducedMotion: "reduce" });
  const page = await context.newPage();
  await page.goto(`${centre.baseUrl}/admin`);
  await page.getByTestId("login-username").fill("9001");
  await page.getByTestId("login-password").fill(centre.logins["9001"]?.password ?? "");
  await page.getByTestId("login-submit").click();
  await page.getByTestId("trace-call").fill(callId);
  await page.getByTestId("trace-show").click();
  await page.locator(".ladder-arrow").first().waitFor();
  return page;
}

describe.each([
  { locale: "zh-CN", colorScheme: "light" },
  { locale: "en-US", colorScheme: "dark" },
] as const)("the ladder in $locale, $colorScheme", (options) => {
  test("shows both legs, and each message by keyboard; axe finds nothing", async () => {
    const page = await openTrace(options);
    const arrows = page.locator(".ladder-arrow");
    const labels = (await arrows.allInnerTexts()).map((text) => text.split(/[ ·]/)[0] ?? "");
    expect(labels.toSorted()).toEqual([...callerLeg, ...agentLeg].toSorted());
    await arrows.first().focus();
    await page.keyboard.press("Enter");
    const message = page.getByTestId("trace-message");
    expect(await message.innerText()).toMatch(/^INVITE sip:10086@/);
    expect(await message.innerText()).toContain(ani);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    expect(await message.innerText()).toMatch(/^SIP\/2\.0 100 Trying/);
    expect(await findings(page)).toEqual([]);
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByTestId("trace-pcap").click(),
    ]);
    expect(download.suggestedFilename()).toBe(`${callId}.pcap`);
    await page.context().close();
  });
});

test("a supervisor's ladder and capture file show no whole number", async () => {
  const headers = { cookie: await cookieOf("2001") };
  const get = async (path: string) =>
    Buffer.from(
      await (
        await fetch(`${centre.baseUrl}/api/v1/${path}?call=${callId}`, { headers })
      ).arrayBuffer(),
    ).toString("latin1");
  const texts = [await get("sip-trace"), await get("sip-trace.pcap")];
  expect(texts.map((text) => [text.includes(ani), text.includes(masked)])).toEqual([
    [false, true],
    [false, true],
  ]);
});

test("tcpdump reads every packet of the capture file, with right checksums", async () => {
  const headers = { cookie: await cookieOf("9001") };
  const answer = await fetch(`${centre.baseUrl}/api/v1/sip-trace.pcap?call=${callId}`, { headers });
  const file = join(mkdtempSync(join(tmpdir(), "rexian-pcap-")), "call.pcap");
  writeFileSync(file, Buffer.from(await answer.arrayBuffer()));
  // -A: it knows SIP by the port 5060 only.
  const text = execFileSync("tcpdump", ["-nvvAr", file], { encoding: "utf8", stdio: "pipe" });
  expect(text.match(/udp sum ok/g)).toHaveLength(callerLeg.length + agentLeg.length);
  expect(text).not.toMatch(/bad cksum|bad udp|truncated/i);
  expect(text).toContain("INVITE sip:10086@");
});

describe("npm run trace", () => {
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [traceScript, ...args], {
      encoding: "utf8",
      env: { ...process.env, REXIAN_DATA_DIR: centre.dataDir },
    });

  test("prints the ladder, masked if wanted, and every message", () => {
    const plain = run(callId);
    expect(plain.status).toBe(0);
    expect(plain.stdout.split("\n").filter((line) => /^ +\d+\.\d{3} /.test(line))).toHaveLength(
      callerLeg.length + agentLeg.length,
    );
    expect(plain.stdout).toContain(`${ani}@`);
    const hidden = run(callId, "--mask", "--messages");
    expect([hidden.stdout.includes(ani), hidden.stdout.includes(masked)]).toEqual([false, true]);
    expect(hidden.stdout).toContain("\nm=audio ");
  });

  test("writes the capture file", () => {
    const file = join(mkdtempSync(join(tmpdir(), "rexian-pcap-")), "call.pcap");
    expect(run(callId, "--pcap", file).status).toBe(0);
    expect(readFileSync(file).readUInt32LE(0)).toBe(0xa1b2c3d4);
  });

  test("says clearly what it cannot find, and how it is used", () => {
    const results = [run("nothing"), run(callId, "--data", "/nowhere"), run(), run("a", "--bad")];
    expect(results.map(({ status }) => status)).toEqual([1, 1, 2, 2]);
    expect(results[0]?.stderr).toMatch(/^no SIP message of the call nothing is kept/);
    expect(results[1]?.stderr).toBe("no running edge keeps its data in /nowhere\n");
  });
});

test("the log of the whole call has the number masked, and no secret", () => {
  const log = centre.output();
  const arrived = log.split("\n").find((line) => line.includes('"call arrived"')) ?? "{}";
  expect(JSON.parse(arrived)).toMatchObject({
    callId,
    ani: masked,
    dnis: "10086",
    trunkId: "carrier-trunk",
  });
  expect(log).toContain('"call ended"');
  const secrets = Object.values(centre.logins).flatMap(({ password, sip }) => [password, sip]);
  const run = readFileSync(join(centre.dataDir, "run", "edge.json"), "utf8");
  for (const [, secret = ""] of run.matchAll(/"(?:app|control)Secret":"([^"]+)"/g))
    secrets.push(secret);
  expect(secrets.length).toBeGreaterThan(6);
  expect([ani, ...secrets].filter((secret) => log.includes(secret))).toEqual([]);
});
