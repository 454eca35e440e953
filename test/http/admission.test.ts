import { describe, expect, it } from "vitest";
import { type AdmissionDeps, admission } from "../../src/http/admission.ts";
import type { Caller } from "../../src/http/caller.ts";
import { Problem } from "../../src/http/problem.ts";
import { touchEveryMs } from "../../src/lifecycle/policy.ts";
import type { DatabaseState } from "../../src/lifecycle/state.ts";
import { memoryStore } from "./memory-store.ts";

const ann: Caller = { sub: "4f6c", username: "ann", operator: false, background: false };
const poller: Caller = { ...ann, background: true };
const start = Date.UTC(2026, 0, 31, 12);

function setUp(state: Partial<DatabaseState>, more: Partial<AdmissionDeps> = {}) {
  const memory = memoryStore(state);
  const clock = { now: start };
  let ids = 0;
  let charged = 0;
  const gate = admission({
    databaseId: "dormouse",
    store: memory.store,
    signal: async (signal) => {
      memory.calls.push("signal");
      if (memory.broken.has("signal")) throw new Error("signal is broken");
      memory.signals.push(signal);
    },
    idleMinutes: 60,
    drainSeconds: 20,
    wakeOn: "button",
    wakeTimeoutMinutes: 60,
    budget: { allows: async (_, limit) => charged < limit, charge: async () => void charged++ },
    wakesPerUserPerDay: 2,
    mode: "manage",
    now: () => clock.now,
    newId: () => `id-${++ids}`,
    logger: { info: () => {}, error: () => {} },
    ...more,
  });
  const refused = async (caller: Caller): Promise<Problem> => {
    try {
      await gate.admit(caller);
    } catch (error) {
      if (error instanceof Problem) return error;
      throw error;
    }
    throw new Error("it was let in");
  };
  return { memory, clock, gate, refused };
}

const serving: Partial<DatabaseState> = { phase: "awake", serving: true, period: 3 };

describe("the gate of data requests", () => {
  it.each([
    [60, 28, 28_000],
    [60, 20, 20_000],
    [1, 20, 6_000],
    [0.05, 20, 300],
  ])("with an idle limit of %d min and a drain of %d s touches at most every %d ms", (idle, drain, every) => {
    expect(touchEveryMs({ idleMs: idle * 60_000, drainMs: drain * 1000 })).toBe(every);
  });

  it("lets a request in, says its period and when it must be over, and counts it as activity", async () => {
    const { gate, memory } = setUp(serving);
    expect(await gate.admit(ann)).toEqual({ period: 3, until: start + 20_000 });
    expect(memory.state.lastActivityAt).toBe(start);
  });

  it("refuses whoever has deleted their account, asleep or awake, by the same read; nothing is woken and nothing touched", async () => {
    for (const state of [serving, { phase: "asleep" } as const]) {
      const { memory, refused, gate } = setUp({ ...state, refused: { [ann.sub]: start } }, { wakeOn: "request" });
      expect(await refused(ann)).toMatchObject({ kind: "account-deleted", status: 403 });
      expect(memory.calls).toEqual(["read"]);
      if (state === serving) await gate.admit({ ...ann, sub: "bob" });
    }
  });

  it("reads at each request and touches only when the last touch is used up", async () => {
    const { gate, memory, clock } = setUp(serving);
    await gate.admit(ann);
    clock.now += 19_999;
    await gate.admit(ann);
    clock.now += 1;
    await gate.admit(ann);
    expect(memory.calls).toEqual(["read", "touch", "read", "read", "touch"]);
    expect(memory.state.lastActivityAt).toBe(start + 20_000);
  });

  it("touches again in a new awake period", async () => {
    const { gate, memory } = setUp(serving);
    await gate.admit(ann);
    memory.state.period = 4;
    expect((await gate.admit(ann)).period).toBe(4);
    expect(memory.calls).toEqual(["read", "touch", "read", "touch"]);
  });

  it("lets the background in without counting it", async () => {
    const { gate, memory } = setUp(serving);
    await gate.admit(poller);
    expect(memory.calls).toEqual(["read"]);
  });

  it("refuses while the database does not serve, with the phase, the estimate and when to come back", async () => {
    const { refused, memory } = setUp({
      phase: "waking",
      phaseSince: start - 5000,
      wakeSeconds: [30, 40, 50],
      lastAction: { kind: "start", at: start - 5000, attempts: 1, error: null, answered: true },
    });
    const problem = await refused(ann);
    expect(problem.status).toBe(503);
    expect(problem.headers).toEqual({ "retry-after": "30" });
    expect(problem.body()).toMatchObject({
      type: "/problems/database-asleep",
      phase: "waking",
      serving: false,
      since: "2026-01-31T11:59:55.000Z",
      estimate: { p50Seconds: 40, p90Seconds: 50, samples: 3, readyAt: "2026-01-31T12:00:35.000Z" },
    });
    expect(memory.calls).toEqual(["read"]);
    expect(memory.state.wake).toBeNull();
  });

  it("refuses when the fence goes up between the read and the touch", async () => {
    const { gate, refused, memory } = setUp(serving);
    const read = memory.store.read;
    memory.store.read = async (id) => {
      const state = await read(id);
      memory.state.serving = false;
      memory.state.phase = "falling-asleep";
      return state;
    };
    expect((await refused(ann)).body()).toMatchObject({ phase: "falling-asleep" });
    expect(memory.state.lastActivityAt).toBeNull();
    await expect(gate.admit(ann)).rejects.toThrow("database-asleep");
  });

  it("refuses when nobody has looked yet, and when the state can't be read or touched", async () => {
    const unknown = setUp({});
    unknown.memory.store.read = async () => null;
    expect((await unknown.refused(ann)).body()).toMatchObject({ type: "/problems/database-asleep", phase: "asleep", estimate: null });
    for (const method of ["read", "touch"]) {
      const { refused, memory } = setUp(serving);
      memory.broken.add(method);
      expect((await refused(ann)).type).toBe("/problems/state-unreadable");
    }
  });
});

describe("waking by a request", () => {
  const wakeOn = { wakeOn: "request" as const };

  it("writes an intent first, then calls", async () => {
    const { refused, memory } = setUp({}, wakeOn);
    const problem = await refused(ann);
    expect(problem.detail).toBe("The database is asleep. It has been asked to wake.");
    expect(memory.calls).toEqual(["read", "wake", "signal"]);
    expect(memory.state.wake).toEqual({ id: "id-1", by: "ann", cause: "request", at: start, expiresAt: start + 3_600_000 });
    expect(memory.signals).toEqual([{ v: 1, id: "id-2", databaseId: "dormouse", kind: "wake", by: "ann", at: start, expiresAt: start / 1000 + 3600 }]);
  });

  it("has one intent for everybody, and calls again only after a while", async () => {
    const { refused, memory, clock } = setUp({}, wakeOn);
    await refused(ann);
    clock.now += 29_999;
    await refused({ ...ann, username: "ben" });
    expect(memory.signals).toHaveLength(1);
    clock.now += 1;
    await refused(ann);
    expect(memory.signals).toHaveLength(2);
    expect(memory.calls.filter((call) => call === "wake")).toHaveLength(1);
  });

  it("has a budget for each user and day, operators exempt", async () => {
    const { refused, memory, clock } = setUp({}, wakeOn);
    for (let i = 0; i < 2; i++) {
      await refused(ann);
      clock.now += 3_600_001;
    }
    const problem = await refused(ann);
    expect(problem.status).toBe(429);
    expect(problem.detail).toContain("2 times today");
    expect(memory.calls.filter((call) => call === "wake")).toHaveLength(2);
    expect((await refused({ ...ann, operator: true })).status).toBe(503);
    expect(memory.calls.filter((call) => call === "wake")).toHaveLength(3);
  });

  it("is charged to nobody whose intent came second, nor to operators", async () => {
    const charges: string[] = [];
    const budget = { allows: async () => true, charge: async (sub: string, id: string) => void charges.push(`${sub} ${id}`) };
    const { refused, memory } = setUp({}, { ...wakeOn, budget });
    const { wake } = memory.store;
    memory.store.wake = async () => false;
    await refused(ann);
    memory.store.wake = wake;
    await refused({ ...ann, operator: true });
    expect(charges).toEqual([]);
    memory.state.wake = null;
    await refused(ann);
    expect(charges).toEqual([expect.stringMatching(/^4f6c id-\d+$/)]);
  });

  it("is called for all the same when it could not be counted", async () => {
    const { refused, memory } = setUp({}, { ...wakeOn, budget: { allows: async () => true, charge: () => Promise.reject(new Error("no table")) } });
    expect((await refused(ann)).detail).toContain("It has been asked to wake");
    expect(memory.signals).toHaveLength(1);
  });

  it("writes a new intent when the last one has expired", async () => {
    const { refused, memory, clock } = setUp({}, wakeOn);
    await refused(ann);
    clock.now += 3_600_001;
    await refused(ann);
    expect(memory.state.wake).toMatchObject({ at: clock.now });
  });

  it.each([
    ["the background", poller, wakeOn],
    ["a request where only the button wakes", ann, {}],
    ["a request in watch mode", ann, { ...wakeOn, mode: "watch" as const }],
  ])("is not done by %s", async (_, caller, more) => {
    const { refused, memory } = setUp({}, more);
    await refused(caller);
    expect(memory.calls).toEqual(["read"]);
  });

  it("is tried again by the next request when the intent could not be written", async () => {
    const { refused, memory } = setUp({}, wakeOn);
    memory.broken.add("wake");
    expect((await refused(ann)).detail).toContain("Wake it with POST /database/start");
    memory.broken.clear();
    await refused(ann);
    expect(memory.state.wake).not.toBeNull();
    expect(memory.signals).toHaveLength(1);
  });
});

describe("a wake that has expired", () => {
  const wake = { id: "old", by: "bob", cause: "button" as const, at: start - 7_200_000, expiresAt: start - 3_600_000 };

  it("is not said to be on its way", async () => {
    const { refused } = setUp({ wake });
    expect((await refused(ann)).detail).toContain("Wake it with POST /database/start");
    const { refused: later } = setUp({ wake: { ...wake, expiresAt: start + 1000 } });
    expect((await later(ann)).detail).toContain("It is on its way");
  });

  it("is not said to have been asked for when no new one could be written", async () => {
    const { refused, memory } = setUp({ wake }, { wakeOn: "request" });
    memory.broken.add("wake");
    expect((await refused(ann)).detail).toContain("Wake it with POST /database/start");
  });
});

describe("asking for a look", () => {
  it("is done at most once in 30 s, and throws nothing", async () => {
    const { gate, memory, clock } = setUp(serving);
    await gate.askForLook();
    await gate.askForLook();
    clock.now += 30_000;
    await gate.askForLook();
    expect(memory.signals.map(({ kind, at }) => [kind, at])).toEqual([
      ["look", start],
      ["look", start + 30_000],
    ]);
    memory.broken.add("signal");
    clock.now += 30_000;
    await expect(gate.askForLook()).resolves.toBeUndefined();
  });
});
