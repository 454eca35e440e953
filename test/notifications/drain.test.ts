import type { Kysely } from "kysely";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Databases, databases } from "../../src/database/kysely.ts";
import { clearOutbox, readOutbox, tell } from "../../src/database/outbox.ts";
import type { Tables } from "../../src/database/schema.ts";
import { notificationCarriers } from "../../src/notifications/carry.ts";
import { type DrainPorts, drainOutbox } from "../../src/notifications/drain.ts";
import { type NotificationItem, parseNotification } from "../../src/notifications/notification.ts";
import { newId } from "../database/budgeting.ts";
import { type FinanceDatabase, startFinance } from "../database/finance.ts";
import { as } from "../database/postgres.ts";
import { Killed, T0, threshold } from "./world.ts";

let database: FinanceDatabase;
let pool: Databases;
let jobs: Kysely<Tables>;
beforeAll(async () => {
  database = await startFinance();
  pool = databases(as(database.endpoint, "dormouse_jobs"));
  jobs = pool.of(1);
});
afterAll(async () => {
  pool?.drop();
  await database?.close();
});
beforeEach(() => database.ask("delete from users; insert into users values ('ann'), ('bob')"));

const say = (user: string, kind: string, count = 1, now = T0) =>
  database.as(user, async (tx) => {
    const messages = Array.from({ length: count }, () => ({ id: newId(), kind, payload: { ...threshold } }));
    await tell(tx, user, messages, now);
    return messages.map(({ id }) => id);
  });
const left = async () => (await database.ask("select id from outbox order by created_at, id")).map(({ id }) => String(id));

/** A table that puts once, and a drain that can die at its n-th await, before or after its effect. */
function world(killAt: { await: number; after: boolean } | null = null) {
  const items = new Map<string, NotificationItem>();
  const failed: string[] = [];
  let awaits = 0;
  let dead = false;
  const step = async <T>(effect: () => Promise<T>): Promise<T> => {
    if (dead) throw new Killed();
    const mine = ++awaits === killAt?.await;
    if (mine) dead = true;
    if (mine && !killAt?.after) throw new Killed();
    const result = await effect();
    if (mine) throw new Killed();
    return result;
  };
  const carriers = notificationCarriers({
    put: (item) =>
      step(async () => {
        const key = `${item.userId} ${item.id}`;
        if (items.has(key)) return false;
        items.set(key, item);
        return true;
      }),
    languageOf: (user) => step(async () => (user === "bob" ? "de-AT" : "en")),
    now: () => T0 + 5000,
  });
  const ports: DrainPorts = {
    outbox: {
      read: (limit, after) => step(() => readOutbox(jobs, limit, after)),
      clear: (rows) => step(async () => void (await clearOutbox(jobs, rows))),
    },
    carriers,
    report: ({ kind, error }) => void failed.push(`${kind}: ${error instanceof Error ? error.message : ""}`),
  };
  return { items, failed, ports, awaits: () => awaits };
}

describe("a drain", () => {
  it("makes a notification of each row, in its user's language, from the time of its cause; and leaves nothing", async () => {
    const [one = ""] = await say("ann", "budget-threshold");
    const [two = ""] = await say("bob", "budget-threshold", 1, T0 - 1000);
    const { ports, items } = world();
    expect(await drainOutbox(ports)).toEqual({ carried: 2, left: 0 });
    expect(await left()).toEqual([]);
    const item = items.get(`bob ${two}`) ?? {};
    expect(parseNotification({ ...item })).toMatchObject({
      id: two,
      userId: "bob",
      kind: "budget-threshold",
      data: threshold,
      language: "de-AT",
      state: "queued",
      createdAt: T0 - 1000,
    });
    expect(item).toMatchObject({ queued: "1", at: T0 + 5000 });
    expect(items.get(`ann ${one}`)).toMatchObject({ language: "en", createdAt: T0 });
  });

  it("that is killed at any await, before or after its effect, is made up for by the next, and nothing is told twice", async () => {
    await say("ann", "budget-threshold", 3);
    await say("bob", "budget-threshold", 2);
    const whole = world();
    await drainOutbox(whole.ports);
    expect(whole.awaits()).toBe(12);
    for (let at = 1; at <= whole.awaits(); at++)
      for (const after of [false, true]) {
        await database.ask("delete from outbox");
        const ids = [...(await say("ann", "budget-threshold", 3)), ...(await say("bob", "budget-threshold", 2))];
        const killed = world({ await: at, after });
        await drainOutbox(killed.ports).catch((error: unknown) => expect(error).toBeInstanceOf(Killed));
        // Whatever was taken out of the outbox was carried on before.
        const remaining = await left();
        for (const id of ids) if (!remaining.includes(id)) expect([...killed.items.values()].map((item) => item.id)).toContain(id);
        const next = world();
        for (const [key, item] of killed.items) next.items.set(key, { ...item, state: "sent" });
        await drainOutbox(next.ports);
        expect(await left()).toEqual([]);
        expect([...next.items.values()].map(({ id }) => id).sort()).toEqual([...ids].sort());
        // One that was sent meanwhile stays so.
        for (const key of killed.items.keys()) expect(next.items.get(key)?.state).toBe("sent");
      }
  });

  it("by two at once tells of each once", async () => {
    await say("ann", "budget-threshold", 250);
    const one = world();
    await Promise.all([drainOutbox(one.ports), drainOutbox(one.ports)]);
    expect(one.items.size).toBe(250);
    expect(await left()).toEqual([]);
  });

  it("leaves what nobody can carry, says so, and carries all the rest, however much poison lies in front", async () => {
    const poison = await say("ann", "from-the-future", 130, T0 - 1000);
    const [good = ""] = await say("bob", "budget-threshold");
    const { ports, items, failed } = world();
    expect(await drainOutbox(ports)).toEqual({ carried: 1, left: 130 });
    expect([...items.values()].map(({ id }) => id)).toEqual([good]);
    expect((await left()).sort()).toEqual([...poison].sort());
    expect(failed[0]).toBe('from-the-future: nobody carries messages of the kind "from-the-future"');
    expect(failed).toHaveLength(130);
  });

  it("begins no page when it is late", async () => {
    await say("ann", "budget-threshold", 101);
    const { ports, items } = world();
    let pages = 0;
    expect(await drainOutbox({ ...ports, isLate: () => ++pages > 1 })).toEqual({ carried: 100, left: 0 });
    expect(items.size).toBe(100);
    expect(await left()).toHaveLength(1);
  });
});
