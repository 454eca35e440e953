import { describe, expect, test } from "vitest";
import type { Kind } from "../../src/jobs/ports.ts";
import { World, type WorldOptions } from "./world.ts";

/** Writes of the database that a kind of work makes: each once by its key, as a transaction with a unique row does. */
interface Effects {
  rows: Set<string>;
  tries: number;
}
const effects = new WeakMap<World, Effects>();
const effectsOf = (world: World): Effects => {
  const known = effects.get(world) ?? { rows: new Set(), tries: 0 };
  effects.set(world, known);
  return known;
};

const notes: WorldOptions["kinds"] = (world, port) => ({
  note: (async (work) => {
    for (let step = work.job.cursor === null ? 0 : Number(work.job.cursor.step); step < 3; step++) {
      await port(() => {
        const made = effectsOf(world);
        made.rows.add(`${work.job.id}-${step}`);
        made.tries++;
      });
      await work.goOn({ cursor: { step: step + 1 }, progress: { done: step + 1, total: 3 } });
    }
    return { result: work.job.id };
  }) satisfies Kind,
});

async function story(change: (world: World) => void, options: WorldOptions = {}): Promise<World> {
  const world = new World({ kinds: notes, ...options });
  change(world);
  world.add("a");
  world.add("b", { owner: "bob", userId: "bob", by: "bob" });
  await world.run(1);
  world.add("c");
  await world.run(8 * 60);
  return world;
}

const outcome = (world: World) => ({
  jobs: world.jobs().map(({ id, state, result }) => ({ id, state, result })),
  rows: [...effectsOf(world).rows].sort(),
  ends: world.reported.filter((line) => / (done|failed)$/.test(line)).length,
  leases: Object.keys(world.state.leases),
  phase: world.state.phase,
});
const wanted = {
  jobs: ["a", "b", "c"].map((id) => ({ id, state: "done", result: id })),
  rows: ["a", "b", "c"].flatMap((id) => [0, 1, 2].map((step) => `${id}-${step}`)),
  ends: 3,
  leases: [],
  phase: "asleep",
};

test("three jobs of two users, asked for while it sleeps, cause one wake, one result each, and sleep", async () => {
  const world = await story(() => {});
  expect(outcome(world)).toEqual(wanted);
  expect(world).toMatchObject({ starts: 1, killed: 0, charged: ["job-a-1"] });
  expect(effectsOf(world).tries).toBe(9);
  expect(world.jobs().map(({ attempt, failures }) => ({ attempt, failures }))).toEqual([1, 1, 1].map((attempt) => ({ attempt, failures: 0 })));
});

describe.each(["asleep", "awake"])("while the database is %s", { timeout: 60_000 }, (at) => {
  test("killed at any await, before or after its effect, each job has one result in the end, with two wakes at most", async () => {
    const options = { asleep: at === "asleep" };
    const quiet = await story(() => {}, options);
    expect(quiet.awaits).toBeGreaterThan(30);
    for (let n = 1; n <= quiet.awaits; n++)
      for (const after of [false, true]) {
        const world = await story((it) => {
          it.killAt = { await: n, after };
        }, options);
        const where = `await ${n} of ${quiet.awaits}, ${after ? "after" : "before"} its effect`;
        // Where a runner dies right after an end was written, its log does not have it.
        expect({ ...outcome(world), ends: 3 }, where).toEqual(wanted);
        expect(world.killed, where).toBe(1);
        expect(world.starts, where).toBeLessThanOrEqual(at === "asleep" ? 2 : 1);
        expect(Math.max(...world.jobs().map(({ wakes }) => wakes)), where).toBeLessThanOrEqual(2);
        expect(Math.max(...world.jobs().map(({ failures }) => failures)), where).toBeLessThanOrEqual(1);
      }
  }, 60_000);
});

test("a call that fails at any await, with or without its effect, changes nothing of what comes of it", { timeout: 60_000 }, async () => {
  const quiet = await story(() => {});
  for (let n = 1; n <= quiet.awaits; n++)
    for (const after of [false, true]) {
      const world = await story((it) => {
        it.failAt = { await: n, after };
      });
      const where = `await ${n} of ${quiet.awaits}, ${after ? "after" : "before"} its effect`;
      expect({ ...outcome(world), ends: 3 }, where).toEqual(wanted);
      expect(world.starts, where).toBeLessThanOrEqual(2);
    }
});

test("records of the stream and calls of a runner that are lost are found by the check", async () => {
  const lost = await story((world) => {
    world.loseRecords = 3;
  });
  expect({ ...outcome(lost), starts: lost.starts }).toEqual({ ...wanted, starts: 1 });
  const uncalled = await story((world) => {
    world.loseCalls = 1;
  });
  expect({ ...outcome(uncalled), starts: uncalled.starts }).toEqual({ ...wanted, starts: 1 });
});
