// How well one leg is heard: counts of the last interval and the mark that a listener would give.
import type { MediaMessage } from "../../../wire/media-control.ts";

import type { PeerView } from "./rtcp-reporter.ts";

export type LegQuality = Omit<Extract<MediaMessage, { type: "legQuality" }>, "type" | "legId">;

export interface LegCounters {
  packetsIn: number;
  packetsLost: number;
  packetsOut: number;
  jitterMs: number;
  /** It ought to send: it may, and it is joined with somebody. */
  shouldSend: boolean;
  /** What the far side says of our stream; null while it does not report. */
  peer: PeerView | null;
}

export const qualityIntervalMs = 5000;

/** Turns running counters into figures per interval. */
export class QualityWatch {
  private before = { packetsIn: 0, packetsLost: 0, packetsOut: 0 };
  private shouldHaveSent = false;

  /** Call once an interval. Null when there is nothing to tell. */
  look(now: LegCounters): LegQuality | null {
    const { before } = this;
    const packetsIn = now.packetsIn - before.packetsIn;
    // Late packets take back losses of the interval before.
    const packetsLost = Math.max(0, now.packetsLost - before.packetsLost);
    const packetsOut = now.packetsOut - before.packetsOut;
    this.before = {
      packetsIn: now.packetsIn,
      packetsLost: now.packetsLost,
      packetsOut: now.packetsOut,
    };
    // Joined for the whole interval: the first packets may take a while.
    const oneWay = this.shouldHaveSent && now.shouldSend && packetsIn === 0 && packetsOut > 0;
    this.shouldHaveSent = now.shouldSend;
    if (packetsIn === 0 && !oneWay) return null;
    const jitterMs = tenths(now.jitterMs);
    const lossShare = packetsLost / Math.max(1, packetsIn + packetsLost);
    const roundTripMs = now.peer?.roundTripMs ?? null;
    const mos = packetsIn === 0 ? null : estimateMos({ lossShare, jitterMs, roundTripMs });
    const peer =
      now.peer === null
        ? null
        : {
            lossShare: Math.round(now.peer.lossShare * 1000) / 1000,
            jitterMs: tenths(now.peer.jitterMs),
          };
    return { packetsIn, packetsLost, packetsOut, jitterMs, mos, oneWay, roundTripMs, peer };
  }
}

/**
 * Mean opinion score, 1 to 4.5, by the E-model (ITU-T G.107) for G.711 with concealment of random
 * loss. Delay counts as a jitter buffer of twice the jitter and half the round trip; while that is not
 * known, a path of 50 ms.
 */
export function estimateMos(heard: {
  lossShare: number;
  jitterMs: number;
  roundTripMs: number | null;
}): number {
  const lossPercent = heard.lossShare * 100;
  const pathMs = heard.roundTripMs === null ? unknownPathMs : heard.roundTripMs / 2;
  const delayMs = pathMs + frameMs + 2 * heard.jitterMs;
  const delayImpairment = 0.024 * delayMs + 0.11 * Math.max(0, delayMs - 177.3);
  const lossImpairment = (95 * lossPercent) / (lossPercent + lossRobustness);
  const rating = Math.max(0, Math.min(100, 93.2 - delayImpairment - lossImpairment));
  const mos = 1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 7e-6;
  return Math.round(Math.max(1, mos) * 100) / 100;
}

const tenths = (value: number): number => Math.round(value * 10) / 10;

const unknownPathMs = 50;
const frameMs = 20;
/** Bpl of G.711 with packet loss concealment (ITU-T G.113 appendix I). */
const lossRobustness = 25.1;
