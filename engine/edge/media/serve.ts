// The media server with its control link, in the calling thread.
import type { Logger } from "pino";
import type { EdgeConfig } from "../../wire/edge-config.ts";
import type { MediaMessage } from "../../wire/media-control.ts";
import { ControlServer } from "./control/control-server.ts";
import type { WebRtcStack } from "./leg/webrtc-leg.ts";
import { openWebRtcStack } from "./leg/webrtc-stack.ts";
import { MediaServer } from "./media-server.ts";
import { Recorder } from "./recording/recorder.ts";
import { startWriter } from "./recording/writer-link.ts";

export interface RunningMedia {
  controlPort: number;
  /** The UDP port of all browsers. */
  webrtcPort: number;
  close(): Promise<void>;
}

/** Starts serving. Rejects when a port is taken or the WebRTC library does not load. */
export async function serveMedia(
  options: EdgeConfig["media"] & {
    logger: Logger;
    /** Tests of other things go without the native library. */
    webrtc?: "off";
    qualityMs?: number;
    rtcpIntervalMs?: number;
  },
): Promise<RunningMedia> {
  const webrtc: WebRtcStack | null =
    options.webrtc === "off"
      ? null
      : await openWebRtcStack({ ...options, port: options.webrtcPort });
  const control = new ControlServer({
    port: options.controlPort,
    secret: options.controlSecret,
    logger: options.logger,
    ...(options.ownerlessMs === undefined ? {} : { ownerlessMs: options.ownerlessMs }),
  });
  const emit = (event: MediaMessage): void => control.send(event);
  const recorder = await openRecorder(options, { logger: options.logger, emit }).catch(
    async (error: unknown) => {
      await webrtc?.close();
      throw error;
    },
  );
  const server = new MediaServer(options, { webrtc, recorder, emit });
  try {
    const controlPort = await control.listen(server);
    return {
      controlPort,
      webrtcPort: webrtc?.port ?? 0,
      close: async () => {
        await control.close();
        await server.close();
      },
    };
  } catch (error) {
    await server.close();
    throw error;
  }
}

/** What a crash left behind is mended beside what is recorded from now on. */
async function openRecorder(
  { recordings }: EdgeConfig["media"],
  parts: { logger: Logger; emit: (event: MediaMessage) => void },
): Promise<Recorder | null> {
  if (recordings === undefined) return null;
  const { dir, freeBytesMin, key } = recordings;
  const writer = await startWriter({ dir, key: key ?? null, repairs: true });
  const unfinishedCount = writer.ready.unfinished.length;
  if (unfinishedCount > 0) parts.logger.warn({ unfinishedCount }, "mending recordings of a crash");
  return new Recorder(writer, { freeBytesMin, isSealed: key !== undefined, ...parts });
}
