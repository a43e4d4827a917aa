// What a trunk's media are like, from the site file to the media server.
import type { LegId } from "../../core/ids.ts";
import type { G711Name, SrtpMode } from "../../wire/media-control.ts";
import type { MediaPort } from "../media/media-port.ts";

export type TrunkMedia = Readonly<{
  /** Whether its audio is encrypted, with keys in SDP. Default off. */
  srtp?: SrtpMode | undefined;
  /** Taken where offered and offered first. Default: its own order. */
  preferredCodec?: G711Name | undefined;
  /** `inband`: its digits are in the sound. Default `rfc4733`. */
  dtmf?: "rfc4733" | "inband" | undefined;
}>;

export const mediaOf = ({ srtp, preferredCodec, dtmf }: TrunkMedia): TrunkMedia => ({
  srtp,
  preferredCodec,
  dtmf,
});

/** What `createLeg` is told of a plain leg of the trunk. */
export function legTerms({ srtp = "off", preferredCodec }: TrunkMedia): Readonly<{
  srtp?: SrtpMode;
  preferredCodec?: G711Name;
}> {
  return {
    ...(srtp === "off" ? {} : { srtp }),
    ...(preferredCodec === undefined ? {} : { preferredCodec }),
  };
}

/**
 * Asks for what the leg's sound has to be listened to for: digits where the trunk has them there, and
 * `tones` of the network while it is dialled.
 */
export async function listenTo(
  media: MediaPort,
  leg: Readonly<{ legId: LegId; trunk: TrunkMedia; tones: boolean }>,
): Promise<void> {
  const { legId, trunk, tones } = leg;
  const inbandDigits = trunk.dtmf === "inband";
  await media.listenFor({ legId, inbandDigits, digitsHidden: false, tones });
}
