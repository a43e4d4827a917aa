// Phone numbers as people without need for them see them: 138****1234.

/** Shorter ones are service numbers or extensions. */
const digitsMin = 7;

/** Keeps the first three and the last four characters of a number of at least seven digits. */
export function maskNumber(number: string): string {
  const digits = number.replace(/\D/g, "").length;
  if (digits < digitsMin) return number;
  if (number.length < 8) return `${number.slice(0, 1)}****${number.slice(-2)}`;
  const head = number.startsWith("+") ? 4 : 3;
  return `${number.slice(0, head)}****${number.slice(-4)}`;
}

/** Every number in a line of text; what is part of a longer word stays. */
function maskNumbers(text: string): string {
  return text.replace(/(?<![\w.=+-])\+?\d{7,20}(?![\w.])/g, maskNumber);
}

/**
 * For pino: numbers of people in log lines are masked, and secrets left out, wherever a line has
 * them by these names.
 */
export const logRedaction = {
  paths: ["ani", "callerId", "password", "secret", "authorization", "appSecret"].flatMap((name) => [
    name,
    `*.${name}`,
    `*.*.${name}`,
  ]),
  censor: (value: unknown, path: string[]) => {
    const name = path.at(-1);
    return name === "ani" || name === "callerId" ? maskNumber(String(value)) : "(hidden)";
  },
};

const numberHeaders =
  /^(?:From|To|f|t|m|Contact|P-[\w-]*Identity|P-Called-Party-ID|Remote-Party-ID|Diversion|History-Info|Refer-To|r|Referred-By|b|Route|Record-Route|Reply-To|Subject|s|Call-Info|Identity)\s*:/i;

/** A SIP message with the numbers of its start line and of its identity headers masked. */
export function maskSipText(text: string): string {
  const bodyAt = text.indexOf("\r\n\r\n");
  const head = bodyAt < 0 ? text : text.slice(0, bodyAt);
  let masking = true;
  const lines = head.split("\r\n").map((line, index) => {
    // A folded line belongs to the header before it (RFC 3261 7.3.1).
    if (index > 0 && !/^[ \t]/.test(line)) masking = numberHeaders.test(line);
    return masking ? maskLine(line) : line;
  });
  return lines.join("\r\n") + (bodyAt < 0 ? "" : text.slice(bodyAt));
}

function maskLine(line: string): string {
  const uris = line.replace(
    /((?:sips?|tel):)([^@;>?\s,"]+)/gi,
    (_all, scheme: string, user: string) => `${scheme}${maskUser(user)}`,
  );
  return maskNumbers(uris);
}

function maskUser(user: string): string {
  const plain = user.replace(/%([0-9a-f]{2})/gi, (_all, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
  return /^\+?[\d().-]+$/.test(plain) && !/^\d{1,3}(?:\.\d{1,3}){3}$/.test(plain)
    ? maskNumber(plain.replace(/[().-]/g, ""))
    : user;
}
