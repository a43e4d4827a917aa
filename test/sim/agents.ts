// Agents and their habits: slow, absent, in a hurry; double clicks; hold, transfer, consult, conference;
// breaks and the next state; pages that close and phones that are lost at odd moments.
import type { AgentRequest } from "../../engine/core/event.ts";
import { repeatedly, type SimContext, someAgent } from "./context.ts";
import { byeIsLost } from "./lost-bye.ts";

export function startShifts(sim: SimContext): void {
  const { world, random } = sim;
  for (const { agentId } of world.state().agents) {
    sim.later(random.between(0, 300_000), () => world.agent(agentId).comesIn());
    repeatedly(sim, 240_000, () => habit(sim, agentId));
  }
}

function habit(sim: SimContext, agentId: string): void {
  const { world, random, later } = sim;
  const agent = world.agent(agentId);
  if (random.chance(sim.faults)) {
    seatFault(sim, agentId);
    return;
  }
  const mood = random.pick(["break", "next", "ready", "ready", "logs out", "dials", "calls"]);
  if (mood === "break") {
    agent.goesNotReady();
    later(random.between(10_000, 300_000), () => agent.goesReady());
  } else if (mood === "next") {
    // In a call it is what follows, and some take it back.
    agent.goesNotReady("meal");
    later(random.between(100, 200_000), () => agent.goesReady());
  } else if (mood === "logs out") {
    agent.requests({ type: "logOut" });
    later(random.between(1_000, 120_000), () => agent.comesIn());
  } else if (mood === "dials") {
    // Numbers that may be dialled and such that may not, allowed or not by the queue.
    const number = random.pick(["01088889999", "02012345678", "00441234567", "x"]);
    agent.dials(number, random.pick(["sales", "sales", "support"]));
  } else if (mood === "calls") agent.requests({ type: "dialAgent", agentId: someAgent(sim) });
  else if (mood === "ready") agent.comesIn();
}

function seatFault(sim: SimContext, agentId: string): void {
  const { world, random, later } = sim;
  const agent = world.agent(agentId);
  const fault = random.pick(["closes", "loses", "unbinds", "double", "expires"]);
  if (fault === "closes") agent.closesDesk();
  else if (fault === "loses") agent.losesDesk();
  else if (fault === "unbinds") world.post({ type: "deviceUnbound", agentId });
  else if (fault === "expires") agent.registers(random.between(1, 30_000));
  else agent.goesReady().goesReady().logsIn();
  if (random.chance(0.5)) agent.mediaBecomes("silent");
  later(random.between(100, 60_000), () => agent.comesIn().mediaBecomes("flowing"));
}

/** A phone rings: the agent behind it does something. */
export function phoneRings(sim: SimContext, agentId: string, legId: string): void {
  const { world, random, later, faults } = sim;
  const agent = world.agent(agentId);
  // Gone for coffee.
  if (random.chance(0.05)) return;
  if (random.chance(0.04)) later(random.between(500, 5_000), () => agent.rejects());
  else if (random.chance(faults)) {
    const why = random.pick(["busy", "rejected", "edgeLost"] as const);
    later(random.between(10, 4_000), () => world.edge.hangUp(legId, why));
  } else if (random.chance(faults / 2)) {
    later(random.between(100, 5_000), () => agent.closesDesk());
    later(random.between(6_000, 60_000), () => agent.comesIn());
  } else {
    // Some answers cross the end of ringing; some are lost and come again.
    const slow = random.chance(0.1) ? 15_000 : 2_500;
    const lateMs = random.chance(faults) ? random.between(1, 32_000) : 0;
    later(random.exponential(slow), () => {
      if (world.edge.answer(legId, lateMs)) later(lateMs, () => talk(sim, agentId, legId));
    });
  }
}

/** Somebody outside is called: answers, is busy, away, or answers too late. */
export function outsideRings(sim: SimContext, legId: string): void {
  const { world, random, later, faults } = sim;
  if (random.chance(0.2)) return;
  if (random.chance(0.2)) {
    const why = random.pick(["busy", "rejected", "noAnswer", "edgeLost"] as const);
    later(random.between(50, 20_000), () => world.edge.hangUp(legId, why));
    return;
  }
  const lateMs = random.chance(faults) ? random.between(1, 32_000) : 0;
  later(random.exponential(8_000), () => {
    if (!world.edge.answer(legId, lateMs)) return;
    const lostBye = random.chance(faults / 2);
    later(random.exponential(60_000), () => {
      if (lostBye) byeIsLost(sim, legId);
      else world.edge.hangUp(legId);
    });
  });
}

/** What an agent does in a talk until it ends. */
function talk(sim: SimContext, agentId: string, legId: string): void {
  const { world, random, later } = sim;
  const talkMs = random.exponential(90_000);
  for (let deed = random.between(0, 2); deed > 0; deed -= 1) {
    later(random.between(0, talkMs), () => {
      if (world.edge.legs.has(legId)) deedInTalk(sim, agentId);
    });
  }
  later(talkMs, () => {
    if (world.edge.legs.has(legId)) endTalk(sim, agentId, legId);
    later(random.exponential(15_000), () => world.agent(agentId).endsWrapUp());
  });
}

function deedInTalk(sim: SimContext, agentId: string): void {
  const { world, random, later } = sim;
  const agent = world.agent(agentId);
  const twice = random.chance(sim.faults);
  const ask = (request: AgentRequest) => {
    agent.requests(request);
    if (twice) agent.requests(request);
  };
  const colleague = () => someAgent(sim);
  const deed = random.pick([
    "hold",
    "hold",
    "consult",
    "consult",
    "queue",
    "agent",
    "digits",
    "next",
  ]);
  if (deed === "hold") {
    ask({ type: "hold" });
    later(random.between(500, 30_000), () => ask({ type: "unhold" }));
  } else if (deed === "consult") {
    ask({ type: "consultStart", agentId: colleague() });
    // Some are too fast for the colleague.
    const next = random.pick(["consultComplete", "consultCancel", "consultMerge"] as const);
    later(random.between(0, 20_000), () => ask({ type: next }));
    later(random.between(15_000, 60_000), () => {
      ask({ type: random.pick(["consultComplete", "consultCancel", "release"] as const) });
    });
  } else if (deed === "queue") {
    const queueId = random.pick(["sales", "support", "none"]);
    ask({ type: "transferBlind", target: { kind: "queue", queueId } });
  } else if (deed === "agent") {
    ask({ type: "transferBlind", target: { kind: "agent", agentId: colleague() } });
  } else if (deed === "digits") ask({ type: "sendDigits", digits: "12#" });
  else ask({ type: "goNotReady", reason: "meal" });
}

function endTalk(sim: SimContext, agentId: string, legId: string): void {
  const { world, random, later } = sim;
  const agent = world.agent(agentId);
  if (random.chance(sim.faults)) {
    const fault = random.pick(["failed", "lost", "late bye", "lost bye", "page", "both"]);
    if (fault === "failed") agent.mediaBecomes("failed");
    else if (fault === "lost") agent.hangsUp("mediaLost");
    else if (fault === "late bye") world.edge.hangUpLate(legId, random.between(100, 32_000));
    else if (fault === "lost bye") byeIsLost(sim, legId);
    else if (fault === "page") {
      agent.losesDesk().mediaBecomes("silent");
      later(random.between(1_000, 60_000), () => agent.comesIn());
    } else agent.requests({ type: "release" }).hangsUp();
    // What was started then is ended at last.
    later(120_000, () => agent.requests({ type: "release" }));
    return;
  }
  const end = random.pick(["desk", "device", "caller", "caller"]);
  if (end === "desk") agent.requests({ type: "release" });
  else if (end === "device") agent.hangsUp();
  else {
    const bridge = world.edge.legs.get(legId)?.bridgedTo ?? null;
    const other = [...world.edge.legs.values()].find(
      (leg) => leg.role === "caller" && bridge !== null && leg.bridgedTo === bridge,
    );
    if (other !== undefined) world.edge.hangUp(other.legId);
    else agent.requests({ type: "release" });
  }
}
