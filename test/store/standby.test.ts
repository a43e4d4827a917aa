// Engine processes of one domain, on one edge: one drives, the other stands by, never both.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Centre, startCentre } from "../system/centre.ts";
import { type RedisServer, redisMissing, redisServer } from "../system/redis.ts";
import { testSite } from "../system/site.ts";
import { until } from "../system/wait.ts";

const engineScript = fileURLToPath(new URL("../../dist/engine/main.js", import.meta.url));

let redis: RedisServer;
beforeAll(async () => {
  redis = await redisServer("secret");
  if (redisMissing === null) redis.start();
});
afterAll(() => redis.kill());

const clustered = (cluster: Readonly<{ domain: string; leaseSeconds: number }>) =>
  startCentre({
    site: testSite({
      agents: [{ id: "1001" }],
      more: { cluster: { redisUrl: redis.url, ...cluster } },
    }),
  });

type Answer = Readonly<{ status: number; reasons: readonly string[] }>;

async function readiness(centre: Centre): Promise<Answer> {
  const response = await fetch(`${centre.baseUrl}/readyz`);
  const text = await response.text();
  // The front answers in plain text while no engine listens.
  const reasons = text.startsWith("{") ? (JSON.parse(text).reasons as string[]) : [text];
  return { status: response.status, reasons };
}

describe.skipIf(redisMissing !== null)(`an engine that is killed ${redisMissing ?? ""}`, () => {
  test("is replaced long before its lease ends, because its death is proven", async () => {
    const centre = await clustered({ domain: "killed", leaseSeconds: 20 });
    const before = await centre.enginePid();
    process.kill(before, "SIGKILL");
    const next = async () => (await centre.enginePid()) !== before;
    await until("the next engine is ready", next, 10_000);
    expect(await readiness(centre)).toEqual({ status: 200, reasons: [] });
    expect(await centre.stop()).toBe(0);
  });
});

describe.skipIf(redisMissing !== null)(`two engines on one edge ${redisMissing ?? ""}`, () => {
  let centre: Centre;
  let folder: string;
  let second: ChildProcess | null = null;
  let said = "";

  beforeAll(async () => {
    centre = await clustered({ domain: "two", leaseSeconds: 3 });
    folder = mkdtempSync(join(tmpdir(), "rexian-second-"));
    const run = JSON.parse(readFileSync(join(centre.dataDir, "run", "engine.json"), "utf8"));
    const file = join(folder, "engine.json");
    const own = { dataDir: folder, httpSocket: join(folder, "http.sock") };
    writeFileSync(file, JSON.stringify({ ...run, ...own }));
    second = spawn(process.execPath, [engineScript, file], { stdio: ["ignore", "pipe", "pipe"] });
    const collect = (chunk: Buffer) => {
      said = (said + chunk.toString("utf8")).slice(-100_000);
    };
    second.stdout?.on("data", collect);
    second.stderr?.on("data", collect);
  });
  afterAll(async () => {
    second?.kill("SIGKILL");
    redis.thaw();
    await centre?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const secondReadiness = () =>
    new Promise<Answer>((resolve, reject) => {
      const asked = request(
        { socketPath: join(folder, "http.sock"), path: "/readyz" },
        (answer) => {
          let text = "";
          answer.on("data", (chunk: Buffer) => {
            text += chunk.toString("utf8");
          });
          answer.on("end", () =>
            resolve({ status: answer.statusCode ?? 0, reasons: JSON.parse(text).reasons }),
          );
        },
      );
      asked.on("error", reject);
      asked.end();
    });

  const standby = { status: 503, reasons: ["standby: another engine holds the lease"] };
  const ready = { status: 200, reasons: [] };
  const same = (one: Answer, other: Answer) => JSON.stringify(one) === JSON.stringify(other);

  test("the second stands by and says so", async () => {
    await until("it stands by", async () => same(await secondReadiness(), standby));
    expect(said).toContain('{"type":"ready"}');
    expect(await readiness(centre)).toEqual(ready);
  });

  test("a holder that stands still is replaced; awake again, it stands by", async () => {
    const pid = await centre.enginePid();
    process.kill(pid, "SIGSTOP");
    await until("the second drives", async () => same(await secondReadiness(), ready));
    process.kill(pid, "SIGCONT");
    await until("the first stands by", async () => same(await readiness(centre), standby));
    expect(await secondReadiness()).toEqual(ready);
    expect(centre.output()).toContain("lost the lease of the domain");
  });

  test("an engine that stops cleanly hands over at once", async () => {
    const gone = once(second as ChildProcess, "exit");
    second?.kill("SIGTERM");
    expect((await gone)[0]).toBe(0);
    await until("the first drives again", async () => same(await readiness(centre), ready));
  });

  test("with Redis frozen the holder ends in time, and drives again when Redis answers", async () => {
    const pid = await centre.enginePid();
    redis.freeze();
    await until("it waits for Redis", async () => {
      const { status, reasons } = await readiness(centre);
      return status === 503 && reasons[0]?.startsWith("standby: Redis does not answer");
    });
    redis.thaw();
    await until("it drives again", async () => same(await readiness(centre), ready));
    expect(await centre.enginePid()).not.toBe(pid);
    expect(centre.output()).not.toContain(redis.url);
  });
});
