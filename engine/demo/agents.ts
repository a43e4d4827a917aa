// Simulated agents with SIP phones: registered with digest, they answer after a moment, talk, and
// now and then let it ring.
import type { Logger } from "pino";
import type { SipCall } from "./peer/call.ts";
import type { Credentials } from "./peer/digest.ts";
import type { MediaClock } from "./peer/media-clock.ts";
import { PhoneCall } from "./peer/phone-call.ts";
import type { Destination } from "./peer/sip-lite.ts";
import { SipPeer } from "./peer/sip-peer.ts";
import { type AgentAct, drawAgentAct } from "./persona.ts";
import type { Random } from "./random.ts";
import type { Speech } from "./speech.ts";

export type AgentsOptions = Readonly<{
  localHost: string;
  clock: MediaClock;
  registrar: Destination;
  agents: readonly Credentials[];
  speech: Speech;
  random: Random;
  log: Logger;
}>;

export type Agents = Readonly<{
  /** Hangs up and unregisters. */
  stop: () => void;
}>;

type Desk = {
  random: Random;
  phone: PhoneCall | null;
  busy: boolean;
  timer: NodeJS.Timeout | null;
};

/** Rejects when no socket can be had. */
export async function startAgents(options: AgentsOptions): Promise<Agents> {
  const desks = new Map<string, Desk>();
  for (const { username } of options.agents) {
    desks.set(username, { random: options.random.fork(), phone: null, busy: false, timer: null });
  }
  const peer = await SipPeer.open({
    host: options.localHost,
    onCall: (call) => {
      const desk = desks.get(call.identity.localUser);
      if (desk === undefined) call.reject(480);
      else if (desk.busy) call.reject(486);
      else takeCall(options, peer, desk, call);
    },
  });
  const registrations = options.agents.map((credentials) =>
    peer.register({
      registrar: options.registrar,
      credentials,
      onState: (state) => {
        if (state.kind === "registered") return;
        options.log.warn({ agent: credentials.username, status: state.status }, "not registered");
      },
    }),
  );
  return {
    stop: () => {
      for (const registration of registrations) registration.unregister();
      for (const desk of desks.values()) desk.phone?.hangUp();
      // The BYEs and the last REGISTERs need a moment on the wire.
      setTimeout(() => peer.close(), 100);
    },
  };
}

function takeCall(options: AgentsOptions, peer: SipPeer, desk: Desk, call: SipCall): void {
  const act = drawAgentAct(desk.random);
  desk.busy = true;
  const free = () => {
    if (desk.timer !== null) clearTimeout(desk.timer);
    desk.timer = null;
    desk.phone = null;
    desk.busy = false;
  };
  PhoneCall.take(call, {
    peer,
    clock: options.clock,
    withRtp: true,
    handlers: { onEnded: free },
  }).then(
    (phone) => {
      if (phone === null) {
        free();
        return;
      }
      desk.phone = phone;
      serve(options, desk, phone, act);
    },
    (error: unknown) => {
      options.log.warn({ err: error }, "no socket for a call");
      call.reject(503);
      free();
    },
  );
}

function serve(options: AgentsOptions, desk: Desk, phone: PhoneCall, act: AgentAct): void {
  phone.ring();
  if (act.answerMs === null) return;
  desk.timer = setTimeout(() => {
    phone.answer();
    phone.play(options.speech.pick(desk.random, act.language));
    desk.timer = setTimeout(() => phone.hangUp(), act.talkMs);
  }, act.answerMs);
}
