// The demo's outside world, a process of its own: callers on a trunk and agents with SIP phones.
//   node dist/engine/demo/main.js FILE.json
// Says `{type:"ready"}` over IPC; ends on SIGTERM, SIGINT, or when its parent is gone.
import { readFileSync } from "node:fs";
import { pino } from "pino";
import { z } from "zod";
import { startAgents } from "./agents.ts";
import { startCallers } from "./callers.ts";
import { createMediaClock } from "./peer/media-clock.ts";
import { SipPeer } from "./peer/sip-peer.ts";
import { createRandom } from "./random.ts";
import { loadSpeech } from "./speech.ts";

const demoConfig = z.strictObject({
  sipHost: z.string(),
  sipPort: z.number().int().min(1).max(65_535),
  /** Callers around at once. */
  callers: z.number().int().min(0).max(200),
  /** Numbers that they dial. */
  callerNumbers: z.array(z.string()),
  agents: z.array(z.strictObject({ id: z.string(), password: z.string() })).max(1_000),
  promptsDir: z.string(),
  logLevel: z.string().default("info"),
  seed: z.number().int().default(1),
});

async function main(file: string | undefined): Promise<void> {
  if (file === undefined) {
    console.error("usage: main.js FILE.json");
    process.exit(2);
  }
  process.title = "rexian-demo";
  const config = demoConfig.parse(JSON.parse(readFileSync(file, "utf8")));
  const log = pino({ name: "demo", level: config.logLevel }, pino.destination(2));
  const random = createRandom(config.seed);
  const clock = createMediaClock();
  const target = { host: config.sipHost, port: config.sipPort };
  const peer = await SipPeer.open({ host: config.sipHost });
  const agents = await startAgents({
    localHost: config.sipHost,
    clock,
    registrar: target,
    agents: config.agents.map(({ id, password }) => ({ username: id, password })),
    speech: loadSpeech(config.promptsDir, "agents"),
    random: random.fork(),
    log,
  });
  const callers = startCallers({
    peer,
    clock,
    target,
    numbers: config.callerNumbers,
    callers: config.callerNumbers.length === 0 ? 0 : config.callers,
    speech: loadSpeech(config.promptsDir, "callers"),
    random: random.fork(),
    log,
  });
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    callers.stop();
    agents.stop();
    // Long enough for BYE and CANCEL to leave; whoever does not answer is not waited for.
    setTimeout(() => process.exit(0), 300);
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
  process.once("disconnect", stop);
  process.send?.({ type: "ready" });
  log.info({ callers: config.callers, agents: config.agents.length }, "demo world is there");
}

main(process.argv[2]).catch((error: unknown) => {
  const reason = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
  process.send?.({ type: "failed", reason });
  console.error(`demo: ${reason}`);
  process.exit(1);
});
