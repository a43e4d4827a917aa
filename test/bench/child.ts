// A helper process of a benchmark: takes orders, and answers those that ask.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export class Child {
  readonly pid: number;
  private readonly process: ChildProcess;

  private constructor(process: ChildProcess) {
    this.process = process;
    this.pid = process.pid ?? 0;
  }

  /** Starts a script beside this file; resolves with the child and its first message. */
  static async start<Ready>(
    script: string,
    options: { args?: readonly string[]; nodeOptions?: readonly string[] } = {},
  ): Promise<{ child: Child; ready: Ready }> {
    const process = fork(fileURLToPath(new URL(script, import.meta.url)), options.args ?? [], {
      execArgv: [...(options.nodeOptions ?? [])],
      serialization: "advanced",
    });
    const [ready] = await firstOf(process);
    return { child: new Child(process), ready: ready as Ready };
  }

  order(message: object): void {
    this.process.send(message);
  }

  /** Sends an order and resolves with the child's next message. */
  async ask<Answer>(message: object): Promise<Answer> {
    const answered = firstOf(this.process);
    this.order(message);
    const [answer] = await answered;
    return answer as Answer;
  }

  /** Ends it by SIGTERM. */
  async stop(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const exited = once(this.process, "exit");
    this.process.kill("SIGTERM");
    await exited;
  }
}

/** The next message; rejects when the process ends before. */
async function firstOf(process: ChildProcess): Promise<unknown[]> {
  const ended = new AbortController();
  const onExit = (code: number | null): void => ended.abort(new Error(`child ended with ${code}`));
  process.once("exit", onExit);
  try {
    return await once(process, "message", { signal: ended.signal });
  } finally {
    process.removeListener("exit", onExit);
  }
}
