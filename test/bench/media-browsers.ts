// WebRTC far sides of `npm run bench -- media` in a process of their own: libdatachannel's peers, as
// browsers would cost too much to be 100 of.
import { Child } from "./child.ts";

export type BrowsersOrder =
  | { type: "connect"; sdpOffers: readonly string[] }
  | { type: "talk" }
  | { type: "measure" }
  | { type: "report" }
  | { type: "clear" };

export interface BrowsersReport {
  connected: number;
  packets: number;
}

export interface MediaBrowsers {
  /** A new peer for each offer, all at once; resolves with their answers. */
  answer(sdpOffers: readonly string[]): Promise<string[]>;
  /** All connected peers talk from now on. */
  talk(): void;
  measure(): void;
  report(): Promise<BrowsersReport>;
  clear(): void;
  close(): Promise<void>;
}

export async function startMediaBrowsers(): Promise<MediaBrowsers> {
  const { child } = await Child.start<"ready">("./media-browsers-process.js");
  const ask = <Answer>(message: BrowsersOrder): Promise<Answer> => child.ask<Answer>(message);
  const order = (message: BrowsersOrder): void => child.order(message);
  return {
    answer: (sdpOffers) => ask<string[]>({ type: "connect", sdpOffers }),
    talk: () => order({ type: "talk" }),
    measure: () => order({ type: "measure" }),
    report: () => ask<BrowsersReport>({ type: "report" }),
    clear: () => order({ type: "clear" }),
    close: () => child.stop(),
  };
}
