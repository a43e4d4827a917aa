// The command line of `npm start`.

export type Arguments =
  | Readonly<{ kind: "run"; siteFile: string | null }>
  | Readonly<{ kind: "help" }>
  | Readonly<{ kind: "wrong"; reason: string }>;

export const usage = `Usage: npm start [-- --config FILE]

  --config FILE   run the site described by FILE (YAML); without it, REXIAN_CONFIG
                  or else the demo centre
  --help          this text

Environment: REXIAN_HTTP_PORT, REXIAN_SIP_PORT, REXIAN_SIP_HOST, REXIAN_DATA_DIR,
REXIAN_CONFIG, REXIAN_LOG_LEVEL, REXIAN_DEMO_CALLERS (0 = none).`;

export function parseArguments(
  words: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Arguments {
  let siteFile = env["REXIAN_CONFIG"] || null;
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at];
    if (word === "--help" || word === "-h") return { kind: "help" };
    if (word !== "--config") return { kind: "wrong", reason: `unknown argument ${word}` };
    const value = words[at + 1];
    if (value === undefined || value === "")
      return { kind: "wrong", reason: "--config needs a file" };
    siteFile = value;
    at += 1;
  }
  return { kind: "run", siteFile };
}
