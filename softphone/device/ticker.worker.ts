/** `ms` null takes the timer back. */
type Order = { id: number; ms: number | null; repeats: boolean };

const cancels = new Map<number, () => void>();

self.onmessage = (event: MessageEvent<Order>) => {
  const { id, ms, repeats } = event.data;
  cancels.get(id)?.();
  cancels.delete(id);
  if (ms === null) {
    return;
  }
  if (repeats) {
    const timer = setInterval(() => self.postMessage(id), ms);
    cancels.set(id, () => clearInterval(timer));
    return;
  }
  const timer = setTimeout(() => {
    cancels.delete(id);
    self.postMessage(id);
  }, ms);
  cancels.set(id, () => clearTimeout(timer));
};
