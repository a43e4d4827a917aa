// Things that callers, agents and the network may do in any order, for property tests: small
// alphabets, so that late, double and crossing ones are common.
import fc from "fast-check";
import { siteConfig } from "./site.ts";
import type { World } from "./world.ts";

export type Action = Readonly<{ kind: keyof typeof perform; who: number; value: number }>;

const agentIds = ["1001", "1002", "1003", "1004"] as const;
const digits = "1290*";

/** Does one action; the world goes on by a little when the action says so. */
export function act(world: World, action: Action): void {
  perform[action.kind](world, action.who, action.value);
}

export const actions = (maxLength: number): fc.Arbitrary<Action[]> =>
  fc.array(
    fc.record({
      kind: fc.constantFrom(
        ...(Object.keys(kindWeights).flatMap((kind) =>
          new Array<string>(kindWeights[kind as Action["kind"]]).fill(kind),
        ) as Action["kind"][]),
      ),
      who: fc.nat(3),
      value: fc.nat(9),
    }),
    { maxLength, size: "max" },
  );

const agentAt = (world: World, who: number) =>
  world.agent(agentIds[who % agentIds.length] ?? "1001");
/** Each caller comes again and again under new ids. */
const callIdOf = (world: World, who: number): string => {
  const live = world.state().calls.find(({ callId }) => callId.startsWith(`c${who}-`));
  return live?.callId ?? `c${who}-${world.state().factSeq}`;
};
const callerAt = (world: World, who: number) => world.caller(callIdOf(world, who));

const perform = {
  dials: (world: World, who: number, value: number) =>
    callerAt(world, who).dials(value < 4 ? "12345" : value < 9 ? "10086" : "999"),
  presses: (world: World, who: number, value: number) =>
    callerAt(world, who).presses(digits[value % digits.length] ?? "1"),
  hangsUp: (world: World, who: number) => callerAt(world, who).hangsUp(),
  comesIn: (world: World, who: number) => agentAt(world, who).comesIn(),
  answers: (world: World, who: number) => agentAt(world, who).answers(),
  rejects: (world: World, who: number) => agentAt(world, who).rejects(),
  agentHangsUp: (world: World, who: number, value: number) =>
    agentAt(world, who).hangsUp(value < 7 ? "normal" : "mediaLost"),
  desk: (world: World, who: number, value: number) => {
    if (value < 4) agentAt(world, who).losesDesk();
    else if (value < 6) agentAt(world, who).closesDesk();
    else agentAt(world, who).opensDesk();
  },
  device: (world: World, who: number, value: number) => {
    const agentId = agentIds[who] ?? "1001";
    if (value < 5) world.post({ type: "deviceUnbound", agentId });
    else agentAt(world, who).registers(value * 1_000);
  },
  media: (world: World, who: number, value: number) =>
    agentAt(world, who).mediaBecomes(value < 5 ? "silent" : value < 8 ? "flowing" : "failed"),
  requests: (world: World, who: number, value: number) => {
    const requests = [
      { type: "logIn" },
      { type: "logOut" },
      { type: "goReady" },
      { type: "goNotReady", reason: "break" },
      { type: "goNotReady", reason: "nonsense" },
      { type: "hold" },
      { type: "unhold" },
      { type: "release" },
      { type: "sendDigits", digits: "1x" },
      { type: "endWrapUp", code: "solved", notes: "n" },
    ] as const;
    agentAt(world, who).requests(requests[value] ?? { type: "logIn" });
  },
  transfers: (world: World, who: number, value: number) => {
    const queueId = ["sales", "support", "none"][value];
    const agentId = agentIds[value % agentIds.length] ?? "1001";
    agentAt(world, who).transfers(queueId === undefined ? { agentId } : { queueId });
  },
  consults: (world: World, who: number, value: number) => {
    const agent = agentAt(world, who);
    if (value < 5) agent.consults(agentIds[value % agentIds.length] ?? "1001");
    else if (value < 6) agent.cancels();
    else if (value < 8) agent.merges();
    else agent.completes();
  },
  monitors: (world: World, who: number, value: number) => {
    const supervisor = world.supervisor("2001");
    const agentId = agentIds[who] ?? "1001";
    if (value < 2) supervisor.comesIn();
    else if (value < 5) supervisor.comesIn().monitors(agentId, "whisper").answers();
    else if (value < 6) supervisor.answers();
    else if (value < 7) supervisor.requests({ type: "monitorMode", mode: "barge" });
    else if (value < 8) supervisor.requests({ type: "monitorStop" });
    else if (value < 9) supervisor.hangsUp();
    else supervisor.losesDesk();
  },
  deviceHolds: (world: World, who: number, value: number) => {
    const leg = agentAt(world, who).leg();
    if (leg !== undefined) world.post({ type: "legHeld", legId: leg.legId, held: value < 5 });
  },
  lateAnswer: (world: World, who: number) => {
    const old = [...world.commands].reverse().filter(({ type }) => type === "ringAgentLeg")[who];
    if (old?.type === "ringAgentLeg") {
      world.post({ type: "legAnswered", legId: old.legId, dialogRef: "late" });
    }
  },
  stalePlay: (world: World, who: number, value: number) => {
    const plays = world.commands.filter(({ type }) => type === "play");
    const play = plays[plays.length - 1 - who];
    if (play?.type !== "play") return;
    const outcome = value < 5 ? "completed" : "failed";
    world.post({ type: "playFinished", legId: play.legId, playId: play.playId, outcome });
  },
  restarts: (world: World, who: number, value: number) => {
    // Some legs end while nobody listens.
    const legs = [...world.edge.legs.keys()];
    if (value < 4) for (const legId of legs.slice(0, who)) world.edge.forget(legId);
    world.restarts(value * 500);
  },
  reloads: (world: World, who: number, value: number) => {
    const config = siteConfig();
    world.post({
      type: "configured",
      config:
        value < 5
          ? config
          : {
              ...config,
              agents: config.agents.filter((_, index) => index !== who),
              queues: value < 8 ? config.queues : config.queues.slice(1),
            },
    });
  },
  reserves: (world: World, who: number, value: number) => {
    const untilMs = value < 3 ? null : world.nowMs() + value * 2_000;
    if (who < 2) {
      world.post({ type: "reserveSwitched", groupId: "leaders", isOn: value < 7, untilMs });
    } else {
      const agentId = agentIds[who] ?? "1001";
      const skills = { sales: value, support: 1 };
      world.post({ type: "agentLent", agentId, skills, untilMs: untilMs ?? 0 });
    }
  },
  waits: (world: World, who: number, value: number) =>
    world.runs([20, 2_500, 9_000, 31_000][who] ?? value),
} as const;

const kindWeights: Readonly<Record<Action["kind"], number>> = {
  dials: 6,
  presses: 4,
  hangsUp: 3,
  comesIn: 6,
  answers: 6,
  rejects: 1,
  agentHangsUp: 2,
  desk: 2,
  device: 1,
  media: 1,
  requests: 5,
  deviceHolds: 1,
  transfers: 3,
  consults: 6,
  monitors: 3,
  lateAnswer: 1,
  stalePlay: 1,
  restarts: 1,
  reloads: 1,
  reserves: 1,
  waits: 6,
};
