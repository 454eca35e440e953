import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type AwakePorts, keepAwake, type Wanted } from "../../scripts/operator/keep-awake.ts";
import { callerStore } from "../../src/aws/caller-store.ts";
import { readState } from "../../src/aws/state-store.ts";
import type { ReconcileEvent } from "../../src/lifecycle/ports.ts";
import { type DatabaseState, initialState } from "../../src/lifecycle/state.ts";
import { type TestDynamoDB, testDynamoDB } from "../aws/dynamodb.ts";

let dynamodb: TestDynamoDB;
beforeAll(async () => {
  dynamodb = await testDynamoDB();
});
afterAll(() => dynamodb.close());

const START = Date.UTC(2026, 10, 21, 9);
const HOUR = 3_600_000;
const TABLE = "dormouse-state";
let databaseId = "";
let counter = 0;
beforeEach(() => {
  databaseId = `db-${++counter}`;
});

const wanted = (more: Partial<Wanted> = {}): Wanted => ({
  databaseId,
  mode: "manage",
  holdMs: HOUR,
  wakeMs: HOUR,
  by: "olga",
  reason: "npm run migrate",
  ...more,
});
const state = async (): Promise<DatabaseState> => (await readState({ dynamodb: dynamodb.client, table: TABLE }, databaseId)) ?? initialState(databaseId, 0);
const put = (more: Partial<DatabaseState>) => dynamodb.put(TABLE, { ...initialState(databaseId, START - 24 * HOUR), ...more });

/** The operator's side on the real table, with time that passes only in `sleep`; `asleep` plays the reconciler, each time that somebody waits. */
function operator(whileWaiting: (waits: number) => Promise<void> = async () => {}) {
  let now = START;
  let waits = 0;
  const said: string[] = [];
  const kicks: ReconcileEvent["cause"][] = [];
  const ports: AwakePorts = {
    store: callerStore({ dynamodb: dynamodb.client, table: TABLE }),
    async kick({ cause }) {
      kicks.push(cause);
    },
    now: () => now,
    async sleep(ms) {
      now += ms;
      await whileWaiting(++waits);
    },
    newId: () => "intent-1",
    say: (line) => void said.push(line),
  };
  return { ports, said, kicks, now: () => now };
}
const serves = async () => put({ ...(await state()), phase: "awake", serving: true, wake: null });

describe("keeping a database awake for an operator's work", () => {
  it("holds one that serves at once, and gives the hold back", async () => {
    await put({ phase: "awake", serving: true });
    const { ports, kicks } = operator();
    const kept = await keepAwake(ports, wanted());
    expect((await state()).hold).toEqual({ until: START + HOUR, by: "olga", reason: "npm run migrate" });
    expect(kept.until).toBe(START + HOUR);
    await kept.release();
    expect(await state()).toMatchObject({ hold: null, lastLeaseEndAt: START });
    await kept.release();
    expect(kicks).toEqual([{ kind: "release", by: "olga" }]);
  });

  it("wakes one that sleeps, waits, and tells what it waits for", async () => {
    await put({ phase: "asleep", rdsStatus: "stopped", reason: "asleep; nobody asked for it" });
    const { ports, said, kicks } = operator(async (waits) => {
      if (waits === 1) expect((await state()).wake).toMatchObject({ id: "intent-1", cause: "hold", by: "olga", expiresAt: START + HOUR });
      if (waits === 2) await put({ ...(await state()), phase: "waking", rdsStatus: "starting", reason: "the instance is starting" });
      if (waits === 25) await serves();
    });
    await keepAwake(ports, wanted());
    expect(said).toEqual([
      `${databaseId} is asleep (RDS: stopped): asleep; nobody asked for it`,
      `${databaseId} is waking (RDS: starting): the instance is starting`,
    ]);
    // A wake that nobody works on is called for again.
    expect(kicks).toEqual(Array(3).fill({ kind: "hold", by: "olga" }));
  });

  it("works before anybody has ever looked at the database", async () => {
    const { ports } = operator(serves);
    await keepAwake(ports, wanted());
    expect((await state()).hold).not.toBeNull();
  });

  it("leaves nothing behind when the operator breaks off", async () => {
    await put({ phase: "asleep" });
    const { ports, kicks } = operator(async () => {
      throw Object.assign(new Error("aborted"), { name: "AbortError" });
    });
    await expect(keepAwake(ports, wanted())).rejects.toMatchObject({ name: "AbortError" });
    expect((await state()).hold).toBeNull();
    expect(kicks.at(-1)).toEqual({ kind: "release", by: "olga" });
  });

  it("says what the wake came to when it is given up", async () => {
    await put({ phase: "asleep" });
    const { ports } = operator(async () =>
      put({
        ...(await state()),
        wake: null,
        attention: { code: "wake-expired", since: START, what: "The database did not wake within 60 min.", doThis: "Look at RDS." },
      }),
    );
    await expect(keepAwake(ports, wanted())).rejects.toThrow("The database did not wake within 60 min. Look at RDS.");
    expect((await state()).hold).toBeNull();
  });

  it("is not put off by a wake that was given up before", async () => {
    await put({ phase: "asleep", attention: { code: "wake-expired", since: START - HOUR, what: "old", doThis: "old" } });
    const { ports } = operator(serves);
    await keepAwake(ports, wanted());
  });

  it("gives up by itself when nothing answers", async () => {
    await put({ phase: "asleep" });
    const { ports, now } = operator();
    await expect(keepAwake(ports, wanted())).rejects.toThrow("did not wake within 60 minutes");
    expect(now()).toBeLessThan(START + HOUR + 10_000);
    expect((await state()).hold).toBeNull();
  });

  it("leaves a longer hold of somebody else as it is", async () => {
    const hold = { until: START + 5 * HOUR, by: "ann", reason: "demo" };
    await put({ phase: "awake", serving: true, hold });
    const { ports } = operator();
    const kept = await keepAwake(ports, wanted());
    expect(kept.until).toBe(START + 5 * HOUR);
    await kept.release();
    expect((await state()).hold).toEqual(hold);
  });

  it("puts back a shorter hold of somebody else", async () => {
    const hold = { until: START + HOUR / 2, by: "ann", reason: "demo" };
    await put({ phase: "awake", serving: true, hold });
    const { ports } = operator();
    const kept = await keepAwake(ports, wanted());
    expect((await state()).hold?.by).toBe("olga");
    await kept.release();
    expect((await state()).hold).toEqual(hold);
  });

  it("does not end a hold that somebody has set since", async () => {
    await put({ phase: "awake", serving: true });
    const { ports } = operator();
    const kept = await keepAwake(ports, wanted());
    const hold = { until: START + 2 * HOUR, by: "ann", reason: "mine now" };
    await put({ ...(await state()), hold });
    await kept.release();
    expect((await state()).hold).toEqual(hold);
  });

  it("starts nothing in watch mode, and says who has to", async () => {
    await put({ phase: "asleep", rdsStatus: "stopped" });
    const { ports, kicks } = operator();
    await expect(keepAwake(ports, wanted({ mode: "watch" }))).rejects.toThrow("start");
    expect([await state(), kicks]).toMatchObject([{ hold: null, wake: null }, []]);
    await put({ phase: "awake", serving: true });
    await (await keepAwake(ports, wanted({ mode: "watch" }))).release();
    expect((await state()).hold).toBeNull();
  });
});
