import { defineConfig } from "vitest/config";

/** Real databases, sockets and builds: generous limits that only a hang reaches. Tests that say that they are concurrent mostly wait for a platform. */
export default defineConfig({
  test: { include: ["test/**/*.test.ts"], testTimeout: 30_000, hookTimeout: 60_000, pool: "forks", maxConcurrency: 8, env: { TZ: "Asia/Kathmandu" } },
});
