// One 20 ms clock for all RTP senders of a process, on absolute deadlines: timers per call would
// each drift, and cost more.

const frameMs = 20;
/** After a longer stall the lost frames are skipped, not sent in a burst. */
const catchUpFramesMax = 3;

type Ticking = Readonly<{ tick: () => void }>;

export type MediaClock = Readonly<{
  add: (member: Ticking) => void;
  remove: (member: Ticking) => void;
  stop: () => void;
}>;

/** `slots` spreads the members over the 20 ms, so that many calls do not send all at once. */
export function createMediaClock(slots: 1 | 5 = 1): MediaClock {
  const members = Array.from({ length: slots }, () => new Set<Ticking>());
  const stepMs = frameMs / slots;
  let step = 0;
  let nextMs = 0;
  let timer: NodeJS.Timeout | null = null;

  const arm = () => {
    timer = setTimeout(run, Math.max(0, nextMs - performance.now()));
  };
  const run = () => {
    const nowMs = performance.now();
    if (nowMs - nextMs > catchUpFramesMax * frameMs) nextMs = nowMs;
    while (nextMs <= nowMs) {
      for (const member of members[step % slots] ?? []) member.tick();
      step += 1;
      nextMs += stepMs;
    }
    arm();
  };

  return {
    add: (member) => {
      const smallest = members.reduce((least, slot) => (slot.size < least.size ? slot : least));
      smallest.add(member);
      if (timer !== null) return;
      nextMs = performance.now() + stepMs;
      arm();
    },
    remove: (member) => {
      for (const slot of members) slot.delete(member);
      if (timer === null || members.some((slot) => slot.size > 0)) return;
      clearTimeout(timer);
      timer = null;
    },
    stop: () => {
      if (timer !== null) clearTimeout(timer);
      timer = null;
      for (const slot of members) slot.clear();
    },
  };
}
