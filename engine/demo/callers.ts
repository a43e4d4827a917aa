// Simulated callers: each line calls, behaves like its persona, hangs up, thinks, calls again.
import type { Logger } from "pino";
import { createHearing, type Hearing } from "./hearing.ts";
import type { CallEnd } from "./peer/call.ts";
import type { MediaClock } from "./peer/media-clock.ts";
import { PhoneCall } from "./peer/phone-call.ts";
import type { Destination } from "./peer/sip-lite.ts";
import type { SipPeer } from "./peer/sip-peer.ts";
import { type CallerPersona, drawPersona } from "./persona.ts";
import type { Random } from "./random.ts";
import type { Speech } from "./speech.ts";

export type CallersOptions = Readonly<{
  peer: SipPeer;
  clock: MediaClock;
  target: Destination;
  numbers: readonly string[];
  callers: number;
  speech: Speech;
  random: Random;
  log: Logger;
  /** Mean pause between two calls of one line. */
  thinkMs?: number;
}>;

export type Callers = Readonly<{
  /** Hangs up all; nobody calls any more. */
  stop: () => void;
}>;

/** After a refusal or a dead server: so that an overload is not made worse. */
const retryMs = 5_000;
const lookEveryMs = 200;
/** Nobody stays longer, whoever should have hung up. */
const callMsMax = 300_000;

export function startCallers(options: CallersOptions): Callers {
  const lines = Array.from({ length: options.callers }, (_, index) =>
    startLine(options, options.random.fork(), index),
  );
  return {
    stop: () => {
      for (const line of lines) line.stop();
    },
  };
}

function startLine(options: CallersOptions, random: Random, index: number): Callers {
  const thinkMs = options.thinkMs ?? 9_000;
  let stopped = false;
  let call: Callers | null = null;
  let timer: NodeJS.Timeout | null = null;

  const later = (delayMs: number) => {
    if (stopped) return;
    timer = setTimeout(() => {
      const persona = drawPersona(random, options.numbers);
      call = startCall(options, persona, random, (end) => {
        call = null;
        const failed = end.by !== "us" && end.status !== null;
        options.log.debug({ caller: persona.callerUser, ...end }, "call ended");
        later((failed ? retryMs : 1_000) + random.exponential(thinkMs));
      });
    }, delayMs);
  };
  // The first calls come one after the other, so that the first agent is not flooded.
  later(1_000 + index * 1_500 + random.uniform(0, 500));
  return {
    stop: () => {
      stopped = true;
      if (timer !== null) clearTimeout(timer);
      call?.stop();
    },
  };
}

function startCall(
  options: CallersOptions,
  persona: CallerPersona,
  random: Random,
  onEnd: (end: CallEnd) => void,
): Callers {
  const hearing = createHearing();
  let phone: PhoneCall | null = null;
  let behaviour: Behaviour | null = null;
  let stopped = false;
  let ended = false;
  const end = (how: CallEnd) => {
    if (ended) return;
    ended = true;
    behaviour?.stop();
    onEnd(how);
  };
  PhoneCall.dial({
    peer: options.peer,
    clock: options.clock,
    withRtp: true,
    target: options.target,
    dialled: persona.dialled,
    callerUser: persona.callerUser,
    law: random.chance(0.8) ? "a" : "mu",
    handlers: {
      onAnswered: () => {
        const clip = options.speech.pick(random, persona.language);
        if (phone !== null) behaviour = behave(phone, persona, hearing, () => phone?.play(clip));
      },
      onWindow: hearing.hear,
      onEnded: end,
    },
  }).then(
    (dialled) => {
      phone = dialled;
      if (stopped) dialled.hangUp();
    },
    (error: unknown) => {
      options.log.warn({ err: error }, "no socket for a call");
      end({ by: "failure", status: 500 });
    },
  );
  return {
    stop: () => {
      stopped = true;
      phone?.hangUp();
    },
  };
}

type Behaviour = Readonly<{ stop: () => void }>;

/** Presses keys, waits, talks and hangs up: looks at what is heard five times a second. */
function behave(
  phone: PhoneCall,
  persona: CallerPersona,
  hearing: Hearing,
  talk: () => void,
): Behaviour {
  const keys = [...persona.keys];
  const startedMs = performance.now();
  let lastMs = startedMs;
  let waitedMs = 0;
  let talkedMs = 0;
  let talking = false;
  const look = () => {
    const nowMs = performance.now();
    const stepMs = nowMs - lastMs;
    lastMs = nowMs;
    const key = keys[0];
    if (key !== undefined) {
      if (nowMs - startedMs < key.afterMs) return;
      phone.sendDigits(key.digit);
      hearing.forget();
      keys.shift();
      return;
    }
    const heard = hearing.state();
    if (heard === "somebody") talkedMs += stepMs;
    else waitedMs += stepMs;
    if (!talking && hearing.mayTalk()) {
      talking = true;
      talk();
    } else if (talking && heard === "music") {
      talking = false;
      phone.play(null);
    }
    const impatient = waitedMs > persona.patienceMs;
    const hasSaidAll = persona.talkMs !== null && talkedMs > persona.talkMs;
    if (impatient || hasSaidAll || nowMs - startedMs > callMsMax) phone.hangUp();
  };
  const timer = setInterval(look, lookEveryMs);
  return { stop: () => clearInterval(timer) };
}
