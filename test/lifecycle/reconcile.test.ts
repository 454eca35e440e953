import { expect, test } from "vitest";
import { policyOf } from "../../src/lifecycle/policy.ts";
import { type Ports, reconcile } from "../../src/lifecycle/reconcile.ts";
import { type DatabaseState, initialState } from "../../src/lifecycle/state.ts";
import { applyWrite } from "../../src/lifecycle/writes.ts";

const NOW = Date.UTC(2026, 10, 21, 18);
const policy = policyOf({
  mode: "manage",
  idleMinutes: 60,
  checkMinutes: 15,
  drainSeconds: 20,
  wakeTimeoutMinutes: 60,
  forcedStartGraceMinutes: 10,
  maxBackupAgeHours: 0,
});

/** Drained, about to be tidied and stopped; another run writes during the first `rivals` tidyings. Each tidying opens a session that PostgreSQL counts. */
async function stopWith(rivals: number, strangers = 0, dies = false, untold: { newestUntoldAt: number; hook: Ports["hook"] } | null = null) {
  const stop = {
    id: "s1",
    stage: "drain" as const,
    runner: "me",
    startedAt: NOW - 30_000,
    drainUntil: NOW - 10_000,
    stopBefore: null,
    by: "dormouse",
    code: "idle-limit",
    reason: "idle",
    force: false,
  };
  let item: DatabaseState = {
    ...initialState("dormouse", NOW - 9e6),
    phase: "falling-asleep",
    stop,
    rdsStatus: "available",
    awakeSince: NOW - 8e6,
    foreignSessions: 7,
    ownSessions: 3,
  };
  // 3 of ours and 7 others were counted; `dies`: an earlier run has tidied, and its write never came.
  let sessions = dies ? 11 : 10;
  let tidied = 0;
  const actions: string[] = [];
  const ports: Ports = {
    store: {
      read: async () => item,
      ensure: async () => item,
      write: async (_, write) => {
        const after = applyWrite(item, write);
        if (after !== null) item = after;
        return after !== null;
      },
    },
    instance: {
      describe: async () => ({ status: "available", automaticRestartAt: null, backupWindow: null }),
      lastBackupAt: async () => null,
      maintenancePending: async () => false,
      start: async () => {},
      stop: async () => void actions.push("sent"),
    },
    prober: {
      look: async () => {
        const sessionCount = sessions;
        sessions += 1 + (tidied === 0 ? strangers : 0);
        if (tidied++ < rivals) item = { ...item, turn: item.turn + 1 };
        const { newestUntoldAt = null } = untold ?? {};
        return { answered: true, sessions: [], newestOutsideAt: null, sessionCount, tidied: { ok: true, what: "", seconds: 1 }, newestUntoldAt };
      },
    },
    timer: { set: async () => {} },
    hook: untold?.hook ?? null,
    ledger: { append: async () => {} },
    run: { now: () => NOW, sleep: async () => {}, random: () => 0, newId: () => "me", remainingMs: () => 600_000 },
    report: (what) => void ("decision" in what && actions.push(`${what.decision.action} ${what.decision.code}`)),
  };
  await reconcile(ports, policy, { databaseId: "dormouse", cause: { kind: "stop", by: "test" }, once: true });
  return actions;
}

test.each([0, 1, 3])("its own tidying is no outside session, though %i other runs write meanwhile", async (rivals) => {
  expect(await stopWith(rivals)).toEqual(["stop idle-limit", "sent"]);
});

test("a run that dies after its tidying leaves a session that the next can't tell from a stranger's: it stays up", async () => {
  expect(await stopWith(0, 0, true)).toEqual(["lift outside-session"]);
});

test("a stranger who came and went while another run wrote is still noticed", async () => {
  expect(await stopWith(1, 1)).toEqual(["lift outside-session"]);
});

test("a message to a user that is still in the database has it serve again, by which whoever brings it out is called; without anybody it is no reason", async () => {
  const told: string[] = [];
  const hook = { awake: async (databaseId: string) => void told.push(databaseId) };
  expect(await stopWith(0, 0, false, { newestUntoldAt: NOW - 60_000, hook })).toEqual(["lift untold"]);
  expect(told).toEqual(["dormouse"]);
  expect(await stopWith(0, 0, false, { newestUntoldAt: NOW - 60_000, hook: null })).toEqual(["stop idle-limit", "sent"]);
});

test.each([
  { name: "who waits is told when it begins to serve, once", awake: async () => {}, failures: [] },
  { name: "who waits can't be told: the run goes on", awake: () => Promise.reject(new Error("no such function")), failures: ["hook"] },
])("$name", async ({ awake, failures }) => {
  const told: string[] = [];
  const failed: string[] = [];
  let item: DatabaseState = { ...initialState("dormouse", NOW), phase: "waking", rdsStatus: "starting", phaseSince: NOW - 60_000 };
  const ports: Ports = {
    store: {
      read: async () => item,
      ensure: async () => item,
      write: async (_, write) => {
        const next = applyWrite(item, write);
        item = next ?? item;
        return next !== null;
      },
    },
    instance: {
      describe: async () => ({ status: "available", automaticRestartAt: null, backupWindow: null }),
      lastBackupAt: async () => NOW,
      maintenancePending: async () => false,
      start: async () => {},
      stop: async () => {},
    },
    prober: { look: async () => ({ answered: true, sessions: [], newestOutsideAt: null, sessionCount: 0, tidied: null }) },
    timer: { set: async () => {} },
    hook: {
      awake: async (databaseId) => {
        told.push(databaseId);
        await awake();
      },
    },
    ledger: { append: async () => {} },
    run: { now: () => NOW, sleep: async () => {}, random: () => 0, newId: () => "me", remainingMs: () => 600_000 },
    report: (what) => void ("failed" in what && failed.push(what.failed)),
  };
  const look = { databaseId: "dormouse", cause: { kind: "look", by: "test" } } as const;
  await reconcile(ports, policy, { ...look, once: true });
  await reconcile(ports, policy, { ...look, once: true });
  expect(item.serving).toBe(true);
  expect(told).toEqual(["dormouse"]);
  expect(failed).toEqual(failures);
});

test.each([
  { name: "a start is sent right after its write", frozenMs: 0, sent: 1 },
  { name: "a run that was frozen since its write starts nothing", frozenMs: 20_000, sent: 0 },
])("$name", async ({ frozenMs, sent }) => {
  const wake = { id: "w", by: "ann", cause: "button" as const, at: NOW, expiresAt: NOW + 3_600_000 };
  let item: DatabaseState = { ...initialState("dormouse", NOW - 9e6), phase: "asleep", rdsStatus: "stopped", wake };
  let now = NOW;
  let starts = 0;
  const ports: Ports = {
    store: {
      read: async () => item,
      ensure: async () => item,
      write: async (_, write) => {
        const next = applyWrite(item, write);
        item = next ?? item;
        if (item.lastAction?.answered === false) now = NOW + frozenMs;
        return next !== null;
      },
    },
    instance: {
      describe: async () => ({ status: "stopped", automaticRestartAt: null, backupWindow: null }),
      lastBackupAt: async () => null,
      maintenancePending: async () => false,
      start: async () => void starts++,
      stop: async () => {},
    },
    prober: { look: async () => ({ answered: false, why: "stopped" }) },
    timer: { set: async () => {} },
    hook: null,
    ledger: { append: async () => {} },
    run: { now: () => now, sleep: async () => {}, random: () => 0, newId: () => "me", remainingMs: () => 600_000 },
    report: () => {},
  };
  await reconcile(ports, policy, { databaseId: "dormouse", cause: { kind: "button", by: "ann" }, once: true });
  expect(item.lastAction).toMatchObject({ kind: "start", at: NOW });
  expect(starts).toBe(sent);
});
