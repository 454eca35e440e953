/** The rules over a look that could not tell who is connected: CloudWatch did not answer, or not for each minute. */
import { describe, expect, it } from "vitest";
import { decide } from "../../src/lifecycle/decide.ts";
import type { Observation } from "../../src/lifecycle/decision.ts";
import { policyOf } from "../../src/lifecycle/policy.ts";
import type { Look } from "../../src/lifecycle/ports.ts";
import { type DatabaseState, initialState } from "../../src/lifecycle/state.ts";
import { transition } from "../../src/lifecycle/transition.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START = Date.UTC(2026, 10, 21, 9, 0, 20);
describe("a look that could not tell who is connected", () => {
  const policy = policyOf({
    mode: "manage",
    probe: "metrics",
    checkMinutes: 15,
    drainSeconds: 20,
    wakeTimeoutMinutes: 60,
    forcedStartGraceMinutes: 10,
    maxBackupAgeHours: 0,
    idleMinutes: 30,
  });
  const blind: Look = { answered: true, sessions: [], newestOutsideAt: null, sessionCount: null, tidied: null, unseen: "Rate exceeded" };
  const observation = (look: Look | null): Observation => ({
    runner: "me",
    at: START,
    status: "available",
    problem: null,
    automaticRestartAt: null,
    backupWindow: null,
    look,
    jitter: 0,
  });
  const awake: DatabaseState = {
    ...initialState("shop", START - 9 * HOUR),
    phase: "awake",
    phaseSince: START - 8 * HOUR,
    awakeSince: START - 8 * HOUR,
    serving: true,
    rdsStatus: "available",
    observedAt: START - MINUTE,
  };
  const request = { id: "r", by: "olga", at: START - 1000, force: false };
  const drain = {
    id: "s",
    stage: "drain",
    runner: "me",
    startedAt: START - 30_000,
    drainUntil: START - 1,
    stopBefore: null,
    by: "dormouse",
    code: "idle-limit",
    reason: "idle",
    force: false,
  } as const;
  const falling: DatabaseState = { ...awake, phase: "falling-asleep", serving: false, stop: drain };

  it("asks for the whole idle limit before sleep, and for the newest minute when a person asked", () => {
    expect(decide(observation(null), awake, policy, START)).toMatchObject({ action: "look", quietMs: 30 * MINUTE });
    expect(decide(observation(null), { ...awake, stopRequest: request }, policy, START)).toMatchObject({ action: "look", quietMs: MINUTE });
    expect(decide(observation(null), falling, policy, START)).toMatchObject({ action: "look", tidy: true, quietMs: 30 * MINUTE });
  });

  it("is no reason to stop, and none to refuse requests", () => {
    expect(decide(observation(blind), awake, policy, START)).toMatchObject({ action: "none", code: "blind", serving: true, phase: "awake" });
    expect(decide(observation(blind), falling, policy, START)).toMatchObject({ action: "lift", code: "blind", serving: true, phase: "awake" });
  });

  it("of a drain, neither by a status that nobody knows nor by RDS itself: the fence goes down and it serves as before", () => {
    const no: Look = { answered: false, why: "nothing can be seen from outside" };
    const unknown = { ...observation(null), status: "flux-capacitating" };
    expect(decide(unknown, falling, policy, START)).toMatchObject({ action: "lift", code: "not-stoppable", phase: "awake", serving: true });
    const silent = { ...observation(null), status: null, problem: "Throttling" };
    expect(decide(silent, falling, policy, START)).toMatchObject({ action: "lift", code: "rds-unreachable", phase: "awake", serving: true });
    const forced = { ...falling, stop: { ...drain, force: true } };
    expect(decide({ ...unknown, look: no }, forced, policy, START)).toMatchObject({ action: "lift", serving: false });
  });

  it("stands against a stop that a person asked for, unless by force", () => {
    const asked = (force: boolean) => decide(observation(blind), { ...awake, stopRequest: { ...request, force } }, policy, START);
    expect(asked(false)).toMatchObject({ action: "refuse", blockers: [{ kind: "outside-session", what: expect.stringContaining("Rate exceeded") }] });
    expect(asked(true)).toMatchObject({ action: "drain" });
    expect(decide(observation(blind), { ...falling, stop: { ...drain, force: true } }, policy, START)).toMatchObject({ action: "stop" });
  });

  it("is remembered as one that failed, and changes nothing that is known of sessions", () => {
    const outside = { at: START - 2 * HOUR, sessions: [] };
    const state = { ...awake, outside };
    const decision = decide(observation(blind), state, policy, START);
    const { next } = transition(state, observation(blind), decision, policy, {
      now: START,
      stopId: "s",
      cause: { kind: "timer", by: "t" },
      timerAt: null,
      watcher: null,
    });
    expect(next).toMatchObject({ probeFailedSince: START, outside });
  });
});
