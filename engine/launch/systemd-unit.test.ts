// The systemd unit fits the program: it starts it as its command line allows, and lets it drain.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { productRoot } from "../config/product-root.ts";
import { sipSection } from "../config/schema-sip.ts";
import { parseArguments } from "./arguments.ts";

const unit = readFileSync(join(productRoot(), "deploy", "systemd", "rexian.service"), "utf8");
const settingOf = (key: string) => new RegExp(`^${key}=(.*)$`, "m").exec(unit)?.[1] ?? "";
const analyze = "/usr/bin/systemd-analyze";

it("starts the built launcher with a site file", () => {
  const [node, script = "", ...words] = settingOf("ExecStart").split(" ");
  expect(node).toBe("/usr/bin/node");
  const source = script.replace(/^dist\//, "").replace(/\.js$/, ".ts");
  expect(existsSync(join(productRoot(), source))).toBe(true);
  expect(parseArguments(words, {})).toEqual({ kind: "run", siteFile: "/etc/rexian/site.yaml" });
});

it("waits longer for the end than the longest drain that a site file may ask for", () => {
  const stopSeconds = Number(settingOf("TimeoutStopSec"));
  expect(sipSection.safeParse({ drainSeconds: stopSeconds - 30 }).success).toBe(false);
  expect(settingOf("KillMode")).toBe("mixed");
});

it.runIf(existsSync(analyze))("is what systemd understands, word for word", () => {
  const dir = mkdtempSync(join(tmpdir(), "rexian-unit-"));
  const file = join(dir, "rexian.service");
  try {
    // Node may lie elsewhere here.
    writeFileSync(file, unit.replace("/usr/bin/node", process.execPath));
    const run = () => execFileSync(analyze, ["verify", "--man=no", file], { stdio: "pipe" });
    expect(run).not.toThrow();
    writeFileSync(file, unit.replace("ExecStart=", "ExecStart=/no/such/program "));
    expect(run).toThrow();
  } finally {
    rmSync(dir, { recursive: true });
  }
});
