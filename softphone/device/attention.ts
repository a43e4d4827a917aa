/** Draws the eye to a hidden tab: title flash and a desktop notification. */
export type Attention = Readonly<{
  raise: (words: { title: string; body: string }) => void;
  settle: () => void;
}>;

const flashEveryMs = 900;

export function createAttention(): Attention {
  let plainTitle: string | null = null;
  let timer: ReturnType<typeof setInterval> | null = null;
  let shown: Notification | null = null;

  function settle(): void {
    if (timer !== null) {
      clearInterval(timer);
      timer = null;
    }
    if (plainTitle !== null) {
      document.title = plainTitle;
      plainTitle = null;
    }
    shown?.close();
    shown = null;
  }

  function notify(words: { title: string; body: string }): void {
    if (typeof Notification === "undefined" || Notification.permission !== "granted") {
      return;
    }
    try {
      shown = new Notification(words.title, {
        body: words.body,
        tag: "rexian-call",
        requireInteraction: true,
      });
      shown.onclick = () => window.focus();
    } catch {
      // Some browsers allow notifications from service workers only; the title still flashes.
      shown = null;
    }
  }

  return {
    raise(words) {
      settle();
      plainTitle = document.title;
      document.title = `● ${words.title}`;
      timer = setInterval(() => {
        document.title = document.title === plainTitle ? `● ${words.title}` : (plainTitle ?? "");
      }, flashEveryMs);
      if (document.hidden) {
        notify(words);
      }
    },
    settle,
  };
}

/** Asks once; an answer that never comes counts as denied, so that a shift can begin. */
export async function askNotification(): Promise<"granted" | "denied" | "unavailable"> {
  if (typeof Notification === "undefined") {
    return "unavailable";
  }
  if (Notification.permission !== "default") {
    return Notification.permission;
  }
  const patience = new Promise<"denied">((resolve) => setTimeout(() => resolve("denied"), 8_000));
  const answer = await Promise.race([Notification.requestPermission(), patience]);
  return answer === "granted" ? "granted" : "denied";
}
