// A real redis-server on a port of its own, without persistence: what it is not told again it forgets.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { freePort } from "./centre.ts";

/** Null when the program is there, else why the tests are skipped. */
export const redisMissing: string | null =
  spawnSync("redis-server", ["--version"]).status === 0
    ? null
    : "skipped: redis-server is not installed (Debian package redis-server)";

export type RedisServer = Readonly<{
  url: string;
  start(): void;
  /** Ends it at once; resolves when it is gone. */
  kill(): Promise<void>;
  /** Stops its clock hands: it answers nothing, and its connections stay open. */
  freeze(): void;
  thaw(): void;
}>;

/** Not started yet. The password is in the URL. */
export async function redisServer(password: string): Promise<RedisServer> {
  const port = await freePort();
  let child: ChildProcess | null = null;
  return {
    url: `redis://:${password}@127.0.0.1:${port}`,
    start() {
      child = spawn(
        "redis-server",
        [
          ...["--port", String(port), "--bind", "127.0.0.1", "--requirepass", password],
          ...["--save", "", "--appendonly", "no", "--dir", "/tmp"],
        ],
        { stdio: "ignore" },
      );
    },
    async kill() {
      if (child === null || child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
    },
    freeze: () => void child?.kill("SIGSTOP"),
    thaw: () => void child?.kill("SIGCONT"),
  };
}
