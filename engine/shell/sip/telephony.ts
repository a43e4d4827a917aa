// Telephony: the SIP edge and the media server on one side, events and commands on the other.
// Puts the parts of this folder together and decides nothing about calls.
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Logger } from "pino";
import type { Command } from "../../core/command.ts";
import type { CentreEvent } from "../../core/event.ts";
import type { AgentId, CallId, LegId, Ms, TrunkId } from "../../core/ids.ts";
import type { DetectedTone, MediaPort } from "../media/media-port.ts";
import type {
  CommandPerformer,
  EdgeInventory,
  EngineClock,
  EventSink,
  RememberedLeg,
  SipCredentials,
} from "../ports.ts";
import { createAdmission } from "./admission.ts";
import { ringAgentLeg } from "./agent-leg.ts";
import { createCounters, type TelephonyCounters } from "./counters.ts";
import { createEdgeLink, type EdgeAddress, type EdgeLink } from "./edge-link.ts";
import { answerLeg, rejectLeg } from "./inbound.ts";
import { dropLeg, endLeg, hangUp } from "./leg-end.ts";
import { onLegQuality } from "./leg-quality.ts";
import { type Leg, LegTable } from "./leg-table.ts";
import { bridge, echo, play, sendDigits, stopPlay, unbridge } from "./media-commands.ts";
import type { Parts } from "./parts.ts";
import { probeLeg } from "./probe-leg.ts";
import { performRecording, tellRecordings } from "./recording-commands.ts";
import { releaseUnknownCalls, restoreLegs, takeInventory } from "./recovery.ts";
import { createRegistrar, type DeviceKind } from "./registrar.ts";
import { onRequest } from "./requests.ts";
import { createTrunkEntry } from "./trunk-entry.ts";
import { dialLeg } from "./trunk-leg.ts";
import { mediaOf } from "./trunk-media.ts";
import { createTrunkPeers, type TrunkPeerState } from "./trunk-peers.ts";
import type { TrunkSource } from "./trunk-sources.ts";
import type { OutboundTrunk, TrunkTarget } from "./trunk-target.ts";

/** What a new site file may change while calls stand. */
type TelephonySettings = Readonly<{
  trunks: readonly (TrunkSource & OutboundTrunk)[];
  callsPerSecondMax: number;
}>;

export type TelephonyOptions = TelephonySettings &
  Readonly<{
    sink: EventSink;
    clock: EngineClock;
    log: Logger;
    /** The SIP edge's listener for applications. */
    drachtio: EdgeAddress;
    media: MediaPort;
    realm: string;
    credentials: SipCredentials;
    /** Who may register, and as what; null for who is no agent. */
    deviceOf(agentId: AgentId): DeviceKind | null;
    /** Ids of new calls: unique over restarts, without `.`. */
    newId(): CallId;
    /** Where a call's recording goes, below the folder of recordings; ends in `.wav`. */
    recordingFile(callId: CallId, startedAtMs: Ms): string;
    /** Legs at once, callers and agents together. */
    legsMax?: number;
    /** Delay of this process's event loop from which new calls are refused. */
    loopDelayMsMax?: number;
  }>;

type TelephonyState = Readonly<{
  connected: boolean;
  mediaUp: boolean;
  registrations: number;
  legs: number;
  trunkPeers: readonly TrunkPeerState[];
}>;

export type Telephony = CommandPerformer &
  Readonly<{
    /** Dials edge and media server for ever; resolves when both are there for the first time. */
    start(): Promise<void>;
    /**
     * Instead of `start` in an engine that found a journal: takes over the calls of before. Events
     * that come meanwhile are posted one turn of the event loop after the result, so post
     * `engineRestarted` at once.
     */
    recover(legs: readonly RememberedLeg[]): Promise<EdgeInventory>;
    configure(settings: TelephonySettings): void;
    counters: Readonly<TelephonyCounters>;
    state(): TelephonyState;
    /** Calls stay with the edge. */
    close(): Promise<void>;
  }>;

export function createTelephony(options: TelephonyOptions): Telephony {
  return createTelephonyOver(createEdgeLink(options.drachtio, options.log), options);
}

/** For an edge that is not reached over drachtio-srf. */
export function createTelephonyOver(
  edge: EdgeLink,
  options: Omit<TelephonyOptions, "drachtio">,
): Telephony {
  const { sink, clock, log, media } = options;
  const counters = createCounters();
  const outbox = createOutbox(sink);
  const legs = new LegTable();
  const { recordingFile } = options;
  const parts: Parts = {
    edge,
    media,
    legs,
    clock,
    log,
    counters,
    post: outbox.post,
    recordingFile,
    recordingsAsked: new Set(),
  };
  const registrar = createRegistrar({ ...options, counters, post: outbox.post });
  const loopDelay = createLoopDelay();
  const sweeping = setInterval(() => registrar.sweep(), registrarSweepMs);
  sweeping.unref();
  const admission = createAdmission({
    callsPerSecondMax: options.callsPerSecondMax,
    legsMax: options.legsMax ?? legsMaxDefault,
    loopDelayMsMax: options.loopDelayMsMax ?? loopDelayMsMaxDefault,
  });
  const trunks = createTrunks(options, edge, outbox.post);
  const policy = {
    admission,
    trunks: trunks.entry,
    devices: registrar,
    loopDelayMs: loopDelay.ms,
    newId: options.newId,
  };
  const routes = { policy, registrar };
  let opened: Promise<void> | null = null;

  function open(): Promise<void> {
    opened ??= new Promise((resolve) => {
      const check = () => {
        if (edge.isUp() && media.isUp()) resolve();
      };
      media.open({
        digit: (legId, digit) => onLegEvent(parts, { type: "digitPressed", legId, digit }),
        toneDetected: (legId, tone) => onTone(parts, legId, tone),
        playFinished: (legId, playId, outcome) =>
          onLegEvent(parts, { type: "playFinished", legId, playId, outcome }),
        legMedia: (legId, state) =>
          onLegEvent(parts, { type: "legMediaChanged", legId, media: state }),
        legQuality: (legId, quality) => onLegQuality(parts, parts.legs.get(legId), quality),
        recordingEnded: (ended) => parts.post({ type: "recordingEnded", ...ended }),
        recordingTrouble: (trouble) => parts.post({ type: "recordingTrouble", ...trouble }),
        up: ({ replaced }) => {
          if (replaced) loseLegs(parts);
          void tellRecordings(parts);
          check();
        },
        down: () => {},
      });
      edge.open({
        onRequest: (req, res) => onRequest(parts, routes, { req, res }),
        onUp: () => {
          void releaseUnknownCalls(parts);
          trunks.peers.start();
          check();
        },
        onDown: () => loseTransactions(parts),
      });
    });
    return opened;
  }

  return {
    start: open,
    async recover(remembered) {
      outbox.hold();
      restoreLegs(parts, remembered);
      await open();
      const inventory = await takeInventory(parts);
      setImmediate(() => outbox.release());
      return inventory;
    },
    perform(command) {
      try {
        if (command.type === "dialLeg") {
          dialLeg(parts, command, trunks.targetOf);
        } else performCommand(parts, command, registrar.forget);
      } catch (error) {
        counters.commandsIgnored += 1;
        log.error({ err: error, command: command.type }, "a command could not be performed");
      }
    },
    configure(settings) {
      trunks.configure(settings.trunks);
      admission.configure(settings);
    },
    counters,
    state: () => ({
      connected: edge.isUp(),
      mediaUp: media.isUp(),
      registrations: registrar.count(),
      legs: legs.size,
      trunkPeers: trunks.peers.state(),
    }),
    async close() {
      loopDelay.stop();
      clearInterval(sweeping);
      trunks.peers.close();
      await Promise.all([edge.close(), media.close()]);
    },
  };
}

/** All that the site file says of trunks: who may come in, where they lead, who is there. */
function createTrunks(
  options: Omit<TelephonyOptions, "drachtio">,
  edge: EdgeLink,
  post: (event: CentreEvent) => void,
) {
  const { log, trunks } = options;
  const onBadEntry = (trunkId: string, source: string) =>
    log.error({ trunkId, entry: source }, "a trunk's source is no address");
  const entry = createTrunkEntry({ ...options, onBadEntry });
  const peers = createTrunkPeers({ trunks, edge, log, post });
  let targets = targetsOf(trunks);
  return {
    entry,
    peers,
    targetOf: (trunkId: TrunkId) => targets.get(trunkId) ?? null,
    configure(changed: TelephonySettings["trunks"]): void {
      entry.configure(changed);
      peers.configure(changed);
      targets = targetsOf(changed);
    },
  };
}

function targetsOf(trunks: TelephonySettings["trunks"]): ReadonlyMap<TrunkId, TrunkTarget> {
  return new Map(
    trunks.flatMap((trunk) =>
      trunk.outbound === undefined
        ? []
        : [[trunk.id, { ...trunk.outbound, media: mediaOf(trunk) }]],
    ),
  );
}

function performCommand(
  parts: Parts,
  command: Exclude<Command, { type: "dialLeg" }>,
  onGone: (agentId: AgentId, target: string) => void,
): void {
  switch (command.type) {
    case "ringAgentLeg":
      ringAgentLeg(parts, command, onGone);
      return;
    case "bridge": {
      const legs = command.legIds.flatMap((legId) => parts.legs.get(legId) ?? []);
      bridge(parts, legs, command);
      return;
    }
    case "unbridge":
      unbridge(parts, command.bridgeId);
      return;
    case "startRecording":
    case "pauseRecording":
    case "resumeRecording":
      performRecording(parts, parts.legs.get(command.legId), command);
      return;
    case "stopRecording":
    case "forgetRecording":
      performRecording(parts, undefined, command);
      return;
    // Not of a leg.
    case "lookUp":
    case "popScreen":
    case "replyToDesk":
      return;
    default: {
      const leg = parts.legs.get(command.legId);
      if (leg === undefined) parts.counters.commandsIgnored += 1;
      else performOnLeg(parts, leg, command);
    }
  }
}

type LegCommand = Exclude<
  Extract<Command, { legId: string }>,
  {
    type:
      | "ringAgentLeg"
      | "dialLeg"
      | "startRecording"
      | "pauseRecording"
      | "resumeRecording"
      | "popScreen"
      | "replyToDesk";
  }
>;

function performOnLeg(parts: Parts, leg: Leg, command: LegCommand): void {
  switch (command.type) {
    case "rejectLeg":
      rejectLeg(parts, leg, command);
      return;
    case "answerLeg":
      answerLeg(parts, leg);
      return;
    case "dropLeg":
      dropLeg(parts, leg, command.cause);
      return;
    case "play":
      play(parts, leg, command);
      return;
    case "stopPlay":
      stopPlay(parts, leg, command.playId);
      return;
    case "echo":
      echo(parts, leg);
      return;
    case "sendDigits":
      sendDigits(parts, leg, command.digits);
      return;
    case "probeLeg":
      void probeLeg(parts, leg);
      return;
  }
}

type LegEvent = Extract<
  CentreEvent,
  { type: "digitPressed" | "legToneHeard" | "playFinished" | "legMediaChanged" }
>;

/** After the answer, and of machines, tones are nobody's concern. */
function onTone(parts: Parts, legId: LegId, tone: DetectedTone): void {
  if (tone === "beep" || tone === "silence") return;
  if (parts.legs.get(legId)?.state.kind !== "inviting") return;
  onLegEvent(parts, { type: "legToneHeard", legId, tone });
}

/** Late words of the media server about a leg that is over are no news. */
function onLegEvent(parts: Parts, event: LegEvent): void {
  if (parts.legs.get(event.legId)?.dropping === null) parts.post(event);
}

/** The media server that held all legs is gone; the SIP sides that are still there end too. */
function loseLegs(parts: Parts): void {
  const cause = { reason: "edgeLost", sipStatus: null } as const;
  for (const leg of parts.legs.all()) {
    // A caller who has no media leg yet lost nothing.
    if (leg.state.kind === "arrived" || leg.state.kind === "preparing") continue;
    parts.counters.legsLost += 1;
    if (leg.state.kind === "inviting") leg.state.sent.cancel("SIP;cause=500");
    hangUp(parts, leg, cause);
  }
}

/** The link to the SIP edge broke: what had no final response yet will not be heard of again. */
function loseTransactions(parts: Parts): void {
  const cause = { reason: "edgeLost", sipStatus: null } as const;
  for (const leg of parts.legs.all()) {
    if (leg.state.kind === "talking") continue;
    parts.counters.legsLost += 1;
    endLeg(parts, leg, cause);
  }
}

/** Events wait here while calls of before are taken over. */
function createOutbox(sink: EventSink) {
  let held: CentreEvent[] | null = null;
  return {
    post(event: CentreEvent): void {
      if (held === null) sink.post(event);
      else if (held.length < heldEventsMax) held.push(event);
    },
    hold(): void {
      held ??= [];
    },
    release(): void {
      const events = held ?? [];
      held = null;
      for (const event of events) sink.post(event);
    },
  };
}

/** Recent delay of the event loop: the 90th percentile of the last sample. */
function createLoopDelay() {
  const histogram = monitorEventLoopDelay({ resolution: loopDelayResolutionMs });
  let delayMs = 0;
  let lastMs = 0;
  histogram.enable();
  const timer = setInterval(() => {
    const measuredMs = histogram.percentile(90) / 1e6 - loopDelayResolutionMs;
    const nowMs = Number.isFinite(measuredMs) ? Math.max(0, measuredMs) : 0;
    // One pause (compiling, collecting garbage) is no overload: two windows in a row are.
    delayMs = Math.min(lastMs, nowMs);
    lastMs = nowMs;
    histogram.reset();
  }, loopDelaySampleMs);
  timer.unref();
  return {
    ms: () => delayMs,
    stop(): void {
      clearInterval(timer);
      histogram.disable();
    },
  };
}

const legsMaxDefault = 10_000;
const registrarSweepMs = 5_000;
const loopDelayMsMaxDefault = 250;
const loopDelayResolutionMs = 20;
const loopDelaySampleMs = 500;
const heldEventsMax = 50_000;
