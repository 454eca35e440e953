import { expect, test } from "vitest";
import type { Policy } from "../../src/lifecycle/policy.ts";
import type { Condition } from "../../src/lifecycle/writes.ts";
import { search } from "./search.ts";

const MINUTES = 5 * 60_000;

test.each([1, 3])("no interleaving breaks the fence, and every press leads to awake (idle limit of %i ticks)", { timeout: MINUTES }, (idle) => {
  const found = search({ idle });
  expect(found.harm).toBeNull();
  expect(found.complete).toBe(true);
  // The search looked at something: stops that landed, wakes that were served, states with a press pending.
  expect(found.states).toBeGreaterThan(100_000);
  expect(found.stops).toBeGreaterThan(500);
  expect(found.wakes).toBeGreaterThan(500);
  expect(found.pending).toBeGreaterThan(1000);
});

test("with wakes that expire, no press that still counts is given up", { timeout: MINUTES }, () => {
  const found = search({ idle: 1, policy: { wakeTimeoutMs: 2 }, limit: 500_000 });
  expect(found.harm).toBeNull();
  expect(found.states).toBeGreaterThan(100_000);
});

test("with an RDS that can't be asked at any look, nothing breaks that was not broken before", { timeout: MINUTES }, () => {
  const found = search({ idle: 1, unreachable: true, limit: 250_000 });
  expect(found.harm).toBeNull();
  expect(found.stops).toBeGreaterThan(100);
});

const path = (name: string) => (condition: Condition) => condition.path === name;
const broken: {
  rule: string;
  harm: string;
  idle?: number;
  without?: (condition: Condition) => boolean;
  policy?: Partial<Policy>;
  sendLate?: boolean;
  drainEarly?: boolean;
}[] = [
  { rule: "writes of a reconciler are conditional on `turn`", harm: "stopped while it says that it serves", without: path("turn") },
  { rule: "writes toward sleep are conditional on `rev`", idle: 3, harm: "stopped within the idle limit of a request", without: path("rev") },
  { rule: "a touch is conditional on `serving`", harm: "a request was cut off", without: path("serving") },
  { rule: "a wake is cleared by its id", harm: "a press that still counts was given up", without: path("wake.id"), policy: { wakeTimeoutMs: 2 } },
  { rule: "a drain lasts as long as the longest request", harm: "a request was cut off", policy: { drainMs: 0 } },
  { rule: "a drain is counted from a read of the fence, not from before its write", harm: "a request was cut off", drainEarly: true },
  { rule: "a stop is sent only before `stopBefore`", harm: "stopped while it says that it serves", sendLate: true },
  {
    rule: "the fence stands until the window, its timeout and staleness are over",
    harm: "stopped while it says that it serves",
    policy: { stopTimeoutMs: -9 },
  },
];

test.each(broken)("the search notices when this rule is taken out: $rule", { timeout: MINUTES }, ({ rule: _, harm, idle = 1, ...options }) => {
  const found = search({ idle, ...options });
  expect(found.harm?.what).toBe(harm);
  expect(found.harm?.steps.length).toBeGreaterThan(3);
});
