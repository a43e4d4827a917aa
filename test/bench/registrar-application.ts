// The registrar of `npm run bench -- registrations`, in a process of its own so that its CPU time is
// counted apart. Arguments: admin port, secret. Told over IPC how much time shall pass.
import { startRegistrarServer } from "../system/registrar-server.ts";

const [port = "", secret = ""] = process.argv.slice(2);
const server = await startRegistrarServer({ port: Number(port), secret });
process.on("message", (ms: number) => {
  server.passTime(ms);
  server.registrar.sweep();
  server.events.length = 0;
  process.send?.(server.registrar.count());
});
process.on("disconnect", () => process.exit(0));
process.send?.(0);
