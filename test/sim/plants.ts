// Faults to plant in the core, for seeing that a run finds them and that its slice replays them.
import { handle } from "../../engine/core/centre.ts";

type Handle = typeof handle;

/** Every `every`-th input that fits is treated wrongly. */
const nowAndThen = (every: number) => {
  let count = 0;
  return () => {
    count += 1;
    return count % every === 0;
  };
};

export const plants: Readonly<Record<string, () => Handle>> = {
  /** [29] A fact is not told. */
  lostFact: () => {
    const isIt = nowAndThen(40);
    return (centre, event, nowMs) => {
      const { facts, commands } = handle(centre, event, nowMs);
      return { commands, facts: facts.length > 1 && isIt() ? facts.slice(1) : facts };
    };
  },
  /** [10] A phone rings twice. */
  doubleRing: () => {
    const isIt = nowAndThen(10);
    return (centre, event, nowMs) => {
      const { facts, commands } = handle(centre, event, nowMs);
      const ring = commands.find(({ type }) => type === "ringAgentLeg");
      return { facts, commands: ring !== undefined && isIt() ? [...commands, ring] : commands };
    };
  },
  /** [10] A leg is never dropped. */
  keptLeg: () => {
    const isIt = nowAndThen(10);
    return (centre, event, nowMs) => {
      const { facts, commands } = handle(centre, event, nowMs);
      const kept = commands.filter(({ type }) => type !== "dropLeg");
      return { facts, commands: kept.length < commands.length && isIt() ? kept : commands };
    };
  },
  /** [27] A caller is counted twice. */
  miscount: () => {
    const isIt = nowAndThen(30);
    return (centre, event, nowMs) => {
      const step = handle(centre, event, nowMs);
      const queue = centre.stats.queues.get("sales");
      const enters = step.facts.some(({ type }) => type === "queueEntered");
      if (queue !== undefined && enters && isIt()) queue.offered += 1;
      return step;
    };
  },
  /** [20] Time passes and nothing is due. */
  deafToTime: () => {
    const isIt = nowAndThen(25);
    return (centre, event, nowMs) => {
      const { calendars } = centre;
      const deaf = { type: "calendarsUpdated", calendars } as const;
      return handle(centre, event.type === "timeAdvanced" && isIt() ? deaf : event, nowMs);
    };
  },
  /** [5] A free agent is forgotten where he stands. */
  forgotten: () => {
    const isIt = nowAndThen(15);
    return (centre, event, nowMs) => {
      const step = handle(centre, event, nowMs);
      const agent = [...centre.agents.values()].find(({ state }) => state.kind === "ready");
      if (agent !== undefined && isIt()) {
        centre.agents.set(agent.id, { ...agent, standing: [] });
      }
      return step;
    };
  },
  /** [34] Something else than the inputs decides. */
  chance: () => {
    const isIt = nowAndThen(7);
    return (centre, event, nowMs) => {
      const step = handle(centre, event, nowMs);
      if (isIt()) centre.sequence += 1;
      return step;
    };
  },
};
