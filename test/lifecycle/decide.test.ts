import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decide } from "../../src/lifecycle/decide.ts";
import { CODES, type Observation } from "../../src/lifecycle/decision.ts";
import { policyOf } from "../../src/lifecycle/policy.ts";
import type { Look } from "../../src/lifecycle/ports.ts";
import { type DatabaseState, initialState, type Phase, type Stop } from "../../src/lifecycle/state.ts";
import { STATUSES, statusRow } from "../../src/lifecycle/statuses.ts";
import { transition } from "../../src/lifecycle/transition.ts";

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
const watching = { ...policy, mode: "watch" as const };

const yes: Look = { answered: true, sessions: [], newestOutsideAt: null, sessionCount: 5, tidied: null };
const no: Look = { answered: false, why: "connection refused" };
const psql = { application: "psql", user: "postgres", since: NOW - 20 * MINUTE };
const seen = (status: string | null, more: Partial<Observation> = {}): Observation => ({
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
const state = (phase: Phase, more: Partial<DatabaseState> = {}): DatabaseState => ({
  ...initialState("dormouse", NOW - 30 * HOUR),
  phase,
  phaseSince: NOW - 2 * HOUR,
  serving: phase === "awake",
  awakeSince: phase === "awake" || phase === "falling-asleep" ? NOW - 2 * HOUR : null,
  rdsStatus: phase === "awake" ? "available" : phase === "asleep" ? "stopped" : "starting",
  observedAt: NOW - MINUTE,
  ...more,
});
const intent = { id: "w1", by: "ann", cause: "button" as const, at: NOW - 10_000, expiresAt: NOW + 50 * MINUTE };
const drain: Stop = {
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
const idle = { lastActivityAt: NOW - 63 * MINUTE };
const started = (ago: number, more = {}) => ({ lastAction: { kind: "start" as const, at: NOW - ago, attempts: 1, error: null, answered: true, ...more } });
const stopped = (ago: number, more = {}) => ({ lastAction: { kind: "stop" as const, at: NOW - ago, attempts: 1, error: null, answered: true, ...more } });

type Row = [name: string, state: DatabaseState, observation: Observation, action: string, code: string, more?: object];
const rows: Row[] = [
  ["asleep and nobody asks", state("asleep"), seen("stopped"), "none", "asleep", { reason: "asleep; nobody asked for it" }],
  [
    "asleep and somebody asks",
    state("asleep", { wake: intent }),
    seen("stopped"),
    "start",
    "wake-intent",
    { phase: "waking", reason: "ann pressed the button", by: "ann", serving: false },
  ],
  ["asleep, asked, and still stopping", state("asleep", { wake: intent }), seen("stopping"), "none", "still-stopping"],
  [
    "asleep with a wake that has expired",
    state("asleep", { wake: { ...intent, expiresAt: NOW - 1 } }),
    seen("stopped"),
    "expire",
    "wake-expired",
    { attention: { code: "wake-expired" }, clearsWake: true },
  ],
  [
    "asleep, and AWS has started it after seven days",
    state("asleep", { automaticRestartAt: NOW - 5000 }),
    seen("starting"),
    "follow",
    "started-by-aws",
    { phase: "waking", startedBy: "aws", by: "aws" },
  ],
  [
    "asleep, and someone has started it in AWS",
    state("asleep", { automaticRestartAt: NOW + 3 * 24 * HOUR }),
    seen("starting"),
    "follow",
    "started-in-aws",
    { phase: "waking", startedBy: "outside" },
  ],
  ["asleep, and an old status says that it runs", state("asleep", stopped(30_000)), seen("available"), "none", "status-stale"],
  ["found running at the first look", state("asleep", { rdsStatus: "unknown" }), seen("available"), "follow", "started-in-aws", { startedBy: "found" }],

  ["waking and starting", state("waking", { wake: intent, ...started(8000) }), seen("starting"), "none", "starting", { nextCheckAt: NOW + 2000 }],
  ["waking, available, not asked yet", state("waking", { wake: intent }), seen("available"), "look", "not-answering"],
  [
    "waking and PostgreSQL answers",
    state("waking", { wake: intent }),
    seen("available", { look: yes }),
    "serve",
    "serving",
    { phase: "awake", serving: true, clearsWake: true },
  ],
  [
    "waking and PostgreSQL does not answer yet",
    state("waking", { wake: intent }),
    seen("available", { look: no }),
    "none",
    "not-answering",
    { nextCheckAt: NOW + 2000 },
  ],
  ["waking while a backup runs, and it answers", state("waking", { wake: intent }), seen("backing-up", { look: yes }), "serve", "serving"],
  ["waking while the stop is still going on", state("waking", { wake: intent, rdsStatus: "stopping" }), seen("stopping"), "none", "still-stopping"],
  ["waking, stopped, and the start was just sent", state("waking", { wake: intent, ...started(1000) }), seen("stopped"), "none", "starting"],
  ["waking, stopped, and the start has not shown", state("waking", { wake: intent, ...started(10_000) }), seen("stopped"), "start", "start-retry"],
  [
    "waking without capacity",
    state("waking", { wake: intent, ...started(1000, { error: "InsufficientDBInstanceCapacity" }) }),
    seen("stopped"),
    "none",
    "no-capacity",
    { attention: { code: "no-capacity" } },
  ],
  [
    "waking, and the start was throttled",
    state("waking", { wake: intent, ...started(1000, { error: "Throttling" }) }),
    seen("stopped"),
    "none",
    "start-refused",
  ],
  [
    "waking, and a start that was refused is tried again: it says what AWS refused",
    state("waking", { wake: intent, ...started(5000, { error: "Throttling" }) }),
    seen("stopped"),
    "start",
    "start-refused",
    { reason: "AWS refused the start of 18:04 UTC (Throttling); sent again (ann pressed the button)" },
  ],
  [
    "waking without capacity, tried again: the attention stays",
    state("waking", { wake: intent, ...started(5000, { error: "InsufficientDBInstanceCapacityFault" }) }),
    seen("stopped"),
    "start",
    "no-capacity",
    { attention: { code: "no-capacity" } },
  ],
  [
    "waking far longer than ever, and the start is tried again: the attention stays",
    state("waking", { wake: { ...intent, at: NOW - 20 * MINUTE }, wakeSeconds: [180, 200], ...started(10_000) }),
    seen("stopped"),
    "start",
    "start-retry",
    { attention: { code: "wake-slow" } },
  ],
  [
    "waking, and the start got no answer: that is no refusal",
    state("waking", { wake: intent, ...started(1000, { error: "TimeoutError", answered: false }) }),
    seen("stopped"),
    "none",
    "starting",
    { reason: "the start of 18:04 UTC got no answer (TimeoutError); RDS does not show it yet" },
  ],
  [
    "waking, and the start that got no answer is sent again",
    state("waking", { wake: intent, ...started(10_000, { error: "TimeoutError", answered: false }) }),
    seen("stopped"),
    "start",
    "start-retry",
    { reason: "the start of 18:04 UTC has not shown (TimeoutError); sent again (ann pressed the button)" },
  ],
  [
    "asleep with a wake that has expired: the error of a stop is no answer to a start",
    state("asleep", { wake: { ...intent, at: NOW - HOUR, expiresAt: NOW - 1 }, ...stopped(2 * HOUR, { error: "TimeoutError" }) }),
    seen("stopped"),
    "expire",
    "wake-expired",
    { attention: { what: 'The database did not wake within 60 min; RDS reports "stopped".' } },
  ],
  [
    "waking, and someone in AWS stops what was up",
    state("waking", { rdsStatus: "available", wake: { ...intent, at: NOW - 5 * MINUTE }, ...started(5 * MINUTE) }),
    seen("stopping"),
    "follow",
    "stopped-in-aws",
    { voids: true, clearsWake: true, phase: "falling-asleep" },
  ],
  [
    "waking, and someone in AWS stops it, but a newer press is there",
    state("waking", { rdsStatus: "available", wake: intent, ...started(5 * MINUTE) }),
    seen("stopped"),
    "follow",
    "stopped-in-aws",
    { clearsWake: false, phase: "waking" },
  ],
  [
    "waking far longer than ever",
    state("waking", { wake: { ...intent, at: NOW - 20 * MINUTE }, wakeSeconds: [180, 200], ...started(20 * MINUTE) }),
    seen("starting"),
    "none",
    "starting",
    { attention: { code: "wake-slow" } },
  ],
  ["waking and expired", state("waking", { wake: { ...intent, expiresAt: NOW - 1 } }), seen("starting"), "expire", "wake-expired", { phase: "waking" }],

  [
    "awake and used",
    state("awake", { lastActivityAt: NOW - 5 * MINUTE }),
    seen("available"),
    "none",
    "in-use",
    { nextCheckAt: NOW + 55 * MINUTE + 5000, reason: "sleeps at 19:00 UTC if nobody uses it" },
  ],
  ["awake, idle, not looked yet", state("awake", idle), seen("available"), "look", "idle-limit"],
  [
    "awake and idle",
    state("awake", idle),
    seen("available", { look: yes }),
    "drain",
    "idle-limit",
    { reason: "idle for 63 min, limit 60 min", phase: "falling-asleep", serving: false, nextCheckAt: NOW },
  ],
  [
    "awake and idle exactly at the limit, clocks may differ",
    state("awake", { lastActivityAt: NOW - 60 * MINUTE }),
    seen("available", { look: yes }),
    "none",
    "in-use",
  ],
  [
    "awake and woken just now, though idle since yesterday",
    state("awake", { lastActivityAt: NOW - 24 * HOUR, awakeSince: NOW - 5 * MINUTE }),
    seen("available", { look: yes }),
    "none",
    "in-use",
  ],
  [
    "awake by AWS, idle, past its own grace",
    state("awake", { lastActivityAt: NOW - 24 * HOUR, awakeSince: NOW - 11 * MINUTE, startedBy: { cause: "aws", by: "aws" } }),
    seen("available", { look: yes, maintenancePending: false }),
    "drain",
    "idle-limit",
    { reason: "idle for 11 min, limit 10 min" },
  ],
  [
    "awake by AWS with maintenance waiting",
    state("awake", { lastActivityAt: NOW - 24 * HOUR, awakeSince: NOW - 11 * MINUTE, startedBy: { cause: "aws", by: "aws" } }),
    seen("available", { look: yes, maintenancePending: true }),
    "none",
    "maintenance-pending",
  ],
  [
    "awake with a lease",
    state("awake", { ...idle, leases: { a: { by: "job-7", why: "report", expiresAt: NOW + MINUTE } } }),
    seen("available", { look: yes }),
    "none",
    "lease",
    { reason: "kept awake until 18:06 UTC by job-7: report" },
  ],
  [
    "awake with a lease that has just ended",
    state("awake", { ...idle, leases: { a: { by: "job-7", why: "report", expiresAt: NOW - 6000 } } }),
    seen("available", { look: yes }),
    "none",
    "in-use",
  ],
  [
    "awake with a hold",
    state("awake", { ...idle, hold: { until: NOW + HOUR, by: "olga", reason: "demo" } }),
    seen("available", { look: yes }),
    "none",
    "hold",
    { reason: "kept awake until 19:05 UTC by olga: demo" },
  ],
  [
    "awake with an outside session",
    state("awake", idle),
    seen("available", { look: { ...yes, sessions: [psql] } as Look }),
    "none",
    "outside-session",
    { reason: "kept awake by psql (postgres), connected since 17:45 UTC" },
  ],
  [
    "awake, and a short outside session came and went",
    state("awake", { ...idle, foreignSessions: 4 }),
    seen("available", { look: yes }),
    "none",
    "outside-session",
  ],
  [
    "awake, and the counter grew by our own sessions only",
    state("awake", { ...idle, foreignSessions: 4, ownSessions: 1 }),
    seen("available", { look: yes }),
    "drain",
    "idle-limit",
  ],
  ["awake and idle while a backup runs", state("awake", idle), seen("backing-up", { look: yes }), "none", "not-stoppable"],
  [
    "awake and idle with a backup that is too old",
    state("awake", idle),
    seen("available", { look: yes, lastBackupAt: NOW - 200 * HOUR }),
    "none",
    "backup-due",
    { reason: "the newest backup is 8 days old; staying up through the backup window 03:00-03:30 UTC" },
  ],
  [
    "started by AWS, with a backup that is too old, and used since that",
    state("awake", { ...idle, startedBy: { cause: "aws", by: "aws" }, lastActivityAt: NOW - 199 * HOUR, firstLookAt: NOW - 900 * HOUR }),
    seen("available", { look: yes, lastBackupAt: NOW - 200 * HOUR, maintenancePending: false }),
    "none",
    "backup-due",
  ],
  [
    "started by AWS, with an old backup that lacks nothing, because nobody has used it since",
    state("awake", { ...idle, startedBy: { cause: "aws", by: "aws" }, lastActivityAt: NOW - 201 * HOUR, firstLookAt: NOW - 900 * HOUR }),
    seen("available", { look: yes, lastBackupAt: NOW - 200 * HOUR, maintenancePending: false }),
    "drain",
    "idle-limit",
  ],
  [
    "started by someone in AWS, with an old backup: that counts as use, seen or not",
    state("awake", { ...idle, startedBy: { cause: "outside", by: "aws-console" }, lastActivityAt: NOW - 201 * HOUR, firstLookAt: NOW - 900 * HOUR }),
    seen("available", { look: yes, lastBackupAt: NOW - 200 * HOUR }),
    "none",
    "backup-due",
  ],
  [
    "awake and idle, and a backup window has passed without one",
    state("awake", { ...idle, awakeSince: NOW - 27 * HOUR }),
    seen("available", { look: yes, lastBackupAt: NOW - 200 * HOUR }),
    "drain",
    "idle-limit",
  ],
  ["awake and the probe can't look", state("awake", idle), seen("available", { look: no }), "unserve", "blind", { serving: false, phase: "awake" }],
  [
    "awake and the probe could not look for hours",
    state("awake", { ...idle, serving: false, probeFailedSince: NOW - 3 * HOUR }),
    seen("available", { look: no }),
    "none",
    "blind",
    { attention: { code: "probe-blind" } },
  ],
  ["awake, not serving, and it answers again", state("awake", { serving: false }), seen("available", { look: yes }), "serve", "serving", { serving: true }],
  [
    "awake and stopped by someone in AWS",
    state("awake"),
    seen("stopping"),
    "follow",
    "stopped-in-aws",
    { voids: true, serving: false, phase: "falling-asleep" },
  ],
  ["awake, and an old status says stopped", state("awake", started(40_000)), seen("stopped"), "none", "status-stale", { serving: true }],
  [
    "awake with full storage, answering",
    state("awake", { lastActivityAt: NOW - MINUTE }),
    seen("storage-full"),
    "none",
    "in-use",
    { serving: true, attention: { code: "storage-full" } },
  ],
  ["awake and the instance has failed, not looked yet", state("awake", { lastActivityAt: NOW - MINUTE }), seen("failed"), "look", "needs-human"],
  ["awake and the instance has failed, silent", state("awake"), seen("failed", { look: no }), "unserve", "needs-human", { attention: { code: "failed" } }],
  ["awake in a status that nobody knows, answering", state("awake"), seen("brand-new", { look: yes }), "none", "waiting", { serving: true }],
  [
    "awake, idle, and RDS can't be asked",
    state("awake", idle),
    seen(null, { problem: "TimeoutError" }),
    "none",
    "rds-unreachable",
    { phase: "awake", serving: true },
  ],
  [
    "awake, idle, and a stop did not happen a moment ago",
    state("awake", { ...idle, ...stopped(90_000) }),
    seen("available", { look: yes }),
    "none",
    "stop-lost",
  ],
  [
    "awake, and an operator asks for sleep",
    state("awake", { lastActivityAt: NOW - 1000, stopRequest: { id: "r", by: "olga", at: NOW - 500, force: false } }),
    seen("available", { look: yes }),
    "drain",
    "stop-requested",
    { by: "olga", reason: "olga asked for sleep" },
  ],
  [
    "awake, asked for sleep, with a session",
    state("awake", { stopRequest: { id: "r", by: "olga", at: NOW - 500, force: false } }),
    seen("available", { look: { ...yes, sessions: [psql] } as Look }),
    "refuse",
    "stop-refused",
    { blockers: [{ kind: "outside-session" }] },
  ],
  [
    "awake, asked for sleep with force, with a session and a lease",
    state("awake", { leases: { a: { by: "x", why: "y", expiresAt: NOW + HOUR } }, stopRequest: { id: "r", by: "olga", at: NOW - 500, force: true } }),
    seen("available", { look: { ...yes, sessions: [psql] } as Look }),
    "drain",
    "stop-requested",
    { voids: true },
  ],
  [
    "awake, and a stop that was asked for too long ago",
    state("awake", { stopRequest: { id: "r", by: "olga", at: NOW - 3 * MINUTE, force: true } }),
    seen("available", { look: yes }),
    "refuse",
    "stop-refused",
  ],

  ["draining", state("falling-asleep", { stop: { ...drain, drainUntil: NOW + 5000 } }), seen("available"), "none", "draining", { nextCheckAt: NOW + 5000 }],
  [
    "the fence is up, and its drain is not counted yet",
    state("falling-asleep", { stop: { ...drain, drainUntil: null } }),
    seen("available"),
    "none",
    "draining",
    { nextCheckAt: NOW + 20_000 },
  ],
  [
    "draining while RDS can't be asked, not looked yet",
    state("falling-asleep", { stop: drain }),
    seen(null, { problem: "TimeoutError" }),
    "look",
    "rds-unreachable",
  ],
  [
    "draining while RDS can't be asked, and PostgreSQL answers",
    state("falling-asleep", { stop: drain }),
    seen(null, { problem: "TimeoutError", look: yes }),
    "lift",
    "rds-unreachable",
    { phase: "awake", serving: true },
  ],
  [
    "waking while RDS can't be asked, and PostgreSQL answers",
    state("waking", { wake: intent }),
    seen(null, { problem: "TimeoutError", look: yes }),
    "serve",
    "rds-unreachable",
    { phase: "awake", serving: true },
  ],
  [
    "asleep, asked for, and RDS can't be asked: looked again soon",
    state("asleep", { wake: intent }),
    seen(null, { problem: "Throttling" }),
    "none",
    "rds-unreachable",
    { nextCheckAt: NOW + 2000 },
  ],
  ["asleep, asked for, in a status that nobody knows", state("asleep", { wake: intent }), seen("brand-new"), "look", "waiting"],
  [
    "asleep, and AWS is late with its own start",
    state("asleep", { automaticRestartAt: NOW - 1000 }),
    seen("stopped"),
    "none",
    "asleep",
    { nextCheckAt: NOW + MINUTE },
  ],
  [
    "asleep, asked for, and a stop that nobody has heard of may still come",
    state("asleep", { wake: intent, ...stopped(10_000, { answered: false }) }),
    seen("stopped"),
    "none",
    "still-stopping",
    { nextCheckAt: NOW + 20_000 },
  ],
  ["asleep, asked for, and the stop was answered", state("asleep", { wake: intent, ...stopped(10_000) }), seen("stopped"), "start", "wake-intent"],
  [
    "awake and silent, and someone in AWS stops it: a press since it fell silent stays",
    state("awake", { serving: false, observedAt: NOW - 1000, probeFailedSince: NOW - 40_000, wake: { ...intent, at: NOW - 30_000 } }),
    seen("stopping"),
    "follow",
    "stopped-in-aws",
    { clearsWake: false, phase: "waking" },
  ],
  [
    "awake within the limit, and a session is known to be open",
    state("awake", { lastActivityAt: NOW - MINUTE, outside: { at: NOW - 1000, sessions: [psql] } }),
    seen("available"),
    "none",
    "outside-session",
    { patient: true },
  ],
  [
    "awake, and the storage's key can't be used",
    state("awake"),
    seen("inaccessible-encryption-credentials-recoverable"),
    "follow",
    "needs-human",
    { phase: "asleep", attention: { code: "inaccessible-encryption-credentials-recoverable" } },
  ],
  [
    "awake by AWS, and nobody could tell whether maintenance waits",
    state("awake", { lastActivityAt: NOW - 24 * HOUR, awakeSince: NOW - 11 * MINUTE, startedBy: { cause: "aws", by: "aws" } }),
    seen("available", { look: yes }),
    "none",
    "maintenance-pending",
  ],
  [
    "in the window with a status that nobody knows, long after",
    state("falling-asleep", { stop: { ...drain, stage: "window", stopBefore: NOW - 91_000 } }),
    seen("brand-new", { look: yes }),
    "lift",
    "stop-lost",
    { serving: true },
  ],
  ["drained by this run", state("falling-asleep", { stop: drain }), seen("available"), "look", "draining", { tidy: true }],
  [
    "drained by another run, whose clock may be ahead, and which may be tidying",
    state("falling-asleep", { stop: { ...drain, runner: "other" } }),
    seen("available"),
    "none",
    "draining",
    { nextCheckAt: NOW + 20_000 },
  ],
  ["drained and looked", state("falling-asleep", { stop: drain }), seen("available", { look: yes }), "stop", "idle-limit", { serving: false }],
  [
    "drained, and a session has come",
    state("falling-asleep", { stop: drain }),
    seen("available", { look: { ...yes, sessions: [psql] } as Look }),
    "lift",
    "outside-session",
    { phase: "awake", serving: true },
  ],
  [
    "drained, and the probe can't look",
    state("falling-asleep", { stop: drain }),
    seen("available", { look: no }),
    "lift",
    "blind",
    { phase: "awake", serving: false },
  ],
  [
    "draining, and somebody asks",
    state("falling-asleep", { stop: drain, wake: intent }),
    seen("available", { look: yes }),
    "lift",
    "wake-during-drain",
    { phase: "awake", serving: true, clearsWake: true },
  ],
  ["draining, and a backup begins", state("falling-asleep", { stop: drain }), seen("backing-up", { look: yes }), "lift", "not-stoppable"],
  ["draining, and someone in AWS was faster", state("falling-asleep", { stop: drain }), seen("stopping"), "follow", "stopped-in-aws"],
  [
    "stop sent, not shown yet",
    state("falling-asleep", { stop: { ...drain, stage: "window", stopBefore: NOW + 10_000 } }),
    seen("available"),
    "none",
    "stop-sent",
  ],
  [
    "stop sent, somebody asks: the fence stays",
    state("falling-asleep", { wake: intent, stop: { ...drain, stage: "window", stopBefore: NOW - 60_000 } }),
    seen("available"),
    "none",
    "stop-sent",
    { serving: false },
  ],
  ["stop shown", state("falling-asleep", { stop: { ...drain, stage: "window", stopBefore: NOW } }), seen("stopping"), "none", "stopping"],
  ["stop done", state("falling-asleep", { stop: { ...drain, stage: "window", stopBefore: NOW } }), seen("stopped"), "follow", "stopped", { phase: "asleep" }],
  [
    "stop lost for good",
    state("falling-asleep", { stop: { ...drain, stage: "window", stopBefore: NOW - 91_000 } }),
    seen("available", { look: yes }),
    "lift",
    "stop-lost",
    { phase: "awake", serving: true },
  ],
];

test.each(rows)("%s", (_, s, o, action, code, more = {}) => {
  expect(decide(o, s, policy, NOW)).toMatchObject({ action, code, ...more });
});

describe("watch mode", () => {
  test("takes a drain back that was begun before it", () => {
    expect(decide(seen("available", { look: yes }), state("falling-asleep", { stop: drain }), watching, NOW)).toMatchObject({
      action: "lift",
      code: "watch-would-stop",
      serving: true,
    });
  });

  test("says what it would have done, once, and touches nothing", () => {
    const s = state("awake", idle);
    const first = decide(seen("available", { look: yes }), s, watching, NOW);
    expect(first).toMatchObject({
      action: "would-stop",
      code: "watch-would-stop",
      reason: "would have stopped at 18:05 UTC, idle for 63 min, limit 60 min",
      phase: "awake",
      serving: true,
    });
    const { next } = transition(s, seen("available", { look: yes }), first, watching, {
      now: NOW,
      stopId: "x",
      cause: { kind: "timer", by: "t" },
      timerAt: null,
      watcher: null,
    });
    expect(next.outbox).toHaveLength(1);
    const again = decide(seen("available", { look: yes }), next, watching, NOW + 15 * MINUTE);
    expect(again.reason).toBe(first.reason);
    expect(
      transition(next, seen("available", { look: yes }), again, watching, {
        now: NOW + 15 * MINUTE,
        stopId: "x",
        cause: { kind: "timer", by: "t" },
        timerAt: null,
        watcher: null,
      }).next.outbox,
    ).toHaveLength(1);
  });
});

/** Any state that the types allow, reachable or not. */
const time = fc.integer({ min: NOW - 3 * HOUR, max: NOW + HOUR });
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
const anyState = fc
  .record({
    phase: fc.constantFrom("asleep" as const, "waking" as const, "awake" as const, "falling-asleep" as const),
    serving: fc.boolean(),
    rdsStatus: fc.constantFrom("unknown", ...Object.keys(STATUSES)),
    lastActivityAt: maybe(time),
    awakeSince: maybe(time),
    lastWakeAt: maybe(time),
    wake: maybe(fc.record({ id: fc.constant("w"), by: fc.constant("ann"), cause: fc.constant("button" as const), at: time, expiresAt: time })),
    hold: maybe(fc.record({ until: time, by: fc.constant("olga"), reason: fc.constant("demo") })),
    leases: fc.dictionary(fc.constantFrom("a", "b"), fc.record({ by: fc.constant("x"), why: fc.constant("y"), expiresAt: time })),
    stopRequest: maybe(fc.record({ id: fc.constant("r"), by: fc.constant("olga"), at: time, force: fc.boolean() })),
    stop: maybe(
      fc.record({
        id: fc.constant("s"),
        stage: fc.constantFrom("drain" as const, "window" as const),
        runner: fc.constantFrom("me", "other"),
        startedAt: time,
        drainUntil: time,
        stopBefore: maybe(time),
        by: fc.constant("dormouse"),
        code: fc.constantFrom("idle-limit", "stop-requested"),
        reason: fc.constant("idle"),
        force: fc.boolean(),
      }),
    ),
    lastAction: maybe(
      fc.record({
        kind: fc.constantFrom("start" as const, "stop" as const),
        at: time,
        attempts: fc.integer({ min: 1, max: 9 }),
        error: maybe(fc.constantFrom("Throttling", "InsufficientDBInstanceCapacity")),
        answered: fc.boolean(),
      }),
    ),
    observedAt: maybe(time),
  })
  .map((more): DatabaseState => ({ ...state(more.phase), ...more }));
const anyLook = fc.constantFrom<Look | null>(null, yes, no, { ...yes, sessions: [psql] } as Look);
const anyObservation = fc
  .record({ status: fc.constantFrom<string | null>(null, "never-seen", ...Object.keys(STATUSES)), look: anyLook })
  .map(({ status, look }) => seen(status, { look }));

test("is total: every status, known or not, in every state gives a known code, a sentence and a phase", () => {
  fc.assert(
    fc.property(anyObservation, anyState, fc.constantFrom(policy, watching), (o, s, p) => {
      const d = decide(o, s, p, NOW);
      expect(Object.keys(CODES)).toContain(d.code);
      expect(d.reason).not.toMatch(/undefined|NaN|null/);
      expect(d.reason.length).toBeGreaterThan(3);
      expect(["asleep", "waking", "awake", "falling-asleep"]).toContain(d.phase);
      if (d.nextCheckAt !== null) expect(Number.isFinite(d.nextCheckAt)).toBe(true);
    }),
    { numRuns: 5000 },
  );
});

test("starts only what is stopped, for somebody who asks; stops only what is available, drained, and unwanted", () => {
  fc.assert(
    fc.property(anyObservation, anyState, (o, s) => {
      const d = decide(o, s, policy, NOW);
      if (d.action === "start") {
        expect(statusRow(o.status ?? "").kind).toBe("stopped");
        expect(s.wake !== null && s.wake.expiresAt > NOW).toBe(true);
      }
      if (d.action === "stop") {
        expect(o.status).toBe("available");
        expect(s.phase).toBe("falling-asleep");
        expect(s.stop?.stage).toBe("drain");
        expect(s.stop && NOW >= (s.stop.drainUntil ?? NOW + 1)).toBe(true);
        expect(s.wake === null || s.wake.expiresAt <= NOW).toBe(true);
        expect(o.look?.answered).toBe(true);
      }
      if (d.action === "drain") {
        expect(o.status).toBe("available");
        expect(o.look?.answered).toBe(true);
        expect(s.serving).toBe(true);
      }
      // Serving is only ever said after an answer.
      if (d.serving && !s.serving) expect(o.look?.answered).toBe(true);
    }),
    { numRuns: 10_000 },
  );
});

test("watch mode never starts, stops, or raises a fence, whatever was there before", () => {
  fc.assert(
    fc.property(anyObservation, anyState, (o, s) => {
      const d = decide(o, s, watching, NOW);
      expect(["start", "stop", "drain"]).not.toContain(d.action);
    }),
    { numRuns: 5000 },
  );
});

test("a decision to do nothing is never followed by another at once", () => {
  fc.assert(
    fc.property(anyObservation, anyState, (o, s) => {
      const d = decide(o, s, policy, NOW);
      if (d.action === "none" && d.nextCheckAt !== null) expect(d.nextCheckAt).toBeGreaterThan(NOW);
    }),
    { numRuns: 10_000 },
  );
});
