/** `decide` as a whole: watch mode, and what holds in any state and status. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decide } from "../../src/lifecycle/decide.ts";
import { CODES } from "../../src/lifecycle/decision.ts";
import type { Look } from "../../src/lifecycle/look.ts";
import type { DatabaseState } from "../../src/lifecycle/state.ts";
import { STATUSES, statusRow } from "../../src/lifecycle/statuses.ts";
import { transition } from "../../src/lifecycle/transition.ts";
import { drain, HOUR, idle, MINUTE, NOW, no, policy, psql, seen, state, watching, yes } from "./decide-rows.ts";

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
        expect(o.look?.answered === true || s.stop?.force === true).toBe(true);
      }
      if (d.action === "drain") {
        expect(o.status).toBe("available");
        expect((o.look?.answered === true && s.serving) || s.stopRequest?.force === true).toBe(true);
      }
      // Serving is only ever said after an answer.
      if (d.serving && !s.serving) expect(o.look?.answered).toBe(true);
    }),
    { numRuns: 10_000 },
  );
});

test("whoever asks for sleep hears of it: no decision leaves a person's stop standing and does nothing", () => {
  fc.assert(
    fc.property(anyObservation, anyState, fc.constantFrom(policy, watching), (o, s, p) => {
      const d = decide(o, s, p, NOW);
      if (s.phase === "awake" && s.stopRequest !== null) expect(["none", "unserve", "would-stop"]).not.toContain(d.action);
      if (d.action === "refuse" && (d.blockers ?? []).length === 0) expect(d.reason).toMatch(/is void|watch mode/);
    }),
    { numRuns: 5000 },
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
