// Reads one YAML 1.2 file against a schema and remembers on which line each value stands.
import { readFileSync } from "node:fs";
import { isMap, isNode, isScalar, LineCounter, type ParsedNode, parseDocument } from "yaml";
import type { z } from "zod";
import { type Problem, SiteError } from "./site-error.ts";

/** Larger files are refused before they are parsed. */
const yamlBytesMax = 4 * 1024 * 1024;
/** A file may repeat a part by alias this often; alias bombs need far more. */
const aliasesMax = 100;

export type YamlPath = readonly (string | number)[];

export type YamlFile<T> = Readonly<{
  file: string;
  text: string;
  value: T;
  /** A problem at this path of the file, with the line of the nearest value that exists. */
  problem(path: YamlPath, reason: string): Problem;
}>;

/** Throws {@link SiteError} with every problem that the YAML and the schema have. */
export function readYaml<S extends z.ZodType>(file: string, schema: S): YamlFile<z.output<S>> {
  const text = readText(file);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const fail = (problems: readonly Problem[]): never => {
    throw new SiteError(problems);
  };
  const lineAt = (offset: number): number => lines.linePos(offset).line || 1;
  const problem = (path: YamlPath, reason: string): Problem => ({
    file,
    line: lineAt(offsetOf(document.contents, path)),
    path: pathText(path),
    reason,
  });
  if (document.errors.length > 0) {
    fail(
      document.errors.map((error) => ({
        file,
        line: lineAt(error.pos[0]),
        path: "",
        reason: `not valid YAML: ${error.message}`,
      })),
    );
  }
  let plain: unknown;
  try {
    plain = document.toJS({ maxAliasCount: aliasesMax });
  } catch (error) {
    fail([problem([], `not valid YAML: ${messageOf(error)}`)]);
  }
  const parsed = schema.safeParse(plain);
  if (!parsed.success)
    return fail(parsed.error.issues.flatMap((issue) => problems(issue, problem)));
  return { file, text, value: parsed.data, problem };
}

/** `numbers[0].digits` */
function pathText(path: YamlPath): string {
  return path
    .map((part, index) =>
      typeof part === "number" ? `[${part}]` : index === 0 ? part : `.${part}`,
    )
    .join("");
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function readText(file: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new SiteError([
      { file, line: null, path: "", reason: `cannot be read: ${messageOf(error)}` },
    ]);
  }
  if (bytes.length > yamlBytesMax) {
    throw new SiteError([
      { file, line: null, path: "", reason: `has more than ${yamlBytesMax} bytes` },
    ]);
  }
  return bytes.toString("utf8");
}

function problems(
  issue: z.core.$ZodIssue,
  problem: (path: YamlPath, reason: string) => Problem,
): readonly Problem[] {
  const path = issue.path.map((part) => (typeof part === "number" ? part : String(part)));
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => problem([...path, key], "unknown key"));
  }
  if (issue.code === "invalid_key") {
    return [problem(path, `invalid key: ${issue.issues.map((inner) => inner.message).join("; ")}`)];
  }
  return [problem(path, issue.message)];
}

/** Offset of the value (for an unknown key, of the key) or of its nearest parent that exists. */
function offsetOf(contents: ParsedNode | null, path: YamlPath): number {
  let offset = contents?.range[0] ?? 0;
  let node: unknown = contents;
  for (const part of path) {
    if (isMap(node)) {
      const pair = node.items.find(
        (item) => isScalar(item.key) && String(item.key.value) === String(part),
      );
      if (pair === undefined) break;
      if (isScalar(pair.key)) offset = pair.key.range?.[0] ?? offset;
      node = pair.value;
      continue;
    }
    const child = isNode(node) && "get" in node ? node.get(part, true) : undefined;
    if (!isNode(child)) break;
    offset = child.range?.[0] ?? offset;
    node = child;
  }
  return offset;
}
