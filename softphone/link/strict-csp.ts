// Import before any schema is built: zod otherwise probes for `eval`, which a strict content
// security policy reports as a violation although nothing fails.
import { config } from "zod";

config({ jitless: true });
