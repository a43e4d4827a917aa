import type { User } from "../link/api.ts";
import type { Session } from "../state/session.ts";

/** What each face gets. */
export type FaceProps = Readonly<{ session: Session; user: User }>;
