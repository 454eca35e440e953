import { defineConfig } from "vitest/config";

/** Real databases, sockets and builds: generous limits that only a hang reaches. */
export default defineConfig({
  test: { include: ["test/**/*.test.ts"], testTimeout: 30_000, hookTimeout: 60_000, pool: "forks", env: { TZ: "Asia/Kathmandu" } },
});
