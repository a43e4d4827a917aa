// The centre as JSON and back. Maps become tagged lists; everything else in the state is JSON already.
import { migratedVersions, migrateSnapshot } from "./snapshot-migration.ts";
import type { Centre } from "./state.ts";

/** Raised with every change of the state's shape, together with its migration. */
const snapshotVersion = 13;

/** The snapshot cannot be used: another version, or not a snapshot at all. */
export class SnapshotError extends Error {
  override readonly name = "SnapshotError";
}

export const encodeCentre = (centre: Centre): unknown => ({
  rexianCentre: snapshotVersion,
  centre: encode(centre),
});

/** Throws {@link SnapshotError} for a version or shape that this engine cannot read. */
export function decodeCentre(json: unknown): Centre {
  if (!isRecord(json) || !("rexianCentre" in json)) throw new SnapshotError("not a snapshot");
  const { rexianCentre: version, centre } = json as { rexianCentre: unknown; centre: unknown };
  const isOlder = migratedVersions.some((older) => older === version);
  if (version !== snapshotVersion && !isOlder) {
    throw new SnapshotError(
      `snapshot version ${String(version)}, this engine reads ${snapshotVersion}`,
    );
  }
  const decoded = decode(centre);
  if (isOlder && isRecord(decoded)) migrateSnapshot(decoded);
  if (!isRecord(decoded) || !stateKeys.every((key) => key in decoded)) {
    throw new SnapshotError("incomplete snapshot");
  }
  return decoded as Centre;
}

const mapKey = "$map";

function encode(value: unknown): unknown {
  if (value instanceof Map)
    return { [mapKey]: [...value].map(([key, item]) => [key, encode(item)]) };
  if (Array.isArray(value)) return value.map(encode);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, encode(item)]));
}

function decode(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(decode);
  if (!isRecord(value)) return value;
  const entries: unknown = Object.hasOwn(value, mapKey) ? value[mapKey] : undefined;
  if (Array.isArray(entries)) {
    return new Map(
      entries.map((entry: unknown): [unknown, unknown] => {
        if (!Array.isArray(entry)) throw new SnapshotError("broken map");
        return [entry[0], decode(entry[1])];
      }),
    );
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, decode(item)]));
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;

const stateKeys: readonly (keyof Centre)[] = [
  "config",
  "calendars",
  "factSeq",
  "sequence",
  "nowMs",
  "calls",
  "legs",
  "droppedLegs",
  "agents",
  "watchers",
  "queues",
  "hasRetiredQueues",
  "reserves",
  "recordings",
  "callbacks",
  "lastAgents",
  "flows",
  "trunkCalls",
  "trunksDown",
  "deadlines",
  "stats",
];
