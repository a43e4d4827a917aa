// Cuts a byte stream into lines of JSON with a limit, so that a broken peer cannot fill the memory.

export type LineSplitter = {
  /** Returns the complete lines of what came so far; null once a line passed the limit. */
  push(chunk: string): string[] | null;
};

/** @param lineCharsMax longest line, in UTF-16 units, that is still kept. */
export function createLineSplitter(lineCharsMax: number): LineSplitter {
  let rest = "";
  return {
    push(chunk) {
      rest = rest === "" ? chunk : rest + chunk;
      const lines = rest.split("\n");
      rest = lines.pop() ?? "";
      if (rest.length > lineCharsMax || lines.some((line) => line.length > lineCharsMax)) {
        rest = "";
        return null;
      }
      return lines.filter((line) => line !== "");
    },
  };
}
