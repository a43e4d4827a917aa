// Where a thread's module lies: compiled, or in source behind the TypeScript loader.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

/** @param module the module's URL without its ending. */
export function threadUrl(module: URL): URL {
  if (!import.meta.url.endsWith(".ts")) return new URL(`${module.href}.js`);
  const require = createRequire(import.meta.url);
  const loader = pathToFileURL(require.resolve("tsx/esm/api").replace(/\.cjs$/, ".mjs")).href;
  const code = `import { register } from ${JSON.stringify(loader)};
register();
await import(${JSON.stringify(`${module.href}.ts`)});`;
  return new URL(`data:text/javascript,${encodeURIComponent(code)}`);
}
