import { describe, expect, it } from "vitest";
import { policyOf } from "../../../src/lifecycle/policy.ts";
import type { Look, Outcome } from "../../../src/lifecycle/ports.ts";
import { reconcile } from "../../../src/lifecycle/reconcile.ts";
import { type DatabaseState, initialState } from "../../../src/lifecycle/state.ts";
import { create } from "../../../src/lifecycle/writes.ts";
import { asleep, awake, control, HOUR, intent, type Memory, NOW, post, settings } from "./memory.ts";

const stop = post("/database/stop");
const force = post("/database/stop", { force: true });
const refusal: Outcome = {
  phase: "awake",
  action: "refuse",
  code: "stop-refused",
  reason: "olga asked for sleep; refused: kept awake by psql",
  blockers: [{ kind: "outside-session", what: "kept awake by psql" }],
};

/** The real reconciler answers, on the same item; RDS says `status`, the probe sees `look`. */
function withReconciler(
  memory: Memory,
  look: Partial<Extract<Look, { answered: true }>> | Extract<Look, { answered: false }> = {},
  status: string | null = "available",
): void {
  let ids = 0;
  memory.onAsk = (event) =>
    reconcile(
      {
        store: {
          read: async () => structuredClone(memory.item),
          async ensure(databaseId, now) {
            await memory.write(create(initialState(databaseId, now)));
            return initialState(databaseId, now);
          },
          write: (_, write) => memory.write(write),
        },
        instance: {
          describe: async () => {
            if (status === null) throw Object.assign(new Error("slow down"), { name: "ThrottlingException" });
            return { status, automaticRestartAt: null, backupWindow: null };
          },
          lastBackupAt: async () => NOW - HOUR,
          maintenancePending: async () => false,
          start: async () => {},
          stop: async () => {},
        },
        prober: { look: async () => ({ answered: true, sessions: [], newestOutsideAt: null, sessionCount: 0, tidied: null, ...look }) },
        timer: { set: async () => {} },
        hook: null,
        ledger: { append: async (_, entries) => void memory.entries.push(...entries) },
        run: { now: () => memory.now, sleep: async () => {}, random: () => 0, newId: () => `run-${++ids}`, remainingMs: () => 600_000 },
        report: () => {},
      },
      policyOf(settings),
      { ...event, once: true },
    );
}

describe("POST /database/stop", () => {
  it("is for operators only", async () => {
    const memory = control(awake);
    expect(await memory.ann(stop)).toMatchObject({ status: 403, body: { type: "/problems/not-allowed" } });
    expect([memory.writes, memory.asks]).toEqual([0, []]);
  });

  it("has nothing to do while asleep", async () => {
    const memory = control(asleep);
    expect(await memory.olga(stop)).toMatchObject({ status: 200, body: { phase: "asleep" } });
    expect([memory.writes, memory.asks]).toEqual([0, []]);
  });

  it("is under way while it falls asleep", async () => {
    const memory = control({ ...awake, phase: "falling-asleep", serving: false });
    expect(await memory.olga(stop)).toMatchObject({ status: 202, body: { phase: "falling-asleep" } });
    expect(memory.asks).toEqual([]);
  });

  it.each([
    ["waking", { phase: "waking" as const }],
    ["asleep and asked for", { ...asleep, wake: intent() }],
    ["falling asleep and asked for", { phase: "falling-asleep" as const, wake: intent() }],
  ])("conflicts while it is %s", async (_, state) => {
    const memory = control({ ...asleep, ...state });
    expect(await memory.olga(stop)).toMatchObject({ status: 409, body: { type: "/problems/conflict", phase: state.phase } });
    expect([memory.writes, memory.asks]).toEqual([0, []]);
  });

  it("answers 409 in watch mode and says why", async () => {
    const memory = control(awake, { mode: "watch" });
    expect(await memory.olga(force)).toMatchObject({
      status: 409,
      body: { type: "/problems/watch-mode", detail: expect.stringContaining("does not stop it") },
    });
    expect([memory.writes, memory.asks]).toEqual([0, []]);
  });

  it("raises the fence at once: 202, and the reconciler goes on with it", async () => {
    const memory = control(awake);
    withReconciler(memory);
    const answer = await memory.olga(stop);
    expect(answer).toMatchObject({ status: 202, body: { phase: "falling-asleep", serving: false, code: "stop-requested" } });
    expect(memory.item).toMatchObject({ stopRequest: null, stop: { stage: "drain", by: "olga", force: false } });
    expect(memory.kicks).toEqual([{ databaseId: "dormouse", cause: { kind: "stop", by: "olga" } }]);
  });

  it.each<[string, Partial<DatabaseState>, Partial<Extract<Look, { answered: true }>>, { kind: string; what: unknown }]>([
    ["a hold", { hold: { until: NOW + HOUR, by: "bob", reason: "month's end" } }, {}, { kind: "hold", what: "kept awake until 10:00 UTC by bob: month's end" }],
    ["a lease", { leases: { one: { by: "job", why: "report", expiresAt: NOW + HOUR } } }, {}, { kind: "lease", what: "one: report, by job, until 10:00 UTC" }],
    [
      "an outside session",
      {},
      { sessions: [{ application: "psql", user: "bob", since: NOW - HOUR }] },
      { kind: "outside-session", what: expect.stringContaining("psql (bob)") },
    ],
  ])("is refused by %s, which it names, unless it is forced", async (_, state, look, blocker) => {
    const memory = control({ ...awake, ...state });
    withReconciler(memory, look);
    const refused = await memory.olga(stop);
    expect(refused).toMatchObject({ status: 409, body: { type: "/problems/stop-refused", blockers: [blocker] } });
    expect(memory.item).toMatchObject({ phase: "awake", serving: true, stopRequest: null, stop: null });
    expect(memory.kicks).toEqual([]);
    expect(await memory.olga(force)).toMatchObject({ status: 202, body: { phase: "falling-asleep", leases: [], hold: null } });
    expect(memory.item).toMatchObject({ stop: { force: true, reason: "olga asked for sleep, with force" } });
  });

  it("is refused by a status that RDS can't stop, also with force", async () => {
    const memory = control(awake);
    withReconciler(memory, {}, "backing-up");
    expect(await memory.olga(force)).toMatchObject({ status: 409, body: { type: "/problems/stop-refused", blockers: [{ kind: "status" }] } });
    expect(memory.item).toMatchObject({ phase: "awake", serving: true });
  });

  it("is refused while nobody can tell who is connected; force passes, and the history says so", async () => {
    const memory = control(awake);
    withReconciler(memory, { answered: false, why: "connect ETIMEDOUT" });
    const told = expect.stringContaining("the probe could not look (connect ETIMEDOUT)");
    expect(await memory.olga(stop)).toMatchObject({
      status: 409,
      body: { type: "/problems/stop-refused", detail: told, blockers: [{ kind: "outside-session", what: told }] },
    });
    expect(memory.item).toMatchObject({ phase: "awake", serving: false, stopRequest: null, stop: null });
    expect(await memory.olga(force)).toMatchObject({ status: 202, body: { phase: "falling-asleep" } });
    const reason = "olga asked for sleep, with force, though nobody could tell who is connected (connect ETIMEDOUT)";
    expect(memory.item).toMatchObject({ stop: { force: true, reason }, probeFailedSince: NOW });
    expect(memory.entries.at(-1)).toMatchObject({ action: "drain", code: "stop-requested", by: "olga", reason });
  });

  it("by force is carried out although the probe goes on not answering", async () => {
    const memory = control({ ...awake, stopRequest: { id: "r", by: "olga", at: NOW, force: true } });
    withReconciler(memory, { answered: false, why: "connect ETIMEDOUT" });
    const run = () => memory.onAsk({ databaseId: "dormouse", cause: { kind: "timer", by: "t" } });
    expect(await run()).toMatchObject({ phase: "falling-asleep" });
    memory.now += 60_000;
    expect(await run()).toMatchObject({ action: "none", code: "draining" });
    memory.now += 60_000;
    expect(await run()).toMatchObject({ action: "stop", code: "stop-requested" });
  });

  it("by force gives way to whoever asked for the database after it", async () => {
    const memory = control({ ...awake, serving: false, stopRequest: { id: "r", by: "olga", at: NOW - 2000, force: true }, wake: intent() });
    withReconciler(memory, { answered: false, why: "connect ETIMEDOUT" });
    expect(await memory.onAsk({ databaseId: "dormouse", cause: { kind: "stop", by: "olga" } })).toMatchObject({ phase: "awake", action: "refuse" });
    expect(memory.item?.wake).toMatchObject({ id: "earlier" });
  });

  it("is refused, forced or not, while RDS can't be asked", async () => {
    const memory = control(awake);
    withReconciler(memory, {}, null);
    for (const call of [stop, force])
      expect(await memory.olga(call)).toMatchObject({
        status: 409,
        body: { blockers: [{ kind: "status", what: expect.stringContaining("RDS could not be asked (ThrottlingException)") }] },
      });
    expect(memory.item).toMatchObject({ phase: "awake", serving: true, stopRequest: null });
  });

  it("is refused with what stands against it also when another run met the request first", async () => {
    const memory = control(awake);
    const session = { application: "psql", user: "bob", since: NOW - HOUR };
    withReconciler(memory, { sessions: [session] });
    const run = memory.onAsk;
    memory.onAsk = async (event) => {
      // The run that looks at the session each minute, say.
      await run({ ...event, cause: { kind: "timer", by: "scheduler" } });
      return run(event);
    };
    expect(await memory.olga(stop)).toMatchObject({
      status: 409,
      body: { blockers: [{ kind: "outside-session", what: expect.stringContaining("psql (bob)") }] },
    });
    expect(memory.item).toMatchObject({ phase: "awake", stopRequest: null });
    expect(memory.kicks).toEqual([]);
    // The next one is another request: what was said to the last is not said again.
    withReconciler(memory);
    memory.now += HOUR;
    expect(await memory.olga(force)).toMatchObject({ status: 202, body: { phase: "falling-asleep" } });
  });

  it("hands on what stands against it in the reconciler's words", async () => {
    const memory = control(awake);
    memory.onAsk = async () => refusal;
    expect(await memory.olga(stop)).toMatchObject({ status: 409, body: { detail: `${refusal.reason}.`, blockers: refusal.blockers } });
  });

  it("says that it may still happen when the reconciler does not answer", async () => {
    const memory = control(awake);
    memory.onAsk = async () => {
      throw Object.assign(new Error("socket hang up at 10.0.0.7"), { name: "TimeoutError" });
    };
    const answer = await memory.olga(stop);
    expect(answer).toMatchObject({ status: 503, body: { type: "/problems/unavailable", requestId: "request-1" } });
    expect(answer.headers["retry-after"]).toBe("5");
    expect(JSON.stringify(answer.body)).not.toContain("10.0.0.7");
    expect(memory.logged).toMatchObject([{ message: "request failed", extra: { error: { cause: { name: "TimeoutError" } } } }]);
    expect(memory.item).toMatchObject({ stopRequest: { by: "olga", at: NOW, force: false } });
  });

  it("shows where things are when the phase has changed under it", async () => {
    const memory = control(awake);
    const write = memory.write;
    memory.write = async (given) => {
      Object.assign(memory.item ?? {}, { phase: "falling-asleep", serving: false });
      return write(given);
    };
    expect(await memory.olga(stop)).toMatchObject({ status: 202, body: { phase: "falling-asleep" } });
    expect(memory.asks).toEqual([]);
  });

  it("before anybody has looked is as asleep", async () => {
    const memory = control(null);
    expect(await memory.olga(stop)).toMatchObject({ status: 200, body: { phase: "asleep" } });
    expect(memory.item).toBeNull();
  });
});
