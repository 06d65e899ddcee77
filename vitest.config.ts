import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      { test: { name: "unit", include: ["packages/*/src/**/*.test.ts", "test/architecture.test.ts"] } },
      {
        test: {
          name: "flows",
          include: ["test/**/*.test.ts", "examples/**/*.test.ts"],
          exclude: ["test/architecture.test.ts", "test/dist.test.ts", "test/browser/**", "**/node_modules/**"],
          testTimeout: 20_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "browser",
          include: ["test/browser/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
      // What users install. Builds, packs and installs, so it stays out of the quick loop.
      { test: { name: "dist", include: ["test/dist.test.ts"], testTimeout: 60_000, hookTimeout: 300_000 } },
    ],
  },
});
