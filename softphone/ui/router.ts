import { useSyncExternalStore } from "react";

const changed = "rexian:navigated";

function subscribe(run: () => void): () => void {
  window.addEventListener("popstate", run);
  window.addEventListener(changed, run);
  return () => {
    window.removeEventListener("popstate", run);
    window.removeEventListener(changed, run);
  };
}

export function usePath(): string {
  return useSyncExternalStore(subscribe, () => window.location.pathname);
}

export function navigate(path: string, options: { replaces: boolean } = { replaces: false }): void {
  if (options.replaces) {
    window.history.replaceState(null, "", path);
  } else {
    window.history.pushState(null, "", path);
  }
  window.dispatchEvent(new Event(changed));
}
