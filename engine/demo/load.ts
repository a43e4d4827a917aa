// Load on a real centre: callers at a rate, each with its own tone, and agents that answer with
// theirs. Who hears which tone proves (or disproves) two-way audio between the right parties.

import { type LoadAgents, startLoadAgents } from "./load-agents.ts";
import type {
  LoadAgentResult,
  LoadCallResult,
  LoadEvent,
  LoadOptions,
  LoadReport,
} from "./load-plan.ts";
import type { CallEnd } from "./peer/call.ts";
import { toneClip } from "./peer/clip.ts";
import { createMediaClock, type MediaClock } from "./peer/media-clock.ts";
import { PhoneCall } from "./peer/phone-call.ts";
import { SipPeer } from "./peer/sip-peer.ts";
import type { HeardWindow } from "./peer/tone.ts";
import { callerToneHz, countTone, isAgentTone } from "./tones.ts";

type Slot = {
  readonly slot: number;
  readonly callerUser: string;
  invitedMs: number;
  answeredMs: number | null;
  bridgedMs: number | null;
  readonly tones: Map<number, number>;
  readonly timers: NodeJS.Timeout[];
};

/**
 * Places the calls and waits until all of them have ended (each ends by itself: `talkMs`,
 * `waitMsMax`, or the centre). Rejects only when sockets cannot be had or no agent registers.
 */
export async function runLoad(options: LoadOptions): Promise<LoadReport> {
  const host = options.localHost ?? "127.0.0.1";
  const clock = createMediaClock(5);
  const peer = await SipPeer.open({ host, callsMax: options.calls + 1 });
  let agents: LoadAgents | null = null;
  try {
    if (options.agents !== undefined) {
      agents = await startLoadAgents(options.agents, {
        host,
        clock,
        registrar: options.target,
        withRtp: options.withRtp,
      });
    }
    const calls = await placeAll(options, peer, clock);
    await agents?.idle();
    const agentCalls = agents?.results() ?? [];
    return { calls, agentCalls, faults: faultsOf({ options, calls, agentCalls }) };
  } finally {
    await agents?.stop();
    peer.close();
    clock.stop();
  }
}

async function placeAll(
  options: LoadOptions,
  peer: SipPeer,
  clock: MediaClock,
): Promise<LoadCallResult[]> {
  const pending: Promise<LoadCallResult>[] = [];
  const startMs = performance.now();
  for (let slot = 0; slot < options.calls; slot += 1) {
    // Absolute deadlines: a late timer does not lower the rate.
    const dueMs = startMs + (slot * 1_000) / options.callsPerSecond;
    const delayMs = dueMs - performance.now();
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
    pending.push(placeOne(options, peer, clock, slot));
  }
  return await Promise.all(pending);
}

function placeOne(
  options: LoadOptions,
  peer: SipPeer,
  clock: MediaClock,
  index: number,
): Promise<LoadCallResult> {
  const slot: Slot = {
    slot: index,
    callerUser: `139${String(index).padStart(8, "0")}`,
    invitedMs: performance.now(),
    answeredMs: null,
    bridgedMs: null,
    tones: new Map(),
    timers: [],
  };
  const tell = (type: LoadEvent["type"]) =>
    options.onEvent?.({ slot: index, type, atMs: performance.now() });
  return new Promise((resolve, reject) => {
    let phone: PhoneCall | null = null;
    const ended = (end: CallEnd) => {
      for (const timer of slot.timers) clearTimeout(timer);
      tell("ended");
      resolve(resultOf(slot, end, phone));
    };
    PhoneCall.dial({
      peer,
      clock,
      withRtp: options.withRtp,
      target: options.target,
      dialled: options.dialled,
      callerUser: slot.callerUser,
      law: "mu",
      handlers: {
        onAnswered: () => {
          slot.answeredMs = performance.now();
          tell("answered");
          if (phone !== null) talk(options, phone, slot);
        },
        ...(options.withRtp
          ? {
              onWindow: (window: HeardWindow) => {
                const { toneHz } = window;
                if (toneHz === null) return;
                countTone(slot.tones, toneHz);
                if (slot.bridgedMs !== null || !isAgentTone(toneHz)) return;
                slot.bridgedMs = performance.now();
                tell("bridged");
                slot.timers.push(setTimeout(() => phone?.hangUp(), options.talkMs));
              },
            }
          : {}),
        onEnded: ended,
      },
    }).then((dialled) => {
      phone = dialled;
      slot.invitedMs = performance.now();
      tell("invited");
    }, reject);
  });
}

function talk(options: LoadOptions, phone: PhoneCall, slot: Slot): void {
  phone.play(toneClip(callerToneHz(slot.slot)));
  for (const { digit, afterMs } of options.keys ?? []) {
    slot.timers.push(setTimeout(() => phone.sendDigits(digit), afterMs));
  }
  const leaveMs = options.withRtp ? options.waitMsMax : options.talkMs;
  slot.timers.push(
    setTimeout(() => {
      if (slot.bridgedMs === null) phone.hangUp();
    }, leaveMs),
  );
}

function resultOf(slot: Slot, end: CallEnd, phone: PhoneCall | null): LoadCallResult {
  return {
    slot: slot.slot,
    callerUser: slot.callerUser,
    invitedMs: slot.invitedMs,
    answeredMs: slot.answeredMs,
    bridgedMs: slot.bridgedMs,
    endedMs: performance.now(),
    end,
    heardTones: Object.fromEntries(slot.tones),
    packetsOut: phone?.counters?.packetsOut ?? 0,
    packetsIn: phone?.counters?.packetsIn ?? 0,
  };
}

/** A tone heard in so few windows may be the seam between two sounds. */
const sureWindows = 2;

function faultsOf(
  run: Readonly<{
    options: LoadOptions;
    calls: readonly LoadCallResult[];
    agentCalls: readonly LoadAgentResult[];
  }>,
): string[] {
  const { options, calls, agentCalls } = run;
  const faults: string[] = [];
  for (const call of calls) {
    if (call.answeredMs === null) {
      faults.push(`caller ${call.slot}: not answered, ${call.end.status ?? "no status"}`);
    } else if (options.withRtp && options.agents !== undefined && call.bridgedMs === null) {
      faults.push(`caller ${call.slot}: heard no agent`);
    }
    const heard = surely(call.heardTones);
    if (heard.filter(isAgentTone).length > 1) {
      faults.push(`caller ${call.slot}: heard several agents (${heard.join(", ")} Hz)`);
    }
    if (heard.includes(callerToneHz(call.slot))) {
      faults.push(`caller ${call.slot}: heard himself`);
    }
  }
  if (!options.withRtp) return faults;
  const slots = new Map(calls.map(({ callerUser, slot }) => [callerUser, slot]));
  for (const call of agentCalls) {
    if (call.answeredMs === null) continue;
    const heard = surely(call.heardTones);
    const callers = heard.filter((hz) => !isAgentTone(hz));
    const of = `agent ${call.agentId} with ${call.callerUser}`;
    if (callers.length !== 1) faults.push(`${of}: heard callers at [${callers.join(", ")}] Hz`);
    if (heard.includes(call.toneHz)) faults.push(`${of}: heard himself`);
    // The caller's number travels in signalling, his tone in audio: both must be of one person.
    const slot = slots.get(call.callerUser);
    if (slot !== undefined && callers.some((hz) => hz !== callerToneHz(slot))) {
      faults.push(`${of}: crossed audio, heard ${callers.join(", ")} Hz`);
    }
  }
  return faults;
}

function surely(tones: Readonly<Record<number, number>>): number[] {
  return Object.entries(tones)
    .filter(([, windows]) => windows >= sureWindows)
    .map(([hz]) => Number(hz));
}
