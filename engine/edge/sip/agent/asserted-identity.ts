// Who calls, as only a trusted peer may say it (RFC 3325 5: others' words are removed).
import type { SipRequest } from "../message/message.ts";

const headers = new Set(["P-Asserted-Identity", "Remote-Party-ID"]);

export function dropAssertedIdentity(request: SipRequest): void {
  request.headers = request.headers.filter(({ name }) => !headers.has(name));
}
