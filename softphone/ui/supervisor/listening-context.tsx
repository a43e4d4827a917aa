import { createContext, useContext } from "react";
import { useStore } from "zustand";
import type { ListeningPost } from "../../listening-post.ts";
import type { ListeningActions } from "../../state/listening.ts";

const ListeningContext = createContext<ListeningPost | null>(null);
export const ListeningProvider = ListeningContext.Provider;

/** What the supervisor may do now; fresh after every change of desk or phone. */
export function useListening(): ListeningActions {
  const post = useContext(ListeningContext);
  if (post === null) {
    throw new Error("no listening post above");
  }
  useStore(post.desk.store);
  useStore(post.phone);
  return post.actions();
}
