// A supervisor: listens, whispers, barges, switches reserves in and lends agents out.
import type { SupervisorRequest } from "../../engine/core/event.ts";
import { repeatedly, type SimContext, someAgent } from "./context.ts";
import { byeIsLost } from "./lost-bye.ts";

export const supervisorId = "2001";

export function startSupervision(sim: SimContext): void {
  const { world } = sim;
  world.supervisor(supervisorId).comesIn();
  repeatedly(sim, 60_000, () => listen(sim));
  repeatedly(sim, 600_000, () => helpOut(sim));
  repeatedly(sim, 120_000, () => direct(sim));
  sim.later(sim.untilMs - world.nowMs() + 3_600_000, () => cancelTickets(sim));
}

/** After hours nobody is left to dial: callbacks that were promised are taken out by hand. */
function cancelTickets(sim: SimContext): void {
  const { world, later } = sim;
  for (const callId of [...world.centre().callbacks.values()]) {
    world.supervisor(supervisorId).requests({ type: "cancelCallback", callId });
  }
  // One that is being dialled cannot be cancelled just now.
  if (world.centre().callbacks.size > 0) later(60_000, () => cancelTickets(sim));
}

/** Orders to agents, and what a supervisor may do to calls; half of them out of place. */
function direct(sim: SimContext): void {
  const { world, random } = sim;
  const agentId = someAgent(sim);
  const tickets = [...world.centre().callbacks.values()];
  const ticket = tickets[random.between(0, Math.max(0, tickets.length - 1))] ?? "none";
  world.supervisor(supervisorId).requests(
    random.pick<SupervisorRequest>([
      { type: "forceReady", agentId },
      { type: "forceReady", agentId },
      { type: "forceNotReady", agentId, reason: "break" },
      { type: "endAgentWrapUp", agentId },
      { type: "logOutAgent", agentId },
      { type: "disconnect", agentId },
      { type: "cancelCallback", callId: ticket },
      { type: "sendMessage", to: random.pick([null, [agentId]]), text: "hello" },
      { type: "switchReserve", groupId: "leaders", isOn: random.chance(0.7), forMs: 60_000 },
      { type: "lendAgent", agentId, skills: { sales: 3 }, forMs: random.between(0, 600_000) },
    ]),
  );
}

/** Takes the caller over (拦截), and is done with him in one way or another. */
function takesOver(sim: SimContext): void {
  const { world, random, later } = sim;
  const supervisor = world.supervisor(supervisorId);
  supervisor.takesOver();
  later(random.between(0, 60_000), () => {
    const end = random.pick(["releases", "queue", "hangs up", "lost", "bye lost"]);
    const toQueue = end === "queue" ? random.pick(["sales", "support", "none"]) : null;
    if (end === "releases" || end === "queue")
      supervisor.requests({ type: "endTakeOver", toQueue });
    else if (end === "hangs up") supervisor.hangsUp();
    else if (end === "lost") supervisor.hangsUp("mediaLost");
    else byeIsLost(sim, supervisor.leg()?.legId ?? "");
    // Nobody stays in a call for good: what was refused is done in another way.
    later(90_000, () => supervisor.requests({ type: "endTakeOver", toQueue: null }));
  });
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
  if (random.chance(0.4)) later(random.between(3_000, 20_000), () => takesOver(sim));
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
