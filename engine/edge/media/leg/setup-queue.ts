// Lets three WebRTC connections be set up at a time, so that a burst of logins delays nobody's audio.

export class SetupQueue {
  private readonly running = new Map<string, NodeJS.Timeout>();
  private readonly waiting: { legId: string; go: () => void }[] = [];

  /** Resolves when it is this leg's turn. The turn ends by `done`, or by itself after two seconds. */
  turn(legId: string): Promise<void> {
    if (this.running.has(legId)) return Promise.resolve();
    if (this.running.size < concurrentMax) {
      this.run(legId);
      return Promise.resolve();
    }
    return new Promise((go) => this.waiting.push({ legId, go }));
  }

  /** The leg is connected, failed or gone. */
  done(legId: string): void {
    const timer = this.running.get(legId);
    if (timer === undefined) {
      // A leg that goes while it waits need not wait on.
      const index = this.waiting.findIndex((entry) => entry.legId === legId);
      if (index >= 0) this.waiting.splice(index, 1)[0]?.go();
      return;
    }
    clearTimeout(timer);
    this.running.delete(legId);
    const next = this.waiting.shift();
    if (next === undefined) return;
    this.run(next.legId);
    next.go();
  }

  private run(legId: string): void {
    const timer = setTimeout(() => this.done(legId), turnMs);
    timer.unref();
    this.running.set(legId, timer);
  }
}

const concurrentMax = 3;
const turnMs = 2000;
