// Runs a program with the terminal's output, for the project's own tasks.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The folder that package.json lies in. */
export const projectRoot = fileURLToPath(new URL("../../", import.meta.url));

export type RunResult = Readonly<{ code: number; output: string; ms: number }>;

/** Runs `command` from the project's root; `show` prints as it comes, else the output is returned. */
export function run(
  command: readonly string[],
  options: { show: "live" | "captured"; env?: NodeJS.ProcessEnv } = { show: "captured" },
): Promise<RunResult> {
  const [program, ...args] = command;
  if (program === undefined) throw new TypeError("no program named");
  const startedAt = performance.now();
  const child = spawn(program, args, {
    cwd: projectRoot,
    env: { ...process.env, ...options.env },
    stdio: options.show === "live" ? "inherit" : ["ignore", "pipe", "pipe"],
  });
  const chunks: Buffer[] = [];
  child.stdout?.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.stderr?.on("data", (chunk: Buffer) => chunks.push(chunk));
  return new Promise((resolve) => {
    const end = (code: number, extra: string) =>
      resolve({
        code,
        output: Buffer.concat(chunks).toString("utf8") + extra,
        ms: performance.now() - startedAt,
      });
    child.on("error", (error) => end(127, error.message));
    child.on("close", (code) => end(code ?? 1, ""));
  });
}
