// Things that will happen in virtual time, in order of time and then of entry.
export type Schedule = {
  at(atMs: number, run: () => void): void;
  nextMs(): number | null;
  /** Runs everything due up to now. */
  runDue(nowMs: number): void;
};

type Entry = Readonly<{ atMs: number; order: number; run: () => void }>;

export function createSchedule(): Schedule {
  const heap: Entry[] = [];
  let order = 0;
  const before = (a: Entry, b: Entry) =>
    a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);

  function pop(): Entry | undefined {
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const right = left + 1;
      let least = left;
      const leftEntry = heap[left];
      const rightEntry = heap[right];
      if (leftEntry === undefined) break;
      if (rightEntry !== undefined && before(rightEntry, leftEntry)) least = right;
      const child = heap[least];
      if (child === undefined || !before(child, last)) break;
      heap[at] = child;
      at = least;
    }
    heap[at] = last;
    return first;
  }

  return {
    at(atMs, run) {
      order += 1;
      const entry: Entry = { atMs, order, run };
      let at = heap.length;
      heap.push(entry);
      while (at > 0) {
        const parent = (at - 1) >> 1;
        const above = heap[parent];
        if (above === undefined || !before(entry, above)) break;
        heap[at] = above;
        at = parent;
      }
      heap[at] = entry;
    },
    nextMs: () => heap[0]?.atMs ?? null,
    runDue(nowMs) {
      for (let next = heap[0]; next !== undefined && next.atMs <= nowMs; next = heap[0])
        pop()?.run();
    },
  };
}
