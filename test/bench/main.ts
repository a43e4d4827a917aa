// `npm run bench -- NAME`: prints measured figures; asserts nothing.
import { parseArgs } from "node:util";
import { benchAcd } from "./acd.ts";
import { benchCalls, callsDefaults } from "./calls.ts";
import { benchMedia } from "./media.ts";
import { benchRecovery } from "./recovery.ts";
import { benchRegistrations } from "./registrations.ts";
import { benchReports } from "./reports.ts";
import { benchSip } from "./sip.ts";

const usage = `Usage: npm run bench -- calls [--calls N] [--rate N] [--talk MS] [--waiting N] [--no-rtp]
       npm run bench -- media [--only PART] [--seconds N] [--profile FOLDER]
       npm run bench -- acd [--decisions N]
       npm run bench -- recovery
       npm run bench -- reports [--calls N]
       npm run bench -- sip [--calls N] [--rate N] [--dialogs N] [--profile FOLDER]
       npm run bench -- registrations [--users N]`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    calls: { type: "string" },
    rate: { type: "string" },
    talk: { type: "string", default: String(callsDefaults.talkMs) },
    waiting: { type: "string", default: String(callsDefaults.waiting) },
    "no-rtp": { type: "boolean", default: false },
    only: { type: "string", default: "" },
    decisions: { type: "string", default: "20000" },
    users: { type: "string", default: "10000" },
    dialogs: { type: "string", default: "2000" },
    profile: { type: "string", default: "" },
    seconds: { type: "string", default: "8" },
  },
});

if (positionals[0] === "recovery") {
  benchRecovery();
  process.exit(0);
}
if (positionals[0] === "acd") {
  benchAcd({ decisions: Number(values.decisions) });
  process.exit(0);
}
if (positionals[0] === "reports") {
  await benchReports(Number(values.calls ?? 1_000_000));
  process.exit(0);
}
if (positionals[0] === "media") {
  await benchMedia({
    only: values.only,
    seconds: Number(values.seconds),
    profileDir: values.profile === "" ? null : values.profile,
  });
  process.exit(0);
}
if (positionals[0] === "registrations") {
  await benchRegistrations(Number(values.users));
  process.exit(0);
}
if (positionals[0] === "sip") {
  await benchSip({
    calls: Number(values.calls ?? 1_000),
    callsPerSecond: Number(values.rate ?? 50),
    dialogs: Number(values.dialogs),
    profileDir: values.profile === "" ? null : values.profile,
  });
  process.exit(0);
}
if (positionals[0] !== "calls") {
  console.error(usage);
  process.exit(2);
}
await benchCalls({
  calls: Number(values.calls ?? callsDefaults.calls),
  callsPerSecond: Number(values.rate ?? callsDefaults.callsPerSecond),
  talkMs: Number(values.talk),
  waiting: Number(values.waiting),
  withRtp: !values["no-rtp"],
});
process.exit(0);
