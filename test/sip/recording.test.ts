// Recording from ring to record: sipp calls, tones prove the sides, processes are killed meanwhile,
// and the checker agrees.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { verifyRecordings } from "../../engine/shell/records/verify-recordings.ts";
import type { CallRow } from "../../engine/wire/http-api.ts";
import { type Centre, freePort, startCentre } from "../system/centre.ts";
import { readRecording, story } from "../system/recording-file.ts";
import { RtpEndpoint } from "../system/rtp-endpoint.ts";
import { startSipp, startSippPhone } from "../system/sipp.ts";
import { callerWhoReleases, phoneWhoAnswers, phoneWhoHolds } from "../system/sipp-scenarios.ts";
import { testSite } from "../system/site.ts";
import { until } from "../system/wait.ts";

const callerHz = 500;
const phoneHz = 900;
const tones = [callerHz, phoneHz];
let centre: Centre;
let phonePort: number;
let caller: RtpEndpoint;
let phone: RtpEndpoint;
let since = 0;

beforeAll(async () => {
  phonePort = await freePort();
  const uri = `sip:1101@127.0.0.1:${phonePort}`;
  const device = { kind: "fixed", uri, ronaPauseSeconds: 1 };
  centre = await startCentre({
    site: testSite({
      // The second never logs in: the other queues have somebody.
      agents: [{ id: "1101", device, skills: { carrier: 5 } }, { id: "1001" }],
      wrapUpSeconds: 1,
      more: { recording: { freeMegabytesMin: 0 } },
    }),
  });
  caller = await RtpEndpoint.open({ toneHz: callerHz });
  phone = await RtpEndpoint.open({ toneHz: phoneHz });
});

afterAll(async () => {
  caller?.close();
  phone?.close();
  expect(await centre?.stop()).toBe(0);
});

afterEach(async () => {
  await centre.quiet();
  caller.endCall();
  phone.endCall();
});

const recordingsDir = () => join(centre.dataDir, "recordings");

const verify = () =>
  verifyRecordings({
    recordsFile: join(centre.dataDir, "records.sqlite"),
    recordingsDir: recordingsDir(),
    nowMs: Date.now(),
    graceMs: 60_000,
  });

/** A caller who stays for so long, at a phone that does as it is told. */
async function talking(scenario: Parameters<typeof startSippPhone>[0]["scenario"], stayMs: number) {
  since = (await centre.facts()).at(-1)?.seq ?? 0;
  const answering = await startSippPhone({ scenario, localPort: phonePort });
  const callers = callerWhoReleases({ rtpPort: caller.port, stayMs });
  const sipp = startSipp({ scenario: callers, target: centre.sipTarget, service: "10086" });
  const started = await centre.fact("recordingStarted", (fact) => fact.seq > since);
  await Promise.all([caller.hears(phoneHz), phone.hears(callerHz)]);
  return { sipp, answering, started };
}

const ended = () => centre.fact("recordingEnded", (fact) => fact.seq > since);
const sidesOf = (file: string | null) => readRecording(join(recordingsDir(), file ?? ""));

function recordOf(callId: string): CallRow["recording"] {
  const database = new Database(join(centre.dataDir, "records.sqlite"), { readonly: true });
  try {
    const row = database
      .prepare("select recording from call_record where call_id = ?")
      .get(callId) as { recording: string | null } | undefined;
    return JSON.parse(row?.recording ?? "null");
  } finally {
    database.close();
  }
}

describe("a call", () => {
  test("is recorded on two sides through hold; record, file and digest agree", async () => {
    const scenario = phoneWhoHolds({ rtpPort: phone.port, talkMs: 1_500, holdMs: 2_000 });
    const { sipp, answering, started } = await talking(scenario, 7_000);
    expect(await sipp.done).toMatchObject({ code: 0 });
    expect(await answering.done).toMatchObject({ code: 0 });
    const fact = await ended();
    expect(fact).toMatchObject({ callId: started.callId, outcome: "complete" });
    expect(fact.file).toMatch(/^\d{4}\/\d\d\/\d\d\/.*\.wav$/);
    const { left, right, durationMs } = sidesOf(fact.file);
    // The left side's first packets may be a frame late.
    expect(story(left, tones)).toEqual(["500"]);
    expect(story(right, tones)).toEqual(["900", "-", "900"]);
    expect(Math.abs(durationMs - fact.durationMs)).toBeLessThan(1);
    expect(Math.abs(fact.atMs - started.atMs - durationMs)).toBeLessThan(500);
    const { file, outcome, bytes, sha256 } = fact;
    await until("the record says so", () => recordOf(started.callId)?.outcome === "complete");
    expect(recordOf(started.callId)).toEqual({
      ...{ file, outcome, durationMs: fact.durationMs, bytes, sha256 },
    });
    expect(await verify()).toEqual({ sound: 1, running: 0, gaps: {}, problems: [] });
  });

  test("is recorded on while the engine is dead, without a gap", async () => {
    const scenario = phoneWhoAnswers({ rtpPort: phone.port, ringMs: 100 });
    const { sipp, started } = await talking(scenario, 6_000);
    process.kill(await centre.enginePid(), "SIGKILL");
    expect(await sipp.done).toMatchObject({ code: 0 });
    const fact = await ended();
    expect(fact).toMatchObject({ callId: started.callId, outcome: "complete" });
    const { left, right, durationMs } = sidesOf(fact.file);
    expect([story(left, tones), story(right, tones)]).toEqual([["500"], ["900"]]);
    expect(durationMs).toBeGreaterThan(5_000);
    await until("the checker agrees", async () => (await verify()).sound === 2);
  });

  test("whose edge is killed keeps all but the last second", async () => {
    const scenario = phoneWhoAnswers({ rtpPort: phone.port, ringMs: 100 });
    const { sipp, answering, started } = await talking(scenario, 30_000);
    const startedMs = Date.now();
    await until("five seconds were recorded", () => Date.now() - startedMs > 5_000);
    const talkedMs = Date.now() - started.atMs;
    process.kill(await centre.edgePid(), "SIGKILL");
    sipp.kill();
    answering.kill();
    const fact = await ended();
    expect(fact).toMatchObject({ callId: started.callId, outcome: "repaired" });
    const { left, right, durationMs } = sidesOf(fact.file);
    expect([story(left, tones), story(right, tones)]).toEqual([["500"], ["900"]]);
    expect(talkedMs - durationMs).toBeLessThan(1_000);
    await until("the checker agrees", async () => (await verify()).sound === 3);
    expect((await verify()).problems).toEqual([]);
  });

  test("whose file is changed or gone is found by the checker", async () => {
    const fact = await ended();
    const path = join(recordingsDir(), fact.file ?? "");
    const whole = readFileSync(path);
    const changed = Buffer.from(whole);
    changed[1_000] = (whole[1_000] ?? 0) ^ 1;
    writeFileSync(path, changed);
    const problem = { file: fact.file, callId: fact.callId };
    expect((await verify()).problems).toEqual([{ what: "fileChanged", ...problem }]);
    rmSync(path);
    expect((await verify()).problems).toEqual([{ what: "fileMissing", ...problem }]);
    writeFileSync(path, whole);
  });
});
