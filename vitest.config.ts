import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

// A limit ends a test that hangs. No machine, however busy, may reach it before the test has ended.
const limits = { testTimeout: 120_000, hookTimeout: 600_000, expect: { poll: { timeout: 60_000, interval: 20 } } };

/** For test files that run over the frameworks: each notes its name, and all take the same day. */
const matrix = {
  setupFiles: ["test/harness/app/test-file.ts"],
  globalSetup: ["test/harness/app/test-day.ts"],
};

export default defineConfig({
  test: {
    // The tests wait more than they compute, so that the default of one worker fewer than cores is too few.
    maxWorkers: Math.max(2, availableParallelism()),
    projects: [
      {
        test: {
          ...limits,
          name: "unit",
          include: ["packages/*/src/**/*.test.ts", "test/{architecture,prose}.test.ts"],
        },
      },
      {
        test: {
          ...limits,
          ...matrix,
          name: "flows",
          include: ["test/**/*.test.ts", "examples/**/*.test.ts"],
          exclude: [
            "test/{architecture,prose}.test.ts",
            "test/dist.test.ts",
            "test/{browser,security}/**",
            "test/stores/{faults,processes}/**",
            "**/node_modules/**",
          ],
        },
      },
      // Attacks, and faults of Google. Many tests that run concurrently wait for a timeout, which costs nothing.
      {
        test: { ...limits, ...matrix, name: "security", include: ["test/security/**/*.test.ts"], maxConcurrency: 10 },
      },
      // Stores whose servers fail, and processes that are killed or paused.
      { test: { ...limits, name: "crashes", include: ["test/stores/{faults,processes}/**/*.test.ts"] } },
      {
        test: { ...limits, ...matrix, name: "browser", include: ["test/browser/**/*.test.ts"], fileParallelism: false },
      },
      // The packages as users install them. Building, packing and installing takes long.
      { test: { ...limits, name: "dist", include: ["test/dist.test.ts"] } },
    ],
  },
});
