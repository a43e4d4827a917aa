// The requests of the control protocol that are about recordings.
import type { MediaRequest } from "../../../wire/media-control.ts";
import type { MediaLeg } from "../leg/media-leg.ts";
import type { MediaResult } from "../leg-entry.ts";
import { RequestError } from "../request-error.ts";
import type { Recorder } from "./recorder.ts";

export type RecordingRequest = Extract<
  MediaRequest,
  {
    type:
      | "startRecording"
      | "pauseRecording"
      | "resumeRecording"
      | "stopRecording"
      | "forgetRecording";
  }
>;

/** Does a request. Rejects with `RequestError`. */
export async function performRecording(
  recorder: Recorder | null,
  request: RecordingRequest,
  legOf: (legId: string) => Promise<MediaLeg>,
): Promise<MediaResult> {
  if (recorder === null) throw new RequestError("limit", "nothing is recorded here");
  switch (request.type) {
    case "startRecording": {
      const known = recorder.fileOf(request.recordingId);
      if (known !== undefined) return { file: known };
      return { file: recorder.start(request, await legOf(request.legId)) };
    }
    case "pauseRecording":
    case "resumeRecording":
      recorder.pause(request.recordingId, request.type === "pauseRecording");
      return {};
    case "stopRecording":
      recorder.stop(request.recordingId);
      return {};
    case "forgetRecording":
      recorder.forget(request.recordingId);
      return {};
  }
}
