// The far sides of `npm run bench -- media`, in a process of their own: they talk to many legs of the
// media server and time what comes back.
import { Child } from "./child.ts";

export type LoadOrder =
  | { type: "aim"; legs: readonly { index: number; port: number }[]; talks: boolean }
  | { type: "measure" }
  | { type: "report" }
  | { type: "clear" };

/** Between two packets of one leg, in milliseconds as seen there: an upper bound. */
export interface LoadReport {
  packets: number;
  lost: number;
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
  /** When each leg's first packet came, in epoch milliseconds; by the server's port. */
  firstAt: ReadonlyMap<number, number>;
}

export interface MediaLoad {
  /** The port that the far side of leg `index` listens on. */
  portOf(index: number): number;
  /** Begins to hear, and to talk to, these ports of the media server. */
  aim(legs: readonly { index: number; port: number }[], options: { talks: boolean }): void;
  /** Forgets what was counted. */
  measure(): void;
  report(): Promise<LoadReport>;
  /** Hangs up. */
  clear(): void;
  close(): Promise<void>;
}

export async function startMediaLoad(): Promise<MediaLoad> {
  const { child, ready: ports } = await Child.start<number[]>("./media-load-process.js");
  const order = (message: LoadOrder): void => child.order(message);
  return {
    portOf: (index) => ports[index % ports.length] ?? 0,
    aim: (legs, { talks }) => order({ type: "aim", legs, talks }),
    measure: () => order({ type: "measure" }),
    report: () => child.ask<LoadReport>({ type: "report" } satisfies LoadOrder),
    clear: () => order({ type: "clear" }),
    close: () => child.stop(),
  };
}
