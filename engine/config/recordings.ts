// Where and how a site's recordings are kept.
import { join, resolve } from "node:path";
import type { EdgeConfig } from "../wire/edge-config.ts";
import type { LoadedSite } from "./site.ts";

/** Null for a site that records nothing. */
export function recordingSettings({
  site,
  dataDir,
}: LoadedSite): EdgeConfig["media"]["recordings"] | null {
  if (site.recording === undefined) return null;
  const { dir, freeMegabytesMin, key } = site.recording;
  return {
    dir: resolve(dir ?? join(dataDir, "recordings")),
    freeBytesMin: freeMegabytesMin * 1_048_576,
    ...(key === undefined ? {} : { key: { id: key.id, file: resolve(key.file) } }),
  };
}
