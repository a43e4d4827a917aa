// What the SIP edge counts: messages, drops, refusals by reason, tables, and channels of trunks.
import type { Registry } from "prom-client";
import type { EdgeStatus } from "../../wire/edge-operations.ts";
import { foldedCounter, foldedGauge, snakeCase } from "./folded.ts";

type Source = Readonly<{ edgeStatus: () => EdgeStatus | null }>;

/** Without an answer of the edge the families have no series; `acd_edge_up` says why. */
export function edgeMetrics(registry: Registry, { edgeStatus }: Source): void {
  const named = (counts: Readonly<Record<string, number>> | undefined, label: string) =>
    Object.entries(counts ?? {}).map(([name, value]) => ({
      labels: { [label]: snakeCase(name) },
      value,
    }));
  const trunks = () => edgeStatus()?.trunks ?? [];
  foldedCounter(registry, {
    name: "acd_sip_edge_events_total",
    help: "What the SIP edge met, drops and refusals among it, since the edge started",
    labels: ["event"],
    read: () => named(edgeStatus()?.counters, "event"),
  });
  foldedGauge(registry, {
    name: "acd_sip_edge_table_entries",
    help: "Sizes of the SIP edge's tables now",
    labels: ["table"],
    read: () => named(edgeStatus()?.tables, "table"),
  });
  foldedGauge(registry, {
    name: "acd_sip_edge_draining",
    help: "1 while the SIP edge refuses new calls because it is about to end",
    read: () => {
      const status = edgeStatus();
      return status === null ? [] : [{ labels: {}, value: status.draining ? 1 : 0 }];
    },
  });
  foldedGauge(registry, {
    name: "acd_sip_edge_trunk_channels",
    help: "Channels of a trunk in use at the SIP edge now",
    labels: ["trunk"],
    read: () => trunks().map(({ id, channels }) => ({ labels: { trunk: id }, value: channels })),
  });
  foldedCounter(registry, {
    name: "acd_sip_edge_trunk_refused_total",
    help: "New requests of a trunk that the SIP edge refused with 503, by reason",
    labels: ["trunk", "reason"],
    read: () =>
      trunks().flatMap(({ id, refusedRate, refusedChannels }) => [
        { labels: { trunk: id, reason: "rate" }, value: refusedRate },
        { labels: { trunk: id, reason: "channels" }, value: refusedChannels },
      ]),
  });
}
