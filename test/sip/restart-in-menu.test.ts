// `kill -9` of the engine while a caller is in a menu: what he presses meanwhile counts, once.
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Centre, startCentre } from "../system/centre.ts";
import { RtpEndpoint } from "../system/rtp-endpoint.ts";
import { startSipp } from "../system/sipp.ts";
import { callerWhoReleases } from "../system/sipp-scenarios.ts";
import { testSite } from "../system/site.ts";
import { until } from "../system/wait.ts";

let centre: Centre;
let caller: RtpEndpoint;

beforeAll(async () => {
  centre = await startCentre({ site: testSite({ agents: [{ id: "1001" }] }) });
  caller = await RtpEndpoint.open({ toneHz: 500 });
});
afterAll(async () => {
  caller?.close();
  expect(await centre?.stop()).toBe(0);
});

test("a key that is pressed while no engine is there leads on in the flow", async () => {
  const sipp = startSipp({
    scenario: callerWhoReleases({ rtpPort: caller.port, stayMs: 12_000 }),
    target: centre.sipTarget,
    service: "12345",
  });
  await until("the welcome is heard", () => caller.level() > -50);
  caller.press("1");
  await centre.fact("flowChoice");
  const engine = await centre.enginePid();
  process.kill(engine, "SIGKILL");
  await until("the media server has noticed", () => centre.output().includes("control owner gone"));
  caller.press("1");
  await centre.fact("engineRestarted");
  const entered = await centre.fact("queueEntered");
  expect(entered).toMatchObject({ queueId: "consult" });
  expect(await sipp.done).toMatchObject({ code: 0 });
  await centre.fact("callEnded");
  const chosen = (await centre.facts()).filter((fact) => fact.type === "flowChoice");
  expect(chosen.map((fact) => fact.digit)).toEqual(["1", "1"]);
});
