// `npm run build`: engine to dist/engine, softphone to dist/softphone. Does nothing when the output
// is newer than every source, so that `npm start` is quick the second time.
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot, run } from "./run.ts";

type Part = Readonly<{
  name: string;
  sources: readonly string[];
  output: string;
  command: readonly string[];
}>;

const parts: readonly Part[] = [
  {
    name: "engine",
    sources: ["engine", "test", "tsconfig.json", "package-lock.json"],
    output: "dist/engine/launch.js",
    command: ["npx", "tsc", "-p", "engine/tsconfig.json", "--noCheck"],
  },
  {
    name: "softphone",
    sources: ["softphone", "engine/wire", "package-lock.json"],
    output: "dist/softphone/index.html",
    command: ["npx", "vite", "build", "softphone", "--logLevel", "warn"],
  },
];

/** Newest change below the path, in epoch milliseconds. */
function newestMs(path: string): number {
  const full = join(projectRoot, path);
  const stat = statSync(full);
  if (!stat.isDirectory()) return stat.mtimeMs;
  let newest = stat.mtimeMs;
  for (const entry of readdirSync(full)) {
    if (entry === "node_modules" || entry === "dist") continue;
    newest = Math.max(newest, newestMs(join(path, entry)));
  }
  return newest;
}

async function build(part: Part): Promise<boolean> {
  const stamp = join(projectRoot, "dist", `.built-${part.name}`);
  const fresh = existsSync(stamp) && existsSync(join(projectRoot, part.output));
  if (fresh && statSync(stamp).mtimeMs >= Math.max(...part.sources.map(newestMs))) return true;
  const startedAtMs = Date.now();
  console.error(`Building the ${part.name} (once; later starts are quick) …`);
  const result = await run(part.command);
  if (result.code !== 0) {
    console.error(`${result.output}\nBuilding the ${part.name} failed.`);
    return false;
  }
  mkdirSync(join(projectRoot, "dist"), { recursive: true });
  writeFileSync(stamp, "");
  const seconds = ((Date.now() - startedAtMs) / 1000).toFixed(1);
  console.error(`Built the ${part.name} in ${seconds} s.`);
  return true;
}

const results = await Promise.all(parts.map(build));
process.exit(results.every(Boolean) ? 0 : 1);
