import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { clearOutbox, readOutbox, tell } from "../../../src/database/outbox.ts";
import type { ApiRequest } from "../../../src/http/api.ts";
import type { Write } from "../../../src/http/finance/deps.ts";
import { raisingWrite, tellingWrite } from "../../../src/http/finance/telling.ts";
import { drainOutbox } from "../../../src/notifications/drain.ts";
import { newId } from "../../database/budgeting.ts";
import { type FinanceDatabase, startFinance } from "../../database/finance.ts";

let database: FinanceDatabase;
beforeAll(async () => {
  database = await startFinance();
});
afterAll(() => database?.close());
beforeEach(() => database.ask("delete from users; insert into users values ('ann'), ('bob')"));

const request = {} as ApiRequest;
const caller = { sub: "ann", username: "ann", operator: false, background: false };
/** A write as `write.ts` has it: a transaction in the user's name, undone by what it throws. */
const write: Write = (_, work) => database.as("ann", (tx) => work(tx, caller));
const errors: string[] = [];
const logger = { info: () => {}, error: (message: string) => void errors.push(message) };
const say =
  (told: boolean): Parameters<Write>[1] =>
  async (tx) => {
    if (told) await tell(tx, "ann", [{ id: newId(), kind: "k", payload: { v: 1 } }], 1);
    return { status: 201 };
  };
const left = async () => (await database.ask("select user_id from outbox")).map(({ user_id }) => user_id);

describe("what a write told", () => {
  it("is carried on right after the commit, with what is left of this user's from before, and nobody else's", async () => {
    await database.as("bob", (tx) => tell(tx, "bob", [{ id: newId(), kind: "k", payload: { v: 1 } }], 1));
    await write(request, say(true));
    const carried: string[] = [];
    const drain = () =>
      drainOutbox({
        outbox: {
          read: (limit, after) => database.as("ann", (tx) => readOutbox(tx, limit, after)),
          clear: async (rows) => void (await database.as("ann", (tx) => clearOutbox(tx, rows))),
        },
        carriers: {
          async k({ user }) {
            // Seen from here it is committed.
            expect(await left()).toContain(user);
            carried.push(user);
          },
        },
        report: ({ error }) => errors.push(String(error)),
      });
    expect(await tellingWrite(write, drain, logger)(request, say(true))).toEqual({ status: 201 });
    expect(carried).toEqual(["ann", "ann"]);
    expect(await left()).toEqual(["bob"]);
    expect(errors).toEqual([]);
  });

  it("is asked for only where something was told, and where it was committed", async () => {
    let drains = 0;
    const telling = tellingWrite(write, async () => drains++, logger);
    await telling(request, say(false));
    await expect(
      telling(request, async (tx, who) => {
        await say(true)(tx, who);
        throw new Error("undone");
      }),
    ).rejects.toThrow("undone");
    expect(drains).toBe(0);
    await telling(request, say(true));
    expect(drains).toBe(1);
  });

  it("is no reason for the answer to fail, or to wait for long", async () => {
    const failing = tellingWrite(write, () => Promise.reject(new Error("DynamoDB is down")), logger);
    expect(await failing(request, say(true))).toEqual({ status: 201 });
    expect(errors.splice(0)).toEqual(["what was told is left to the next wake"]);
    const hanging = tellingWrite(write, () => new Promise(() => {}), logger);
    expect(await hanging(request, say(true))).toEqual({ status: 201 });
    expect(await left()).toEqual(["ann", "ann"]);
  });
});

describe("a write", () => {
  it("has raised its user's counter before it is committed, and is undone where that fails", async () => {
    const raised: string[] = [];
    const seen: unknown[] = [];
    const raising = raisingWrite(write, async (sub) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      seen.push(await left());
      raised.push(sub);
    });
    await raising(request, say(true));
    expect(raised).toEqual(["ann"]);
    expect(seen).toEqual([[]]);
    expect(await left()).toEqual(["ann"]);
    const failing = raisingWrite(write, () => Promise.reject(new Error("down")));
    await expect(failing(request, say(true))).rejects.toMatchObject({ kind: "unavailable" });
    expect(await left()).toEqual(["ann"]);
  });

  it("that fails by itself says why, whatever became of the counter", async () => {
    const failing = raisingWrite(write, () => Promise.reject(new Error("down")));
    await expect(failing(request, () => Promise.reject(new Error("its own")))).rejects.toThrow("its own");
  });
});
