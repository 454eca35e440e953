import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { jobs } from "../../src/aws/jobs.ts";
import { type Databases, databases } from "../../src/database/kysely.ts";
import { allUsers } from "../../src/database/user-ids.ts";
import { type WhileServing, whileServing } from "../../src/database/while-serving.ts";
import { defaultProfile, type Profile } from "../../src/finance/profile.ts";
import type { Job } from "../../src/jobs/job.ts";
import { monthBefore, monthlyJob } from "../../src/jobs/monthly.ts";
import type { Ending, Work } from "../../src/jobs/ports.ts";
import { initialState } from "../../src/lifecycle/state.ts";
import { type MonthlyDeps, monthlyKind, monthlyReportId } from "../../src/work/monthly.ts";
import { reportKind } from "../../src/work/report.ts";
import { type TestDynamoDB, testDynamoDB } from "../aws/dynamodb.ts";
import { type FinanceDatabase, startFinance } from "../database/finance.ts";
import { as } from "../database/postgres.ts";

const zones: Record<string, string> = { bob: "America/Los_Angeles", tom: "Pacific/Kiritimati" };
let finance: FinanceDatabase;
let dynamodb: TestDynamoDB;
let app: WhileServing;
let asJobs: WhileServing;
let pools: Databases;
let saved: string[] = [];

beforeAll(async () => {
  [finance, dynamodb] = await Promise.all([startFinance(), testDynamoDB("job")]);
  const state = { ...initialState("dormouse", 0), serving: true, period: 1 };
  const over = (pool: Databases) => whileServing({ databaseId: "dormouse", store: { read: async () => state }, databases: pool, longestMs: 5000 });
  pools = databases(as(finance.endpoint, "dormouse_app"));
  [app, asJobs] = [over(pools), over(databases(as(finance.endpoint, "dormouse_jobs")))];
  for (const [sub, day, since] of [
    ["ann", "2026-10-31", "2026-10-01"],
    ["bob", "2026-10-01", "2026-10-01"],
    ["eve", "2026-11-01", "2026-10-01"],
    ["new", "2026-10-15", "2026-11-20"],
    ["tom", "2026-10-15", "2026-10-01"],
  ]) {
    await finance.ask("insert into users (id, created_at) values ($1, $2)", [sub, since]);
    await finance.ask("insert into expenses (user_id, id, amount_minor, currency, occurred_on) values ($1, gen_random_uuid(), 100, 'EUR', $2)", [sub, day]);
  }
});
afterAll(() => Promise.all([finance?.close(), dynamodb?.close()]));

const store = (port: Port = (run) => run()) => {
  const all = jobs({ dynamodb: dynamodb.client, table: "dormouse-jobs", onUnreadable: () => {} });
  return {
    create: (job: Job) => port(() => all.create(job)),
    read: (owner: string, id: string) => port(() => all.read(owner, id)),
    write: (...given: Parameters<typeof all.write>) => port(() => all.write(...given)),
    left: (owner: string) => port(() => all.left(owner)),
    between: (...given: Parameters<typeof all.between>) => port(() => all.between(...given)),
    count: (owner: string) => port(() => all.count(owner)),
  };
};
type Port = <T>(run: () => Promise<T>) => Promise<T>;

function kindAt(now: () => number, port: Port = (run) => run(), more: Partial<MonthlyDeps> = {}) {
  const profiles = {
    read: (sub: string) =>
      port(async (): Promise<Profile> => {
        const first = defaultProfile(sub);
        return { ...first, calendar: { ...first.calendar, timeZone: zones[sub] ?? "UTC" } };
      }),
  };
  const database: WhileServing = { asUser: (sub, run) => port(() => app.asUser(sub, run)), use: (run) => port(() => app.use(run)) };
  const files = {
    save: (key: string, _: string, parts: AsyncIterable<Uint8Array>) =>
      port(async () => {
        for await (const _part of parts);
        saved.push(key);
        return `version-${saved.length}`;
      }),
  };
  return monthlyKind({
    database,
    users: () => allUsers(asJobs),
    profiles,
    jobs: store(port),
    make: reportKind({ database, profiles, files, now, statementMs: 5000 }),
    report: () => {},
    now,
    ...more,
  });
}

let runs = 0;
function workOf(month: string, madeBy: number | null, port: Port = (run) => run()): Work {
  let job: Job = { ...monthlyJob(`run-${++runs}`, { month, madeBy }, "the monthly run", null, 0), state: "running", runner: `runner-${runs}` };
  return {
    get job() {
      return job;
    },
    isLate: () => false,
    goOn: (change) =>
      port(async () => {
        job = { ...job, ...change };
      }),
  };
}

const resultOf = (ending: Ending) => ("result" in ending ? ending.result : ending);
const reportOf = (sub: string, month: string) => store().read(sub, monthlyReportId(sub, month));
const told = async () => (await finance.ask("select user_id from outbox where kind = 'report-ready' order by user_id")).map(({ user_id }) => user_id);

describe("the monthly run", () => {
  const six = Date.parse("2026-11-01T06:00:00Z");
  const noon = Date.parse("2026-11-01T12:00:00Z");

  it("at six takes those whose month is over, makes a report for who has entries in it, and tells them", async () => {
    saved = [];
    const ending = await kindAt(() => six)(workOf("2026-10", null));
    expect(resultOf(ending)).toEqual({ month: "2026-10", processed: 4, failed: 0 });
    expect(await told()).toEqual(["ann", "new", "tom"]);
    expect(await reportOf("ann", "2026-10")).toMatchObject({
      kind: "report",
      state: "done",
      owner: "ann",
      userId: "ann",
      parameters: { kind: "monthly", month: "2026-10", format: "pdf" },
      result: { v: 1, from: "2026-10-01", to: "2026-10-31", rows: 1, key: `reports/ann/${monthlyReportId("ann", "2026-10")}.pdf` },
    });
    expect([await reportOf("eve", "2026-10"), await reportOf("bob", "2026-10")]).toEqual([null, null]);
    expect(saved).toHaveLength(3);
  });

  it("at noon takes the rest, and another time nobody", async () => {
    saved = [];
    expect(resultOf(await kindAt(() => noon)(workOf("2026-10", null)))).toEqual({ month: "2026-10", processed: 5, failed: 0 });
    expect(saved).toEqual([`reports/bob/${monthlyReportId("bob", "2026-10")}.pdf`]);
    expect(resultOf(await kindAt(() => noon)(workOf("2026-10", null)))).toEqual({ month: "2026-10", processed: 5, failed: 0 });
    expect(saved).toHaveLength(1);
    expect(await told()).toEqual(["ann", "bob", "new", "tom"]);
  });

  it("of the month before takes who had no part in it, but not who came later", async () => {
    saved = [];
    await finance.ask(
      "insert into expenses (user_id, id, amount_minor, currency, occurred_on) select id, gen_random_uuid(), 100, 'EUR', '2026-09-09' from users",
    );
    const madeBy = Date.parse("2026-10-02T12:00:00Z");
    expect(resultOf(await kindAt(() => noon)(workOf("2026-09", madeBy)))).toEqual({ month: "2026-09", processed: 4, failed: 0 });
    expect(await reportOf("new", "2026-09")).toBeNull();
    expect(saved).toHaveLength(4);
  });

  it("is hopeless for what is no month", async () => {
    await expect(kindAt(() => noon)(workOf("soon", null))).rejects.toMatchObject({ name: "Hopeless" });
  });

  it("killed at any await, is whole when it is run again: a report and a message for each key", { timeout: 60_000 }, async () => {
    let [steps, dies, at] = [0, Number.POSITIVE_INFINITY, noon];
    let dead = Promise.withResolvers<"dead">();
    /** Before what it does, and after it; nothing comes after its death. */
    const port: Port = async (run) => {
      const die = () => {
        dead.resolve("dead");
        return new Promise<never>(() => {});
      };
      if (++steps >= dies) return die();
      const answer = await run();
      return ++steps >= dies ? die() : answer;
    };
    const mortal = (month: string) => Promise.race([kindAt(() => at, port)(workOf(month, null, port)).then(resultOf), dead.promise]);
    /** A month of its own for each story: ann and eve have entries in it. */
    const begin = async (n: number) => {
      const month = monthBefore("2026-08", n);
      await finance.ask("delete from outbox");
      for (const sub of ["ann", "eve"])
        await finance.ask("insert into expenses (user_id, id, amount_minor, currency, occurred_on) values ($1, gen_random_uuid(), 100, 'EUR', $2)", [
          sub,
          `${month}-11`,
        ]);
      [steps, saved] = [0, []];
      return month;
    };
    expect(await mortal(await begin(0))).toMatchObject({ processed: 5, failed: 0 });
    const all = steps;
    expect(all).toBeGreaterThan(100);
    // Users are alike: every step of the first and of the end, and some of those between.
    for (let n = 1; n <= all; n += n < 40 || n > all - 8 ? 1 : 17) {
      const month = await begin(n);
      dies = n;
      expect(await mortal(month), `step ${n}`).toBe("dead");
      // Its sockets die with it.
      pools.drop();
      dead = Promise.withResolvers();
      dies = Number.POSITIVE_INFINITY;
      // The part's lease has to pass.
      at += 600_000;
      let result = await mortal(month);
      for (let tries = 0; tries < 3 && JSON.stringify(result).includes("handOn"); tries++) {
        at += 60_000;
        result = await mortal(month);
      }
      expect(result, `step ${n}`).toEqual({ month, processed: 5, failed: 0 });
      expect(await told()).toEqual(["ann", "eve"]);
      expect([...new Set(saved)].sort()).toEqual(["ann", "eve"].map((sub) => `reports/${sub}/${monthlyReportId(sub, month)}.pdf`));
      for (const sub of ["ann", "eve"]) expect(await reportOf(sub, month)).toMatchObject({ state: "done" });
    }
  });
});
