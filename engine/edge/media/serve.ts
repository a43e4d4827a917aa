// The media server with its control link, in the calling thread.
import type { Logger } from "pino";
import type { EdgeConfig } from "../../wire/edge-config.ts";
import { ControlServer } from "./control/control-server.ts";
import type { WebRtcStack } from "./leg/webrtc-leg.ts";
import { openWebRtcStack } from "./leg/webrtc-stack.ts";
import { MediaServer } from "./media-server.ts";

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
    ownerlessMs?: number;
    qualityMs?: number;
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
  const server = new MediaServer(options, { webrtc, emit: (event) => control.send(event) });
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
