import { describe, expect, test } from "vitest";
import { fanOut, listed } from "../../src/jobs/fan-out.ts";
import { isEnded, type Job } from "../../src/jobs/job.ts";
import { beginMonthly, monthBefore, monthlyJob, monthsToRun, partsOf, readMonthly } from "../../src/jobs/monthly.ts";
import { World, type WorldOptions } from "./world.ts";

const begin = (text: string, kept = new Map<string, Job>()) =>
  beginMonthly({
    jobs: {
      async create(job) {
        const made = !kept.has(job.id);
        if (made) kept.set(job.id, job);
        return { made };
      },
    },
    now: () => Date.parse(text),
  });

describe("the triggers of the monthly run", () => {
  test("put a job for the month that is over, and one for what is missing of the month before, once for each trigger", async () => {
    const kept = new Map<string, Job>();
    expect(await begin("2026-12-01T06:00:07Z", kept)).toEqual({ months: ["2026-11", "2026-10"], jobs: 2 });
    expect(await begin("2026-12-01T06:03:00Z", kept)).toMatchObject({ jobs: 0 });
    expect(await begin("2026-12-01T12:00:01Z", kept)).toMatchObject({ jobs: 2 });
    expect([...kept.values()].map(({ owner, userId, kind, parameters }) => ({ owner, userId, kind, ...parameters }))).toEqual(
      ["06", "12"].flatMap(() => [
        { owner: "system", userId: null, kind: "monthly", month: "2026-11" },
        { owner: "system", userId: null, kind: "monthly", month: "2026-10", madeBy: Date.parse("2026-11-02T12:00:00Z") },
      ]),
    );
  });

  test("that come days late are about the same months, over the end of a year too", async () => {
    expect(await begin("2027-01-20T23:00:00Z")).toMatchObject({ months: ["2026-12", "2026-11"] });
    expect(monthsToRun(Date.parse("2026-11-30T09:59:59Z"))).toEqual(["2026-10", "2026-09"]);
    // Where the day begins first, November is over.
    expect(monthsToRun(Date.parse("2026-11-30T10:00:00Z"))).toEqual(["2026-11", "2026-10"]);
    expect([monthBefore("2026-01", 1), monthBefore("2026-12", -1), monthBefore("2026-03", 14)]).toEqual(["2025-12", "2027-01", "2025-01"]);
  });

  test("are read back, and what is no month is refused", () => {
    expect(readMonthly(monthlyJob("j", { month: "2026-10", madeBy: null }, "ann", null, 0).parameters)).toEqual({ month: "2026-10", madeBy: null });
    expect([readMonthly({ month: "2026-13" }), readMonthly({}), readMonthly({ month: "2026-10", madeBy: "now" })]).toEqual([null, null, null]);
  });
});

describe("runs of one month", () => {
  const users = Array.from({ length: 60 }, (_, i) => `u${String(i).padStart(2, "0")}`);
  const owner = partsOf("2026-10");
  /** As the work does it, with an effect that is unique by its key; `late`: users whose month is not over at noon. */
  const monthly =
    (made: Map<string, number>, more: { poor?: string; late?: ReadonlySet<string>; slowMs?: number } = {}): WorldOptions["kinds"] =>
    (world, port) => ({
      monthly: (work) =>
        fanOut(work, {
          users: listed(users),
          parts: {
            create: (job) => port(() => world.put(job)),
            write: (job, step) => port(() => world.write(job, step)),
            left: (whose) => port(() => world.parts(whose.slice(4)).filter((part) => !isEnded(part))),
            count: (whose) => port(() => world.count(whose)),
          },
          shared: { owner, between: (whose, first, last) => port(() => world.parts(whose.slice(4)).filter(({ id }) => id >= first && id <= last)) },
          wants: async (user) => !(more.late?.has(user) && work.job.id === "06"),
          async one(user) {
            if (more.slowMs !== undefined) await world.time.sleep(more.slowMs);
            return port(() => {
              if (user === more.poor && work.job.id !== "again") throw new RangeError("a row that nobody can read");
              made.set(user, (made.get(user) ?? 0) + 1);
              return user;
            });
          },
          now: () => world.time.now,
          report: () => {},
        }),
    });
  const run = (world: World, id: string) => world.add(id, { owner: "system", userId: null, kind: "monthly" });
  const all = { waiting: 0, running: 0, done: users.length, failed: 0 };

  test("share what is done: the first takes who is due, the second the rest, a third finds nothing, and each is done once", async () => {
    const made = new Map<string, number>();
    const world = new World({ kinds: monthly(made, { late: new Set(["u03", "u59"]) }) });
    run(world, "06");
    await world.run(360);
    expect(world.job("06", "system")).toMatchObject({ state: "done", result: { done: 58, failed: 0 } });
    expect(world.starts).toBe(1);
    run(world, "12");
    await world.run(360);
    expect(world.job("12", "system")).toMatchObject({ state: "done", result: { done: 60, failed: 0 } });
    const before = world.awaits;
    run(world, "13");
    await world.run(360);
    expect([...made.values()].every((times) => times === 1)).toBe(true);
    expect(world.count(owner)).toEqual(all);
    expect(world.awaits - before).toBeLessThan(150);
  });

  test("at once, by two runners, do each once", async () => {
    const made = new Map<string, number>();
    const world = new World({ asleep: false, kinds: monthly(made, { slowMs: 5000 }) });
    run(world, "06");
    await world.run(1);
    run(world, "06-doubled");
    await world.run(60);
    expect([...made].filter(([, times]) => times !== 1)).toEqual([]);
    expect(["06", "06-doubled"].map((id) => world.job(id, "system").state)).toEqual(["done", "done"]);
    expect(world.count(owner)).toEqual(all);
  });

  test("go on after a user who can't be read, and another run tries that one anew", async () => {
    const made = new Map<string, number>();
    const world = new World({ asleep: false, kinds: monthly(made, { poor: "u07" }) });
    run(world, "06");
    await world.run(60);
    expect(world.job("06", "system")).toMatchObject({ state: "done", result: { done: 59, failed: 1 } });
    run(world, "again");
    await world.run(60);
    expect(world.job("again", "system")).toMatchObject({ state: "done", result: { done: 60, failed: 0 } });
    expect(made.get("u07")).toBe(1);
    expect(world.count(owner)).toEqual(all);
  });

  test("killed at any await end with every key done, by themselves or by the next", { timeout: 60_000 }, async () => {
    const story = async (change: (world: World) => void) => {
      const world = new World({ asleep: false, kinds: monthly(new Map(), { late: new Set(["u01"]) }) });
      change(world);
      run(world, "06");
      await world.run(30);
      run(world, "12");
      await world.run(60);
      return world;
    };
    const quiet = await story(() => {});
    expect(quiet.count(owner)).toEqual(all);
    for (let n = 1; n <= quiet.awaits; n += n < 20 || n > quiet.awaits - 30 ? 1 : 13)
      for (const after of [false, true]) {
        const world = await story((it) => {
          it.killAt = { await: n, after };
        });
        expect(
          world.jobs().map(({ state }) => state),
          `await ${n} of ${quiet.awaits}`,
        ).toEqual(["done", "done"]);
        expect(world.count(owner)).toEqual(all);
        expect(Object.keys(world.state.leases)).toEqual([]);
      }
  });
});
