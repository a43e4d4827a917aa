// `npm run trace -- CALL-ID`: the SIP ladder of one call of a running centre, on the machine where
// it runs. It asks the edge itself, so it works while no engine is there.
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { productRoot } from "./config/product-root.ts";
import { createEdgeOperations } from "./shell/trace/edge-client.ts";
import { ladderText, messagesText } from "./shell/trace/ladder-text.ts";
import { toPcap } from "./shell/trace/pcap.ts";
import { operationsSocketName } from "./wire/edge-operations.ts";
import { maskSipText } from "./wire/masking.ts";

const usage = `Usage: npm run trace -- CALL-ID [--messages] [--mask] [--pcap FILE] [--data DIR]

  CALL-ID      a call id of the centre (as in /reports and the logs), or a SIP Call-ID
  --messages   print every message in full below the ladder
  --mask       show phone numbers as 138****1234
  --pcap FILE  write the messages as a capture file for Wireshark instead of printing them
  --data DIR   data folder of the centre; default REXIAN_DATA_DIR, else ./data of the product

Exit codes: 0 found, 1 no such call or no edge, 2 wrong usage.`;

const { call, options } = readArguments();
const dataDir = resolve(
  options.data ?? (process.env["REXIAN_DATA_DIR"] || join(productRoot(), "data")),
);
const found = await createEdgeOperations(join(dataDir, "run", operationsSocketName)).trace(call);
if (found === null) end(1, `no running edge keeps its data in ${dataDir}`);
if (found.messages.length === 0) {
  end(1, `no SIP message of the call ${call} is kept (${found.forgotten} older ones were dropped)`);
}
const messages = found.messages.map((message) =>
  options.mask ? { ...message, text: maskSipText(message.text) } : message,
);
if (options.pcap === undefined) {
  const parts = [ladderText(messages), ...(options.messages ? ["", messagesText(messages)] : [])];
  process.stdout.write(`${parts.join("\n")}\n`);
} else {
  writeFileSync(options.pcap, toPcap(messages), { mode: 0o600 });
  process.stdout.write(`${messages.length} messages written to ${options.pcap}\n`);
}

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        help: { type: "boolean", short: "h", default: false },
        messages: { type: "boolean", default: false },
        mask: { type: "boolean", default: false },
        pcap: { type: "string" },
        data: { type: "string" },
      },
    });
    if (values.help) {
      process.stdout.write(`${usage}\n`);
      process.exit(0);
    }
    const [call, ...rest] = positionals;
    if (call === undefined || rest.length > 0) end(2, usage);
    return { call, options: values };
  } catch (error) {
    end(2, `${error instanceof Error ? error.message : error}\n${usage}`);
  }
}

function end(code: 1 | 2, line: string): never {
  process.stderr.write(`${line}\n`);
  process.exit(code);
}
