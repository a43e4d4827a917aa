import { useEffect, useRef, useState } from "react";

/**
 * Opens something once its page is shown, and closes it with the page; null until then. Not while
 * rendering: React renders a page again before it is shown when a part is still loading, and a seat
 * opened in vain would stay with a desk and a phone of its own.
 */
export function useOpened<T extends { readonly close: () => void }>(open: () => T): T | null {
  const newest = useRef(open);
  newest.current = open;
  const [opened, setOpened] = useState<T | null>(null);
  useEffect(() => {
    const one = newest.current();
    setOpened(one);
    return () => one.close();
  }, []);
  return opened;
}
