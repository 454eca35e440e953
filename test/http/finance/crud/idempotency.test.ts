import { setTimeout } from "node:timers/promises";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { withUser } from "../../../../src/database/users.ts";
import type { Reply, Route } from "../../../../src/http/api.ts";
import type { FinanceDeps } from "../../../../src/http/finance/deps.ts";
import { problem } from "../../../../src/http/problem.ts";
import { type FinanceDatabase, startFinance } from "../../../database/finance.ts";
import { type Container, container } from "./containers.ts";

let database: FinanceDatabase;
let one: Container;
let two: Container;
const failures: unknown[] = [];
/** What happens in the transaction after the thing was made. */
let after: (tx: Parameters<Parameters<FinanceDeps["write"]>[1]>[0]) => Promise<unknown> = async () => {};

/** Makes a category of the name in the body: a stand-in for every write. */
const routes = (deps: FinanceDeps): Route[] => {
  const handler: Route["handler"] = (request) =>
    deps.write(request, async (tx, { sub }): Promise<Reply> => {
      const id = deps.newId();
      const { name } = (request.body ?? { name: request.path }) as { name: string };
      if (name === "refused") throw problem("conflict", "No.");
      await withUser(tx, sub).insertInto("categories").values({ user_id: sub, id, name }).execute();
      await after(tx);
      return { status: 201, body: { zeta: 1, id, name }, headers: { etag: '"1"' } };
    });
  return (["POST", "PATCH", "DELETE", "PUT"] as const).map((method) => ({ method, path: "/things", handler }));
};

beforeAll(async () => {
  database = await startFinance();
  one = container(database, routes, (error) => failures.push(error));
  two = container(database, routes, (error) => failures.push(error));
});
afterAll(async () => {
  one?.close();
  two?.close();
  await database?.close();
});

const post = (from: Container, user: string, key: string, name: string) => from.call(user, "POST", "/things", { name }, { "idempotency-key": key });
const made = async (user: string, name: string) =>
  Number((await database.ask("select count(*) as n from categories where user_id = $1 and name = $2", [`s-${user}`, name]))[0]?.n);

describe("an Idempotency-Key", () => {
  it("gives the same answer again, to the letter, and nothing happens twice", async () => {
    const first = await post(one, "ann", "k1", "Once");
    const again = await post(two, "ann", "k1", "Once");
    expect(first.status).toBe(201);
    expect(first.headers["idempotency-replayed"]).toBeUndefined();
    expect(again).toMatchObject({ status: 201, headers: { etag: '"1"', "idempotency-replayed": "true", "content-type": "application/json" } });
    expect(JSON.stringify(again.body)).toBe(JSON.stringify(first.body));
    expect(await made("ann", "Once")).toBe(1);
  });

  it("does not mind how the members of a body are ordered, and refuses another payload, path or method", async () => {
    await one.call("ann", "POST", "/things", { name: "Order", x: { a: 1, b: 2 } }, { "idempotency-key": "k2" });
    const same = await one.call("ann", "POST", "/things", { x: { b: 2, a: 1 }, name: "Order" }, { "idempotency-key": "k2" });
    expect(same.status).toBe(201);
    for (const [method, path, body] of [
      ["POST", "/things", { name: "Other" }],
      ["PATCH", "/things", { name: "Order", x: { a: 1, b: 2 } }],
      ["POST", "/things?dry=1", { name: "Order", x: { a: 1, b: 2 } }],
    ] as const) {
      const answer = await one.call("ann", method, path, body, { "idempotency-key": "k2" });
      expect([answer.status, answer.body.type]).toEqual([422, "/problems/idempotency-key-reused"]);
    }
    expect(await made("ann", "Other")).toBe(0);
  });

  it("belongs to its user", async () => {
    expect((await post(one, "ann", "shared", "Mine")).status).toBe(201);
    const bobs = await post(one, "bob", "shared", "His");
    expect([bobs.status, bobs.headers["idempotency-replayed"]]).toEqual([201, undefined]);
  });

  it("is not used up by a request that was refused", async () => {
    expect((await post(one, "ann", "k3", "refused")).status).toBe(409);
    expect((await post(one, "ann", "k3", "Accepted")).status).toBe(201);
  });

  it("works without a body, and is not looked at on PUT", async () => {
    const key = { "idempotency-key": "k4" };
    const first = await one.call("ann", "DELETE", "/things", undefined, key);
    expect((await two.call("ann", "DELETE", "/things", undefined, key)).body).toEqual(first.body);
    expect((await one.call("ann", "PUT", "/things", { name: "Put" }, key)).status).toBe(201);
  });

  it.each(["", "ä", "a\tb", "x".repeat(256)])("of another form is refused: %j", async (key) => {
    const answer = await post(one, "ann", key, "Never");
    expect([answer.status, answer.body.type, answer.body.header]).toEqual([400, "/problems/bad-header", "Idempotency-Key"]);
    expect(await made("ann", "Never")).toBe(0);
  });

  it("makes a rival wait for whoever is at work, and hands it that answer", async () => {
    after = () => setTimeout(150);
    const answers = await Promise.all([post(one, "ann", "k5", "Race"), post(two, "ann", "k5", "Race")]);
    after = async () => {};
    expect(answers.map(({ status }) => status)).toEqual([201, 201]);
    expect(answers[0]?.body).toEqual(answers[1]?.body);
    expect(answers.filter(({ headers }) => headers["idempotency-replayed"])).toHaveLength(1);
    expect(await made("ann", "Race")).toBe(1);
  });

  it("answers 409 with Retry-After to a rival that has waited long enough", async () => {
    const { promise: end, resolve } = Promise.withResolvers<void>();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    after = () => {
      begin();
      return end;
    };
    const first = post(one, "ann", "k6", "Slow");
    await begun;
    after = async () => {};
    const rival = await post(two, "ann", "k6", "Slow");
    resolve();
    expect([rival.status, rival.body.type, rival.headers["retry-after"]]).toEqual([409, "/problems/idempotency-key-busy", "1"]);
    expect((await first).status).toBe(201);
    expect((await post(two, "ann", "k6", "Slow")).headers["idempotency-replayed"]).toBe("true");
  });

  it("leaves no short wait behind: the work itself may wait for a lock as long as a statement may take", async () => {
    let limit: unknown;
    after = async (tx) => {
      limit = (await sql<{ lock_timeout: string }>`show lock_timeout`.execute(tx)).rows[0]?.lock_timeout;
    };
    await post(one, "ann", "k7", "Unlimited");
    after = async () => {};
    expect(limit).toBe("0");
  });

  it("is free again after 7 days, and old ones are cleared away a few at a time", async () => {
    await post(one, "ann", "old", "Old");
    await database.ask("update idempotency_keys set created_at = now() - interval '7 days' where key = 'old'");
    await database.ask(
      "insert into idempotency_keys (user_id, key, request_hash, created_at) select 's-ann', 'stale-' || n, '', now() - interval '8 days' from generate_series(1, 30) n",
    );
    const again = await post(one, "ann", "old", "Anew");
    expect([again.status, again.headers["idempotency-replayed"]]).toEqual([201, undefined]);
    const left = await database.ask("select key from idempotency_keys where key like 'stale-%'");
    expect(left).toHaveLength(10);
    expect((await post(one, "ann", "old", "Anew")).headers["idempotency-replayed"]).toBe("true");
  });
});

describe("a connection that dies", () => {
  const kill = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'dormouse-rival' and state <> 'idle'";

  it("before the commit: nothing happened, and the same key does it", async () => {
    after = async () => {
      await database.ask(kill);
    };
    const cut = await post(one, "ann", "d1", "Cut");
    after = async () => {};
    expect([cut.status, cut.body.type]).toEqual([503, "/problems/database-unreachable"]);
    expect(await made("ann", "Cut")).toBe(0);
    const again = await post(one, "ann", "d1", "Cut");
    expect([again.status, again.headers["idempotency-replayed"]]).toEqual([201, undefined]);
    expect(await made("ann", "Cut")).toBe(1);
  });

  it("after the commit, before its answer: the same key tells that it happened", async () => {
    // A commit waits for a standby that does not exist: it has happened by then, and only its answer is still to come.
    await database.ask("alter system set synchronous_standby_names = 'nobody'");
    await database.ask("select pg_reload_conf()");
    try {
      const committing = post(one, "ann", "d2", "Committed");
      await expect
        .poll(() => database.ask("select 1 from pg_stat_activity where application_name = 'dormouse-rival' and wait_event = 'SyncRep'"), { timeout: 5000 })
        .toHaveLength(1);
      await database.ask(kill);
      const cut = await committing;
      expect([cut.status, cut.body.type]).toEqual([503, "/problems/database-unreachable"]);
    } finally {
      await database.ask("alter system reset synchronous_standby_names");
      await database.ask("select pg_reload_conf()");
    }
    expect(await made("ann", "Committed")).toBe(1);
    const again = await post(one, "ann", "d2", "Committed");
    expect([again.status, again.headers["idempotency-replayed"]]).toEqual([201, "true"]);
    expect(await made("ann", "Committed")).toBe(1);
  });
});
