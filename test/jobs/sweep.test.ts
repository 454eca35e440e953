import { expect, it } from "vitest";
import type { Job } from "../../src/jobs/job.ts";
import { beginSweep } from "../../src/jobs/sweep.ts";

const NOON = Date.UTC(2026, 10, 21, 12);

function world(users: string[]) {
  const kept = new Map<string, Job>();
  const asked: string[] = [];
  const sweep = (now: number) =>
    beginSweep({
      changes: {
        async toSweep(day) {
          asked.push(day);
          return users;
        },
      },
      jobs: {
        async create(job) {
          const made = !kept.has(job.id);
          if (made) kept.set(job.id, job);
          return { made };
        },
      },
      now: () => now,
    });
  return { kept, asked, sweep };
}

it("makes no job where nobody has to be looked at, so that nothing wakes", async () => {
  const { kept, asked, sweep } = world([]);
  expect(await sweep(NOON)).toEqual({ users: 0, jobs: 0 });
  expect(kept.size).toBe(0);
  expect(asked).toEqual(["2026-11-21"]);
});

it("makes the jobs of a day once, however often and late its schedule comes, and anew on the next", async () => {
  const users = Array.from({ length: 1100 }, (_, i) => `user-${i}`);
  const { kept, sweep } = world(users);
  expect(await sweep(NOON)).toEqual({ users: 1100, jobs: 3 });
  expect(await sweep(NOON + 7_000_000)).toEqual({ users: 1100, jobs: 0 });
  expect([...kept.keys()]).toEqual(["sweep:2026-11-21", "sweep:2026-11-21:1", "sweep:2026-11-21:2"]);
  expect([...kept.values()].flatMap(({ parameters }) => parameters.users)).toEqual(users);
  expect([...kept.values()].every(({ owner, userId, kind }) => owner === "system" && userId === null && kind === "sweep")).toBe(true);
  expect(await sweep(NOON + 86_400_000)).toEqual({ users: 1100, jobs: 3 });
});
