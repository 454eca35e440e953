import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

/**
 * Real databases, sockets and builds: generous limits that only a hang reaches. Tests that say that they are concurrent mostly wait for a platform, and so do
 * many files: two at once also on two cores, where one alone leaves half of the machine idle.
 */
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: "forks",
    maxWorkers: Math.max(2, availableParallelism() - 1),
    maxConcurrency: 8,
    env: { TZ: "Asia/Kathmandu" },
  },
});
