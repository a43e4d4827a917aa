import { useCallback, useEffect, useState } from "react";
import type { ApiResult } from "../../link/api.ts";
import type { Session } from "../../state/session.ts";

export type Loaded<T> = Readonly<
  { kind: "loading" } | { kind: "failed" } | { kind: "loaded"; value: T }
>;

/** Loads once when shown and again on demand; an ended login goes back to the login form. */
export function useLoaded<T>(
  load: () => Promise<ApiResult<T>>,
  session: Session,
): { state: Loaded<T>; reload: () => void } {
  const [state, setState] = useState<Loaded<T>>({ kind: "loading" });
  const reload = useCallback((): void => {
    void load().then((result) => {
      if (result.ok) {
        setState({ kind: "loaded", value: result.value });
        return;
      }
      setState({ kind: "failed" });
      if (result.failure.kind === "loggedOut") {
        void session.check();
      }
    });
  }, [load, session]);
  useEffect(reload, [reload]);
  return { state, reload };
}
