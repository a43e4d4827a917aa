// The published JSON Schema is the one that the engine checks with.
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { flowSchemaFile, flowSchemaText } from "./flow-schema.ts";

it("is up to date; else: npx tsx engine/tools/flow-schema.ts", () => {
  expect(readFileSync(flowSchemaFile, "utf8")).toBe(flowSchemaText());
});
