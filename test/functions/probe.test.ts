import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { connections, withConnection } from "../../src/database/connect.ts";
import { look } from "../../src/database/probe.ts";
import type { Look, ProbeEvent } from "../../src/lifecycle/ports.ts";
import { as, environment, startPostgres, type TestPostgres } from "../database/postgres.ts";

let postgres: TestPostgres;
let handler: (event: ProbeEvent) => Promise<Look>;
const event = { databaseId: "dormouse" };

const ask = (user: string, sql: string, database = "app") => withConnection(as(postgres.endpoint, user, database), (query) => query(sql));

/** Asks until `ok`: sessions that were closed a moment ago leave the server's list by and by. */
async function lookUntil(ok: (answer: Extract<Look, { answered: true }>) => boolean): Promise<Extract<Look, { answered: true }>> {
  for (;;) {
    const answer = await handler(event);
    if (!answer.answered) throw new Error(answer.why);
    if (ok(answer)) return answer;
  }
}

/** A session that stays until it is released. */
async function session(user: string, application: string, begin = "select 1", database = "app") {
  const pool = connections(as(postgres.endpoint, user, database, application));
  const client = await pool.connect();
  await client.query(begin, []);
  return {
    async end() {
      client.release(true);
      await pool.end();
    },
  };
}

beforeAll(async () => {
  postgres = await startPostgres();
  for (const [name, value] of Object.entries(environment(postgres.endpoint))) vi.stubEnv(name, value);
  const migrate = await import("../../functions/migrate.ts");
  await migrate.handler({ master: { user: "postgres", password: "unused" } });
  ({ handler } = await import("../../functions/probe.ts"));
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await postgres?.close();
});

describe("the function probe", () => {
  it("sees nobody where only we are connected, our own pools among them", async () => {
    const data = await session("dormouse_app", "dormouse-data");
    expect(await lookUntil(({ sessions }) => sessions.length === 0)).toMatchObject({ answered: true, sessions: [], newestOutsideAt: null, tidied: null });
    await data.end();
  });

  it("does not move the counter of sessions that it reads", async () => {
    const { sessionCount } = await lookUntil(({ sessions }) => sessions.length === 0);
    expect(sessionCount).toBeGreaterThan(0);
    for (let i = 0; i < 3; i++) expect((await handler(event)) as object).toMatchObject({ sessionCount });
  });

  it("counts a session of the application once it has been opened", async () => {
    const before = (await lookUntil(({ sessions }) => sessions.length === 0)).sessionCount ?? 0;
    const data = await session("dormouse_app", "dormouse-data");
    await data.end();
    expect((await lookUntil(({ sessionCount }) => sessionCount !== before)).sessionCount).toBe(before + 1);
  });

  it("names an outside session by its application, its user and its beginning, and when it last did something", async () => {
    const before = Date.now();
    const psql = await session("postgres", "psql");
    const answer = await lookUntil(({ sessions }) => sessions.length > 0);
    expect(answer.sessions).toEqual([{ application: "psql", user: "postgres", since: expect.any(Number) }]);
    expect(Math.abs((answer.sessions[0]?.since ?? 0) - before)).toBeLessThan(5000);
    expect(answer.newestOutsideAt).toBeGreaterThanOrEqual(answer.sessions[0]?.since ?? Number.POSITIVE_INFINITY);
    const again = await handler(event);
    expect(again).toMatchObject({ newestOutsideAt: answer.newestOutsideAt });
    await psql.end();
  });

  it("takes a session in a transaction as at work now", async () => {
    const options = {
      monitor: as(postgres.endpoint, "dormouse_monitor", "postgres", "dormouse-probe"),
      maintenance: as(postgres.endpoint, "dormouse_maintenance"),
      now: () => 4_102_444_800_000,
    };
    const psql = await session("postgres", "psql", "begin");
    expect(await look(options)).toMatchObject({ newestOutsideAt: 4_102_444_800_000 });
    await psql.end();
  });

  it.each([
    ["dormouse_app", "psql", "somebody who logs in as the application"],
    ["dormouse_owner", "dormouse-migrate", "a migration"],
    ["postgres", "dormouse-migrate", "the making of roles"],
  ])("takes %s with the name %s as an outside session: %s", async (user, application) => {
    const other = await session(user, application);
    const answer = await lookUntil(({ sessions }) => sessions.some((known) => known.application === application && known.user === user));
    expect(answer.newestOutsideAt).not.toBeNull();
    await other.end();
  });

  it("vacuums every table before sleep", async () => {
    const answer = await handler({ ...event, tidySeconds: 10 });
    expect(answer).toMatchObject({ answered: true, tidied: { ok: true, what: expect.stringMatching(/^[1-9]\d* tables were vacuumed$/) } });
    const tables = await ask("postgres", "select relname from pg_stat_user_tables where last_vacuum is not null and last_analyze is not null order by 1");
    expect(tables.map(({ relname }) => relname)).toEqual(expect.arrayContaining(["categories", "expenses", "kysely_migration", "users"]));
  });

  it("adds exactly one session to the application's database when it tidies", async () => {
    const before = (await lookUntil(({ sessions }) => sessions.length === 0)).sessionCount ?? 0;
    await handler({ ...event, tidySeconds: 10 });
    expect((await lookUntil(({ sessionCount }) => sessionCount !== before)).sessionCount).toBe(before + 1);
  });

  it("fails the tidying that PostgreSQL only warns about", async () => {
    await ask("postgres", "create table others (a int)");
    const answer = await handler({ ...event, tidySeconds: 10 });
    expect(answer).toMatchObject({ answered: true, tidied: { ok: false, what: expect.stringContaining("permission denied to vacuum") } });
    await ask("postgres", "drop table others");
  });

  it("ends the tidying at its limit", async () => {
    const locker = await session("postgres", "psql", "select 1");
    const lock = connections(as(postgres.endpoint, "dormouse_owner", "app", "psql"));
    const client = await lock.connect();
    await client.query("begin", []);
    await client.query("lock table categories in share mode", []);
    expect(await handler({ ...event, tidySeconds: 0.3 })).toMatchObject({ tidied: { ok: false, what: expect.stringContaining("within 0.3 s") } });
    client.release(true);
    await lock.end();
    await locker.end();
  });

  it("answers for its own database only", async () => {
    expect(await handler({ databaseId: "other" })).toEqual({ answered: false, why: "this probe looks into dormouse, not into other" });
  });

  it("says why it could not look, where the role is missing", async () => {
    await ask("postgres", "alter role dormouse_monitor nologin", "postgres");
    expect(await handler(event)).toEqual({ answered: false, why: expect.stringContaining("not permitted to log in") });
    await ask("postgres", "alter role dormouse_monitor login", "postgres");
  });

  it("says that the database does not answer, and throws nothing", async () => {
    await postgres.stop();
    expect(await handler({ ...event, tidySeconds: 1 })).toEqual({ answered: false, why: expect.stringContaining("ECONNREFUSED") });
    await postgres.start();
    expect(await handler(event)).toMatchObject({ answered: true });
  });
});
