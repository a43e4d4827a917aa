import { afterEach, expect, it } from "vitest";
import { type StartedMedia, startMedia } from "./start.ts";
import { ControlClient } from "./testing/control-client.ts";

const options = {
  host: "127.0.0.1",
  publicHost: null,
  rtpPortMin: 0,
  rtpPortMax: 0,
  webrtcPort: 0,
  controlPort: 0,
  controlSecret: "s",
  promptsDir: "/nowhere",
  silentMs: 1000,
  legsMax: 10,
  logLevel: "silent",
};

let media: StartedMedia | null = null;
afterEach(() => media?.close());

it("serves from its own thread, and tells a second one that the port is taken", async () => {
  media = await startMedia(options);
  const engine = await ControlClient.own(media.controlPort, { secret: "s", epoch: 1 });
  expect(engine.messages).toMatchObject([{ type: "welcome", pid: process.pid }]);
  expect(media.webrtcPort).toBeGreaterThan(0);
  engine.close();
  await expect(startMedia({ ...options, controlPort: media.controlPort })).rejects.toThrow(
    /EADDRINUSE/,
  );
});
