// Unsolicited BYEs: what ended while nobody was listening waits here for the next application.
import type { AppClient } from "../app/app-client.ts";
import type { Timers } from "../transaction/timers.ts";
import type { Flow } from "../transport/flow.ts";
import { deliverUnsolicited } from "./app-messages.ts";

export interface EndReport {
  dialogId: string;
  /** The BYE. */
  text: string;
  flow: Flow;
}

const reportsMax = 10_000;
const keepMs = 10 * 60_000;

export class Reports {
  readonly #timers: Timers;
  readonly #waiting: { report: EndReport; atMs: number }[] = [];

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Tells the owner, or keeps the report for the next application. */
  send(owner: AppClient | null, report: EndReport): void {
    if (owner?.open) {
      deliverUnsolicited(owner, { ...report, size: Buffer.byteLength(report.text, "utf8") });
      return;
    }
    if (this.#waiting.length >= reportsMax) this.#waiting.shift();
    this.#waiting.push({ report, atMs: this.#timers.nowMs() });
  }

  /** Hands everything that is not too old to an application. */
  flush(client: AppClient): void {
    const oldest = this.#timers.nowMs() - keepMs;
    for (const { report, atMs } of this.#waiting.splice(0)) {
      if (atMs >= oldest) this.send(client, report);
    }
  }

  /** Drops what is too old. */
  sweep(): void {
    const oldest = this.#timers.nowMs() - keepMs;
    while (this.#waiting[0] !== undefined && this.#waiting[0].atMs < oldest) this.#waiting.shift();
  }
}
