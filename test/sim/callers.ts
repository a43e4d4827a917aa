// Callers: Poisson arrivals with a surge, patience, moods, keys, redials. They hang up wherever they
// are: in the menu, in line, while somebody rings, in talk.
import type { SimContext } from "./context.ts";
import { byeIsLost } from "./lost-bye.ts";
import { callbackKey } from "./sim-site.ts";

export type Arrivals = Readonly<{
  /** Mean time between arrivals outside of the surge. */
  everyMs: number;
  seed: number;
}>;

/** Starts the day's arrivals; the function gives the calls so far. */
export function scheduleCallers(sim: SimContext, { everyMs, seed }: Arrivals): () => number {
  const { world, random, untilMs } = sim;
  let calls = 0;
  const dayMs = untilMs - world.nowMs();
  const surgeFromMs = world.nowMs() + random.between(0, dayMs);
  const surgeToMs = surgeFromMs + dayMs * 0.2;
  const isSurge = () => world.nowMs() >= surgeFromMs && world.nowMs() < surgeToMs;
  const callsIn = (ani: string): void => {
    calls += 1;
    callIn(sim, `${seed}-${calls}`, { ani, redials: () => callsIn(ani) });
  };
  const arrive = () => {
    if (world.nowMs() > untilMs) return;
    callsIn(`138${random.between(10_000_000, 10_000_400)}`);
    sim.later(random.exponential(isSurge() ? everyMs / 3 : everyMs), arrive);
  };
  sim.later(random.exponential(everyMs), arrive);
  return () => calls;
}

function callIn(
  sim: SimContext,
  callId: string,
  who: Readonly<{ ani: string; redials: () => void }>,
): void {
  const { world, random, later, untilMs } = sim;
  const caller = world
    .caller(callId)
    .dials(random.pick(["12345", "12345", "10086", "999"]), who.ani);
  // Everybody gives up at some time, in whatever place.
  const patienceMs = random.chance(0.1) ? random.between(0, 3_000) : random.exponential(180_000);
  later(patienceMs, () => {
    const leg = caller.leg();
    if (leg === undefined || world.edge.isGone(leg.legId)) return;
    if (leg.bridgedTo !== null && random.chance(0.7)) return;
    caller.hangsUp();
    if (random.chance(0.3) && world.nowMs() < untilMs) {
      later(random.between(2_000, 120_000), who.redials);
    }
  });
  later(3_600_000, () => caller.hangsUp());
  pressKeys(sim, callId);
  if (random.chance(0.5)) choosesCallback(sim, callId);
  if (random.chance(sim.faults)) later(random.between(0, 60_000), () => callerFault(sim, callId));
}

/** Knows the menu, knows it not, or presses anything. */
function pressKeys(sim: SimContext, callId: string): void {
  const { world, random, later } = sim;
  const press = (atMs: number, digit: string) =>
    later(atMs, () => {
      if (world.caller(callId).leg() !== undefined) world.caller(callId).presses(digit);
    });
  if (random.chance(0.7)) {
    const atMs = random.between(500, 8_000);
    press(atMs, random.pick(["1", "2"]));
    press(atMs + random.between(300, 4_000), random.pick(["1", "1", "2", "2", "9"]));
    return;
  }
  for (let key = random.between(0, 5); key > 0; key -= 1) {
    press(random.between(0, 30_000), random.pick(["1", "1", "2", "2", "9", "7", "*"]));
  }
}

/** Would rather be called back: at the number that calls, at another one, or not after all. */
function choosesCallback(sim: SimContext, callId: string): void {
  const { world, random, later } = sim;
  const keys = random.pick(["#", "#", "#", "*", "13800000001#", "00441#*", ""]);
  later(random.between(5_000, 90_000), () => {
    const caller = world.caller(callId);
    if (caller.leg() === undefined) return;
    caller.presses(callbackKey);
    later(random.between(0, 9_000), () => {
      if (caller.leg() !== undefined) caller.presses(keys);
    });
  });
}

function callerFault(sim: SimContext, callId: string): void {
  const { world, random } = sim;
  const caller = world.caller(callId);
  const leg = caller.leg();
  if (leg === undefined) return;
  const { legId } = leg;
  const fault = random.pick([
    "silent",
    "again",
    "lost",
    "late bye",
    "lost bye",
    "failed",
    "invite again",
  ]);
  if (fault === "silent") world.post({ type: "legMediaChanged", legId, media: "silent" });
  else if (fault === "failed") world.post({ type: "legMediaChanged", legId, media: "failed" });
  else if (fault === "again") world.post({ type: "legAnswered", legId, dialogRef: "again" });
  else if (fault === "lost") caller.hangsUp("edgeLost");
  else if (fault === "late bye") world.edge.hangUpLate(legId, random.between(100, 32_000));
  else if (fault === "lost bye") byeIsLost(sim, legId);
  else {
    // The same INVITE once more, as by another connection.
    const again = { callId, legId, trunkId: "trunk", ani: "1", dnis: "10086", firstDnis: null };
    world.post({ type: "callArrived", ...again });
  }
}

/** Somebody rings for this caller: some hang up just then. */
export function callerHearsRinging(sim: SimContext, callId: string): void {
  const { world, random } = sim;
  if (!random.chance(0.04)) return;
  sim.later(random.between(0, 1_500), () => world.caller(callId).hangsUp());
}
