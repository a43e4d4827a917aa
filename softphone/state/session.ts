import { createStore, type StoreApi } from "zustand/vanilla";
import type { ApiResult, User } from "../link/api.ts";

/** Who uses this browser. `unknown` until the server has answered once. */
type SessionState = Readonly<{
  phase: "unknown" | "out" | "in";
  user: User | null;
  /** What the last login attempt met. */
  failure: "credentials" | "tooMany" | "unreachable" | "server" | null;
  isBusy: boolean;
}>;

export type SessionPorts = Readonly<{
  me: () => Promise<ApiResult<User>>;
  login: (credentials: { username: string; password: string }) => Promise<ApiResult<unknown>>;
  logout: () => Promise<ApiResult<unknown>>;
  /** Runs after a pause, for asking again while the server is away. */
  later: (run: () => void) => void;
}>;

export type Session = Readonly<{
  store: StoreApi<SessionState>;
  /** Asks the server who we are; a login that ended shows the login form. */
  check: () => Promise<void>;
  login: (credentials: { username: string; password: string }) => Promise<void>;
  logout: () => Promise<void>;
}>;

export function createSession(ports: SessionPorts): Session {
  const store = createStore<SessionState>(() => ({
    phase: "unknown",
    user: null,
    failure: null,
    isBusy: false,
  }));

  async function check(): Promise<void> {
    const me = await ports.me();
    if (me.ok) {
      store.setState({ phase: "in", user: me.value, failure: null });
    } else if (me.failure.kind === "loggedOut") {
      store.setState({ phase: "out", user: null });
    } else if (store.getState().phase === "unknown") {
      store.setState({ failure: me.failure.kind === "unreachable" ? "unreachable" : "server" });
      ports.later(() => void check());
    }
  }

  async function login(credentials: { username: string; password: string }): Promise<void> {
    store.setState({ isBusy: true, failure: null });
    const answer = await ports.login(credentials);
    if (answer.ok) {
      await check();
    } else {
      store.setState({ failure: loginFailure(answer.failure) });
    }
    store.setState({ isBusy: false });
  }

  async function logout(): Promise<void> {
    await ports.logout();
    store.setState({ phase: "out", user: null, failure: null });
  }

  return { store, check, login, logout };
}

function loginFailure(
  failure: { kind: "loggedOut" } | { kind: "unreachable" } | { kind: "refused"; status: number },
): SessionState["failure"] {
  switch (failure.kind) {
    case "loggedOut":
      return "credentials";
    case "unreachable":
      return "unreachable";
    case "refused":
      if (failure.status === 429) {
        return "tooMany";
      }
      return failure.status === 400 || failure.status === 403 ? "credentials" : "server";
  }
}
