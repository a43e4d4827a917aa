// SIP digest secrets. A phone has its own from the logins; a browser seat gets one that dies with the
// login. It is derived, not stored: a restarted engine accepts the seat's next REGISTER as before.
import { createHmac, randomBytes } from "node:crypto";
import { join } from "node:path";
import type { SipCredentials } from "../ports.ts";
import type { Logins } from "./logins.ts";
import type { People } from "./people.ts";
import { readPrivateFile, writePrivateFileSync } from "./private-file.ts";
import type { Sessions } from "./sessions.ts";

export type SipSecrets = SipCredentials & {
  /** Marks the session's desk as the agent's seat and returns the secret that now holds for it. */
  issue(seat: Readonly<{ sessionKey: string; agentId: string }>): string;
};

export function createSipSecrets(options: {
  dataDir: string;
  people: People;
  logins: Logins;
  sessions: Sessions;
}): SipSecrets {
  const { people, logins, sessions } = options;
  const siteSecret = readSiteSecret(options.dataDir);
  const derive = (sessionKey: string, agentId: string): string =>
    createHmac("sha256", siteSecret)
      .update(`${sessionKey}\n${agentId}`)
      .digest("base64url")
      .slice(0, 24);
  return {
    issue({ sessionKey, agentId }) {
      sessions.markSeated(sessionKey);
      return derive(sessionKey, agentId);
    },
    secretOf(username) {
      const person = people.get(username);
      if (person?.device === "phone") return logins[username]?.sip ?? null;
      if (person?.device !== "browser") return null;
      const seat = sessions.newestSeat(username);
      return seat === null ? null : derive(seat.key, username);
    },
  };
}

function readSiteSecret(dataDir: string): string {
  const file = join(dataDir, "site-secret");
  const known = readPrivateFile(file);
  if (known !== null && known.length >= 43) return known;
  const made = randomBytes(32).toString("base64url");
  writePrivateFileSync(file, made);
  return made;
}
