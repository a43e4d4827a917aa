// sipp and a drachtio-srf application on the two sides of the edge, one scenario for each section of
// the RFCs. The edge runs in virtual time, so that no speed of the machine decides anything.
import Srf from "drachtio-srf";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { SipEdge } from "../../engine/edge/sip/start.ts";
import { Call, sdp, udpPeer } from "../../engine/edge/sip/testing/peer.ts";
import { startTestEdge, untilEmpty } from "../../engine/edge/sip/testing/rig.ts";
import { VirtualTimers } from "../../engine/edge/sip/testing/virtual-timers.ts";
import { rfcTimerValues } from "../../engine/edge/sip/transaction/timers.ts";
import { freePort } from "../system/centre.ts";
import * as rfc from "../system/rfc-scenarios.ts";
import { type SippOptions, type SippRun, startSipp, startSippPhone } from "../system/sipp.ts";
import { calledRefuses, phoneUntilCancel, type Scenario } from "../system/sipp-scenarios.ts";
import { until } from "../system/wait.ts";

type Application = (req: Srf.SrfRequest, res: Srf.SrfResponse) => void;
/** Parts of drachtio-srf that its types leave out or describe wrongly. */
type SrfParts = {
  use(verb: string, handler: Application): void;
  proxyRequest(req: Srf.SrfRequest, targets: string[], options: object): void;
};
type DialogParts = {
  sip: { callId: string; localTag: string; remoteTag: string };
  on(name: string, handler: Application): void;
  handle: Application;
  request(options: { method: string; headers?: object; body?: string }): Promise<unknown>;
  modify(sdp: string): Promise<unknown>;
  destroy(): Promise<unknown>;
};

let edge: SipEdge;
let timers: VirtualTimers;
let srf: Srf;
/** Takes each request that begins something. */
let application: Application;
let dialogs: DialogParts[];
let log: string[];

beforeEach(async () => {
  [dialogs, log] = [[], []];
  timers = new VirtualTimers();
  edge = await startTestEdge({ timers, timerValues: rfcTimerValues });
  srf = new Srf();
  application = (_req, res) => res.send(200);
  for (const verb of ["invite", "subscribe", "message", "options"]) {
    (srf as unknown as SrfParts).use(verb, (req, res) => application(req, res));
  }
  void srf.connect({ host: "127.0.0.1", port: edge.appPort, secret: "secret" });
  await new Promise<void>((resolve) => {
    srf.once("connect", () => resolve());
  });
  // Routes follow the authentication on the same connection.
  const probe = await udpPeer("probe", edge.port);
  for (let status = 503, attempt = 0; status === 503; attempt++) {
    Call.over(probe, `probe-${attempt}`).request("OPTIONS");
    status = (await Promise.race([probe.response(503), probe.response(200)])).status;
  }
  probe.wire?.close();
});

afterEach(async () => {
  // What waits for retransmissions goes within 64 T1; a session timer would show as armed.
  timers.advance(64_000);
  await untilEmpty(edge);
  expect(timers.armed).toBe(0);
  srf.disconnect();
  await edge.close();
});

/** A peer that begins. */
function peer(scenario: Scenario, more: Partial<SippOptions> = {}): SippRun {
  const target = `127.0.0.1:${edge.port}`;
  return startSipp({ scenario, target, service: "100", timeoutMs: 8_000, ...more });
}

/** A peer that waits for a call; its address comes with it. */
async function phone(
  scenario: Scenario,
  more: Partial<SippOptions> = {},
): Promise<SippRun & { uri: string }> {
  const localPort = await freePort();
  const run = await startSippPhone({ scenario, localPort, timeoutMs: 8_000, ...more });
  return { ...run, uri: `sip:bob@127.0.0.1:${localPort}` };
}

async function wentAsWritten(...runs: SippRun[]): Promise<void> {
  const results = await Promise.all(runs.map((run) => run.done));
  const errors = results.map((result) => result.errors).join("\n");
  expect(
    results.map((result) => result.code),
    errors,
  ).toEqual(results.map(() => 0));
}

/** The application's own view, in any order: its answers and its requests cross. */
async function logged(...entries: string[]): Promise<void> {
  await until("the application is done", () => log.length >= entries.length);
  expect([...log].sort()).toEqual([...entries].sort());
}

/** Answers each INVITE; `then` gets the dialog. */
function answers(then: (dialog: DialogParts) => void = () => {}): Application {
  return (req, res) => {
    srf.createUAS(req, res, { localSdp: sdp }, (_error, made) => {
      const dialog = made as unknown as DialogParts;
      dialogs.push(dialog);
      logAcks(dialog);
      dialog.on("destroy", () => log.push("BYE"));
      then(dialog);
    });
  };
}

/**
 * As they come in: the library tells its listeners a turn later, and a BYE that came in the same read
 * has removed them by then.
 */
function logAcks(dialog: DialogParts): void {
  const handle = dialog.handle.bind(dialog);
  dialog.handle = (req, res) => {
    if (req.method === "ACK") log.push("ACK");
    handle(req, res);
  };
}

const proxies =
  (targets: string[], options: object = {}): Application =>
  (req) =>
    (srf as unknown as SrfParts).proxyRequest(req, targets, { remainInDialog: true, ...options });

describe("RFC 3261", () => {
  const rings: Application = (req, res) => {
    req.on("cancel", () => log.push("CANCEL"));
    res.send(180);
  };

  test("8.1.3.4 a redirection is followed", async () => {
    const contact = `<sip:elsewhere@127.0.0.1:${edge.port}>`;
    application = (req, res) => {
      if (req.uri.includes("elsewhere")) answers()(req, res);
      else res.send(302, { headers: { Contact: contact } });
    };
    await wentAsWritten(peer(rfc.caller8_1_3_4));
    expect(log).toEqual(["ACK", "BYE"]);
  });

  test("8.2.2.2 a merged request is refused with 482", async () => {
    application = rings;
    await wentAsWritten(peer(rfc.caller8_2_2_2));
    expect(log).toEqual(["CANCEL"]);
  });

  test("9.1 CANCEL", async () => {
    application = rings;
    await wentAsWritten(peer(rfc.caller9_1));
    expect(log).toEqual(["CANCEL"]);
  });

  test.each(["MESSAGE", "OPTIONS"] as const)("11, RFC 3428: %s", async (method) => {
    application = (req, res) => {
      log.push(req.method);
      res.send(200);
    };
    await wentAsWritten(peer(rfc.asksOutside(method)));
    expect(log).toEqual([method]);
  });

  test("12.2.1.1 a strict route", async () => {
    application = answers((dialog) => {
      dialog.on("ack", () => {
        void dialog.request({ method: "INFO" }).then(() => dialog.destroy());
      });
    });
    await wentAsWritten(peer(rfc.caller12_2_1_1));
  });

  test("13.2.2.4 each 2xx is acknowledged", async () => {
    const called = await phone(rfc.callee13_2_2_4, { absorbsRepetitions: false });
    const dialog = await srf.createUAC(called.uri, { localSdp: sdp });
    dialog.on("destroy", () => log.push("BYE"));
    await wentAsWritten(called);
    await until("the application is told", () => log.length === 1);
  });

  test("13.3.1.4 a 2xx is repeated until its ACK", async () => {
    application = answers();
    const caller = peer(rfc.caller13_3_1_4, { absorbsRepetitions: false });
    await until("the call is answered", () => dialogs.length === 1);
    timers.advance(1_500);
    await wentAsWritten(caller);
    expect(log).toEqual(["ACK", "BYE"]);
  });

  test("14.1 re-INVITE, and 491 for one that crosses ours", async () => {
    application = answers((dialog) => {
      dialog.on("modify", (_req, res) => {
        res.send(200, { body: sdp, headers: { "Content-Type": "application/sdp" } });
        log.push("modified");
        if (log.filter((entry) => entry === "modified").length > 1) return;
        void dialog.modify(sdp).catch((error: { status: number }) => log.push(`${error.status}`));
      });
    });
    await wentAsWritten(peer(rfc.caller14_1));
    await logged("ACK", "ACK", "ACK", "BYE", "modified", "modified", "491");
  });

  test("16.6 one target after the other; the proxy stays in the route", async () => {
    const busy = await phone(calledRefuses({ status: 486 }));
    const takes = await phone(rfc.callee16);
    application = proxies([busy.uri, takes.uri]);
    await wentAsWritten(peer(rfc.caller16), busy, takes);
  });

  test("16.7 all targets at once; who is too late is cancelled", async () => {
    const late = await phone(phoneUntilCancel());
    const takes = await phone(rfc.callee16);
    application = proxies([late.uri, takes.uri], { forking: "simultaneous" });
    await wentAsWritten(peer(rfc.caller16), late, takes);
  });
});

test("RFC 3262: PRACK", async () => {
  application = (req, res) => {
    res.send(183, { headers: { Require: "100rel" }, body: sdp });
    answers()(req, res);
  };
  await wentAsWritten(peer(rfc.caller3262));
  expect(log).toEqual(["ACK", "BYE"]);
});

test("RFC 3311: UPDATE of each side", async () => {
  application = answers((dialog) => {
    dialog.on("update", (_req, res) => {
      res.send(200, { body: sdp, headers: { "Content-Type": "application/sdp" } });
      void dialog.request({ method: "UPDATE", body: sdp }).then(() => log.push("updated"));
    });
  });
  await wentAsWritten(peer(rfc.caller3311));
  await logged("ACK", "updated", "BYE");
});

describe("RFC 4028", () => {
  test("7.4 the edge refreshes at half time", async () => {
    application = answers();
    const caller = peer(rfc.caller4028IsRefreshed);
    await until("the call stands", () => log.includes("ACK"));
    timers.advance(45_000);
    await wentAsWritten(caller);
    expect(log).toEqual(["ACK", "BYE"]);
  });

  test("10 the peer refreshes, and ends when it does so no more", async () => {
    application = answers((dialog) => {
      dialog.on("update", (_req, res) => {
        res.send(200);
        log.push("UPDATE");
      });
    });
    const caller = peer(rfc.caller4028Refreshes);
    await until("the call stands", () => log.includes("ACK"));
    timers.advance(50_000);
    await dialogs[0]?.request({ method: "INFO" });
    await until("the peer refreshed", () => log.includes("UPDATE"));
    await until("its answer has left", () => edge.tables().incoming === 0);
    timers.advance(50_000);
    expect(log).toEqual(["ACK", "UPDATE"]);
    timers.advance(11_000);
    await wentAsWritten(caller);
    await until("the application is told", () => log.includes("BYE"));
  });
});

test("RFC 3515: REFER, and NOTIFY of how it went", async () => {
  application = answers((dialog) => {
    dialog.on("refer", (_req, res) => {
      res.send(202);
      void dialog.request({
        method: "NOTIFY",
        headers: {
          ...{ Event: "refer", "Subscription-State": "terminated;reason=noresource" },
          "Content-Type": "message/sipfrag",
        },
        body: "SIP/2.0 200 OK",
      });
    });
  });
  await wentAsWritten(peer(rfc.caller3515));
  expect(log).toEqual(["ACK", "BYE"]);
});

test("RFC 3891: one call takes the place of another", async () => {
  application = (req, res) => {
    const replaces = req.get("Replaces") as string | undefined;
    answers(() => {
      const replaced = dialogs.find(({ sip }) => replaces?.startsWith(`${sip.callId};`));
      void replaced?.destroy();
    })(req, res);
  };
  const first = peer(rfc.caller3891Replaced);
  await until("the first call stands", () => log.includes("ACK"));
  const { callId = "", localTag = "", remoteTag = "" } = dialogs[0]?.sip ?? {};
  const second = peer(rfc.caller3891({ callId, to: localTag, from: remoteTag }));
  await wentAsWritten(first, second);
});

test("RFC 6665: SUBSCRIBE, NOTIFY, and the end of the subscription", async () => {
  application = (req, res) => {
    const options = { localSdp: "", headers: { Expires: "60" } };
    void srf.createUAS(req, res, options).then((made) => {
      const dialog = made as unknown as DialogParts;
      const notify = (state: string) =>
        dialog.request({
          method: "NOTIFY",
          headers: { Event: "presence", "Subscription-State": state },
        });
      dialog.on("unsubscribe", () => void notify("terminated").then(() => log.push("over")));
      void notify("active;expires=60").then(() => log.push("told"));
    });
  };
  await wentAsWritten(peer(rfc.subscriber6665));
  await until("the application is done", () => log.length === 2);
  expect(log).toEqual(["told", "over"]);
});

test("RFC 6086: INFO of each side", async () => {
  application = answers((dialog) => {
    dialog.on("info", (_req, res) => {
      res.send(200);
      void dialog.request({ method: "INFO" }).then(() => log.push("answered"));
    });
  });
  await wentAsWritten(peer(rfc.caller6086));
  await logged("ACK", "answered", "BYE");
});
