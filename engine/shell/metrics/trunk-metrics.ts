// Trunks: channels, whether they work, what became of calls over them, registrations.
import type { Registry } from "prom-client";
import type { Centre } from "../../core/centre.ts";
import { foldedCounter, foldedGauge } from "./folded.ts";

/** What is known of one trunk's peer. */
export type TrunkPeer = Readonly<{
  trunkId: string;
  registration: Readonly<{ isRegistered: boolean; failures: number }> | null;
}>;

type Sources = Readonly<{ centre: () => Centre; trunkPeers: () => readonly TrunkPeer[] }>;

/** Labels are ids of trunks and the causes of one table (Q.850, `answered`, `other`). */
export function trunkMetrics(registry: Registry, { centre, trunkPeers }: Sources): void {
  foldedGauge(registry, {
    name: "acd_trunk_channels",
    help: "Channels of a trunk now, by state",
    labels: ["trunk", "state"],
    read: () =>
      centre().config.trunks.flatMap(({ id, channelsMax }) => {
        const busy = centre().trunkCalls.get(id) ?? 0;
        return [
          { labels: { trunk: id, state: "busy" }, value: busy },
          { labels: { trunk: id, state: "free" }, value: Math.max(0, channelsMax - busy) },
        ];
      }),
  });
  foldedGauge(registry, {
    name: "acd_trunk_up",
    help: "1 while calls out may go over a trunk, 0 while it does not answer OPTIONS or is not registered with",
    labels: ["trunk"],
    read: () =>
      centre().config.trunks.map(({ id }) => ({
        labels: { trunk: id },
        value: centre().trunksDown.has(id) ? 0 : 1,
      })),
  });
  foldedCounter(registry, {
    name: "acd_trunk_attempts_total",
    help: "INVITEs out over a trunk that came to their end: answered, or by Q.850 cause",
    labels: ["trunk", "cause"],
    read: () =>
      [...centre().stats.trunks].flatMap(([trunk, { answered, failed }]) => [
        { labels: { trunk, cause: "answered" }, value: answered },
        ...[...failed].map(([cause, value]) => ({ labels: { trunk, cause }, value })),
      ]),
  });
  foldedCounter(registry, {
    name: "acd_trunks_busy_total",
    help: "Calls out that were not begun: every trunk was full (no_line), or none worked (no_trunk)",
    labels: ["reason"],
    read: () => {
      const { noLine, noTrunk } = centre().stats.totals.trunksBusy;
      return [
        { labels: { reason: "no_line" }, value: noLine },
        { labels: { reason: "no_trunk" }, value: noTrunk },
      ];
    },
  });
  foldedGauge(registry, {
    name: "acd_trunk_registered",
    help: "1 while we are registered with a trunk that wants it",
    labels: ["trunk"],
    read: () =>
      trunkPeers().flatMap(({ trunkId, registration }) =>
        registration === null
          ? []
          : [{ labels: { trunk: trunkId }, value: registration.isRegistered ? 1 : 0 }],
      ),
  });
  foldedGauge(registry, {
    name: "acd_trunk_register_failures",
    help: "Tries in a row that a trunk did not register us",
    labels: ["trunk"],
    read: () =>
      trunkPeers().flatMap(({ trunkId, registration }) =>
        registration === null ? [] : [{ labels: { trunk: trunkId }, value: registration.failures }],
      ),
  });
}
