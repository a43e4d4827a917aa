// `npm run bench -- NAME`: prints measured figures; asserts nothing.
import { parseArgs } from "node:util";
import { benchCalls, callsDefaults } from "./calls.ts";

const usage = `Usage: npm run bench -- calls [--calls N] [--rate N] [--talk MS] [--waiting N] [--no-rtp]`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    calls: { type: "string", default: String(callsDefaults.calls) },
    rate: { type: "string", default: String(callsDefaults.callsPerSecond) },
    talk: { type: "string", default: String(callsDefaults.talkMs) },
    waiting: { type: "string", default: String(callsDefaults.waiting) },
    "no-rtp": { type: "boolean", default: false },
  },
});

if (positionals[0] !== "calls") {
  console.error(usage);
  process.exit(2);
}
await benchCalls({
  calls: Number(values.calls),
  callsPerSecond: Number(values.rate),
  talkMs: Number(values.talk),
  waiting: Number(values.waiting),
  withRtp: !values["no-rtp"],
});
process.exit(0);
