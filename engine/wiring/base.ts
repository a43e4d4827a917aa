// What one engine process begins with: the site, the lease, the state of its predecessor, the records.
import type { Logger } from "pino";
import { toCentreConfig } from "../config/centre.ts";
import { loadTables } from "../config/flow-tables.ts";
import { loadFlows } from "../config/flows.ts";
import { checkPrompts } from "../config/prompts.ts";
import { recordsDatabase } from "../config/records.ts";
import { type LoadedSite, loadSite } from "../config/site.ts";
import type { CentreConfig } from "../core/centre-config.ts";
import { type Ownership, takeOwnership } from "../shell/cluster/ownership.ts";
import { type EngineState, nextEpoch, openEngineState } from "../shell/journal/engine-state.ts";
import { createRecords, type Records } from "../shell/records/records.ts";
import { createFactRing, type FactRing } from "../shell/web/fact-ring.ts";
import { createPasswordCheck, ensureLogins } from "../shell/web/logins.ts";
import { peopleOf } from "../shell/web/people.ts";
import { createSessions } from "../shell/web/sessions.ts";
import { createSipSecrets } from "../shell/web/sip-secrets.ts";
import type { EngineRun } from "../wire/engine-run.ts";

/** What every part of one engine process shares. */
export type Base = Readonly<{
  run: EngineRun;
  log: Logger;
  loaded: LoadedSite;
  config: CentreConfig;
  ownership: Ownership;
  state: EngineState;
  records: Records;
  ring: FactRing;
}>;

/**
 * Waits until this engine may drive. `onStandby` is called when another one holds the lease; the
 * process ends by itself when the lease is lost later.
 */
export async function openBase(options: {
  run: EngineRun;
  log: Logger;
  onStandby: () => void;
}): Promise<Base> {
  const { run, log, onStandby } = options;
  const loaded = loadSite({ file: run.siteFile, env: process.env });
  const flows = loadFlows(loaded.flowsDir);
  checkPrompts(loaded, flows);
  const config = toCentreConfig(loaded, flows, loadTables(loaded.flowsDir));
  const ownership = await takeOwnership({
    cluster: loaded.site.cluster,
    httpSocket: run.httpSocket,
    epochMin: nextEpoch(run.dataDir),
    onStandby,
    onLost: (why) => {
      log.fatal({ why }, "lost the lease of the domain; another engine may drive from now on");
      process.exit(1);
    },
    log,
  });
  const { epoch } = ownership;
  const { timeZone } = loaded.site;
  const state = openEngineState({ dataDir: run.dataDir, timeZone, epoch, log });
  const records = createRecords({
    database: recordsDatabase({ site: loaded.site, dataDir: run.dataDir }),
    log,
  });
  const ring = createFactRing();
  for (const facts of state.replay(await records.lastSeq())) {
    ring.onFacts(facts);
    records.onFacts(facts);
  }
  return { run, log, loaded, config, ownership, state, records, ring };
}

export type LoginSide = ReturnType<typeof openLogins>;

/** Who may log in, who is logged in, and the SIP secrets that follow from it. */
export function openLogins({ run, log, loaded, state }: Base) {
  const { dataDir } = run;
  const people = peopleOf(loaded.site);
  const logins = ensureLogins(dataDir, people);
  const onError = (error: unknown) => log.error({ error }, "the sessions could not be saved");
  const sessions = createSessions({ dataDir, nowMs: state.clock.nowMs, onError });
  const sipSecrets = createSipSecrets({ dataDir, people, logins, sessions });
  return { people, sessions, sipSecrets, checkPassword: createPasswordCheck(logins) };
}
