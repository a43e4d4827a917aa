import { describe, expect, test } from "vitest";
import { parseArguments } from "./arguments.ts";

describe("the command line of npm start", () => {
  test.each([
    [[], {}, { kind: "run", siteFile: null }],
    [["--config", "a.yaml"], {}, { kind: "run", siteFile: "a.yaml" }],
    [[], { REXIAN_CONFIG: "b.yaml" }, { kind: "run", siteFile: "b.yaml" }],
    [["--config", "a.yaml"], { REXIAN_CONFIG: "b.yaml" }, { kind: "run", siteFile: "a.yaml" }],
    [[], { REXIAN_CONFIG: "" }, { kind: "run", siteFile: null }],
    [["--help"], {}, { kind: "help" }],
    [["--config"], {}, { kind: "wrong", reason: "--config needs a file" }],
    [["--port", "1"], {}, { kind: "wrong", reason: "unknown argument --port" }],
  ])("%j with %j", (words, env, expected) => {
    expect(parseArguments(words, env)).toEqual(expected);
  });
});
