// A SIP and media edge in virtual time: it performs the core's commands and reports what follows.
import type { Command } from "../../engine/core/command.ts";
import type { CentreEvent } from "../../engine/core/event.ts";
import type { Schedule } from "./schedule.ts";

export type FakeLeg = {
  legId: string;
  role: "caller" | "agent" | "dialled";
  agentId: string | null;
  state: "arrived" | "ringing" | "answered";
  /** What is heard now. */
  play: Readonly<{ playId: string; keys: readonly string[] }> | null;
  bridgedTo: string | null;
  echo: boolean;
  /** Digits sent to this leg. */
  digits: string;
};

export type EdgeTimes = Readonly<{
  answerMs: number;
  ringMs: number;
  dropMs: number;
  promptMs: number;
}>;

export type FakeEdge = {
  readonly legs: ReadonlyMap<string, FakeLeg>;
  readonly bridges: ReadonlyMap<string, readonly string[]>;
  arrive(legId: string): void;
  perform(command: Command): void;
  /** The party ends its leg. */
  hangUp(
    legId: string,
    reason?: "normal" | "mediaLost" | "edgeLost" | "busy" | "rejected" | "noAnswer",
  ): void;
  /** The party went and its BYE was lost: only who asks hears of it, and it does nothing any more. */
  losesBye(legId: string): void;
  /** Whether the party of a leg that is still up went so. */
  isGone(legId: string): boolean;
  /** The leg is over and nobody is told. */
  forget(legId: string): void;
  /** Recordings that go on, with their leg. */
  readonly recordings: ReadonlyMap<string, string>;
  /** The leg is over; the report comes so much later (BYE lost and sent again). */
  hangUpLate(legId: string, lateMs: number): void;
  /**
   * The rung party answers; the report comes so much later, also when the leg was dropped meanwhile
   * (200 lost and sent again; 200 crossing CANCEL). False when it does not ring (any more).
   */
  answer(legId: string, lateMs?: number): boolean;
  /** The engine's connection broke: what nobody answered yet is over. */
  engineDied(): void;
  /** The edge dies: every leg is lost at once. */
  restarts(): void;
  inventory(): Omit<Extract<CentreEvent, { type: "engineRestarted" }>, "type">;
};

export function createFakeEdge(options: {
  schedule: Schedule;
  nowMs: () => number;
  post: (event: CentreEvent) => void;
  times: () => EdgeTimes;
}): FakeEdge {
  const { schedule, nowMs, post, times } = options;
  const legs = new Map<string, FakeLeg>();
  const bridges = new Map<string, readonly string[]>();
  const recordings = new Map<string, string>();
  const gone = new Set<string>();

  const later = (ms: number, run: () => void) => schedule.at(nowMs() + ms, run);

  function addLeg(legId: string, role: FakeLeg["role"], agentId: string | null): void {
    legs.set(legId, {
      legId,
      role,
      agentId,
      state: role === "caller" ? "arrived" : "ringing",
      play: null,
      bridgedTo: null,
      echo: false,
      digits: "",
    });
  }

  function over(leg: FakeLeg, cause: Extract<CentreEvent, { type: "legFailed" }>["cause"]): void {
    legs.delete(leg.legId);
    gone.delete(leg.legId);
    if (leg.bridgedTo !== null) unbridge(leg.bridgedTo);
    const type = leg.state === "answered" ? "legReleased" : "legFailed";
    post({ type, legId: leg.legId, cause });
    for (const [recordingId, legId] of recordings)
      if (legId === leg.legId) endRecording(recordingId);
  }

  function endRecording(recordingId: string): void {
    if (!recordings.delete(recordingId)) return;
    const end = { outcome: "complete", durationMs: 1, bytes: 74, sha256: "0" } as const;
    const file = `${recordingId}.wav`;
    later(1, () => post({ type: "recordingEnded", recordingId, file, end }));
  }

  function unbridge(bridgeId: string): void {
    for (const legId of bridges.get(bridgeId) ?? []) {
      const leg = legs.get(legId);
      if (leg?.bridgedTo === bridgeId) leg.bridgedTo = null;
    }
    bridges.delete(bridgeId);
  }

  function play(command: Extract<Command, { type: "play" }>): void {
    const leg = legs.get(command.legId);
    if (leg === undefined) return;
    const { playId } = command;
    const keys = command.items.map((item) => ("key" in item ? item.key : item.kind));
    leg.play = { playId, keys };
    if (command.repeat) return;
    later(times().promptMs * keys.length, () => {
      if (legs.get(command.legId)?.play?.playId !== playId) return;
      leg.play = null;
      post({ type: "playFinished", legId: command.legId, playId, outcome: "completed" });
    });
  }

  function perform(command: Command): void {
    switch (command.type) {
      case "answerLeg": {
        const { legId } = command;
        later(times().answerMs, () => {
          const leg = legs.get(legId);
          if (leg?.state !== "arrived") return;
          leg.state = "answered";
          post({ type: "legAnswered", legId, dialogRef: `dialog-${legId}` });
        });
        return;
      }
      case "ringAgentLeg": {
        const { legId, agentId } = command;
        addLeg(legId, "agent", agentId);
        later(times().ringMs, () => {
          if (legs.has(legId)) post({ type: "legRinging", legId });
        });
        return;
      }
      case "dialLeg": {
        const { legId } = command;
        addLeg(legId, "dialled", null);
        later(times().ringMs, () => {
          if (legs.has(legId)) post({ type: "legRinging", legId });
        });
        return;
      }
      case "rejectLeg":
      case "dropLeg": {
        const { legId } = command;
        const cause =
          command.type === "dropLeg"
            ? command.cause
            : ({ reason: "rejected", sipStatus: command.sipStatus } as const);
        later(times().dropMs, () => {
          const leg = legs.get(legId);
          if (leg !== undefined) over(leg, cause);
        });
        return;
      }
      case "play":
        play(command);
        return;
      case "stopPlay": {
        const leg = legs.get(command.legId);
        if (leg?.play?.playId === command.playId) leg.play = null;
        return;
      }
      case "bridge":
        unbridge(command.bridgeId);
        bridges.set(command.bridgeId, command.legIds);
        for (const legId of command.legIds) {
          const leg = legs.get(legId);
          if (leg === undefined) continue;
          leg.bridgedTo = command.bridgeId;
          leg.play = null;
        }
        return;
      case "unbridge":
        unbridge(command.bridgeId);
        return;
      case "echo": {
        const leg = legs.get(command.legId);
        if (leg !== undefined) leg.echo = true;
        return;
      }
      case "sendDigits": {
        const leg = legs.get(command.legId);
        if (leg !== undefined) leg.digits += command.digits;
        return;
      }
      case "probeLeg": {
        const { legId } = command;
        later(times().dropMs, () => {
          const leg = legs.get(legId);
          if (leg !== undefined && gone.has(legId))
            over(leg, { reason: "legDead", sipStatus: 481 });
        });
        return;
      }
      case "startRecording":
        startRecording(command);
        return;
      case "stopRecording":
        endRecording(command.recordingId);
        return;
      default:
        return;
    }
  }

  function startRecording({
    recordingId,
    legId,
  }: Extract<Command, { type: "startRecording" }>): void {
    if (legs.has(legId)) {
      recordings.set(recordingId, legId);
      return;
    }
    const end = { outcome: "notStarted", durationMs: 0, bytes: 0, sha256: null } as const;
    later(1, () => post({ type: "recordingEnded", recordingId, file: null, end }));
  }

  return {
    legs,
    bridges,
    recordings,
    perform,
    arrive: (legId) => addLeg(legId, "caller", null),
    hangUp(legId, reason) {
      const leg = legs.get(legId);
      if (leg === undefined || gone.has(legId)) return;
      const unanswered = leg.role === "caller" ? "cancelled" : "rejected";
      const why = reason ?? (leg.state === "answered" ? "normal" : unanswered);
      over(leg, { reason: why, sipStatus: null });
    },
    losesBye(legId) {
      if (legs.get(legId)?.state === "answered") gone.add(legId);
    },
    isGone: (legId) => gone.has(legId),
    forget(legId) {
      const leg = legs.get(legId);
      legs.delete(legId);
      gone.delete(legId);
      for (const [id, recorded] of recordings) if (recorded === legId) endRecording(id);
      if (leg !== undefined && leg.bridgedTo !== null) unbridge(leg.bridgedTo);
    },
    hangUpLate(legId, lateMs) {
      const leg = legs.get(legId);
      if (leg?.state !== "answered" || gone.has(legId)) return;
      this.forget(legId);
      const cause = { reason: "normal", sipStatus: null } as const;
      later(lateMs, () => post({ type: "legReleased", legId, cause }));
    },
    answer(legId, lateMs = 0) {
      const leg = legs.get(legId);
      if (leg?.state !== "ringing") return false;
      leg.state = "answered";
      const report = () => post({ type: "legAnswered", legId, dialogRef: `dialog-${legId}` });
      if (lateMs === 0) report();
      else later(lateMs, report);
      return true;
    },
    engineDied() {
      for (const leg of [...legs.values()]) if (leg.state !== "answered") legs.delete(leg.legId);
    },
    restarts() {
      const lost = [...legs.values()];
      legs.clear();
      gone.clear();
      bridges.clear();
      for (const recordingId of [...recordings.keys()]) endRecording(recordingId);
      for (const { legId, state } of lost) {
        const type = state === "answered" ? "legReleased" : "legFailed";
        post({ type, legId, cause: { reason: "edgeLost", sipStatus: null } });
      }
    },
    inventory: () => ({
      liveLegs: [...legs.values()]
        .filter(({ state }) => state === "answered")
        .map(({ legId }) => legId),
      liveBridges: [...bridges].map(([bridgeId, legIds]) => ({ bridgeId, legIds })),
      livePlays: [...legs.values()].flatMap(({ play: playing }) =>
        playing === null ? [] : [playing.playId],
      ),
    }),
  };
}
