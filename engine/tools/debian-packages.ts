// Programs that the tests drive: real SIP clients, a real browser, promtool. Installed from Debian's
// packages when that is possible, otherwise named with the way to get them.
import { accessSync, constants, existsSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { run } from "./run.ts";

const needed = [
  { program: "sipp", debianPackage: "sip-tester", why: "calls the centre as a carrier would" },
  { program: "chromium", debianPackage: "chromium", why: "is the agent's browser" },
  { program: "promtool", debianPackage: "prometheus", why: "checks what /metrics says" },
  { program: "tcpdump", debianPackage: "tcpdump", why: "reads the capture files of calls" },
  { program: "redis-server", debianPackage: "redis-server", why: "holds the lease of a cluster" },
  { program: "postgres", debianPackage: "postgresql", why: "keeps the records of a large site" },
] as const;

/** PostgreSQL's programs are not on the path of Debian; the newest version's are taken. */
const postgresRoot = "/usr/lib/postgresql";
const postgresFolders = (): string[] =>
  existsSync(postgresRoot)
    ? readdirSync(postgresRoot).map((version) => join(postgresRoot, version, "bin"))
    : [];

function onPath(program: string): boolean {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return [...folders, ...postgresFolders()].some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** True when every program is there (now). Prints what it does and what it cannot do. */
export async function ensureDebianPackages(): Promise<boolean> {
  const missing = needed.filter(({ program }) => !onPath(program));
  if (missing.length === 0) return true;
  const names = missing.map(({ debianPackage }) => debianPackage);
  const root = process.getuid?.() === 0;
  if (!root || !onPath("apt-get")) {
    for (const { program, debianPackage, why } of missing) {
      console.error(`Missing: ${program} (Debian package ${debianPackage}); it ${why}.`);
    }
    console.error(`As root on Debian: apt-get update && apt-get install -y ${names.join(" ")}`);
    return false;
  }
  console.log(`Installing Debian packages that the tests need: ${names.join(" ")} …`);
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  const update = await run(["apt-get", "update", "-qq"], { show: "captured", env });
  if (update.code !== 0) console.error(update.output);
  const install = await run(
    ["apt-get", "install", "-y", "-qq", "--no-install-recommends", ...names],
    { show: "captured", env },
  );
  const still = missing.filter(({ program }) => !onPath(program));
  if (still.length === 0) return true;
  console.error(install.output);
  for (const { program } of still)
    console.error(`Still missing after the installation: ${program}`);
  return false;
}
