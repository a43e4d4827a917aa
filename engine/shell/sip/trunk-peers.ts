// Who stands at the other end of our trunks: whether they answer OPTIONS, and whether we are
// registered there. The core is told which trunks work; which one takes a call, it decides.
import { randomUUID } from "node:crypto";
import type { Logger } from "pino";
import type { CentreEvent } from "../../core/event.ts";
import type { TrunkId } from "../../core/ids.ts";
import type { EdgeLink } from "./edge-link.ts";
import { createTrunkRegistration, type Registration } from "./trunk-registration.ts";
import { isWatched, type OutboundTrunk, trunkUri } from "./trunk-target.ts";

/** What is known of one trunk's peer; null: not asked, or no answer was due yet. */
export type TrunkPeerState = Readonly<{
  trunkId: TrunkId;
  answersOptions: boolean | null;
  registration: ReturnType<Registration["state"]> | null;
}>;

export type TrunkPeers = Readonly<{
  /** Begins to ask; before, nothing is sent. */
  start(): void;
  configure(trunks: readonly OutboundTrunk[]): void;
  state(): readonly TrunkPeerState[];
  /** Registrations stay: the next engine goes on with them. */
  close(): void;
}>;

export function createTrunkPeers(options: {
  trunks: readonly OutboundTrunk[];
  edge: Pick<EdgeLink, "ask" | "isUp">;
  log: Logger;
  post(event: CentreEvent): void;
}): TrunkPeers {
  let peers: Peer[] = [];
  let started = false;

  function configure(trunks: readonly OutboundTrunk[]): void {
    for (const peer of peers) peer.close();
    peers = trunks.filter(isWatched).map((trunk) => createPeer(trunk, options));
    if (started) for (const peer of peers) peer.start();
  }
  configure(options.trunks);

  return {
    start() {
      if (started) return;
      started = true;
      for (const peer of peers) peer.start();
    },
    configure,
    state: () => peers.map((peer) => peer.state()),
    close() {
      for (const peer of peers) peer.close();
      peers = [];
    },
  };
}

type Peer = Readonly<{ start(): void; state(): TrunkPeerState; close(): void }>;

function createPeer(
  { id: trunkId, outbound }: OutboundTrunk,
  { edge, log, post }: Parameters<typeof createTrunkPeers>[0],
): Peer {
  const { optionsSeconds = null, register } = outbound ?? {};
  let told: boolean | null = null;
  let answersOptions: boolean | null = null;
  let timer: NodeJS.Timeout | null = null;
  let closed = false;

  function tell(): void {
    const isRegistered = registration === null ? true : registration.state().isRegistered;
    if (closed || (optionsSeconds !== null && answersOptions === null)) return;
    const isUp = answersOptions !== false && isRegistered;
    if (isUp === told) return;
    if (isUp) log.info({ trunkId }, "a trunk works");
    else log.warn({ trunkId, answersOptions, isRegistered }, "a trunk is out of order");
    told = isUp;
    post({ type: "trunkStateChanged", trunkId, isUp });
  }

  const registration =
    outbound === undefined || register === undefined
      ? null
      : createTrunkRegistration({ target: outbound, register, edge, onChange: tell, log, trunkId });

  async function ask(everyMs: number): Promise<void> {
    if (edge.isUp() && outbound !== undefined) {
      const asked = await edge.ask({
        method: "OPTIONS",
        target: trunkUri(outbound, null),
        headers: {
          From: `<sip:ping@localhost>;tag=${randomUUID()}`,
          Accept: "application/sdp",
        },
      });
      // Without a link nothing was learnt. 503: there is somebody, who takes no calls.
      if (asked.ok) answersOptions = asked.value !== null && asked.value.status !== 503;
      tell();
    }
    if (!closed) timer = setTimeout(() => void ask(everyMs), everyMs);
  }

  return {
    start() {
      if (optionsSeconds !== null) void ask(optionsSeconds * 1_000);
      registration?.start();
    },
    state: () => ({ trunkId, answersOptions, registration: registration?.state() ?? null }),
    close() {
      closed = true;
      if (timer !== null) clearTimeout(timer);
      registration?.close();
    },
  };
}
