import { expect, test } from "vitest";
import {
  claim,
  countWake,
  fail,
  finish,
  giveUp,
  handOn,
  isReady,
  type Job,
  LEASE_MS,
  MAX_WAKES,
  newJob,
  parseJob,
  say,
  UnknownJob,
} from "../../src/jobs/job.ts";

const NOW = 1_800_000_000_000;
const job = (more: Partial<Job> = {}): Job => ({ ...newJob({ owner: "ann", id: "a", kind: "note", userId: "ann", by: "ann", parameters: {} }, NOW), ...more });

test("an item is read with first values for what an older writer did not know, and without what only the table needs", () => {
  const { notBefore: _, wakeAt: __, requestHash: ___, ...older } = job({ state: "running" });
  expect(parseJob({ ...older, open: "1", expiresAt: 5 })).toEqual(job({ state: "running" }));
});

test.each([{ v: 2 }, { v: undefined }, { state: "paused" }, { attempt: "1" }, { parameters: null }, { owner: 7 }, { notBefore: "soon" }])(
  "an item with %j is nobody's to work on",
  (wrong) => {
    expect(() => parseJob({ ...job(), ...wrong })).toThrow(UnknownJob);
  },
);

test("a job is ready when its pause is over, or its runner has not been heard of for longer than clocks differ", () => {
  expect(isReady(job(), NOW)).toBe(true);
  expect(isReady(job({ notBefore: NOW + 1 }), NOW)).toBe(false);
  expect(isReady(job({ state: "running", leaseUntil: NOW }), NOW + 5000)).toBe(false);
  expect(isReady(job({ state: "running", leaseUntil: NOW }), NOW + 5001)).toBe(true);
  expect(isReady(job({ state: "done" }), NOW)).toBe(false);
});

test("who takes a job up after its runner's death counts a failure, and the third is its end", () => {
  const dead = job({ state: "running", attempt: 2, failures: 1, leaseUntil: NOW });
  expect(claim(dead, "r", NOW).next).toMatchObject({ state: "running", attempt: 3, failures: 2, runner: "r", leaseUntil: NOW + LEASE_MS });
  const last = claim({ ...dead, failures: 2 }, "r", NOW);
  expect(last.next).toMatchObject({ state: "failed", reason: "its runner ended before it did, three times" });
  expect(last.write).toMatchObject({ remove: ["open"], set: { expiresAt: NOW / 1000 + 90 * 86_400 } });
  // A lease that was renewed since the look belongs to somebody who lives.
  expect(last.write.when).toContainEqual({ path: "leaseUntil", is: "equals", value: NOW });
});

test("every write of a runner is conditional on its own attempt", () => {
  const mine = job({ state: "running", attempt: 4 });
  for (const { write } of [finish(mine, 1, NOW), handOn(mine, NOW), fail(mine, "no", NOW), fail(mine, "no", NOW, "never")])
    expect(write.when).toEqual([
      { path: "v", is: "equals", value: 1 },
      { path: "state", is: "equals", value: "running" },
      { path: "attempt", is: "equals", value: 4 },
    ]);
});

test("shows all of its progress at its end, where its extent was known", () => {
  const mine = job({ state: "running", attempt: 1 });
  expect(finish({ ...mine, progress: { done: 400, total: 417 } }, 1, NOW).next.progress).toEqual({ done: 417, total: 417 });
  expect(finish({ ...mine, progress: { done: 400, total: null } }, 1, NOW).next.progress).toEqual({ done: 400, total: null });
  expect(finish(mine, 1, NOW).next.progress).toBeNull();
});

test("what waits says why once", () => {
  expect(say(job({ reason: "so" }), "so", NOW)).toBeNull();
  expect(say(job(), "so", NOW)?.write.set).toEqual({ reason: "so", updatedAt: NOW });
});

test("a wake is noted before it is asked for; a note that nobody used is used again and not counted twice, and the last one too", () => {
  const first = countWake(job(), null, NOW)?.next;
  expect(first).toMatchObject({ wakes: 1, wakeAt: NOW });
  if (!first) throw new Error("there is none");
  // Whoever noted it died before the wake: however often that happens.
  expect(countWake(first, NOW - 1, NOW + 1)?.next).toMatchObject({ wakes: 1, wakeAt: NOW + 1 });
  expect(countWake({ ...first, wakes: MAX_WAKES }, null, NOW + 1)?.next).toMatchObject({ wakes: MAX_WAKES });
  // It was made, and it is over.
  expect(countWake(first, NOW, NOW + 1)?.next).toMatchObject({ wakes: 2 });
  expect(countWake({ ...first, wakes: MAX_WAKES }, NOW, NOW + 1)).toBeNull();
});

test("who is given up keeps the reason of its failures, and not that of its waiting", () => {
  expect(giveUp(job({ failures: 1, reason: "it failed" }), NOW).next.reason).toBe("it failed");
  expect(giveUp(job({ reason: "it waits" }), NOW).next.reason).toContain("woken for it three times");
});
