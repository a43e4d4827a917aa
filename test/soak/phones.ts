// The agents' phones: one socket, a registration each, every phone with its role and its tone. What
// an answered phone hears proves that the caller whom signalling names is the one in the audio.
import type { CallEnd, SipCall } from "../../engine/demo/peer/call.ts";
import { toneClip } from "../../engine/demo/peer/clip.ts";
import type { MediaClock } from "../../engine/demo/peer/media-clock.ts";
import { PhoneCall } from "../../engine/demo/peer/phone-call.ts";
import type { Registration } from "../../engine/demo/peer/registration.ts";
import type { Destination, SipRequest } from "../../engine/demo/peer/sip-lite.ts";
import { callerOf, SipPeer } from "../../engine/demo/peer/sip-peer.ts";
import { agentToneHz, countTone, isAgentTone } from "../../engine/demo/tones.ts";
import { kindOfNumber, ringbackHz, slotOfNumber, toneOfSlot } from "./kinds.ts";
import { type PhoneRole, soakAgents } from "./site.ts";

const answerDelayMs = 200;
const holdAfterMs = 1_200;
const holdMs = 1_500;
/** A shorter talk may be over before three windows of tone. */
const judgedTalkMs = 1_500;
const sureWindows = 3;
const registerMsMax = 15_000;
const expiresSeconds = 60;

export type Phones = Readonly<{
  faults: string[];
  held: () => number;
  registered: () => number;
  close: () => Promise<void>;
}>;

type Phone = { id: string; role: PhoneRole; toneHz: number; busy: boolean };
type Around = Readonly<{ host: string; clock: MediaClock; registrar: Destination }>;

/** Rejects when not all phones are registered in time. */
export async function startPhones(
  around: Around,
  passwords: Readonly<Record<string, string>>,
): Promise<Phones> {
  const faults: string[] = [];
  const counts = { held: 0, registered: 0 };
  /** Callers whose first try was missed or refused; the second is answered. */
  const seenOnce = new Set<string>();
  const phones = new Map<string, Phone>(
    soakAgents.map(({ id, role }, index) => [
      id,
      { id, role, toneHz: agentToneHz(index), busy: false },
    ]),
  );
  const peer = await SipPeer.open({
    host: around.host,
    onCall: (call, invite) => {
      const phone = phones.get(call.identity.localUser);
      if (phone === undefined) call.reject(480);
      else if (phone.busy) call.reject(486);
      else takeCall({ around, peer, phone, faults, counts, seenOnce }, call, invite);
    },
  });
  const registrations = await registerAll(around, peer, passwords, () => {
    counts.registered += 1;
  });
  const churn = churnRegistrations(around, peer, passwords, () => {
    counts.registered += 1;
  });
  return {
    faults,
    held: () => counts.held,
    registered: () => counts.registered,
    async close() {
      for (const registration of [...registrations, ...churn.stop()]) registration.unregister();
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      peer.close();
    },
  };
}

type Taking = Readonly<{
  around: Around;
  peer: SipPeer;
  phone: Phone;
  faults: string[];
  counts: { held: number };
  seenOnce: Set<string>;
}>;

function takeCall(taking: Taking, call: SipCall, invite: SipRequest): void {
  const { around, peer, phone, faults, seenOnce } = taking;
  const caller = callerOf(invite);
  const firstTry = !seenOnce.delete(caller);
  if (phone.role === "busyOnce" && firstTry) {
    seenOnce.add(caller);
    call.reject(486);
    return;
  }
  const missed = phone.role === "neverAnswers" || (phone.role === "missesOnce" && firstTry);
  if (phone.role === "missesOnce" && firstTry) seenOnce.add(caller);
  phone.busy = true;
  const tones = new Map<number, number>();
  const timers: NodeJS.Timeout[] = [];
  let answeredAtMs: number | null = null;
  const ended = (end: CallEnd) => {
    phone.busy = false;
    for (const timer of timers) clearTimeout(timer);
    if (answeredAtMs === null || performance.now() - answeredAtMs < judgedTalkMs) return;
    const heard = [...tones].filter(([, windows]) => windows >= sureWindows).map(([hz]) => hz);
    const fault = hearingFault(phone, caller, heard);
    if (fault !== null) faults.push(`${fault} (ended ${JSON.stringify(end)})`);
  };
  const options = {
    ...{ peer, clock: around.clock, withRtp: true },
    handlers: {
      onEnded: ended,
      onWindow: ({ toneHz }: { toneHz: number | null }) => {
        if (toneHz !== null) countTone(tones, toneHz);
      },
    },
  };
  PhoneCall.take(call, options).then(
    (taken) => {
      if (taken === null) {
        phone.busy = false;
        faults.push(`phone ${phone.id} with ${caller}: no codec in common`);
        return;
      }
      taken.ring();
      if (missed) return;
      const answer = () => {
        answeredAtMs = performance.now();
        taken.answer();
        taken.play(toneClip(phone.toneHz));
        if (phone.role === "holds") timers.push(...holdOnce(taking, taken, caller));
      };
      timers.push(setTimeout(answer, answerDelayMs));
    },
    () => {
      phone.busy = false;
      call.reject(503);
    },
  );
}

function holdOnce(taking: Taking, taken: PhoneCall, caller: string): NodeJS.Timeout[] {
  const { phone, faults, counts } = taking;
  const refused = (what: string) =>
    faults.push(`phone ${phone.id} with ${caller}: ${what} refused`);
  return [
    setTimeout(() => {
      taken.hold(true, (agreed) => {
        if (agreed) counts.held += 1;
        else if (!taken.ended) refused("hold");
      });
    }, holdAfterMs),
    setTimeout(() => {
      taken.hold(false, (agreed) => {
        if (!agreed && !taken.ended) refused("end of hold");
      });
    }, holdAfterMs + holdMs),
  ];
}

/** A consulted colleague may hear the asking agent first; everybody hears the right caller. */
function hearingFault(phone: Phone, caller: string, heard: readonly number[]): string | null {
  const who = `phone ${phone.id} with ${caller}`;
  if (heard.includes(phone.toneHz)) return `${who}: heard himself`;
  // A consult call shows the asking agent as its caller until it is completed.
  if (kindOfNumber(caller) === null) return null;
  const expected = toneOfSlot(slotOfNumber(caller));
  const tones = phone.role === "consults" ? heard.filter((hz) => hz !== ringbackHz) : heard;
  const callers = tones.filter((hz) => !isAgentTone(hz));
  if (!callers.includes(expected)) return `${who}: did not hear the caller, but ${heard.join()} Hz`;
  // Prompts and music may sound like another caller's tone for a moment, three windows do not.
  return callers.length === 1 ? null : `${who}: heard ${callers.join()} Hz`;
}

function registerAll(
  around: Around,
  peer: SipPeer,
  passwords: Readonly<Record<string, string>>,
  onRegistered: () => void,
): Promise<Registration[]> {
  const waiting = new Set<string>();
  const registrations: Registration[] = [];
  return new Promise((resolve, reject) => {
    const limit = setTimeout(
      () => reject(new Error(`not registered: ${[...waiting].slice(0, 5).join()}`)),
      registerMsMax,
    );
    for (const { id, role } of soakAgents) {
      if (role === "registers") continue;
      waiting.add(id);
      const registration = peer.register({
        ...{ registrar: around.registrar, expiresSeconds, retryMs: 500 },
        credentials: { username: id, password: passwords[id] ?? "" },
        onState: ({ kind }) => {
          if (kind !== "registered") return;
          onRegistered();
          waiting.delete(id);
          if (waiting.size > 0) return;
          clearTimeout(limit);
          resolve(registrations);
        },
      });
      registrations.push(registration);
    }
  });
}

/** Phones that come and go: every two seconds one of them does the other thing. */
function churnRegistrations(
  around: Around,
  peer: SipPeer,
  passwords: Readonly<Record<string, string>>,
  onRegistered: () => void,
): { stop(): Registration[] } {
  const ids = soakAgents.filter(({ role }) => role === "registers").map(({ id }) => id);
  const there = new Map<string, Registration>();
  let turn = 0;
  const timer = setInterval(() => {
    const id = ids[turn % ids.length] as string;
    turn += 1;
    const present = there.get(id);
    if (present !== undefined) {
      present.unregister();
      there.delete(id);
      return;
    }
    const registration = peer.register({
      ...{ registrar: around.registrar, expiresSeconds, retryMs: 1_000 },
      credentials: { username: id, password: passwords[id] ?? "" },
      onState: ({ kind }) => {
        if (kind === "registered") onRegistered();
      },
    });
    there.set(id, registration);
  }, 2_000);
  return {
    stop() {
      clearInterval(timer);
      return [...there.values()];
    },
  };
}
