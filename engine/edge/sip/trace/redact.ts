// Takes out of a SIP message what nobody may read later: credentials, media keys, digits pressed.

const hidden = "(hidden)";

/** The same message with these values replaced; Content-Length stays as it was on the wire. */
export function redact(text: string): string {
  const bodyAt = text.indexOf("\r\n\r\n");
  const head = bodyAt < 0 ? text : text.slice(0, bodyAt);
  const body = bodyAt < 0 ? "" : text.slice(bodyAt);
  return hideCredentials(head) + hideBody(body);
}

/** The value with its folded lines, if any (RFC 3261 7.3.1). */
function hideCredentials(head: string): string {
  return head.replace(
    /^((?:Proxy-)?Authorization|(?:Proxy-)?Authentication-Info)(\s*:\s*)(\w*).*(?:\r\n[ \t].*)*/gim,
    (_all, name: string, colon: string, scheme: string) => `${name}${colon}${scheme} ${hidden}`,
  );
}

function hideBody(body: string): string {
  return (
    body
      // RFC 4568: the SRTP keys.
      .replace(/^(a=crypto:[^\r\n]*?inline:)[^\r\n]+/gim, `$1${hidden}`)
      .replace(/^(a=(?:ice-pwd|key-mgmt):)[^\r\n]+/gim, `$1${hidden}`)
      .replace(/^(k=)[^\r\n]+/gm, `$1${hidden}`)
      // Digits in INFO may be a card number.
      .replace(/^(Signal\s*=\s*)[^\r\n]+/gim, `$1${hidden}`)
      .replace(/^(\r\n\r\n)[0-9A-D*#]$/, `$1${hidden}`)
  );
}
