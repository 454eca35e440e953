/** What a third cold review found: each test is the sequence of steps that went wrong. */
import { describe, expect, test } from "vitest";
import { decide } from "../../src/lifecycle/decide.ts";
import type { Observation } from "../../src/lifecycle/decision.ts";
import { estimate } from "../../src/lifecycle/estimate.ts";
import { policyOf } from "../../src/lifecycle/policy.ts";
import type { Look } from "../../src/lifecycle/ports.ts";
import { type Ports, reconcile } from "../../src/lifecycle/reconcile.ts";
import { type DatabaseState, initialState } from "../../src/lifecycle/state.ts";
import { transition } from "../../src/lifecycle/transition.ts";
import { applyWrite } from "../../src/lifecycle/writes.ts";
import { Virtual } from "./virtual.ts";

const NOW = Date.UTC(2026, 10, 21, 18, 5);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const policy = policyOf({
  mode: "manage",
  idleMinutes: 60,
  checkMinutes: 15,
  drainSeconds: 20,
  wakeTimeoutMinutes: 60,
  forcedStartGraceMinutes: 10,
  maxBackupAgeHours: 168,
});
const yes: Look = { answered: true, sessions: [], newestOutsideAt: null, sessionCount: 5, tidied: null };
const state = (more: Partial<DatabaseState>): DatabaseState => ({ ...initialState("dormouse", NOW - 30 * HOUR), phaseSince: NOW - 2 * HOUR, ...more });
const awake: Partial<DatabaseState> = { phase: "awake", serving: true, awakeSince: NOW - 2 * HOUR, rdsStatus: "available", observedAt: NOW - MINUTE };
const press = (at: number) => ({ wake: { id: "w", by: "ann", cause: "button" as const, at, expiresAt: at + HOUR }, lastWakeAt: at });
const started = (at: number, error: string | null = null) => ({ lastAction: { kind: "start" as const, at, attempts: 1, error, answered: true } });

/** One turn of a run: what it is told, what it decides, and the state afterwards. */
function turn(s: DatabaseState, status: string | null, now: number, more: Partial<Observation> = {}) {
  const seen: Observation = {
    runner: "me",
    at: now,
    status,
    problem: null,
    automaticRestartAt: null,
    backupWindow: "03:00-03:30",
    look: null,
    jitter: 0,
    ...more,
  };
  let decision = decide(seen, s, policy, now);
  const asked = decision.action === "look" && more.look === undefined ? { ...seen, look: yes } : seen;
  if (asked !== seen) decision = decide(asked, s, policy, now);
  const run = { now, stopId: "s", cause: { kind: "timer", by: "t" }, timerAt: null, watcher: null };
  return { decision, state: transition(s, asked, decision, policy, run).next };
}

describe("the estimate", () => {
  const wakeSeconds = [180, 180, 180];

  test("promises no moment while the instance is still stopping: the start can't be sent yet", () => {
    expect(estimate(state({ phase: "falling-asleep", rdsStatus: "stopping", wakeSeconds, ...press(NOW) }))).toMatchObject({ p50Seconds: 180, readyAt: null });
    expect(estimate(state({ phase: "waking", rdsStatus: "stopping", wakeSeconds, ...press(NOW) }))?.readyAt).toBeNull();
  });

  test("promises no moment while AWS refuses the start", () => {
    const refused = state({
      phase: "waking",
      phaseSince: NOW,
      rdsStatus: "stopped",
      wakeSeconds,
      ...press(NOW),
      ...started(NOW, "InsufficientDBInstanceCapacityFault"),
    });
    expect(estimate(refused)?.readyAt).toBeNull();
    expect(estimate({ ...refused, rdsStatus: "starting" })?.readyAt).toBe(NOW + 180_000);
  });

  test("runs from the start that was sent, not from a hold that came later", () => {
    const s = state({ phase: "waking", phaseSince: NOW - 100_000, rdsStatus: "starting", wakeSeconds, ...press(NOW), ...started(NOW - 100_000) });
    expect(estimate(s)?.readyAt).toBe(NOW + 80_000);
  });

  test("runs from AWS's own start, when somebody presses after that", () => {
    const s = state({ phase: "waking", phaseSince: NOW - 100_000, rdsStatus: "starting", wakeSeconds, ...press(NOW), ...started(NOW - 9 * HOUR) });
    expect(estimate(s)?.readyAt).toBe(NOW + 80_000);
  });

  test("learns nothing from a database that someone in AWS had begun to stop, and that answers again", () => {
    const s = state({ ...awake, phaseSince: NOW - 3 * HOUR, wakeSeconds, startedBy: { cause: "user", by: "ann" }, ...started(NOW - 3 * HOUR) });
    const falling = turn(s, "stopping", NOW).state;
    expect(falling.phase).toBe("falling-asleep");
    const back = turn(falling, "available", NOW + 60_000).state;
    expect(back.phase).toBe("awake");
    expect(back.wakeSeconds).toEqual(wakeSeconds);
  });
});

test("waiting for the backup window is no refusal: when the backup comes after 13 hours, nobody is called", () => {
  const s = state({ ...awake, lastActivityAt: NOW - 63 * MINUTE, lastBackupAt: NOW - 200 * HOUR });
  const first = turn(s, "available", NOW);
  expect(first.decision.code).toBe("backup-due");
  const backup = turn(first.state, "backing-up", NOW + 13 * HOUR);
  expect(backup.decision).toMatchObject({ code: "not-stoppable", attention: null });
  // Somebody who stands in the way for as long is told of.
  const refused = turn(backup.state, "backing-up", NOW + 26 * HOUR);
  expect(refused.decision.attention?.code).toBe("stop-refused");
});

test("a wait for a backup that was in vain is told of, through the sleep and the next wake, until there is a backup", () => {
  const old = NOW - 200 * HOUR;
  const up = (since: number) => state({ ...awake, phaseSince: since, awakeSince: since, lastActivityAt: since, lastBackupAt: old });
  const waiting = turn(up(NOW), "available", NOW + 25 * HOUR, { look: yes, lastBackupAt: old });
  expect([waiting.decision.code, waiting.state.attention]).toEqual(["backup-due", null]);
  const given = turn(waiting.state, "available", NOW + 27 * HOUR, { look: yes, lastBackupAt: old });
  expect(given.decision).toMatchObject({ action: "drain", code: "idle-limit" });
  expect(given.state.backupMissedAt).toBe(NOW + 27 * HOUR);
  const asleep = turn({ ...given.state, phase: "asleep", stop: null, rdsStatus: "stopped" }, "stopped", NOW + 28 * HOUR).state;
  expect(asleep.attention).toMatchObject({ code: "backup-missing", what: expect.stringContaining("10 days old") });
  const again = { ...asleep, ...awake, phaseSince: NOW + 30 * HOUR, awakeSince: NOW + 30 * HOUR, lastActivityAt: NOW + 30 * HOUR };
  const next = turn(again, "available", NOW + 32 * HOUR, { look: yes, lastBackupAt: old });
  expect([next.decision.code, next.state.attention?.code, next.state.attention?.since]).toEqual(["backup-due", "backup-missing", asleep.attention?.since]);
  const made = turn(next.state, "available", NOW + 33 * HOUR, { look: yes, lastBackupAt: NOW + 32 * HOUR }).state;
  expect(made.backupMissedAt).toBeNull();
  expect(turn(made, "available", NOW + 33 * HOUR, { look: yes }).state.attention).toBeNull();
});

test("a stop by a person says nothing of backups, nor does one while none is due", () => {
  const seen = { look: yes, lastBackupAt: NOW - 200 * HOUR };
  const request = { id: "r", by: "olga", at: NOW - 500, force: false };
  expect(turn(state({ ...awake, stopRequest: request }), "available", NOW, seen).state).toMatchObject({ phase: "falling-asleep", backupMissedAt: null });
  const fresh = turn(state({ ...awake, lastActivityAt: NOW - 63 * MINUTE }), "available", NOW, { look: yes, lastBackupAt: NOW - HOUR }).state;
  expect(fresh).toMatchObject({ phase: "falling-asleep", backupMissedAt: null });
});

test("a stop by someone in AWS is theirs to its end in the ledger", () => {
  const falling = turn(state(awake), "stopping", NOW).state;
  const asleep = turn(falling, "stopped", NOW + MINUTE).state;
  expect(asleep.outbox).toMatchObject([
    { phase: "falling-asleep", code: "stopped-in-aws", by: "aws-console", cause: "aws" },
    { phase: "asleep", code: "stopped", by: "aws-console", cause: "aws" },
  ]);
});

test("a run that is awake again knows its own tidying, too", () => {
  const s = state({ ...awake, lastActivityAt: NOW - 63 * MINUTE, foreignSessions: 4 });
  expect(turn(s, "available", NOW, { look: yes, unrecorded: 1 }).decision).toMatchObject({ action: "drain", code: "idle-limit" });
  expect(turn(s, "available", NOW, { look: yes }).decision.code).toBe("outside-session");
});

describe("two runs before a stop", () => {
  /** Drained at NOW by the run `a`; `b` is the scheduled check. The first tidying takes 12 s; PostgreSQL counts the session of each from its beginning. */
  async function race(a: number | null, b: number) {
    const time = new Virtual(NOW - 1000);
    const stop = { id: "s1", stage: "drain" as const, runner: "a1", startedAt: NOW - 20_000, drainUntil: NOW, stopBefore: null };
    let item = state({
      ...awake,
      phase: "falling-asleep",
      serving: false,
      stop: { ...stop, by: "dormouse", code: "idle-limit", reason: "idle", force: false },
      foreignSessions: 4,
    });
    let sessions = 4;
    let status = "available";
    const actions: string[] = [];
    const run = (name: string): void => {
      let ids = 0;
      const slowly = async <T>(value: () => T) => {
        await time.sleep(50);
        return value();
      };
      const ports: Ports = {
        hook: null,
        store: {
          read: () => slowly(() => item),
          ensure: () => slowly(() => item),
          write: (_, write) =>
            slowly(() => {
              const after = applyWrite(item, write);
              if (after !== null) item = after;
              return after !== null;
            }),
        },
        instance: {
          describe: () => slowly(() => ({ status, automaticRestartAt: null, backupWindow: null })),
          lastBackupAt: () => slowly(() => null),
          maintenancePending: () => slowly(() => false),
          start: () => slowly(() => {}),
          stop: () =>
            slowly(() => {
              status = "stopping";
              actions.push(`${name} stops`);
            }),
        },
        prober: {
          look: async ({ tidySeconds }) => {
            const sessionCount = await slowly(() => sessions);
            if (tidySeconds === undefined) return { ...yes, sessionCount } as Look;
            // What one has just vacuumed, the next is through with at once.
            const seconds = sessions++ === 4 ? 12 : 1;
            await time.sleep(seconds * 1000);
            return { ...yes, sessionCount, tidied: { ok: true, what: "", seconds } } as Look;
          },
        },
        timer: { set: () => slowly(() => {}) },
        ledger: { append: () => slowly(() => {}) },
        run: { now: () => time.now, sleep: (ms) => time.sleep(ms), random: () => 0, newId: () => `${name}${++ids}`, remainingMs: () => 100_000 },
        report: (what) =>
          void ("decision" in what && what.decision.action !== "none" && actions.push(`${name}: ${what.decision.action} ${what.decision.code}`)),
      };
      void reconcile(ports, policy, { databaseId: "dormouse", cause: { kind: name === "a" ? "timer" : "schedule", by: "test" } });
    };
    if (a !== null) time.at(NOW + a, () => run("a"));
    time.at(NOW + b, () => run("b"));
    await time.run(NOW + 90_000, () => {});
    return actions;
  }

  test("the tidying of one is no outside session to the other", async () => {
    expect(await race(100, 6000)).toEqual(["a: stop idle-limit", "a stops"]);
  });

  test("when the one that drained has died, the other takes over", async () => {
    expect(await race(null, 6000)).toEqual(["b: stop idle-limit", "b stops"]);
  });
});

test("PostgreSQL that answered while RDS could not be asked goes on serving while RDS still says that it starts", () => {
  const waking = state({ phase: "waking", phaseSince: NOW - 100_000, rdsStatus: "starting", ...press(NOW - 100_000), ...started(NOW - 100_000) });
  const awake_ = turn({ ...waking, startedBy: { cause: "user", by: "ann" } }, null, NOW, { problem: "Throttling" }).state;
  expect(awake_).toMatchObject({ phase: "awake", serving: true });
  const after = turn(awake_, "starting", NOW + 2000).state;
  expect(after).toMatchObject({ phase: "awake", serving: true, code: "status-stale", startedBy: { cause: "user" } });
  expect(after.outbox.map(({ code }) => code)).toEqual(["rds-unreachable"]);
  // One that does not answer has been started anew.
  const silent = turn(awake_, "starting", NOW + 2000, { look: { answered: false, why: "refused" } }).state;
  expect(silent).toMatchObject({ phase: "waking", serving: false, code: "started-in-aws" });
});

test("an old status after our stop is no stop by someone in AWS, however long the stop took", () => {
  const stop = { lastAction: { kind: "stop" as const, at: NOW - 5 * MINUTE, attempts: 1, error: null, answered: true } };
  const asleep = state({ phase: "asleep", phaseSince: NOW, rdsStatus: "stopped", ...stop });
  expect(turn(asleep, "stopping", NOW + 2000).state).toMatchObject({ phase: "asleep", outbox: [] });
  expect(turn(asleep, "stopping", NOW + 2 * MINUTE).decision.code).toBe("stopped-in-aws");
});

test("a wait for AWS's own start, which may be late by hours, is no run that waits", () => {
  const asleep = state({ phase: "asleep", rdsStatus: "stopped", automaticRestartAt: NOW - MINUTE });
  expect(turn(asleep, "stopped", NOW).decision).toMatchObject({ nextCheckAt: NOW + MINUTE, patient: true });
});
