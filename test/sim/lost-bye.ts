// A party goes and its BYE never arrives: the leg falls silent, and the core must find out by asking.
import type { SimContext } from "./context.ts";

/** Longest time from the question to the end of the leg. */
const answerMsMax = 60_000;

/** [24] Throws when the leg still holds its agent or its place after the watchdog's time. */
export function byeIsLost(sim: SimContext, legId: string): void {
  const { world, later } = sim;
  world.edge.losesBye(legId);
  if (!world.edge.isGone(legId)) return;
  world.post({ type: "legMediaChanged", legId, media: "silent" });
  const probeMs = world.centre().config.silentLegProbeMs ?? 0;
  // Two waits: a clock that jumps leaves the edge no time for its answer.
  later(probeMs, () =>
    later(answerMsMax, () => {
      if (world.edge.isGone(legId)) throw new Error(`[24] ${legId} lost its BYE and is still up`);
    }),
  );
}
