// How well legs are heard, for the core: told when it changes what a person would notice, not every
// five seconds.
import type { LegQuality } from "../../core/event.ts";
import type { MediaQuality } from "../media/media-port.ts";
import type { Leg, QualityBand } from "./leg-table.ts";
import type { Parts } from "./parts.ts";

export function onLegQuality(parts: Parts, leg: Leg | undefined, heard: MediaQuality): void {
  if (leg === undefined || leg.dropping !== null) return;
  const band = bandOf(heard);
  if (band === leg.qualityBand) return;
  leg.qualityBand = band;
  const { packetsIn, packetsLost, mos, jitterMs, roundTripMs, oneWay } = heard;
  const lossShare = packetsLost / Math.max(1, packetsIn + packetsLost);
  const quality: LegQuality = {
    mos,
    lossShare: Math.round(lossShare * 1_000) / 1_000,
    jitterMs,
    roundTripMs,
    oneWay,
  };
  parts.post({ type: "legQualityChanged", legId: leg.legId, quality });
}

/** Marks of ITU-T G.109: users satisfied, some dissatisfied, many dissatisfied. */
function bandOf({ mos, oneWay }: MediaQuality): QualityBand {
  if (oneWay || mos === null) return "oneWay";
  if (mos >= 4) return "good";
  return mos >= 3.6 ? "fair" : "poor";
}
