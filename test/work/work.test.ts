import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { databases } from "../../src/database/kysely.ts";
import { requireMigration } from "../../src/database/schema-version.ts";
import { allUsers } from "../../src/database/user-ids.ts";
import { type WhileServing, whileServing } from "../../src/database/while-serving.ts";
import { defaultProfile } from "../../src/finance/profile.ts";
import { uuid7 } from "../../src/finance/uuid7.ts";
import { type Job, newJob } from "../../src/jobs/job.ts";
import { type Kind, NotYet, Stopped, type Work } from "../../src/jobs/ports.ts";
import { type DatabaseState, initialState } from "../../src/lifecycle/state.ts";
import type { Changes } from "../../src/notifications/changes.ts";
import { recapKind } from "../../src/work/recap.ts";
import { sweepKind } from "../../src/work/sweep.ts";
import { type FinanceDatabase, startFinance } from "../database/finance.ts";
import { as } from "../database/postgres.ts";

let finance: FinanceDatabase;
let state: DatabaseState | null;
let app: WhileServing;
let jobs: WhileServing;
const NOW = Date.UTC(2026, 10, 21, 12);
const store = { read: async () => state };
const serving = (period = 1): DatabaseState => ({ ...initialState("dormouse", NOW), phase: "awake", serving: true, period });
const newId = () => uuid7(NOW, crypto.getRandomValues(new Uint8Array(10)));

beforeAll(async () => {
  finance = await startFinance();
  const over = (user: string) => whileServing({ databaseId: "dormouse", store, databases: databases(as(finance.endpoint, user)), longestMs: 5000 });
  app = over("dormouse_app");
  jobs = over("dormouse_jobs");
  const expense = `insert into expenses (user_id, id, amount_minor, currency, occurred_on) values ($1, gen_random_uuid(), $2, 'EUR', '2026-11-11')`;
  for (const [sub, minor] of [
    ["ann", 4000],
    ["bob", 9000],
    ["eve", 100],
  ] as const) {
    await finance.ask("insert into users (id) values ($1)", [sub]);
    await finance.ask(expense, [sub, minor]);
    await finance.ask(
      `insert into budgets (user_id, id, name, amount_minor, currency, period, starts_on, carry_from) values ($1, gen_random_uuid(), 'All', 5000, 'EUR', 'month', '2026-11-01', '2026-11-01')`,
      [sub],
    );
  }
});
afterAll(() => finance?.close());
beforeEach(() => {
  state = serving();
});

const workOf = (more: Partial<Job>): Work => {
  let job = { ...newJob({ owner: "system", id: "j", kind: "k", userId: null, by: "dormouse", parameters: {}, ...more }, NOW), runner: "r" } as Job;
  return {
    get job() {
      return job;
    },
    isLate: () => false,
    async goOn(change) {
      job = { ...job, ...change };
    },
  };
};

describe("a transaction of work that nobody waits for", () => {
  it("is its user's alone, and only while the database serves", async () => {
    const mine = () => app.asUser("ann", (tx) => tx.selectFrom("expenses").select("user_id").execute());
    expect(await mine()).toEqual([{ user_id: "ann" }]);
    state = { ...serving(), serving: false, phase: "falling-asleep" };
    await expect(mine()).rejects.toBeInstanceOf(Stopped);
    state = null;
    await expect(mine()).rejects.toBeInstanceOf(Stopped);
  });

  it("is not yet possible before the migrations that it needs", async () => {
    const behind = whileServing({
      databaseId: "dormouse",
      store,
      databases: databases({ ...as(finance.endpoint, "dormouse_app"), onOpen: (query) => requireMigration(query, "999-not-there") }),
      longestMs: 5000,
    });
    await expect(behind.asUser("ann", (tx) => tx.selectFrom("expenses").select("user_id").execute())).rejects.toBeInstanceOf(NotYet);
  });

  it("that loses its connection is stopped when the database went to sleep under it, and has failed when it did not", async () => {
    const cut = (after: DatabaseState) =>
      app.asUser("ann", async (tx) => {
        state = after;
        await finance.ask("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'dormouse_app'");
        return tx.selectFrom("expenses").selectAll().execute();
      });
    await expect(cut({ ...serving(), serving: false })).rejects.toBeInstanceOf(Stopped);
    state = serving();
    await expect(cut(serving())).rejects.toMatchObject({ name: "DatabaseUnreachable" });
    state = serving(2);
    expect(await app.asUser("ann", (tx) => tx.selectFrom("expenses").select("user_id").execute())).toHaveLength(1);
  });
});

describe("the recap as work", () => {
  const recap: Kind = (work) =>
    recapKind({ database: app, profiles: { read: async (sub) => ({ ...defaultProfile(sub), email: null }) }, now: () => NOW })(work);

  it("is what its user spent in the week that holds the day", async () => {
    expect(await recap(workOf({ userId: "ann", parameters: { on: "2026-11-11" } }))).toMatchObject({
      result: { from: "2026-11-09", figures: { total: "40.00", count: 1 } },
    });
    expect(await recap(workOf({ userId: "nobody" }))).toMatchObject({ result: { figures: { total: "0.00", count: 0 } } });
  });

  it("is hopeless without a user, or for a day that is none", async () => {
    await expect(recap(workOf({}))).rejects.toMatchObject({ name: "Hopeless" });
    await expect(recap(workOf({ userId: "ann", parameters: { on: "soon" } }))).rejects.toMatchObject({ name: "Hopeless" });
  });
});

describe("the sweep", () => {
  const swept = (
    users: unknown,
    kept: Map<string, Job>,
    settled: unknown[],
    { poor, weekly, at = NOW }: { poor?: string; weekly?: string; at?: number } = {},
  ) => {
    const write = async (job: Pick<Job, "owner" | "id">, { next }: { next: Job }) => kept.set(`${job.owner}/${job.id}`, next) !== undefined;
    const mine = (owner: string) => [...kept.values()].filter((job) => job.owner === owner);
    const kind = sweepKind({
      database: app,
      profiles: {
        async read(sub) {
          if (sub === poor) throw new TypeError("no profile");
          return { ...defaultProfile(sub), email: null, weeklyReport: sub === weekly };
        },
      },
      reports: {
        jobs: { read: async (owner, id) => kept.get(`${owner}/${id}`) ?? null, create: async (job) => kept.set(`${job.owner}/${job.id}`, job) },
        make: async ({ job, goOn }) => {
          await goOn();
          return { result: job.parameters };
        },
      },
      changes: {
        read: async (sub): Promise<Changes> => ({ sub, count: 7, dirty: true, raisedAt: NOW - 120_000, dueOn: null }),
        settle: async (...call) => void settled.push(call),
      },
      parts: {
        async create(job) {
          const key = `${job.owner}/${job.id}`;
          kept.set(key, kept.get(key) ?? job);
          return { job: kept.get(key) ?? job };
        },
        write,
        left: async (owner) => mine(owner).filter(({ state }) => state === "waiting" || state === "running"),
        async count(owner) {
          const counts = { waiting: 0, running: 0, done: 0, failed: 0 };
          for (const { state } of mine(owner)) counts[state]++;
          return counts;
        },
      },
      report: () => {},
      now: () => at,
      newId,
    });
    return kind(workOf({ parameters: { users } }));
  };

  it("tells each user of what they have crossed, once, and settles what it has seen", async () => {
    const settled: unknown[] = [];
    expect(await swept(["eve", "bob", "ann", "ann"], new Map(), settled)).toEqual({ result: { done: 3, failed: 0 } });
    const told = "select user_id, (payload->>'threshold')::int as threshold from outbox where kind = 'budget-threshold' order by 1, 2";
    const once = await finance.ask(told);
    expect(once.map(({ user_id, threshold }) => [user_id, threshold])).toEqual(expect.arrayContaining([["ann", 80]]));
    expect(once.some(({ user_id }) => user_id === "eve")).toBe(false);
    expect(settled).toContainEqual(["ann", expect.objectContaining({ count: 7 }), NOW, null]);
    expect(settled).toHaveLength(3);
    await swept(["ann", "bob", "eve"], new Map(), []);
    expect(await finance.ask(told)).toEqual(once);
  });

  it("goes on after a user whom it can't look at", async () => {
    const kept = new Map<string, Job>();
    const settled: unknown[] = [];
    expect(await swept(["ann", "bob", "eve"], kept, settled, { poor: "bob" })).toMatchObject({ handOn: expect.anything(), pauseMs: expect.any(Number) });
    expect([...kept.values()].map(({ id, state, failures }) => [id, state, failures])).toEqual([
      ["ann", "done", 0],
      ["bob", "waiting", 1],
      ["eve", "done", 0],
    ]);
    expect(settled).toHaveLength(2);
  });

  it("makes the report of a week that is just over for whoever wants it, once, and is there again when the next one is", async () => {
    const monday = Date.parse("2026-11-16T12:00:00Z");
    const reports = (kept: Map<string, Job>) => [...kept.values()].filter(({ kind }) => kind === "report");
    const kept = new Map<string, Job>();
    const settled: unknown[] = [];
    await swept(["ann", "bob"], kept, settled, { weekly: "ann", at: monday });
    expect(reports(kept)).toMatchObject([{ owner: "ann", userId: "ann", state: "done", parameters: { kind: "weekly", on: "2026-11-09", format: "pdf" } }]);
    const [made] = reports(kept);
    await swept(["ann"], new Map([["ann/x", made as Job]]), [], { weekly: "bob", at: monday });
    const again = new Map([...kept].filter(([key]) => !key.startsWith("run:")));
    await swept(["ann"], again, [], { weekly: "ann", at: monday + 86_400_000 });
    expect(reports(again)).toEqual([made]);
    // Days later it is no news; and a week without entries has none.
    for (const at of [monday + 5 * 86_400_000, monday + 7 * 86_400_000]) {
      const later = new Map<string, Job>();
      await swept(["ann"], later, [], { weekly: "ann", at });
      expect(reports(later)).toEqual([]);
    }
  });

  it("is hopeless without users", async () => {
    await expect(async () => swept("ann", new Map(), [])).rejects.toMatchObject({ name: "Hopeless" });
  });
});

describe("all users", () => {
  it("are listed by the jobs' role, page by page in the order of their ids, and by nobody else", async () => {
    const users = await allUsers(jobs);
    expect(users.total).toBe(3);
    expect(await users.page(null, 2)).toEqual(["ann", "bob"]);
    expect(await users.page("bob", 2)).toEqual(["eve"]);
    expect(await users.page("eve", 2)).toEqual([]);
    expect((await allUsers(app)).total).toBe(0);
  });
});
