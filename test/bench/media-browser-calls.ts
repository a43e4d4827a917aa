// The parts of `npm run bench -- media` with WebRTC legs.
import { type MediaBrowsers, startMediaBrowsers } from "./media-browsers.ts";
import {
  dropLegs,
  type MediaRig,
  makeLegs,
  packetsPerSecond,
  pause,
  playMusic,
  print,
} from "./media-rig.ts";
import { cpuMs } from "./processes.ts";

/** Trunk calls joined with browsers: the agents' usual call. */
export async function browserCalls(rig: MediaRig): Promise<void> {
  const browsers = await startMediaBrowsers();
  const callers = await makeLegs(rig, callsCount);
  const seats = await connectInTurn(rig, browsers, callsCount);
  await Promise.all(
    seats.map((seat, index) =>
      rig.engine.must({
        type: "bridge",
        bridgeId: `w${index}`,
        legIds: [callers[index] ?? seat, seat],
      }),
    ),
  );
  browsers.talk();
  await pause(1500);
  rig.load.measure();
  browsers.measure();
  const before = { cpu: cpuMs(rig.pid), at: performance.now() };
  await pause(rig.seconds * 1000);
  const usedMs = cpuMs(rig.pid) - before.cpu;
  const seconds = (performance.now() - before.at) / 1000;
  const heard = (await browsers.report()).packets + (await rig.load.report()).packets;
  const nominal = callsCount * 2 * packetsPerSecond;
  const cores = ((usedMs / heard) * nominal) / 1000 / (callsCount / 100);
  const share = (100 * heard) / nominal / seconds;
  const unit = `core per 100 calls (${share.toFixed(0)} % of the rate)`;
  print(`${callsCount} calls between trunk and browser`, cores.toFixed(3), unit);
  browsers.clear();
  await dropLegs(rig, [...callers, ...seats]);
  await browsers.close();
}

/** CPU of one set-up, and what 30 at once do to callers on music. */
export async function browserSetUps(rig: MediaRig): Promise<void> {
  const browsers = await startMediaBrowsers();
  // The first loads and compiles.
  await dropLegs(rig, await connectInTurn(rig, browsers, 3));
  browsers.clear();
  const before = cpuMs(rig.pid);
  await dropLegs(rig, await connectInTurn(rig, browsers, atOnce));
  const perSetUp = (cpuMs(rig.pid) - before) / atOnce;
  print("WebRTC set-up and end", perSetUp.toFixed(1), `ms of CPU each (one after the other)`);
  browsers.clear();

  const callers = await makeLegs(rig, 20);
  await playMusic(rig, callers);
  await pause(1500);
  rig.load.measure();
  const connected = await connect(rig, browsers, seatIds);
  const { p50Ms, p99Ms, maxMs } = await rig.load.report();
  const between = [p50Ms.toFixed(1), p99Ms.toFixed(1), maxMs.toFixed(0)].join(" / ");
  const what = `between packets of music during ${atOnce} set-ups`;
  print(what, between, `ms, p50 / p99 / max; ${connected} connected`);
  browsers.clear();
  await dropLegs(rig, [...callers, ...seatIds]);
  await browsers.close();
}

/** Sets up legs with new peers one after the other. */
async function connectInTurn(
  rig: MediaRig,
  browsers: MediaBrowsers,
  count: number,
): Promise<string[]> {
  const seats: string[] = [];
  while (seats.length < count) {
    const legId = `seat${seats.length}`;
    if ((await connect(rig, browsers, [legId])) === 0) throw new Error(`${legId} does not connect`);
    seats.push(legId);
  }
  return seats;
}

/** Sets up legs with new peers, all at once; resolves with how many connected. */
async function connect(
  rig: MediaRig,
  browsers: MediaBrowsers,
  legIds: readonly string[],
): Promise<number> {
  const before = (await browsers.report()).connected;
  const offers = await Promise.all(
    legIds.map(async (legId) => {
      const made = await rig.engine.must({ type: "createLeg", legId, kind: "webrtc" });
      return made.localSdp ?? "";
    }),
  );
  const answers = await browsers.answer(offers);
  await Promise.all(
    legIds.map((legId, index) =>
      rig.engine.ask({ type: "acceptAnswer", legId, remoteSdp: answers[index] ?? "" }),
    ),
  );
  const endMs = performance.now() + connectMs;
  for (;;) {
    const connected = (await browsers.report()).connected - before;
    if (connected === legIds.length || performance.now() > endMs) return connected;
    await pause(10);
  }
}

const callsCount = 50;
const atOnce = 30;
const connectMs = 5000;
const seatIds = Array.from({ length: atOnce }, (_, index) => `seat${index}`);
