/** What the tables of `decide` are made of: a Saturday evening, an instance, and what may be seen of it. */
import { expect, test } from "vitest";
import { decide } from "../../src/lifecycle/decide.ts";
import type { Observation } from "../../src/lifecycle/decision.ts";
import type { Look } from "../../src/lifecycle/look.ts";
import { policyOf } from "../../src/lifecycle/policy.ts";
import { type DatabaseState, initialState, type Phase, type Stop } from "../../src/lifecycle/state.ts";

export const NOW = Date.UTC(2026, 10, 21, 18, 5);
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const policy = policyOf({
  mode: "manage",
  idleMinutes: 60,
  checkMinutes: 15,
  drainSeconds: 20,
  wakeTimeoutMinutes: 60,
  forcedStartGraceMinutes: 10,
  maxBackupAgeHours: 168,
});
export const watching = { ...policy, mode: "watch" as const };

export const yes: Look = { answered: true, sessions: [], newestOutsideAt: null, sessionCount: 5, tidied: null };
export const no: Look = { answered: false, why: "connection refused" };
export const psql = { application: "psql", user: "postgres", since: NOW - 20 * MINUTE };
export const seen = (status: string | null, more: Partial<Observation> = {}): Observation => ({
  runner: "me",
  at: NOW,
  status,
  problem: null,
  automaticRestartAt: null,
  backupWindow: "03:00-03:30",
  look: null,
  jitter: 0,
  ...more,
});
export const state = (phase: Phase, more: Partial<DatabaseState> = {}): DatabaseState => ({
  ...initialState("dormouse", NOW - 30 * HOUR),
  phase,
  phaseSince: NOW - 2 * HOUR,
  serving: phase === "awake",
  awakeSince: phase === "awake" || phase === "falling-asleep" ? NOW - 2 * HOUR : null,
  rdsStatus: phase === "awake" ? "available" : phase === "asleep" ? "stopped" : "starting",
  observedAt: NOW - MINUTE,
  ...more,
});
export const intent = { id: "w1", by: "ann", cause: "button" as const, at: NOW - 10_000, expiresAt: NOW + 50 * MINUTE };
export const drain: Stop = {
  id: "s1",
  stage: "drain",
  runner: "me",
  startedAt: NOW - 20_000,
  drainUntil: NOW,
  stopBefore: null,
  by: "dormouse",
  code: "idle-limit",
  reason: "idle for 63 min, limit 60 min",
  force: false,
};
export const idle = { lastActivityAt: NOW - 63 * MINUTE };
export const started = (ago: number, more = {}) => ({
  lastAction: { kind: "start" as const, at: NOW - ago, attempts: 1, error: null, answered: true, ...more },
});
export const stopped = (ago: number, more = {}) => ({
  lastAction: { kind: "stop" as const, at: NOW - ago, attempts: 1, error: null, answered: true, ...more },
});

export type Row = [name: string, state: DatabaseState, observation: Observation, action: string, code: string, more?: object];

/** One test for each row. */
export const table = (rows: Row[]): void =>
  test.each(rows)("%s", (_, s, o, action, code, more = {}) => {
    expect(decide(o, s, policy, NOW)).toMatchObject({ action, code, ...more });
  });
