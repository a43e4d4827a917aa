// What a person sees who starts the centre wrongly: one clear line and the right exit code.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { freePort, launch } from "../system/centre.ts";
import { testSite } from "../system/site.ts";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "rexian-start-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function start(
  site: string | object,
  env: Record<string, string> = {},
): Promise<{ code: number | null; text: string }> {
  const file = join(folder, "site.yaml");
  writeFileSync(file, typeof site === "string" ? site : stringify(site));
  const { output, exit } = launch(["--config", file], {
    REXIAN_DATA_DIR: join(folder, "data"),
    REXIAN_HTTP_PORT: String(await freePort()),
    REXIAN_SIP_PORT: String(await freePort()),
    ...env,
  });
  const code = await exit;
  return { code, text: output() };
}

const good = () => testSite({ agents: [{ id: "1001" }] });

describe("a start that cannot work ends with exit code 1 and says why", () => {
  test("a wrong key: file, line and reason", async () => {
    const text = stringify(good()).replace("seatGraceSeconds: 2", "seatGraceSeconds: soon");
    const { code, text: said } = await start(text);
    expect(code).toBe(1);
    const line = text.split("\n").findIndex((one) => one.startsWith("seatGraceSeconds")) + 1;
    expect(said).toMatch(new RegExp(`site\\.yaml:${line}: seatGraceSeconds: .*number`));
  });

  test("a file that is not there", async () => {
    const { output, exit } = launch(["--config", join(folder, "missing.yaml")], {});
    expect(await exit).toBe(1);
    expect(output()).toContain("missing.yaml");
    expect(output().trim().split("\n")).toHaveLength(1);
  });

  test.each(["REXIAN_HTTP_PORT", "REXIAN_SIP_PORT"])("a taken port (%s)", async (variable) => {
    const port = await freePort();
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(port, "127.0.0.1", resolve));
    const { code, text } = await start(good(), { [variable]: String(port) });
    holder.close();
    expect(code).toBe(1);
    expect(text).toContain(String(port));
    expect(text.trim().split("\n")).toHaveLength(1);
  });

  test("a bad environment variable, by its name", async () => {
    const { code, text } = await start(good(), { REXIAN_DEMO_CALLERS: "many" });
    expect(code).toBe(1);
    expect(text).toContain("REXIAN_DEMO_CALLERS");
  });
});

test("wrong usage ends with exit code 2", async () => {
  const { output, exit } = launch(["--port", "80"], {});
  expect(await exit).toBe(2);
  expect(output()).toContain("Usage:");
});
