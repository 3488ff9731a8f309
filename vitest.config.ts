import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // Vitest would leave one core idle on the two-core machines this must pass on.
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: "fast",
          include: ["tests/{unit,property,golden}/**/*.test.ts"],
          // Some run an hour of the exchange; a busy machine must not make them fail.
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: "slow",
          globalSetup: ["tests/support/build.ts"],
          include: ["tests/{integration,e2e}/**/*.test.ts"],
          testTimeout: 60_000,
        },
      },
    ],
    coverage: {
      provider: "v8",
      include: ["src/**/*.ts"],
      thresholds: { "src/core/**": { lines: 95, branches: 90 } },
    },
  },
});
