// Writes the JSON Schema of flow files, for editors that complete and check while one writes.
//   tsx engine/tools/flow-schema.ts
import { writeFileSync } from "node:fs";
import { z } from "zod";
import { flowFile } from "../wire/flow-file.ts";

export const flowSchemaFile = "ivr-flows/flow.schema.json";
export const flowSchemaText = (): string =>
  `${JSON.stringify(z.toJSONSchema(flowFile, { io: "input" }), null, 1)}\n`;

if (process.argv[1]?.endsWith("flow-schema.ts") === true) {
  writeFileSync(flowSchemaFile, flowSchemaText());
}
