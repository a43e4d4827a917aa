import type { AgentView, TransferTarget, TransferTargets } from "../../engine/wire/desk.ts";

type State = Exclude<AgentView["state"]["kind"], "loggedOut">;

/** One line of the transfer dialog; `isFree` says that the caller can go there now. */
export type TargetRow = Readonly<
  { id: string; name: string; target: TransferTarget; isFree: boolean } & (
    | { kind: "queue"; waiting: number; agentsReady: number; longestWaitSinceMs: number | null }
    | { kind: "agent"; state: State }
  )
>;

/** Rows whose name or number contains the filter, in the engine's order. */
export function targetRows(
  targets: TransferTargets | null,
  options: Readonly<{ filter: string; language: "zh" | "en" }>,
): Readonly<{ queues: readonly TargetRow[]; agents: readonly TargetRow[] }> {
  const { language } = options;
  const wanted = options.filter.trim().toLowerCase();
  const fits = ({ id, name }: TargetRow): boolean =>
    id.toLowerCase().includes(wanted) || name.toLowerCase().includes(wanted);
  const queues = (targets?.queues ?? []).map((queue): TargetRow => {
    const { queueId, name, waiting, agentsReady, longestWaitSinceMs } = queue;
    return {
      kind: "queue",
      id: queueId,
      name: name[language],
      target: { kind: "queue", queueId },
      isFree: true,
      waiting,
      agentsReady,
      longestWaitSinceMs,
    };
  });
  const agents = (targets?.agents ?? []).map((agent): TargetRow => {
    const { agentId, name, state, isFree } = agent;
    const target = { kind: "agent", agentId } as const;
    return { kind: "agent", id: agentId, name: name[language], target, isFree, state };
  });
  return { queues: queues.filter(fits), agents: agents.filter(fits) };
}
