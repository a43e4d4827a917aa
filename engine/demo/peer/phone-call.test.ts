// Two peers on loopback call each other: what the demo and the load tests rely on.
import { afterEach, describe, expect, test } from "vitest";
import { toneClip } from "./clip.ts";
import { createMediaClock } from "./media-clock.ts";
import { PhoneCall, type PhoneHandlers } from "./phone-call.ts";
import type { Law } from "./sdp-lite.ts";
import { SipPeer } from "./sip-peer.ts";

const host = "127.0.0.1";
const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

type AgentPlan = Readonly<{
  toneHz?: number;
  act?: (phone: PhoneCall) => void;
  handlers?: PhoneHandlers;
}>;

function until<T>(what: string, found: () => T | null | undefined | false): Promise<T> {
  const deadline = performance.now() + 8_000;
  return new Promise((resolve, reject) => {
    const look = () => {
      const value = found();
      if (value !== null && value !== undefined && value !== false) {
        resolve(value);
      } else if (performance.now() > deadline) {
        reject(new Error(`never: ${what}`));
      } else {
        setTimeout(look, 5);
      }
    };
    look();
  });
}

/** Loses the first datagram whose first line matches, once per pattern. */
function losing(patterns: readonly RegExp[]): (data: Buffer) => boolean {
  const left = new Set(patterns);
  return (data) => {
    const first = data.toString("latin1", 0, 40);
    for (const pattern of left) if (pattern.test(first)) return left.delete(pattern);
    return false;
  };
}

async function pair(
  plan: AgentPlan = {},
  loss: Readonly<{ caller?: readonly RegExp[]; agent?: readonly RegExp[] }> = {},
) {
  const clock = createMediaClock();
  const agentLog: string[] = [];
  const agentTones = new Set<number>();
  const agent = await SipPeer.open({
    host,
    t1Ms: 40,
    loses: losing(loss.agent ?? []),
    onCall: (call) => {
      void PhoneCall.take(call, {
        peer: agent,
        clock,
        withRtp: true,
        handlers: {
          ...plan.handlers,
          onAnswered: () => agentLog.push("answered"),
          onWindow: (window) => {
            if (window.toneHz !== null) agentTones.add(window.toneHz);
          },
          onEnded: (end) => agentLog.push(`ended by ${end.by} ${end.status}`),
        },
      }).then((phone) => {
        if (phone === null) return;
        phone.ring();
        if (plan.toneHz !== undefined) phone.play(toneClip(plan.toneHz));
        if (plan.act === undefined) phone.answer();
        else plan.act(phone);
      });
    },
  });
  const callers = await SipPeer.open({ host, t1Ms: 40, loses: losing(loss.caller ?? []) });
  cleanups.push(() => {
    agent.close();
    callers.close();
    clock.stop();
  });
  const log: string[] = [];
  const tones = new Set<number>();
  const dial = async (law: Law = "mu") =>
    await PhoneCall.dial({
      peer: callers,
      clock,
      withRtp: true,
      target: { host, port: agent.port },
      dialled: "1001",
      callerUser: "13800000001",
      law,
      handlers: {
        onAnswered: () => log.push("answered"),
        onWindow: (window) => {
          if (window.toneHz !== null) tones.add(window.toneHz);
        },
        onEnded: (end) => log.push(`ended by ${end.by} ${end.status}`),
      },
    });
  return { agent, callers, log, tones, agentLog, agentTones, dial };
}

describe("two-way audio is proved by tones", () => {
  test.each<[Law]>([["mu"], ["a"]])("in %s-law, released by the caller", async (law) => {
    const world = await pair({ toneHz: 1_300 });
    const phone = await world.dial(law);
    phone.play(toneClip(610));
    await until("both tones", () => world.tones.has(1_300) && world.agentTones.has(610));
    phone.hangUp();
    await until("both ends", () => world.agentLog.length === 2);
    expect({ caller: world.log, agent: world.agentLog }).toEqual({
      caller: ["answered", "ended by us null"],
      agent: ["answered", "ended by them null"],
    });
    expect([...world.tones]).toEqual([1_300]);
    expect([world.agent.callCount, world.callers.callCount]).toEqual([0, 0]);
  });

  test("released by the agent as soon as the ACK is there", async () => {
    const world = await pair({
      act: (phone) => {
        phone.answer();
        phone.hangUp();
      },
    });
    await world.dial();
    await until("the end", () => world.log.length === 2);
    expect(world.log).toEqual(["answered", "ended by them null"]);
  });
});

test("keys arrive in order, the same key twice counts twice", async () => {
  let digits = "";
  const onDigit = (digit: string) => {
    digits += digit;
  };
  const world = await pair({ handlers: { onDigit } });
  const phone = await world.dial();
  phone.sendDigits("1102#");
  await until("all keys", () => digits.length >= 5);
  expect(digits).toBe("1102#");
});

describe("a call that is not answered", () => {
  test("cancelled while ringing", async () => {
    let rings = false;
    const world = await pair({ act: () => (rings = true) });
    const phone = await world.dial();
    await until("ringing", () => rings);
    phone.hangUp();
    await until("both ends", () => world.log.length === 1 && world.agentLog.length === 1);
    expect({ caller: world.log, agent: world.agentLog }).toEqual({
      caller: ["ended by us 487"],
      agent: ["ended by them 487"],
    });
  });

  test.each([[486], [603]])("refused with %i", async (status) => {
    const world = await pair({ act: (phone) => phone.reject(status) });
    await world.dial();
    await until("the end", () => world.log.length === 1);
    expect(world.log).toEqual([`ended by them ${status}`]);
  });

  test("nobody there: fails after 64 * T1", async () => {
    const world = await pair();
    world.agent.close();
    await world.dial();
    await until("the end", () => world.log.length === 1);
    expect(world.log).toEqual(["ended by failure 408"]);
  });
});

describe("a lost datagram is repeated (RFC 3261 section 17)", () => {
  test.each<[string, "caller" | "agent", RegExp]>([
    ["INVITE", "caller", /^INVITE /],
    ["100 Trying", "agent", /^SIP\/2.0 100/],
    ["200 OK of the INVITE", "agent", /^SIP\/2.0 200/],
    ["ACK", "caller", /^ACK /],
    ["BYE", "caller", /^BYE /],
  ])("%s", async (_name, side, pattern) => {
    const world = await pair({}, { [side]: [pattern] });
    const phone = await world.dial();
    await until("answered on both sides", () => world.log.length + world.agentLog.length === 2);
    phone.hangUp();
    await until("both ends", () => world.agentLog.length === 2);
    expect({ caller: world.log, agent: world.agentLog }).toEqual({
      caller: ["answered", "ended by us null"],
      agent: ["answered", "ended by them null"],
    });
  });

  test("a refusal whose first copy is lost", async () => {
    const world = await pair({ act: (phone) => phone.reject(486) }, { agent: [/^SIP\/2.0 486/] });
    await world.dial();
    await until("the end", () => world.log.length === 1);
    expect(world.log).toEqual(["ended by them 486"]);
  });
});
