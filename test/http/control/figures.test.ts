/** What the control plane shows, as properties: the state as people see it, the hours and the money, the estimate. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { estimate, retryAfterSeconds } from "../../../src/lifecycle/estimate.ts";
import { policyOf } from "../../../src/lifecycle/policy.ts";
import type { MonthTotals } from "../../../src/lifecycle/ports.ts";
import { presentDatabase } from "../../../src/lifecycle/present.ts";
import { billed, monthsOf, savings } from "../../../src/lifecycle/savings.ts";
import { type DatabaseState, initialState, type LedgerEntry, type Phase } from "../../../src/lifecycle/state.ts";
import { state } from "../../aws/states.ts";
import { HOUR, iso, NOW, settings } from "./memory.ts";

const policy = policyOf(settings);
const isoTime = /^[+-]?\d{4,6}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** The end of what a Date can hold has no room for the idle limit on top. */
const far = (at: number | null) => (at !== null && at > NOW * 2 ? NOW : at);
const shownState = state.map(
  (given): DatabaseState => ({
    ...given,
    lastActivityAt: far(given.lastActivityAt),
    lastWakeAt: far(given.lastWakeAt),
    lastLeaseEndAt: far(given.lastLeaseEndAt),
    hold: given.hold && { ...given.hold, until: far(given.hold.until) ?? 0 },
    outside: given.outside && { ...given.outside, at: far(given.outside.at) ?? 0 },
    leases: Object.fromEntries(Object.entries(given.leases).map(([id, lease]) => [id, { ...lease, expiresAt: far(lease.expiresAt) ?? 0 }])),
    wake: given.wake && { ...given.wake, at: far(given.wake.at) ?? 0 },
    lastAction: given.lastAction && { ...given.lastAction, at: far(given.lastAction.at) ?? 0 },
  }),
);

describe("the database as it is shown", () => {
  it("has every field for every state, times as UTC text, and survives JSON", () => {
    fc.assert(
      fc.property(shownState, (given) => {
        const shown = presentDatabase(given, policy, NOW);
        expect(JSON.parse(JSON.stringify(shown))).toEqual(shown);
        for (const at of [
          shown.since,
          shown.lastActivityAt,
          shown.sleepsAt,
          shown.lastBackupAt,
          shown.attention?.since,
          shown.estimate?.readyAt,
          shown.hold?.until,
          shown.wake?.at,
        ])
          if (at !== null && at !== undefined) expect(at).toMatch(isoTime);
        expect(shown.serving).toBe(given.serving);
      }),
    );
  });

  it("never promises a sleep in the past: blind it is not known, and a stop that was lost is tried again at a time that is", () => {
    const idle = { phase: "awake" as const, phaseSince: NOW - 9 * HOUR, awakeSince: NOW - 9 * HOUR, firstLookAt: NOW - 9 * HOUR };
    const sleepsAt = (more: Partial<DatabaseState>) => presentDatabase({ ...initialState("dormouse", NOW), ...idle, ...more }, policy, NOW).sleepsAt;
    expect(sleepsAt({ code: "blind", nextCheckAt: NOW + 60_000 })).toBeNull();
    expect(sleepsAt({ code: "stop-lost", nextCheckAt: NOW + 120_000 })).toBe(iso(NOW + 120_000));
    expect(sleepsAt({ code: "stop-lost", nextCheckAt: NOW })).toBeNull();
    // Used meanwhile: the limit from then on comes later than the next try.
    expect(sleepsAt({ code: "stop-lost", nextCheckAt: NOW + 120_000, lastActivityAt: NOW - 1000 })).toBe(iso(NOW - 1000 + policy.idleMs));
  });

  it("shows exactly the leases, the hold and the wake that still count, leases soonest end first", () => {
    fc.assert(
      fc.property(shownState, (given) => {
        const shown = presentDatabase({ ...given, phase: "asleep" }, policy, NOW);
        const live = Object.entries(given.leases).filter(([, lease]) => lease.expiresAt > NOW);
        expect(shown.leases.map(({ id }) => id).sort()).toEqual(live.map(([id]) => id).sort());
        expect(shown.leases.map(({ expiresAt }) => Date.parse(expiresAt))).toEqual(live.map(([, lease]) => lease.expiresAt).sort((a, b) => a - b));
        expect(shown.hold !== null).toBe(given.hold !== null && given.hold.until > NOW);
        expect(shown.wake !== null).toBe(given.wake !== null && given.wake.expiresAt > NOW);
      }),
    );
  });
});

describe("the estimate", () => {
  const withWakes = (wakeSeconds: number[]) => ({ ...initialState("dormouse", NOW), wakeSeconds });
  const wakes = fc.array(
    fc.nat({ max: 36_000 }).map((tenths) => tenths / 10),
    { minLength: 1, maxLength: 20 },
  );

  it("is none before the first wake", () => {
    expect(estimate(withWakes([]))).toBeNull();
    expect(retryAfterSeconds(withWakes([]), NOW)).toBe(5);
  });

  it("has percentiles in order, each one of the wakes that there were, whatever their order", () => {
    fc.assert(
      fc.property(wakes, (given) => {
        const learned = estimate(withWakes(given));
        const { p50Seconds = -1, p90Seconds = -1, samples = 0 } = learned ?? {};
        expect(given).toContain(p50Seconds);
        expect(given).toContain(p90Seconds);
        expect(p50Seconds).toBeLessThanOrEqual(p90Seconds);
        expect(samples).toBe(given.length);
        expect(given.filter((wake) => wake <= p50Seconds).length).toBeGreaterThanOrEqual(given.length * 0.5);
        expect(given.filter((wake) => wake <= p90Seconds).length).toBeGreaterThanOrEqual(given.length * 0.9);
        expect(estimate(withWakes([...given].reverse()))).toEqual(learned);
      }),
    );
  });

  it("never falls when a wake was slower", () => {
    fc.assert(
      fc.property(wakes, fc.nat({ max: 19 }), fc.nat({ max: 1000 }), (given, index, more) => {
        const slower = given.map((wake, at) => (at === index % given.length ? wake + more : wake));
        expect(estimate(withWakes(slower))?.p50Seconds).toBeGreaterThanOrEqual(estimate(withWakes(given))?.p50Seconds ?? Number.NaN);
        expect(estimate(withWakes(slower))?.p90Seconds).toBeGreaterThanOrEqual(estimate(withWakes(given))?.p90Seconds ?? Number.NaN);
      }),
    );
  });

  it("asks to come back within 1 to 30 whole seconds, in every state", () => {
    fc.assert(
      fc.property(state, (given) => {
        const seconds = retryAfterSeconds(given, NOW);
        expect(Number.isInteger(seconds)).toBe(true);
        expect(seconds).toBeGreaterThanOrEqual(1);
        expect(seconds).toBeLessThanOrEqual(30);
      }),
    );
  });
});

describe("the savings", () => {
  const phases = fc.array(
    fc.record({ phase: fc.constantFrom<Phase>("asleep", "waking", "awake", "falling-asleep"), lasted: fc.nat({ max: 60 * 24 * 36_000 }) }),
    {
      minLength: 1,
      maxLength: 12,
    },
  );

  /** The ledger's totals after these phases (tenths of seconds each), the last of them under way at `now`. */
  function lived(given: { phase: Phase; lasted: number }[]) {
    const months = new Map<string, MonthTotals>();
    let at = NOW;
    for (const [index, { phase, lasted }] of given.slice(0, -1).entries()) {
      at += lasted * 100;
      const entry = { seq: index + 1, at, from: phase, lastedSeconds: lasted / 10, minimumAddsSeconds: null } as LedgerEntry;
      for (const total of monthsOf(entry)) {
        const sum = months.get(total.month) ?? { month: total.month, awakeSeconds: 0, asleepSeconds: 0, minimumAddsSeconds: 0 };
        sum.awakeSeconds += total.awakeSeconds;
        sum.asleepSeconds += total.asleepSeconds;
        months.set(total.month, sum);
      }
    }
    const last = given.at(-1) ?? { phase: "asleep", lasted: 0 };
    const state = { ...initialState("dormouse", NOW), phase: last.phase, phaseSince: at };
    return { totals: [...months.values()], state, now: at + last.lasted * 100 };
  }

  it("have as many awake and asleep seconds as there were since the first look, in any order of phases", () => {
    fc.assert(
      fc.property(phases, (given) => {
        const { totals, state, now } = lived(given);
        const { awakeSeconds, asleepSeconds, months } = savings(totals, state, now, 0.018);
        // Each of the two is rounded to whole seconds.
        expect(Math.abs(awakeSeconds + asleepSeconds - (now - NOW) / 1000)).toBeLessThanOrEqual(1);
        const awake = given.filter(({ phase }) => billed(phase)).reduce((sum, { lasted }) => sum + lasted / 10, 0);
        expect(Math.abs(awakeSeconds - awake)).toBeLessThanOrEqual(0.51);
        const slack = months.length;
        expect(Math.abs(months.reduce((sum, month) => sum + month.awakeSeconds, 0) - awakeSeconds)).toBeLessThanOrEqual(slack);
        expect(Math.abs(months.reduce((sum, month) => sum + month.asleepSeconds, 0) - asleepSeconds)).toBeLessThanOrEqual(slack);
      }),
    );
  });

  it("have months in order, each once, none longer than itself", () => {
    fc.assert(
      fc.property(phases, (given) => {
        const { totals, state, now } = lived(given);
        const { months } = savings(totals, state, now, 0.018);
        expect(months.map(({ month }) => month)).toEqual([...new Set(months.map(({ month }) => month))].sort());
        for (const { month, awakeSeconds, asleepSeconds } of months) {
          const [year = 0, number = 0] = month.split("-").map(Number);
          expect(awakeSeconds + asleepSeconds).toBeLessThanOrEqual((Date.UTC(year, number, 1) - Date.UTC(year, number - 1, 1)) / 1000 + 1);
        }
      }),
    );
  });

  it("cost what was awake and save what was asleep, and change nothing that they are given", () => {
    fc.assert(
      fc.property(phases, fc.integer({ min: 0, max: 10_000 }), (given, tenthsOfCents) => {
        const { totals, state, now } = lived(given);
        const before = structuredClone(totals);
        const price = tenthsOfCents / 1000;
        const { spent, saved, awakeSeconds, asleepSeconds } = savings(totals, state, now, price);
        expect(Number(spent)).toBeCloseTo((awakeSeconds / 3600) * price, 1);
        expect(Number(saved)).toBeCloseTo((asleepSeconds / 3600) * price, 1);
        expect(totals).toEqual(before);
      }),
    );
  });
});
