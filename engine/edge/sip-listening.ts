// The listening points that a configuration file asks for.
import type { EdgeConfig } from "../wire/edge-config.ts";
import type { ListeningPoint } from "./sip/transport/listeners.ts";
import type { TlsFiles } from "./sip/transport/tls-files.ts";

export function sipListening(sip: EdgeConfig["sip"]): {
  points: ListeningPoint[];
  tls?: TlsFiles;
} {
  const advertise = sip.advertiseHost ?? null;
  const points: ListeningPoint[] = [
    { host: sip.host, port: sip.port, protocols: ["udp", "tcp"], advertise },
    ...(sip.listeners ?? []).map(({ host, port, protocols, advertiseHost }) => ({
      host,
      port,
      protocols,
      advertise: advertiseHost ?? advertise,
    })),
  ];
  if (sip.tls === undefined) return { points };
  const { keyFile, certFile, chainFile = null, caFile = null } = sip.tls;
  return { points, tls: { keyFile, certFile, chainFile, caFile } };
}
