// Loaded into the processes under test (`node --import`): tells what its threads hold
// in memory after a full garbage collection, on a Unix socket for each thread. Nothing of it is in
// the product, and the processes run the product's code unchanged.
import { createServer, Socket } from "node:net";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { threadId } from "node:worker_threads";

/** One thread's answer. Bytes and milliseconds. */
export type ProbeAnswer = Readonly<{
  pid: number;
  threadId: number;
  script: string;
  /** After a full collection. */
  heapUsed: number;
  /** Outside the heap but owned by it: buffers and native objects. */
  external: number;
  arrayBuffers: number;
  /** Pages of the heap, filled or not: the collector keeps some between its compactions. */
  heapResident: number;
  /** Since the answer before. */
  loopDelayP99: number;
}>;

const folder = process.env["PROBE_DIR"];
if (folder !== undefined) serve(folder);

function serve(folder: string): void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", (text) => {
      const port = Number(/^drop (\d+)/.exec(text.toString())?.[1] ?? 0);
      if (port !== 0) dropConnections(port);
      const loopDelayP99 = delay.percentile(99) / 1e6;
      collect();
      // Finalisers run after the first collection; what they let go is gone after the second.
      collect();
      delay.reset();
      const { heapUsed, external, arrayBuffers } = process.memoryUsage();
      const spaces = getHeapSpaceStatistics().map(({ physical_space_size: size }) => size);
      const heapResident = spaces.reduce((sum, size) => sum + size, 0);
      const script = process.argv[1] ?? "";
      const answer: ProbeAnswer = {
        ...{ pid: process.pid, threadId, script },
        ...{ heapUsed, external, arrayBuffers, heapResident, loopDelayP99 },
      };
      socket.end(JSON.stringify(answer));
    });
  });
  server.on("error", () => undefined);
  server.listen(join(folder, `${process.pid}-${threadId}.sock`));
  server.unref();
}

/** Cuts this process's connections to a port, as a network that fails would. */
function dropConnections(port: number): void {
  const { _getActiveHandles: handles } = process as unknown as { _getActiveHandles(): unknown[] };
  for (const handle of handles.call(process)) {
    if (handle instanceof Socket && handle.remotePort === port) handle.destroy();
  }
}
