// Where a trunk leads, as its own part of the site file says.
import type { TrunkId } from "../../core/ids.ts";
import type { TrunkCredentials } from "./digest-answer.ts";
import type { TrunkMedia } from "./trunk-media.ts";

/** Where a trunk takes calls to numbers. */
export type TrunkTarget = Readonly<{
  host: string;
  port: number;
  transport: "udp" | "tcp";
  /** For its challenges; sent nowhere else. */
  credentials?: TrunkCredentials | undefined;
  media?: TrunkMedia;
  /** It is asked with OPTIONS so often; null or absent: never. */
  optionsSeconds?: number | null | undefined;
  /** It wants us to register, with `credentials`. */
  register?: TrunkRegister | undefined;
}>;

export type TrunkRegister = Readonly<{
  /** Asked for; the registrar may grant less. */
  expiresSeconds: number;
  /** Host of our address there; null: the trunk's own host. */
  domain: string | null;
}>;

export type OutboundTrunk = Readonly<{ id: TrunkId; outbound?: TrunkTarget | undefined }>;

/** Somebody tells whether this trunk works. */
export const isWatched = ({ outbound }: OutboundTrunk): boolean =>
  (outbound?.optionsSeconds ?? null) !== null || outbound?.register !== undefined;

/** `user` null: the peer itself. */
export function trunkUri({ host, port, transport }: TrunkTarget, user: string | null): string {
  const shown = host.includes(":") ? `[${host}]` : host;
  const tail = transport === "tcp" ? ";transport=tcp" : "";
  return `sip:${user === null ? "" : `${user}@`}${shown}:${port}${tail}`;
}
