import { createContext, useContext } from "react";
import { useStore } from "zustand";
import type { ListeningPost } from "../../listening-post.ts";
import type { ListeningActions } from "../../state/listening.ts";
import { type SupervisorActions, supervisorActions } from "../../state/supervising.ts";

const ListeningContext = createContext<ListeningPost | null>(null);
export const ListeningProvider = ListeningContext.Provider;

function usePost(): ListeningPost {
  const post = useContext(ListeningContext);
  if (post === null) {
    throw new Error("no listening post above");
  }
  return post;
}

/** What the supervisor may do now to agents and callers; fresh after every change of the desk. */
export function useSupervising(): SupervisorActions {
  const { store, ask } = usePost().desk;
  return supervisorActions(useStore(store), ask);
}

/** What the supervisor may do now about talks; fresh after every change of desk or phone. */
export function useListening(): ListeningActions {
  const post = usePost();
  useStore(post.desk.store);
  useStore(post.phone);
  return post.actions();
}
