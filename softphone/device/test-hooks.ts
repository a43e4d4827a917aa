// What automated tests may see and replace, and only after they have set a key in local storage.

export type TestView = {
  readonly remoteAudio: HTMLAudioElement | null;
  readonly remoteStream: MediaStream | null;
  readonly phone: { readonly status: string; readonly call: string };
};

declare global {
  interface Window {
    __rexian?: TestView;
  }
}

const stored = (key: string): string | null => {
  try {
    return window.localStorage.getItem(key);
  } catch {
    return null;
  }
};

/** Publishes the view as `window.__rexian` when `localStorage.rexianTest` is "1". */
export function exposeToTests(view: TestView): void {
  if (stored("rexianTest") === "1") {
    window.__rexian = view;
  }
}

/** Frequency of the tone that stands in for the microphone, from `localStorage.rexianTestToneHz`. */
export function testToneHz(): number | null {
  const hz = Number(stored("rexianTestToneHz") ?? Number.NaN);
  return hz >= 20 && hz <= 20_000 ? hz : null;
}
