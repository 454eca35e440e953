import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { asUser, databases } from "../../../../src/database/kysely.ts";
import { readOutbox } from "../../../../src/database/outbox.ts";
import { attached, lockReceipt, unlessAttached } from "../../../../src/database/receipts.ts";
import { financeRoutes } from "../../../../src/http/finance/routes.ts";
import { receiptGone, sweepOrphans } from "../../../../src/receipts/gone.ts";
import { as } from "../../../database/postgres.ts";
import { Memory, newReceipt } from "../../../receipts/files.ts";
import { type FinanceApi, startFinanceApi } from "../api.ts";
import { container } from "./containers.ts";

let api: FinanceApi;
beforeAll(async () => {
  api = await startFinanceApi();
});
afterAll(() => api.close());

const expense = { amount: "38.40", currency: "EUR", occurredOn: "2026-11-17" };
let made = 0;
/** A receipt of a user that is ready, unless told. */
function receipt(user = "ann", isReady = true): string {
  const id = `019aa5d0-0c44-7a55-b7de-${String(++made).padStart(12, "0")}`;
  if (isReady) api.receipts.ready.add(`s-${user} ${id}`);
  return id;
}
const post = (receiptId: unknown, user = "ann") => api.call(user, "POST", "/expenses", { ...expense, receiptId });
const patch = (id: unknown, body: object, user = "ann", headers = {}) => api.call(user, "PATCH", `/expenses/${id}`, body, headers);
/** The receipts that were told to be gone, oldest first. */
const gone = async (user = "ann") =>
  (await api.database.as(`s-${user}`, (tx) => readOutbox(tx, 100))).filter(({ kind }) => kind === "receipt-gone").map(({ payload }) => payload);
beforeEach(() => api.database.ask("delete from outbox"));

describe("an expense", () => {
  it("takes a receipt when it is made or changed, shows it, and leads to it", async () => {
    const [one, two] = [receipt(), receipt()];
    const added = await post(one);
    expect(added).toMatchObject({ status: 201, body: { receiptId: one } });
    expect(api.receipts.attached.has(`s-ann ${one}`)).toBe(true);
    const { id } = added.body;
    expect((await api.call("ann", "GET", `/expenses/${id}`)).body).toMatchObject({ receiptId: one, version: 1 });
    expect(await api.call("ann", "GET", `/expenses/${id}/receipt`)).toMatchObject({ status: 303, headers: { location: `/receipts/${one}` } });
    expect((await patch(id, { amount: "39.00" })).body).toMatchObject({ receiptId: one, version: 2 });
    expect((await patch(id, { receiptId: one })).body).toMatchObject({ receiptId: one, version: 2 });
    expect(await gone()).toEqual([]);
    expect((await patch(id, { receiptId: two })).body).toMatchObject({ receiptId: two, version: 3 });
    expect(await gone()).toEqual([{ v: 1, receiptId: one }]);
    expect((await patch(id, { receiptId: null })).body).toMatchObject({ receiptId: null, version: 4 });
    expect(await gone()).toEqual([
      { v: 1, receiptId: one },
      { v: 1, receiptId: two },
    ]);
    expect(await api.call("ann", "GET", `/expenses/${id}/receipt`)).toMatchObject({ status: 404, body: { detail: "The expense has no receipt." } });
  });

  it("that is deleted lets go of its receipt, and one that is not deleted keeps it", async () => {
    const one = receipt();
    const { id } = (await post(one)).body;
    expect((await api.call("ann", "DELETE", `/expenses/${id}`, undefined, { "if-match": '"7"' })).status).toBe(412);
    expect(await gone()).toEqual([]);
    expect((await api.call("ann", "DELETE", `/expenses/${id}`)).status).toBe(204);
    expect(await gone()).toEqual([{ v: 1, receiptId: one }]);
  });

  it("gets no receipt that is not ready, nobody's, somebody else's or another expense's, and nothing is written", async () => {
    const taken = receipt();
    const { id: other } = (await post(taken)).body;
    const { id } = (await post(null)).body;
    const why = "is not one of your receipts that are ready";
    for (const [receiptId, detail] of [
      [receipt("ann", false), why],
      [receipt("bob"), why],
      [taken, "is another expense's receipt"],
      ["x", "must be a UUID"],
    ] as const)
      for (const answer of [await post(receiptId), await patch(id, { receiptId })])
        expect(answer).toMatchObject({ status: 422, body: { errors: [{ pointer: "/receiptId", detail }] } });
    expect((await api.call("ann", "GET", `/expenses/${id}`)).body).toMatchObject({ receiptId: null, version: 1 });
    expect((await api.call("ann", "GET", `/expenses/${other}`)).body).toMatchObject({ receiptId: taken });
    expect((await api.call("bob", "GET", `/expenses/${other}/receipt`)).status).toBe(404);
    expect((await api.call("ann", "GET", "/expenses/x/receipt")).status).toBe(404);
  });

  it("of a list of many gets none", async () => {
    const one = receipt();
    const answer = await api.call("ann", "POST", "/expenses/bulk", { mode: "each", expenses: [{ ...expense, receiptId: one }, expense] });
    expect(answer.body.results).toMatchObject([{ status: 422, problem: { errors: [{ pointer: "/receiptId" }] } }, { status: 201 }]);
  });

  it("and another that want the same receipt at the same moment: one has it", async () => {
    const one = receipt();
    const rivals = [1, 2, 3, 4].map(() => container(api.database, financeRoutes));
    const answers = await Promise.all(rivals.map((rival) => rival.call("ann", "POST", "/expenses", { ...expense, receiptId: one })));
    for (const rival of rivals) rival.close();
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 422, 422, 422]);
  });

  it("with a key takes it once, and the second time the same answer comes", async () => {
    const one = receipt();
    const again = () => api.call("ann", "POST", "/expenses", { ...expense, receiptId: one }, { "idempotency-key": "r1" });
    const [first, second] = [await again(), await again()];
    expect([first.status, second.status, second.body.id]).toEqual([201, 201, first.body.id]);
  });
});

describe("a receipt that was let go of", () => {
  const owned = (id: string) => ({ userId: "s-ann", id });
  const ports = (memory: Memory) => ({
    receipts: memory.receipts,
    unlessAttached: ({ userId, id }: { userId: string; id: string }, work: () => Promise<unknown>) =>
      api.database.as(userId, (tx) => unlessAttached(tx, userId, id, work)),
  });
  const memoryWith = (...ids: string[]) => {
    const memory = new Memory();
    for (const id of ids) memory.set(newReceipt({ ...owned(id), state: "ready", createdAt: 0, expiresAt: null }));
    return memory;
  };

  it("leaves, once and again, unless an expense has it by now", async () => {
    const [free, taken] = [receipt(), receipt()];
    await post(taken);
    const memory = memoryWith(free, taken);
    expect(await receiptGone(ports(memory), owned(free))).toBe(true);
    expect(await receiptGone(ports(memory), owned(free))).toBe(true);
    expect(await receiptGone(ports(memory), owned(taken))).toBe(false);
    expect([memory.of(owned(free))?.state, memory.of(owned(taken))?.state]).toEqual(["leaving", "ready"]);
    expect(await receiptGone(ports(memory), owned(receipt()))).toBe(false);
  });

  it("never leaves under an expense that takes it at that very moment: the two wait for each other", async () => {
    const one = receipt();
    const memory = memoryWith(one);
    const order: string[] = [];
    const locked = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    // An expense that has the lock and has not committed, in another container.
    const pools = databases(as(api.database.endpoint, "dormouse_app"));
    const taking = asUser(pools.of(1), "s-ann", 20_000, async (tx) => {
      await lockReceipt(tx, "s-ann", one);
      locked.resolve();
      await go.promise;
      await tx
        .insertInto("expenses")
        .values({ user_id: "s-ann", id: one, amount_minor: 1n, currency: "EUR", occurred_on: "2026-11-17", description: "", receipt_id: one })
        .execute();
      order.push("taken");
    });
    await locked.promise;
    const leaving = receiptGone(ports(memory), owned(one)).then((left) => order.push(`left ${left}`));
    await expect
      .poll(async () => (await api.database.ask("select count(*)::int as n from pg_locks where locktype = 'advisory' and not granted"))[0]?.n)
      .toBe(1);
    go.resolve();
    await Promise.all([taking, leaving]);
    pools.drop();
    expect(order).toEqual(["taken", "left false"]);
    expect(memory.of(owned(one))?.state).toBe("ready");
  });

  it("is swept a day after it was made when no expense has it, by one sweep a day, and everything else is spared", async () => {
    const [orphan, taken, young, leaving] = [receipt(), receipt(), receipt(), receipt()];
    await post(taken);
    const memory = memoryWith(orphan, taken, young, leaving);
    const now = 10 * 86_400_000;
    memory.set(newReceipt({ ...owned(young), state: "ready", createdAt: now - 86_000_000, expiresAt: null }));
    memory.set(newReceipt({ ...owned(leaving), state: "leaving", createdAt: 0, expiresAt: null }));
    let turns = 0;
    let late = false;
    const sweep = () =>
      sweepOrphans({
        ...ports(memory),
        async *pages(before) {
          yield [...memory.items.values()].filter(({ createdAt }) => createdAt < before);
        },
        turn: async () => turns++ === 0,
        attached: (userId, ids) => api.database.as(userId, (tx) => attached(tx, userId, ids)),
        now: () => now,
        isLate: () => late,
      });
    late = true;
    expect(await sweep()).toBe(0);
    expect(turns).toBe(0);
    late = false;
    expect(await sweep()).toBe(2);
    expect([orphan, taken, young, leaving].map((id) => memory.of(owned(id))?.state)).toEqual(["leaving", "ready", "ready", "leaving"]);
    expect(await sweep()).toBe(0);
  });
});
