// The agents of a load test: many SIP phones on one socket, each with its own tone.
import type { LoadAgentResult, LoadAgentsOptions } from "./load-plan.ts";
import type { CallEnd, SipCall } from "./peer/call.ts";
import { toneClip } from "./peer/clip.ts";
import type { MediaClock } from "./peer/media-clock.ts";
import { PhoneCall } from "./peer/phone-call.ts";
import type { Registration } from "./peer/registration.ts";
import type { Destination, SipRequest } from "./peer/sip-lite.ts";
import { callerOf, SipPeer } from "./peer/sip-peer.ts";
import { agentToneHz, countTone } from "./tones.ts";

export type LoadAgents = Readonly<{
  results: () => readonly LoadAgentResult[];
  /** Resolves when no agent has a call, or after two seconds: lost BYEs show in the results. */
  idle: () => Promise<void>;
  stop: () => Promise<void>;
}>;

type Surroundings = Readonly<{
  host: string;
  clock: MediaClock;
  registrar: Destination;
  withRtp: boolean;
}>;

const registerMsMax = 10_000;
const idleMsMax = 2_000;

/** Rejects when an agent with a password is not registered within 10 s. */
export async function startLoadAgents(
  options: LoadAgentsOptions,
  around: Surroundings,
): Promise<LoadAgents> {
  const results: LoadAgentResult[] = [];
  const slots = new Map(options.people.map(({ id }, slot) => [id, slot]));
  const busy = new Set<string>();
  const peer = await SipPeer.open({
    host: around.host,
    port: options.port ?? 0,
    onCall: (call, invite) => {
      const agentId = call.identity.localUser;
      const slot = slots.get(agentId);
      if (slot === undefined) {
        call.reject(480);
      } else if (busy.has(agentId)) {
        call.reject(486);
      } else {
        busy.add(agentId);
        const done = (result: LoadAgentResult | null) => {
          busy.delete(agentId);
          if (result !== null) results.push(result);
        };
        takeCall({ options, around, peer, call, invite, toneHz: agentToneHz(slot), done });
      }
    },
  });
  const registrations: Registration[] = [];
  try {
    await registerAll(options, around, peer, registrations);
  } catch (error) {
    peer.close();
    throw error;
  }
  return {
    results: () => results,
    idle: async () => {
      const limitMs = performance.now() + idleMsMax;
      while (busy.size > 0 && performance.now() < limitMs) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    stop: async () => {
      for (const registration of registrations) registration.unregister();
      await new Promise((resolve) => setTimeout(resolve, 50));
      peer.close();
    },
  };
}

function registerAll(
  options: LoadAgentsOptions,
  around: Surroundings,
  peer: SipPeer,
  registrations: Registration[],
): Promise<void> {
  const waiting = new Set<string>();
  return new Promise((resolve, reject) => {
    const limit = setTimeout(
      () => reject(new Error(`not registered: ${[...waiting].slice(0, 5).join(", ")}`)),
      registerMsMax,
    );
    const arrived = (id: string) => {
      waiting.delete(id);
      if (waiting.size > 0) return;
      clearTimeout(limit);
      resolve();
    };
    for (const { id, password } of options.people) {
      if (password === null) continue;
      waiting.add(id);
      const credentials = { username: id, password };
      const registrar = around.registrar;
      registrations.push(
        peer.register({
          registrar,
          credentials,
          retryMs: 500,
          onState: ({ kind }) => {
            if (kind === "registered") arrived(id);
          },
        }),
      );
    }
    if (waiting.size === 0) arrived("");
  });
}

function takeCall(
  take: Readonly<{
    options: LoadAgentsOptions;
    around: Surroundings;
    peer: SipPeer;
    call: SipCall;
    invite: SipRequest;
    toneHz: number;
    done: (result: LoadAgentResult | null) => void;
  }>,
): void {
  const { options, around, call, toneHz } = take;
  const invitedMs = performance.now();
  let answeredMs: number | null = null;
  let timer: NodeJS.Timeout | null = null;
  const tones = new Map<number, number>();
  const ended = (end: CallEnd) => {
    if (timer !== null) clearTimeout(timer);
    take.done({
      agentId: call.identity.localUser,
      toneHz,
      callerUser: callerOf(take.invite),
      invitedMs,
      answeredMs,
      endedMs: performance.now(),
      end,
      heardTones: Object.fromEntries(tones),
    });
  };
  PhoneCall.take(call, {
    peer: take.peer,
    clock: around.clock,
    withRtp: around.withRtp,
    handlers: {
      onWindow: (window) => {
        if (window.toneHz !== null) countTone(tones, window.toneHz);
      },
      onEnded: ended,
    },
  }).then(
    (phone) => {
      if (phone === null) {
        take.done(null);
        return;
      }
      phone.ring();
      timer = setTimeout(() => {
        answeredMs = performance.now();
        phone.answer();
        phone.play(toneClip(toneHz));
        const { talkMs } = options;
        timer = talkMs === null ? null : setTimeout(() => phone.hangUp(), talkMs);
      }, options.answerDelayMs);
    },
    () => {
      call.reject(503);
      take.done(null);
    },
  );
}
