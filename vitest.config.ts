import { join } from "node:path";
import { defineConfig } from "vitest/config";

/** Each starts whole platforms, several at once: alone they keep two cores busy. (That of test/browser is one alone, and waits for minutes to pass.) */
const platforms = ["test/integration/**/*.test.ts"];

/** Real databases, sockets and builds: generous limits that only a hang reaches. Tests that say that they are concurrent mostly wait for a platform. */
const common = { testTimeout: 30_000, hookTimeout: 60_000, pool: "forks", maxConcurrency: 8, env: { TZ: "Asia/Kathmandu" } } as const;

// What was compiled of a package for one file is not compiled again for the next: each has a process of its own.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, "node_modules", ".cache", "dormouse-compiled");

export default defineConfig({
  test: {
    projects: [
      // First (0 would be last, where one works alone), while `.ci/run` looks at Terraform beside them: they wait for the most part, the others leave nothing.
      { test: { ...common, maxConcurrency: 6, name: "platforms", include: platforms, maxWorkers: 1, sequence: { groupOrder: 1 } } },
      // Three at once also on two cores: they wait a little.
      { test: { ...common, name: "parts", include: ["test/**/*.test.ts"], exclude: platforms, maxWorkers: 3, sequence: { groupOrder: 2 } } },
    ],
  },
});
