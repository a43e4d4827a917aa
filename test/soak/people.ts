// The people of a soak, in a process of their own: callers at a steady rate, agents' phones, desks,
// and noise. Told what to do and asked for what happened over IPC.
import { createMediaClock } from "../../engine/demo/peer/media-clock.ts";
import { SipPeer } from "../../engine/demo/peer/sip-peer.ts";
import { createRandom } from "../../engine/demo/random.ts";
import { playCaller } from "./callers.ts";
import { startDesks } from "./desks.ts";
import { callerKinds } from "./kinds.ts";
import { type AppAddress, startNoise } from "./noise.ts";
import { startPhones } from "./phones.ts";

export type PeopleOrder =
  | Readonly<{
      type: "begin";
      baseUrl: string;
      target: Readonly<{ host: string; port: number }>;
      logins: Readonly<Record<string, { password: string; sip: string }>>;
      app: AppAddress;
      callsPerSecond: number;
      seed: number;
    }>
  | Readonly<{ type: "call" }>
  /** No new calls; `finished` when the last has ended. */
  | Readonly<{ type: "finish" }>
  /** Phones unregister, desks close. */
  | Readonly<{ type: "leave" }>;

export type PeopleNews =
  /** Phones are registered, desks are ready. */
  | Readonly<{ type: "ready" }>
  | Readonly<{
      type: "report";
      live: number;
      ended: Record<string, number>;
      redials: number;
      held: number;
      registered: number;
      noise: { sent: number; answered: number };
      faults: string[];
    }>
  | Readonly<{ type: "finished" }>
  | Readonly<{ type: "left" }>;

const reportEveryMs = 1_000;
const tell = (news: PeopleNews) => process.send?.(news);
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function people(order: PeopleOrder & { type: "begin" }) {
  const clock = createMediaClock();
  const { target, callsPerSecond } = order;
  const { host } = target;
  const random = createRandom(order.seed);
  const peer = await SipPeer.open({ host });
  const passwords = Object.fromEntries(
    Object.entries(order.logins).map(([id, { sip }]) => [id, sip]),
  );
  const phones = await startPhones({ host, clock, registrar: target }, passwords);
  const desks = startDesks(order.baseUrl, order.logins);
  await desks.ready;
  const noise = startNoise(target, order.app);
  const ended: Record<string, number> = {};
  const faults: string[] = [];
  let [live, redials, finishing] = [0, 0, false];

  const place = async (slot: number) => {
    live += 1;
    const report = await playCaller({ peer, clock, target }, pickKind(random.next()), slot);
    live -= 1;
    ended[report.kind] = (ended[report.kind] ?? 0) + 1;
    redials += report.redials;
    if (report.fault !== null) faults.push(report.fault);
  };
  const reporting = setInterval(() => {
    const found = [...faults, ...phones.faults.splice(0), ...desks.faults.splice(0)];
    faults.length = 0;
    tell({
      ...{ type: "report", live, ended, redials, faults: found, noise: noise.counts },
      ...{ held: phones.held(), registered: phones.registered() },
    });
  }, reportEveryMs);
  return {
    async call() {
      const startMs = performance.now();
      for (let slot = 0; !finishing; slot += 1) {
        await wait(startMs + (slot * 1_000) / callsPerSecond - performance.now());
        if (!finishing) void place(slot);
      }
    },
    async finish() {
      finishing = true;
      while (live > 0) await wait(100);
      noise.stop();
      // The last faults are in the next report.
      await wait(2 * reportEveryMs);
    },
    async leave() {
      clearInterval(reporting);
      desks.close();
      await phones.close();
      peer.close();
      clock.stop();
    },
  };
}

function pickKind(share: number): number {
  let left = share * callerKinds.reduce((sum, { weight }) => sum + weight, 0);
  const index = callerKinds.findIndex(({ weight }) => {
    left -= weight;
    return left < 0;
  });
  return Math.max(index, 0);
}

let running: Awaited<ReturnType<typeof people>> | null = null;

async function obey(order: PeopleOrder): Promise<void> {
  switch (order.type) {
    case "begin":
      running = await people(order);
      tell({ type: "ready" });
      return;
    case "call":
      await running?.call();
      return;
    case "finish":
      await running?.finish();
      tell({ type: "finished" });
      return;
    case "leave":
      await running?.leave();
      tell({ type: "left" });
  }
}

process.title = "rexian-soak-people";
process.on("message", (order: PeopleOrder) => {
  obey(order).catch((error: Error) => {
    console.error(error);
    process.exit(1);
  });
});
process.on("disconnect", () => process.exit(0));
