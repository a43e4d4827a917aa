// What is wrong with a site's files, in words that a person can act on.

/** One thing to repair. `line` counts from 1 and is null where there is no line (environment). */
export type Problem = Readonly<{
  file: string;
  line: number | null;
  /** Where in the file, such as `queues[0].targetSeconds`, or the environment variable. */
  path: string;
  reason: string;
}>;

/** The site cannot be started. The message has one line for each problem. */
export class SiteError extends Error {
  override readonly name = "SiteError";
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(problemLine).join("\n"));
    this.problems = problems;
  }
}

/** `file:line: path: reason`, always one line. */
function problemLine(problem: Problem): string {
  const place = problem.line === null ? problem.file : `${problem.file}:${problem.line}`;
  const path = problem.path === "" ? "" : `${problem.path}: `;
  return `${place}: ${path}${problem.reason}`.replaceAll(/\s+/g, " ");
}
