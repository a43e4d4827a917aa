import { describe, expect, it } from "vitest";
import { createShiftStore, runShiftChecks, type ShiftPorts } from "./shift.ts";

const good: ShiftPorts = {
  openMicrophone: async () => "ok",
  measureLevel: async () => 0.2,
  playTestTone: async () => "ok",
  waitForPhone: async () => "ok",
  askNotification: async () => "granted",
};

async function run(given: Partial<ShiftPorts>) {
  const store = createShiftStore();
  const canWork = await runShiftChecks(store, { ...good, ...given });
  const { phase, checks } = store.getState();
  return {
    canWork,
    phase,
    checks: checks.map((check) => `${check.id}: ${check.result}, ${check.detail}`),
  };
}

describe("start of shift", () => {
  it.each<{ title: string; given: Partial<ShiftPorts>; expected: Awaited<ReturnType<typeof run>> }>(
    [
      {
        title: "all is well",
        given: {},
        expected: {
          canWork: true,
          phase: "started",
          checks: [
            "speaker: ok, speaker-ok",
            "microphone: ok, microphone-ok",
            "level: ok, level-ok",
            "phone: ok, phone-ok",
            "notification: ok, notification-granted",
          ],
        },
      },
      {
        title: "a quiet room and no notifications still let work begin",
        given: {
          measureLevel: async () => 0,
          askNotification: async () => "denied",
          playTestTone: async () => "blocked",
        },
        expected: {
          canWork: true,
          phase: "started",
          checks: [
            "speaker: warning, speaker-blocked",
            "microphone: ok, microphone-ok",
            "level: warning, level-quiet",
            "phone: ok, phone-ok",
            "notification: warning, notification-denied",
          ],
        },
      },
      {
        title: "without a microphone nothing begins",
        given: { openMicrophone: async () => "denied" },
        expected: {
          canWork: false,
          phase: "failed",
          checks: ["speaker: ok, speaker-ok", "microphone: failed, microphone-denied"],
        },
      },
      {
        title: "a phone that does not register stops it",
        given: { waitForPhone: async () => "failed" },
        expected: {
          canWork: false,
          phase: "failed",
          checks: [
            "speaker: ok, speaker-ok",
            "microphone: ok, microphone-ok",
            "level: ok, level-ok",
            "phone: failed, phone-failed",
            "notification: ok, notification-granted",
          ],
        },
      },
    ],
  )("$title", async ({ given, expected }) => {
    expect(await run(given)).toEqual(expected);
  });
});
