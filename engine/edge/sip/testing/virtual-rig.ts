// An edge in virtual time between a UDP peer and an application, anew for each test of a file. After
// each test all tables are empty and no timer is armed.
import { afterEach, beforeEach, expect } from "vitest";
import type { SipEdge } from "../start.ts";
import { rfcTimerValues } from "../transaction/timers.ts";
import { App } from "./app.ts";
import { type Peer, udpPeer } from "./peer.ts";
import { startTestEdge, untilEmpty } from "./rig.ts";
import { VirtualTimers } from "./virtual-timers.ts";

// Of the test that runs now; importers see each new value.
export let edge: SipEdge;
export let timers: VirtualTimers;
export let peer: Peer & { port: number };
export let app: App;

/**
 * To be called once in a file. `verbs`: what the application takes. `atEnd` runs when everything that
 * waited is over.
 */
export function inVirtualTime(verbs: readonly string[], atEnd: () => void = () => {}): void {
  beforeEach(async () => {
    timers = new VirtualTimers();
    edge = await startTestEdge({ timers, timerValues: rfcTimerValues });
    peer = await udpPeer("alice", edge.port);
    app = await App.connect(edge.appPort, verbs);
  });

  afterEach(async () => {
    // What waits for retransmissions goes within 64 T1; a session timer would show as armed.
    timers.advance(64_000);
    await untilEmpty(edge);
    expect(timers.armed).toBe(0);
    atEnd();
    app.close();
    peer.wire?.close();
    await edge.close();
  });
}
