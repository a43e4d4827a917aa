// A request that cannot be done, with the code that the engine gets.
import type { MediaErrorCode } from "../../wire/media-control.ts";

export class RequestError extends Error {
  readonly code: MediaErrorCode;

  constructor(code: MediaErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
