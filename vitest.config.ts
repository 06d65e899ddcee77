import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // The tests wait more than they compute; one worker fewer than cores, which is the default, is too few.
    maxWorkers: Math.max(2, availableParallelism()),
    projects: [
      { test: { name: "unit", include: ["packages/*/src/**/*.test.ts", "test/architecture.test.ts"] } },
      {
        test: {
          name: "flows",
          include: ["test/**/*.test.ts", "examples/**/*.test.ts"],
          exclude: [
            "test/architecture.test.ts",
            "test/dist.test.ts",
            "test/{browser,security}/**",
            "test/stores/{faults,processes}/**",
            "**/node_modules/**",
          ],
          setupFiles: ["test/harness/app/test-file.ts"],
          testTimeout: 20_000,
          hookTimeout: 60_000,
        },
      },
      // Attacks and faults: many of them wait for something to time out.
      {
        test: {
          name: "security",
          env: { FRAMEWORKS: process.env["FRAMEWORKS"] ?? "newest" },
          include: ["test/security/**/*.test.ts"],
          setupFiles: ["test/harness/app/test-file.ts"],
          testTimeout: 20_000,
          hookTimeout: 60_000,
        },
      },
      // Stores whose servers fail, and processes that are killed and paused: what takes long whatever Node.js runs it.
      {
        test: {
          name: "crashes",
          include: ["test/stores/{faults,processes}/**/*.test.ts"],
          testTimeout: 60_000,
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
