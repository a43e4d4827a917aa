import { defineConfig } from "vitest/config";

// `check` is what runs before each commit: no process, no socket beyond loopback, under a minute.
// `system` starts the real thing: edge, engine, sipp, Chromium.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "check",
          include: [
            "engine/**/*.test.ts",
            "softphone/**/*.test.{ts,tsx}",
            "ivr-flows/**/*.test.ts",
            "test/{property,support,sim,soak}/**/*.test.ts",
          ],
          exclude: ["dist/**", "node_modules/**"],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: "system",
          include: ["test/{sip,e2e,store}/**/*.test.ts"],
          exclude: ["dist/**", "node_modules/**"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
