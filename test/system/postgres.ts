// A real PostgreSQL server of its own, from Debian's package: an empty cluster in a folder below /tmp,
// on a free port of the loopback, run by a user who is not root (it refuses root).
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { freePort } from "./centre.ts";
import { until } from "./wait.ts";

const versionsDir = "/usr/lib/postgresql";

function programsDir(): string | null {
  if (!existsSync(versionsDir)) return null;
  const newest = readdirSync(versionsDir)
    .map(Number)
    .filter((version) => version >= 15)
    .sort((a, b) => b - a)[0];
  return newest === undefined ? null : join(versionsDir, String(newest), "bin");
}

const programs = programsDir();

/** Null when the server is there, else why the tests are skipped. */
export const postgresMissing: string | null =
  programs === null
    ? "skipped: PostgreSQL 15 or newer is not installed (Debian package postgresql)"
    : null;

export type PostgresServer = Readonly<{
  /** Makes an empty database and gives its URL. */
  database(name: string): Promise<string>;
  /** Ends the server without any chance to tidy up, and starts it again. */
  crash(): Promise<void>;
  stop(): Promise<void>;
}>;

export async function startPostgres(): Promise<PostgresServer> {
  if (programs === null) throw new Error(postgresMissing ?? "");
  const port = await freePort();
  const dir = mkdtempSync(join(tmpdir(), "rexian-postgres-"));
  const user = notRoot();
  if (user !== null) chownSync(dir, user.uid, user.gid);
  const as = user ?? {};
  const data = join(dir, "data");
  const made = spawnSync(
    join(programs, "initdb"),
    ["-D", data, "-U", "rexian", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"],
    { ...as, cwd: dir, encoding: "utf8" },
  );
  if (made.status !== 0) throw new Error(`initdb: ${made.stderr}${String(made.error ?? "")}`);
  let server: ChildProcess;
  const urlOf = (name: string) => `postgres://rexian@127.0.0.1:${port}/${name}`;
  const run = async (text: string): Promise<void> => {
    const client = new pg.Client({ connectionString: urlOf("postgres") });
    client.on("error", () => {});
    await client.connect();
    await client.query(text).finally(() => client.end());
  };
  const start = async (): Promise<void> => {
    server = spawn(
      join(programs, "postgres"),
      ["-D", data, "-p", String(port), "-h", "127.0.0.1", "-k", dir],
      { ...as, cwd: dir, stdio: "ignore" },
    );
    const ready = () =>
      run("select 1").then(
        () => true,
        () => false,
      );
    await until("PostgreSQL answers", ready, 30_000);
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const gone = once(server, "exit");
    server.kill(signal);
    await gone;
  };
  await start();
  return {
    async database(name) {
      await run(`create database ${name}`);
      return urlOf(name);
    },
    async crash() {
      // Ends all its processes at once; what was committed comes back from its log.
      await end("SIGQUIT");
      await start();
    },
    async stop() {
      await end("SIGINT");
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function notRoot(): { uid: number; gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const idOf = (flag: string) => {
    const asked = spawnSync("id", [flag, "postgres"], { encoding: "utf8" });
    return asked.status === 0 ? Number(asked.stdout) : 65_534;
  };
  return { uid: idOf("-u"), gid: idOf("-g") };
}
