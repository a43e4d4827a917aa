// One watched process: started, asked to stop, and started again when it died by itself.
import { type ChildProcess, fork } from "node:child_process";

export type ChildOptions = Readonly<{
  name: string;
  /** Compiled composition root. */
  script: string;
  args: readonly string[];
  /** Longest time to the `ready` message. */
  readyMsMax: number;
  /** Called for each death that nobody asked for; the restart follows. */
  onDeath(how: string): void;
  /** Called when a restarted process is ready again. */
  onBack(ms: number): void;
}>;

/** A first start that failed for a reason that a person can read. */
export class StartError extends Error {
  override readonly name = "StartError";
}

export type Child = Readonly<{
  pid(): number | null;
  /** Resolves with the first process's ready message; rejects with {@link StartError}. */
  start(): Promise<unknown>;
  stop(): Promise<void>;
  /**
   * Asks the process to finish what it has (SIGUSR2) and to end then. True when it ended within the
   * time, or was told by `signal` to hurry and had ended anyway.
   */
  drain(options: Readonly<{ msMax: number; signal: AbortSignal }>): Promise<boolean>;
}>;

const restartMsMax = 5_000;
const stopMsMax = 5_000;
/** A process that lived this long starts again at once; shorter lives wait longer each time. */
const settledMs = 10_000;

export function createChild(options: ChildOptions): Child {
  let process: ChildProcess | null = null;
  let stopping = false;
  let restartDelayMs = 0;

  function spawn(): Promise<unknown> {
    // An own process group: Ctrl-C reaches the launcher only, which stops the others in order.
    const child = fork(options.script, [...options.args], {
      detached: true,
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    process = child;
    const startedAtMs = Date.now();
    return new Promise((resolve, reject) => {
      let ready = false;
      const timer = setTimeout(() => {
        // Two of them on one data folder must never be.
        child.kill("SIGKILL");
        fail(`${options.name} was not ready within ${options.readyMsMax / 1000} s`);
      }, options.readyMsMax);
      const fail = (reason: string) => {
        clearTimeout(timer);
        if (!ready) reject(new StartError(reason));
      };
      child.on("message", (message: { type?: string; reason?: string }) => {
        if (message.type === "failed") fail(message.reason ?? `${options.name} did not start`);
        if (message.type !== "ready") return;
        ready = true;
        clearTimeout(timer);
        resolve(message);
      });
      child.on("error", (error) => fail(`${options.name}: ${error.message}`));
      child.on("exit", (code, signal) => {
        fail(`${options.name} ended with ${signal ?? `exit code ${code}`}`);
        if (process === child) process = null;
        if (ready && !stopping) {
          restart(signal ?? `exit code ${code}`, Date.now() - startedAtMs);
        }
      });
    });
  }

  function restart(how: string, livedMs: number): void {
    options.onDeath(how);
    restartDelayMs =
      livedMs > settledMs ? 0 : Math.min(Math.max(restartDelayMs * 2, 100), restartMsMax);
    const diedAtMs = Date.now();
    setTimeout(() => {
      if (stopping) return;
      spawn().then(
        () => options.onBack(Date.now() - diedAtMs),
        (error: Error) => {
          if (!stopping) restart(error.message, 0);
        },
      );
    }, restartDelayMs);
  }

  const isGone = (child: ChildProcess | null): child is null =>
    child === null || child.exitCode !== null || child.signalCode !== null;

  return {
    drain({ msMax, signal }) {
      stopping = true;
      const child = process;
      if (isGone(child)) return Promise.resolve(true);
      return new Promise((resolve) => {
        const finish = () => {
          clearTimeout(timer);
          signal.removeEventListener("abort", finish);
          child.removeListener("exit", finish);
          resolve(isGone(child));
        };
        const timer = setTimeout(finish, msMax);
        signal.addEventListener("abort", finish);
        child.once("exit", finish);
        child.kill("SIGUSR2");
      });
    },
    pid: () => process?.pid ?? null,
    start: spawn,
    stop: () => {
      stopping = true;
      const child = process;
      if (isGone(child)) return Promise.resolve();
      return new Promise((resolve) => {
        const timer = setTimeout(() => child.kill("SIGKILL"), stopMsMax);
        child.once("exit", () => {
          clearTimeout(timer);
          resolve();
        });
        child.kill("SIGTERM");
      });
    },
  };
}
