import { describe, expect, test } from "vitest";
import { MAX_RUNNERS, REST_MS } from "../../src/jobs/call.ts";
import { fanOut, listed } from "../../src/jobs/fan-out.ts";
import { isEnded, MAX_WAKES, UnknownJob } from "../../src/jobs/job.ts";
import { Hopeless, type Kind, NotYet } from "../../src/jobs/ports.ts";
import { Failure, MINUTE, T0, World, type WorldOptions } from "./world.ts";

const fine: Kind = async ({ job }) => ({ result: job.id });
const failing: Kind = async () => {
  throw new TypeError("a secret of the inside");
};

describe("a job that fails", () => {
  test("is tried again after its pauses, while the database is awake, and ends as failed with a reason that tells nothing of the inside", async () => {
    const world = new World({ kinds: { note: failing } });
    world.add("a");
    await world.run(60);
    expect(world.job("a")).toMatchObject({
      state: "failed",
      attempt: 3,
      failures: 3,
      wakes: 1,
      reason: "it failed (TypeError); the log has more",
      leaseUntil: null,
    });
    expect(world.reported.join()).toContain("a secret of the inside");
    expect(world).toMatchObject({ starts: 1, runners: 1 });
    await world.run(600);
    expect(world.state.phase).toBe("asleep");
  });

  test("causes two more wakes at most, even when the database sleeps after each try", async () => {
    const world: World = new World({
      kinds: {
        note: async () => {
          world.sleepNow();
          throw new TypeError("again");
        },
      },
    });
    world.add("a");
    await world.run(24 * 60);
    expect(world.job("a")).toMatchObject({ state: "failed", failures: 3, wakes: MAX_WAKES });
    expect(world.starts).toBe(MAX_WAKES);
  });

  test("before a deployment's migration is tried again when that may have run", async () => {
    const world: World = new World({
      asleep: false,
      kinds: {
        note: async () => {
          if (world.time.now < T0 + 20 * MINUTE) throw new NotYet("it waits for a migration");
          return { result: "done" };
        },
      },
    });
    world.add("a");
    await world.run(10);
    expect(world.job("a")).toMatchObject({ state: "waiting", failures: 1, reason: "it waits for a migration" });
    await world.run(40);
    expect(world.job("a")).toMatchObject({ state: "done", failures: 1 });
    await world.run(300);
    expect(world).toMatchObject({ slept: 1, starts: 0 });
  });

  test("that can never succeed is not tried again", async () => {
    const world = new World({
      asleep: false,
      kinds: {
        note: async () => {
          throw new Hopeless("there is no such month");
        },
      },
    });
    world.add("a");
    world.add("b", { kind: "unheard-of" });
    world.add("c", { kind: "toString" });
    await world.run(30);
    expect(world.job("a")).toMatchObject({ state: "failed", attempt: 1, reason: "there is no such month" });
    expect(world.job("b")).toMatchObject({ state: "failed", attempt: 1, reason: 'there is no such work as "unheard-of"' });
    expect(world.job("c")).toMatchObject({ state: "failed", attempt: 1 });
  });
});

describe("a wake", () => {
  test("that never comes about is asked for three times, and then the job is given up", async () => {
    const world = new World({ kinds: { note: fine }, startMs: null });
    world.add("a");
    for (let hours = 0; world.job("a").state === "waiting" && hours < 24; hours++) {
      await world.run(60);
      // Nobody gives up while one is under way.
      if (world.state.wake !== null) expect(world.job("a").state).toBe("waiting");
    }
    expect(world.job("a")).toMatchObject({ state: "failed", wakes: MAX_WAKES, attempt: 0, reason: expect.stringContaining("woken for it three times") });
    expect(new Set(world.charged)).toEqual(new Set(["job-a-1", "job-a-2", "job-a-3"]));
  });

  test("is one for many jobs, which run one after another in few runners", async () => {
    let working = 0;
    let most = 0;
    const world: World = new World({
      kinds: {
        note: async ({ job }) => {
          most = Math.max(most, ++working);
          await world.time.sleep(500);
          working--;
          return { result: job.id };
        },
      },
    });
    for (let i = 0; i < 120; i++) world.add(`a${i}`, { owner: `u${i % 7}`, userId: `u${i % 7}` });
    await world.run(3 * 60);
    expect(world.jobs().every(({ state, attempt }) => state === "done" && attempt === 1)).toBe(true);
    expect(world).toMatchObject({ starts: 1, charged: ["job-a0-1"] });
    expect(most).toBeLessThanOrEqual(MAX_RUNNERS);
    expect(world.runners).toBeLessThanOrEqual(4);
  });

  test("is nobody's when its user has woken it often enough today: it waits, and says so, until somebody else wakes it", async () => {
    const world = new World({ kinds: { note: fine }, wakes: 0 });
    world.add("a");
    await world.run(60);
    expect(world.job("a")).toMatchObject({ state: "waiting", wakes: 0, reason: expect.stringContaining("you have woken it 0 times today") });
    expect(world.starts).toBe(0);
    world.add("ours", { owner: "system", userId: null, by: "dormouse" });
    await world.run(60);
    expect(world.starts).toBe(1);
    expect(world.jobs().map(({ state, reason }) => [state, reason])).toEqual([
      ["done", null],
      ["done", null],
    ]);
    expect(world.charged).toEqual([]);
  });

  test("is not asked for where Dormouse only watches: the job says that it waits, and runs when the database is awake", async () => {
    const world = new World({ kinds: { note: fine }, mode: "watch" });
    world.add("a");
    await world.run(60);
    expect(world.job("a")).toMatchObject({ state: "waiting", wakes: 0, reason: expect.stringContaining("only watches") });
    expect(world.starts).toBe(0);
    const awake = new World({ kinds: { note: fine }, mode: "watch", asleep: false });
    awake.add("a");
    await awake.run(5);
    expect(awake.job("a").state).toBe("done");
  });

  test("does not undo within the hour what put the database to sleep under a job", async () => {
    const world: World = new World({
      asleep: false,
      kinds: {
        note: async (work) => {
          if (work.job.attempt === 1) {
            await world.time.sleep(5 * MINUTE);
            world.sleepNow();
          }
          await work.goOn({ progress: { done: 1, total: 2 } });
          return { result: "done" };
        },
      },
    });
    await world.run(5);
    world.add("a");
    await world.run(30);
    expect(world.job("a")).toMatchObject({ state: "waiting", failures: 0, reason: expect.stringContaining("it is woken again from 13:10 UTC on") });
    expect(world.starts).toBe(0);
    await world.run(REST_MS / MINUTE);
    expect(world.job("a")).toMatchObject({ state: "done", attempt: 2, failures: 0 });
    expect(world.starts).toBe(1);
  });

  test("does not undo a stop by force while the database is still falling asleep", async () => {
    const world: World = new World({
      asleep: false,
      kinds: {
        note: async (work) => {
          if (work.job.attempt === 1) {
            await world.time.sleep(5 * MINUTE);
            world.stopByForce();
          }
          await work.goOn({ progress: { done: 1, total: 2 } });
          return { result: "done" };
        },
      },
    });
    world.add("a");
    await world.run(60);
    expect(world.job("a")).toMatchObject({ state: "waiting", failures: 0, wakes: 0, reason: expect.stringContaining("was put to sleep while it waited") });
    expect(world).toMatchObject({ starts: 0, state: { phase: "asleep" } });
    await world.run(60);
    expect(world.job("a")).toMatchObject({ state: "done", wakes: 1 });
  });

  test("is asked for at once by work that came after the stop", async () => {
    const world = new World({ asleep: false, kinds: { note: fine } });
    await world.run(5);
    world.stopByForce();
    await world.run(1);
    world.add("a");
    await world.run(10);
    expect(world.job("a")).toMatchObject({ state: "done", wakes: 1 });
  });

  test("is hurried again when the call for it was refused", async () => {
    const world = new World({ kinds: { note: fine } });
    world.refuseKicks = 1;
    world.add("a");
    await world.run(1);
    expect(world.job("a")).toMatchObject({ wakes: 1 });
    expect(world.state.phase).toBe("waking");
  });
});

describe("runners that never begin", () => {
  test("do not keep the database up for ever: it sleeps, is woken three times at most, and the job is given up", async () => {
    const world = new World({ asleep: false, kinds: { note: fine } });
    world.loseCalls = Number.POSITIVE_INFINITY;
    world.add("a");
    await world.run(4 * 60);
    expect(world.slept).toBeGreaterThan(0);
    await world.run(24 * 60);
    expect(world.job("a")).toMatchObject({ state: "failed", attempt: 0, wakes: MAX_WAKES });
    expect(world.starts).toBe(MAX_WAKES);
    expect(world.state.phase).toBe("asleep");
  });
});

describe("a runner", () => {
  test("that was frozen past its lease writes nothing over what another one made", async () => {
    const thawed: string[] = [];
    const world: World = new World({
      asleep: false,
      kinds: {
        note: async (work) => {
          const { attempt } = work.job;
          if (attempt === 1) await world.time.sleep(40 * MINUTE);
          if (attempt === 1) thawed.push("finishes");
          return { result: attempt };
        },
        long: async (work) => {
          const { attempt } = work.job;
          if (attempt === 1) await world.time.sleep(40 * MINUTE);
          try {
            await work.goOn({ progress: { done: attempt, total: null } });
          } catch (error) {
            thawed.push(String(error));
            throw error;
          }
          return { result: attempt };
        },
      },
    });
    world.add("a");
    await world.run(1);
    world.add("b", { kind: "long" });
    await world.run(240);
    expect(thawed).toHaveLength(2);
    expect(world.job("a")).toMatchObject({ state: "done", result: 2, attempt: 2, failures: 1 });
    expect(world.job("b")).toMatchObject({ state: "done", result: 2, progress: { done: 2, total: null } });
  });

  test("hands on where it is two minutes before its end, and the next one goes on there", async () => {
    const world: World = new World({
      asleep: false,
      kinds: {
        note: async (work) => {
          for (let step = Number(work.job.cursor?.step ?? 0); step < 60; step++) {
            if (work.isLate()) return { handOn: { step } };
            await world.time.sleep(MINUTE);
            await work.goOn({ progress: { done: step + 1, total: 60 } });
          }
          return { result: "all of it" };
        },
      },
    });
    world.add("a");
    world.add("b", { kind: "unheard-of" });
    await world.run(120);
    expect(world.job("a")).toMatchObject({ state: "done", result: "all of it", failures: 0, wakes: 0, progress: { done: 60, total: 60 } });
    expect(world.job("a").attempt).toBeGreaterThanOrEqual(5);
    expect(world.starts).toBe(0);
  });
});

describe("a job that can't be written", () => {
  test("does not stand in the way of those behind it", async () => {
    const world = new World({ asleep: false, kinds: { note: fine } });
    const write = world.write.bind(world);
    world.write = (job, step) => {
      if (job.id === "poison") throw new Failure("Item size has exceeded the maximum allowed size");
      return write(job, step);
    };
    world.add("poison");
    for (const id of ["a", "b", "c"]) world.add(id);
    await world.run(30);
    expect(["a", "b", "c"].map((id) => world.job(id).state)).toEqual(["done", "done", "done"]);
    expect(world.job("poison").state).toBe("waiting");
    // It is tried as Lambda tries again, and in no loop.
    expect(world.awaits).toBeLessThan(200);
    expect(world.reported.join()).toContain("survived note: ServiceUnavailable: Item size");
  });
});

describe("work over many users", () => {
  const users = Array.from({ length: 120 }, (_, i) => `u${String(i).padStart(3, "0")}`);
  const poor = "u042";
  const overAll =
    (seen: Map<string, number>, slow = 0): WorldOptions["kinds"] =>
    (world, port) => ({
      all: (work) =>
        fanOut(work, {
          users: listed(users),
          parts: {
            create: (job) => port(() => world.put(job)),
            write: (job, step) => port(() => world.write(job, step)),
            left: (owner) => port(() => world.parts(owner.slice(4)).filter((part) => !isEnded(part))),
            count: (owner) => port(() => world.count(owner)),
          },
          one: (user) =>
            port(() => {
              seen.set(user, (seen.get(user) ?? 0) + 1);
              if (user === poor) throw new RangeError("a row that nobody can read");
              return slow;
            }).then(async (result) => {
              if (slow > 0) await world.time.sleep(slow);
              return result;
            }),
          now: () => world.time.now,
          report: () => {},
        }),
    });
  const all = { owner: "system", userId: null, kind: "all" };

  test("does one user's part each, counts them, and one poor user's failure does not stop the rest", async () => {
    const seen = new Map<string, number>();
    const world = new World({ kinds: overAll(seen) });
    world.add("sweep", all);
    await world.run(60);
    expect(world.job("sweep", "system")).toMatchObject({ state: "done", result: { done: 119, failed: 1 }, progress: { done: 120, total: 120 }, failures: 0 });
    expect(seen.get(poor)).toBe(3);
    expect([...seen].filter(([user, times]) => user !== poor && times !== 1)).toEqual([]);
    expect(world.parts("sweep").find(({ id }) => id === poor)).toMatchObject({ state: "failed", reason: "RangeError" });
    expect(world.starts).toBe(1);
  });

  test("with a part of a newer version does all the others, waits for that version, and ends when it does not come", async () => {
    const seen = new Map<string, number>();
    const reported: unknown[] = [];
    const newer = "u007";
    const world = new World({
      asleep: false,
      kinds: (it, port) => ({
        all: (work) =>
          fanOut(work, {
            users: listed(users),
            parts: {
              create: (job) =>
                port(() => {
                  if (job.id === newer) throw new UnknownJob({ id: newer, v: 2 });
                  return it.put(job);
                }),
              write: (job, step) => port(() => it.write(job, step)),
              left: (owner) => port(() => it.parts(owner.slice(4)).filter((part) => !isEnded(part))),
              count: (owner) => port(() => ({ ...it.count(owner), waiting: it.count(owner).waiting + 1 })),
            },
            one: (user) => port(() => seen.set(user, (seen.get(user) ?? 0) + 1)),
            now: () => it.time.now,
            report: ({ error }) => reported.push(error),
          }),
      }),
    });
    world.add("sweep", all);
    await world.run(20);
    expect(world.job("sweep", "system")).toMatchObject({ state: "waiting", failures: 1, reason: expect.stringContaining("newer version") });
    await world.run(60);
    const reason = "119 parts of it are done, 0 have failed, and 1 were begun by a newer version of Dormouse";
    expect(world.job("sweep", "system")).toMatchObject({ state: "failed", failures: 3, reason });
    expect([seen.size, seen.has(newer), reported[0]]).toEqual([119, false, expect.any(UnknownJob)]);
  });

  test("goes on from runner to runner with its progress", async () => {
    const seen = new Map<string, number>();
    const world = new World({ asleep: false, kinds: overAll(seen, 20_000) });
    world.add("sweep", all);
    await world.run(20);
    const half = world.job("sweep", "system");
    expect(half.progress?.total).toBe(120);
    expect(half.progress?.done).toBeGreaterThan(20);
    await world.run(60);
    expect(world.job("sweep", "system")).toMatchObject({ state: "done", result: { done: 119, failed: 1 }, failures: 0 });
    expect([...seen].filter(([user, times]) => user !== poor && times !== 1)).toEqual([]);
  });

  test("killed anywhere, it has done every part in the end, and counts each once", { timeout: 60_000 }, async () => {
    const story = async (change: (world: World) => void) => {
      const world = new World({ asleep: false, kinds: overAll(new Map()) });
      change(world);
      world.add("sweep", all);
      await world.run(120);
      return world;
    };
    const quiet = await story(() => {});
    // Every await of the beginning and of the end, and some of those between, which are alike.
    for (let n = 1; n <= quiet.awaits; n += n < 15 || n > quiet.awaits - 20 ? 1 : 29)
      for (const after of [false, true]) {
        const world = await story((it) => {
          it.killAt = { await: n, after };
        });
        expect(world.job("sweep", "system"), `await ${n} of ${quiet.awaits}`).toMatchObject({ state: "done", result: { done: 119, failed: 1 } });
        expect(world.count("run:sweep")).toEqual({ waiting: 0, running: 0, done: 119, failed: 1 });
      }
  });
});
