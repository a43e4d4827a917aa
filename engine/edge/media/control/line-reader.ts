// Splits a byte stream into UTF-8 lines of bounded length.

export class LineReader {
  private readonly options: {
    bytesMax: number;
    onLine: (line: string) => void;
    /** Called once; nothing is read after it. */
    onTooLong: () => void;
  };
  private parts: Buffer[] = [];
  private length = 0;
  private broken = false;

  constructor(options: {
    bytesMax: number;
    onLine: (line: string) => void;
    onTooLong: () => void;
  }) {
    this.options = options;
  }

  push(bytes: Buffer): void {
    let start = 0;
    while (!this.broken) {
      const end = bytes.indexOf(newline, start);
      const part = bytes.subarray(start, end < 0 ? bytes.length : end);
      if (this.length + part.length > this.options.bytesMax) {
        this.broken = true;
        this.parts = [];
        this.options.onTooLong();
        return;
      }
      if (end < 0) {
        if (part.length > 0) this.parts.push(part);
        this.length += part.length;
        return;
      }
      const line = Buffer.concat([...this.parts, part]).toString("utf8");
      this.parts = [];
      this.length = 0;
      start = end + 1;
      if (line.trim() !== "") this.options.onLine(line);
    }
  }
}

const newline = 10;
