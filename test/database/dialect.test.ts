import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connections } from "../../src/database/connect.ts";
import { asUser, type Databases, databases, kyselyOver } from "../../src/database/kysely.ts";
import { codeOf } from "../../src/database/unreachable.ts";
import { type FinanceDatabase, startFinance } from "./finance.ts";
import { as } from "./postgres.ts";

let database: FinanceDatabase;
let pools: Databases;
beforeAll(async () => {
  database = await startFinance();
  pools = databases(as(database.endpoint, "dormouse_app", "app", "dormouse-dialect"));
});
afterAll(async () => {
  pools?.drop();
  await database?.close();
});

const mine = <T>(...[run, begun]: [Parameters<typeof asUser<T>>[3], (() => void)?]) => asUser(pools.of(1), "s-ann", 5000, run, begun);
/** The application's session, as a superuser sees it. */
const session = async () =>
  (await database.ask("select pid, state, query from pg_stat_activity where application_name = 'dormouse-dialect'"))[0] as { pid: number; state: string };

describe("a transaction in a user's name", () => {
  it("has its settings in its first statement, the plan that is made once, and nothing left of them afterwards", async () => {
    const settings = sql<{ user: string; limit: string; plans: string; inside: boolean }>`
      select current_setting('app.user_id', true) as user, current_setting('statement_timeout') as limit, current_setting('plan_cache_mode') as plans,
        pg_current_xact_id_if_assigned() is null and now() <> statement_timestamp() as inside`;
    const [within, after] = [await mine((tx) => settings.execute(tx)), await settings.execute(pools.of(1))];
    expect(within.rows).toEqual([{ user: "s-ann", limit: "5s", plans: "force_generic_plan", inside: true }]);
    expect(after.rows[0]).toMatchObject({ user: "", limit: "5s" });
  });

  it("sends nothing when it asks for nothing, whether it ends well or badly", async () => {
    await mine((tx) => sql`select 1`.execute(tx));
    const before = await database.ask("select query, state_change from pg_stat_activity where application_name = 'dormouse-dialect'");
    let begun = false;
    const begin = () => {
      begun = true;
    };
    expect(await mine(async () => "done", begin)).toBe("done");
    await expect(mine(() => Promise.reject(new Error("changed my mind")), begin)).rejects.toThrow("changed my mind");
    expect(await database.ask("select query, state_change from pg_stat_activity where application_name = 'dormouse-dialect'")).toEqual(before);
    expect(begun).toBe(false);
  });

  it("says when it has begun: once the server has answered", async () => {
    const order: string[] = [];
    await mine(
      async (tx) => {
        order.push("run");
        await sql`select 1`.execute(tx);
        order.push("answered");
      },
      () => void order.push("begun"),
    );
    expect(order).toEqual(["run", "begun", "answered"]);
  });

  it("fails with what was wrong first, not with what came of it, and leaves the connection good", async () => {
    const { pid } = await session();
    // NUL is no text: the settings fail, and the statement behind them only because of that.
    const failed = await asUser(pools.of(1), "a\0b", 5000, (tx) => sql`select 1`.execute(tx)).catch(codeOf);
    expect(failed).toBe("22021");
    await expect(mine((tx) => Promise.all([sql`select 1 / 0`.execute(tx), sql`select 2`.execute(tx)]))).rejects.toThrow("division by zero");
    expect((await mine((tx) => sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx))).rows).toEqual([{ pid }]);
    expect((await session()).state).toBe("idle");
  });

  it("that swallows a failure keeps nothing, and says so rather than committed", async () => {
    const swallowing = mine(async (tx) => {
      await sql`insert into users (id) values ('s-ann')`.execute(tx);
      await sql`select 1 / 0`.execute(tx).catch(() => {});
    });
    await expect(swallowing).rejects.toThrow("rolled back instead of committed");
    expect(await database.ask("select from users where id = 's-ann'")).toEqual([]);
  });

  it("counts the rows that it has changed", async () => {
    const inserted = await mine((tx) => sql`insert into users (id) values ('s-ann') on conflict do nothing`.execute(tx));
    const read = await mine((tx) => sql`select id from users`.execute(tx));
    expect([inserted.numAffectedRows, read.numAffectedRows]).toEqual([1n, undefined]);
  });
});

describe("statements that are kept prepared", () => {
  it("are a hundred at most, and one that has parameters for each text", async () => {
    const pool = connections(as(database.endpoint, "dormouse_app"));
    const db = kyselyOver(pool);
    for (let i = 0; i < 120; i++) await sql`select ${sql.lit(i)}::int as n, ${"x"}::text as x`.execute(db);
    for (let i = 0; i < 3; i++) await sql`select 1 as bare`.execute(db);
    const { rows } = await sql<{ n: number }>`select count(*)::int as n from pg_prepared_statements`.execute(db);
    expect(rows).toEqual([{ n: 100 }]);
    pool.abandon();
  });

  it("fail once when a migration has changed what they give, and are prepared anew on a new connection", async () => {
    await database.ask("create table changing (n int)");
    await database.ask("grant select on changing to dormouse_app");
    const read = () => mine((tx) => sql`select * from changing where ${1}::int = 1`.execute(tx));
    await read();
    const { pid } = await session();
    await database.ask("alter table changing add column m int");
    await expect(read()).rejects.toThrow("cached plan must not change result type");
    expect((await read()).rows).toEqual([]);
    expect((await session()).pid).not.toBe(pid);
  });

  it("fail once when the server has forgotten them, and are prepared anew on a new connection", async () => {
    const read = () => mine((tx) => sql<{ x: string }>`select ${"x"}::text as x, 26 as n`.execute(tx));
    await read();
    await mine((tx) => sql`deallocate all`.execute(tx));
    await expect(read()).rejects.toThrow("does not exist");
    expect((await read()).rows).toEqual([{ x: "x", n: 26 }]);
  });
});
