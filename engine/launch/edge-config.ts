// What the site file says to the edge.
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { recordingSettings } from "../config/recordings.ts";
import type { LoadedSite } from "../config/site.ts";
import { type TlsPaths, tlsPaths } from "../config/tls-paths.ts";
import type { EdgeConfig } from "../wire/edge-config.ts";
import { operationsSocketName } from "../wire/edge-operations.ts";

/** Makes new secrets for the edge's listeners. Throws `SiteError` when a certificate is unfit. */
export function edgeConfigOf(loaded: LoadedSite, runDir: string): EdgeConfig {
  const { site } = loaded;
  const recordings = recordingSettings(loaded);
  return {
    dataDir: loaded.dataDir,
    operationsSocket: join(runDir, operationsSocketName),
    logLevel: loaded.logLevel,
    sip: sipOf(loaded),
    front: {
      host: site.http.host,
      port: site.http.port,
      engineSocket: join(runDir, "engine-http.sock"),
      origins: site.http.origins,
    },
    media: {
      host: site.sip.host,
      publicHost: site.media.publicHost,
      rtpPortMin: site.media.rtpPortMin,
      rtpPortMax: site.media.rtpPortMax,
      webrtcPort: site.media.webrtcPort,
      controlPort: 0,
      controlSecret: newSecret(),
      promptsDir: loaded.promptsDir,
      toneCountry: site.media.toneCountry,
      silentMs: site.media.silentAfterSeconds * 1000,
      legsMax: site.limits.callsMax * 2 + 100,
      ownerlessMs: site.media.releaseAfterSeconds * 1000,
      ...(recordings === null ? {} : { recordings }),
    },
  };
}

function sipOf(loaded: LoadedSite): EdgeConfig["sip"] {
  const { sip, trunks } = loaded.site;
  const tls = tlsPaths(loaded);
  return {
    host: sip.host,
    port: sip.port,
    appPort: 0,
    appSecret: newSecret(),
    orphanMs: 10_000,
    ...advertised(sip.advertiseHost),
    listeners: sip.listeners.map(({ host, port, protocols, advertiseHost }) => ({
      host,
      port,
      protocols,
      ...advertised(advertiseHost),
    })),
    limits: sip.limits,
    trace: {
      messagesMax: sip.trace.messagesMax,
      bytesMax: Math.floor(sip.trace.megabytesMax * 1_048_576),
    },
    trunks: trunks.map(({ id, sources, protocols, channelsMax, callsPerSecondMax }) => ({
      id,
      sources,
      protocols,
      channelsMax,
      callsPerSecondMax,
    })),
    ...(tls === null ? {} : { tls: present(tls) }),
  };
}

function present({ keyFile, certFile, chainFile, caFile }: TlsPaths) {
  return {
    keyFile,
    certFile,
    ...(chainFile === null ? {} : { chainFile }),
    ...(caFile === null ? {} : { caFile }),
  };
}

const advertised = (advertiseHost: string | null) =>
  advertiseHost === null ? {} : { advertiseHost };

const newSecret = () => randomBytes(24).toString("base64url");
