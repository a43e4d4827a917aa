// The callers of a soak: each plays its kind, and reports whether it got what it called for.
import type { CallEnd } from "../../engine/demo/peer/call.ts";
import { toneClip } from "../../engine/demo/peer/clip.ts";
import type { MediaClock } from "../../engine/demo/peer/media-clock.ts";
import { PhoneCall } from "../../engine/demo/peer/phone-call.ts";
import type { Destination } from "../../engine/demo/peer/sip-lite.ts";
import type { SipPeer } from "../../engine/demo/peer/sip-peer.ts";
import type { HeardWindow } from "../../engine/demo/peer/tone.ts";
import { isAgentTone } from "../../engine/demo/tones.ts";
import { type CallerKind, callerKinds, callerNumber, toneOfSlot } from "./kinds.ts";

/** Without an agent's voice by then the call counts as lost. */
const patienceMs = 45_000;
const redialMs = 1_000;
/** A centre whose engine died is back within this; the caller tries again until then. */
const redialsMax = 15;
/** So many windows of 100 ms with a tone are no seam between two sounds. */
const sureWindows = 2;

export type CallReport = Readonly<{
  kind: string;
  /** What went wrong, or null. */
  fault: string | null;
  /** INVITEs that were refused with 503 before one was taken. */
  redials: number;
}>;

type Around = Readonly<{ peer: SipPeer; clock: MediaClock; target: Destination }>;

/** Plays one call to its end; never rejects. */
export async function playCaller(around: Around, kind: number, slot: number): Promise<CallReport> {
  const plan = callerKinds[kind] as CallerKind;
  for (let redials = 0; ; redials += 1) {
    const caller = new Caller(around, plan, { number: callerNumber(kind, slot), slot });
    const end = await caller.ended;
    if (end.status === 503 && caller.isUnanswered && redials < redialsMax) {
      await new Promise((resolve) => setTimeout(resolve, redialMs));
      continue;
    }
    const fault = caller.fault(end);
    const named = fault === null ? null : `${plan.name}, caller ${caller.number}: ${fault}`;
    return { kind: plan.name, fault: named, redials };
  }
}

class Caller {
  readonly ended: Promise<CallEnd>;
  readonly number: string;
  private readonly plan: CallerKind;
  private phone: PhoneCall | null = null;
  private answered = false;
  private heardAllAgents = false;
  private gaveUp = false;
  private readonly tones = new Map<number, number>();
  private readonly timers: NodeJS.Timeout[] = [];

  constructor(around: Around, plan: CallerKind, who: { number: string; slot: number }) {
    this.plan = plan;
    this.number = who.number;
    this.ended = new Promise((resolve) => this.dial(around, who.slot, resolve));
  }

  get isUnanswered(): boolean {
    return !this.answered;
  }

  fault(end: CallEnd): string | null {
    const { plan } = this;
    if (plan.refusedWith !== undefined) {
      return end.status === plan.refusedWith ? null : `ended ${JSON.stringify(end)}`;
    }
    if (plan.cancelMs !== undefined) return end.by === "us" ? null : JSON.stringify(end);
    if (!this.answered) return `not answered: ${JSON.stringify(end)}`;
    if (this.gaveUp) return `no voice of ${plan.agents} agents; heard ${this.heard().join()} Hz`;
    const ownEnd = plan.agents > 0 || plan.leaveMs !== null;
    if (end.by !== (ownEnd ? "us" : "them")) return `released early: ${JSON.stringify(end)}`;
    return null;
  }

  private dial(around: Around, slot: number, resolve: (end: CallEnd) => void): void {
    const { peer, clock, target } = around;
    const failed = (error: Error) => resolve({ by: "failure", status: Number(error.cause ?? 0) });
    PhoneCall.dial({
      ...{ peer, clock, target, withRtp: true, law: "mu" },
      ...{ dialled: this.plan.dialled, callerUser: this.number },
      handlers: {
        onAnswered: () => this.onAnswered(slot),
        onWindow: (window) => this.onWindow(window),
        onEnded: (end) => {
          for (const timer of this.timers) clearTimeout(timer);
          resolve(end);
        },
      },
    }).then((phone) => {
      this.phone = phone;
      if (this.plan.cancelMs !== undefined) this.after(this.plan.cancelMs, () => phone.hangUp());
    }, failed);
  }

  private onAnswered(slot: number): void {
    this.answered = true;
    this.phone?.play(toneClip(toneOfSlot(slot)));
    for (const { digit, afterMs } of this.plan.keys ?? []) {
      this.after(afterMs, () => this.phone?.sendDigits(digit));
    }
    if (this.plan.leaveMs !== null) this.after(this.plan.leaveMs, () => this.phone?.hangUp());
    this.after(patienceMs, () => {
      this.gaveUp = true;
      this.phone?.hangUp();
    });
  }

  private onWindow({ toneHz }: HeardWindow): void {
    if (toneHz === null || !isAgentTone(toneHz) || this.heardAllAgents) return;
    this.tones.set(toneHz, (this.tones.get(toneHz) ?? 0) + 1);
    if (this.plan.agents === 0 || this.heard().length < this.plan.agents) return;
    this.heardAllAgents = true;
    this.after(this.plan.talkMs, () => this.phone?.hangUp());
  }

  private heard(): number[] {
    return [...this.tones].filter(([, windows]) => windows >= sureWindows).map(([hz]) => hz);
  }

  private after(delayMs: number, work: () => void): void {
    this.timers.push(setTimeout(work, delayMs));
  }
}
