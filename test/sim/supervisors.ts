// A supervisor: listens, whispers, barges, switches reserves in and lends agents out.
import { repeatedly, type SimContext, someAgent } from "./context.ts";

export const supervisorId = "2001";

export function startSupervision(sim: SimContext): void {
  const { world } = sim;
  world.supervisor(supervisorId).comesIn();
  repeatedly(sim, 60_000, () => listen(sim));
  repeatedly(sim, 600_000, () => helpOut(sim));
}

function listen(sim: SimContext): void {
  const { world, random, later } = sim;
  const supervisor = world.supervisor(supervisorId);
  const agentId = someAgent(sim);
  supervisor.comesIn().monitors(agentId, random.pick(["monitor", "whisper", "barge"]));
  if (random.chance(0.9)) later(random.between(100, 9_000), () => supervisor.answers());
  later(random.between(1_000, 40_000), () => {
    supervisor.requests({ type: "monitorMode", mode: random.pick(["monitor", "barge"]) });
  });
  later(random.between(5_000, 60_000), () => {
    const end = random.pick(["stops", "hangs up", "page"]);
    if (end === "stops") supervisor.requests({ type: "monitorStop" });
    else if (end === "hangs up") supervisor.hangsUp();
    else supervisor.losesDesk();
  });
}

function helpOut(sim: SimContext): void {
  const { world, random } = sim;
  const untilMs = world.nowMs() + random.between(-5, 600_000);
  if (random.chance(0.5)) {
    world.post({
      type: "reserveSwitched",
      groupId: "leaders",
      isOn: random.chance(0.7),
      untilMs: random.chance(0.5) ? null : untilMs,
    });
  } else {
    const agentId = someAgent(sim);
    const skills = { sales: random.between(1, 5), support: 1 };
    world.post({ type: "agentLent", agentId, skills, untilMs });
  }
}
