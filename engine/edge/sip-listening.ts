// What a configuration file asks of the SIP part: listening points and limits.
import type { EdgeConfig } from "../wire/edge-config.ts";
import type { SipLimits, SipOptions } from "./sip/start.ts";
import type { ListeningPoint } from "./sip/transport/listeners.ts";

export function sipListening(
  sip: EdgeConfig["sip"],
): Pick<SipOptions, "points" | "limits" | "trunks" | "trace" | "tls"> {
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
  const set = Object.entries(sip.limits ?? {}).filter(([, value]) => value !== undefined);
  const limits: Partial<SipLimits> = Object.fromEntries(set);
  const trunks = sip.trunks ?? [];
  const common = {
    points,
    limits,
    trunks,
    ...(sip.trace === undefined ? {} : { trace: sip.trace }),
  };
  if (sip.tls === undefined) return common;
  const { keyFile, certFile, chainFile = null, caFile = null } = sip.tls;
  return { ...common, tls: { keyFile, certFile, chainFile, caFile } };
}
