import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Databases, databases } from "../../../src/database/kysely.ts";
import type { Admitted } from "../../../src/http/admission.ts";
import type { ApiRequest } from "../../../src/http/api.ts";
import { type Session, session } from "../../../src/http/finance/session.ts";
import { problem } from "../../../src/http/problem.ts";
import { type FinanceDatabase, startFinance } from "../../database/finance.ts";
import { as } from "../../database/postgres.ts";
import { httpEvent } from "../events.ts";

let database: FinanceDatabase;
beforeAll(async () => {
  database = await startFinance();
});
afterAll(() => database?.close());

let time: number;
let pools: Databases;
let looks: number;
/** What the gate says next: a promise that the test settles, or else it lets in at once. */
let gate: Promise<Admitted> | null;
let open: Session;
const letIn = (period = 1): Admitted => ({ period, until: time + 20_000 });

beforeEach(async () => {
  await database.ask("delete from users; insert into users values ('ann')");
  time = Date.now();
  looks = 0;
  gate = null;
  pools = databases(as(database.endpoint, "dormouse_app", "app", "session-test"));
  const admission = { longestMs: 20_000, admit: () => gate ?? Promise.resolve(letIn()), askForLook: async () => void looks++ };
  open = session({ admission, databases: pools, now: () => time });
});
afterEach(() => pools.drop());

const requestOf = (method: string) => ({ method, event: httpEvent({ method, claims: { sub: "ann", username: "ann" } }) }) as ApiRequest;
const request = requestOf("POST");
const kept = async () => (await database.ask("select name from categories order by name")).map(({ name }) => name);
const asleep = () => problem("database-asleep", "The database is asleep.");

/** A request that keeps a category; `written` is fulfilled when its statement has been answered, each time that it is. */
function writing(name: string) {
  const written = Promise.withResolvers<void>();
  let times = 0;
  const done = open(request, async (tx, { sub }) => {
    await tx.insertInto("categories").values({ user_id: sub, id: crypto.randomUUID(), name }).execute();
    times++;
    written.resolve();
    return name;
  });
  done.catch(() => {});
  return { done, written: written.promise, times: () => times };
}

describe("a transaction beside the gate's answer", () => {
  it("begins before it, and is kept after it", async () => {
    await writing("first").done;
    const answer = Promise.withResolvers<Admitted>();
    gate = answer.promise;
    const { done, written, times } = writing("second");
    await written;
    expect(await kept()).toEqual(["first"]);
    answer.resolve(letIn());
    expect(await done).toBe("second");
    expect(await kept()).toEqual(["first", "second"]);
    expect(times()).toBe(1);
  });

  it("is not kept when nobody is let in, and the next one waits for the gate", async () => {
    await writing("first").done;
    const answer = Promise.withResolvers<Admitted>();
    gate = answer.promise;
    const refused = writing("second");
    await refused.written;
    answer.reject(asleep());
    await expect(refused.done).rejects.toMatchObject({ kind: "database-asleep" });

    const later = Promise.withResolvers<Admitted>();
    gate = later.promise;
    const third = writing("third");
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(third.times()).toBe(0);
    later.resolve(letIn());
    await third.done;
    expect(await kept()).toEqual(["first", "third"]);
    expect(looks).toBe(0);
  });

  it("does not hold up a refusal, whatever the database does meanwhile", async () => {
    await writing("first").done;
    const answer = Promise.withResolvers<Admitted>();
    gate = answer.promise;
    const hung = open(request, (tx) => sql`select pg_sleep(60)`.execute(tx));
    answer.reject(asleep());
    await expect(hung).rejects.toMatchObject({ kind: "database-asleep" });
    gate = null;
    expect(await writing("next").done).toBe("next");
  });

  it("ends before it where it only reads, and tells nothing before it", async () => {
    const read = () => open(requestOf("GET"), async (tx) => (await tx.selectFrom("categories").select("name").execute()).length);
    expect(await read()).toBe(0);
    const answer = Promise.withResolvers<Admitted>();
    gate = answer.promise;
    let told = false;
    const reading = read().finally(() => {
      told = true;
    });
    reading.catch(() => {});
    await expect.poll(() => database.ask("select query from pg_stat_activity where application_name = 'session-test'")).toEqual([{ query: "commit" }]);
    expect(told).toBe(false);
    answer.reject(asleep());
    await expect(reading).rejects.toMatchObject({ kind: "database-asleep" });
  });

  it("is done anew, over a new connection, when the database has slept since", async () => {
    await writing("first").done;
    const answer = Promise.withResolvers<Admitted>();
    gate = answer.promise;
    const moved = writing("second");
    await moved.written;
    answer.resolve(letIn(2));
    expect(await moved.done).toBe("second");
    expect(moved.times()).toBe(2);
    expect(await kept()).toEqual(["first", "second"]);
    gate = Promise.resolve(letIn(2));
    expect(await writing("third").done).toBe("third");
  });

  it("keeps its own failure for those who are let in, and the gate's for those who are not", async () => {
    await writing("first").done;
    const fails = () => open(request, () => Promise.reject(new Error("the work's own")));
    await expect(fails()).rejects.toThrow("the work's own");
    gate = Promise.reject(asleep());
    gate.catch(() => {});
    await expect(fails()).rejects.toMatchObject({ kind: "database-asleep" });
  });
});

describe("a transaction behind the gate's answer", () => {
  it.each([
    ["is the first of a container", async () => {}],
    [
      "comes when a drain since the last may be over",
      async () => {
        await writing("first").done;
        time += 20_000;
      },
    ],
    [
      "follows one whose connection failed",
      async () => {
        await writing("first").done;
        await expect(open(request, (tx) => sql`select pg_terminate_backend(pg_backend_pid())`.execute(tx))).rejects.toMatchObject({
          kind: "database-unreachable",
        });
        expect(looks).toBe(1);
      },
    ],
  ])("%s", async (_, before) => {
    await before();
    const answer = Promise.withResolvers<Admitted>();
    gate = answer.promise;
    const { done, times } = writing("second");
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(times()).toBe(0);
    answer.resolve(letIn());
    expect(await done).toBe("second");
  });
});
