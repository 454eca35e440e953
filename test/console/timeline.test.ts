import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { segments, summary, totals } from "../../src/console/timeline.ts";
import type { HistoryItem, Phase } from "../../src/console/types.ts";

const hour = 3_600_000;
const now = Date.parse("2026-11-21T12:00:00Z");
const day = { from: now - 24 * hour, to: now };
const iso = (ms: number) => new Date(ms).toISOString();
type Entry = Pick<HistoryItem, "at" | "from" | "phase" | "lastedSeconds">;
const entry = (hoursAgo: number, from: Phase, phase: Phase, lastedSeconds: number | null): Entry => ({
  at: iso(now - hoursAgo * hour),
  from,
  phase,
  lastedSeconds,
});
const seen = (list: ReturnType<typeof segments>) => list.map(({ phase, from, to }) => [phase, (now - from) / hour, (now - to) / hour]);

describe("segments", () => {
  it("makes stretches of the changes, in whatever order they come, and leaves entries without a change out", () => {
    const entries = [entry(2, "awake", "awake", null), entry(3, "waking", "awake", 3_600), entry(4, "asleep", "waking", 40 * 3_600)];
    expect(seen(segments(entries, day, { phase: "awake", since: iso(now - 3 * hour) }))).toEqual([
      ["asleep", 24, 4],
      ["waking", 4, 3],
      ["awake", 3, 0],
    ]);
  });
  it("claims nothing for the time before the ledger begins", () => {
    expect(seen(segments([entry(4, "asleep", "waking", 3_600)], day, { phase: "waking", since: iso(now - 4 * hour) }))).toEqual([
      ["unknown", 24, 5],
      ["asleep", 5, 4],
      ["waking", 4, 0],
    ]);
    expect(seen(segments([], day, { phase: "asleep", since: iso(now - hour) }))).toEqual([
      ["unknown", 24, 1],
      ["asleep", 1, 0],
    ]);
  });
  it("adds the phase of the state when the ledger is behind it", () => {
    expect(seen(segments([entry(4, "asleep", "waking", 90_000)], day, { phase: "awake", since: iso(now - 3 * hour) }))).toEqual([
      ["asleep", 24, 4],
      ["waking", 4, 3],
      ["awake", 3, 0],
    ]);
  });
  it("always covers the window without a gap, an overlap, or two neighbours of one phase", () => {
    const phase = fc.constantFrom<Phase>("asleep", "waking", "awake", "falling-asleep");
    const any = fc.record({
      at: fc.integer({ min: now - 60 * hour, max: now }).map(iso),
      from: phase,
      phase,
      lastedSeconds: fc.option(fc.integer({ min: 0, max: 400_000 }), { nil: null }),
    });
    fc.assert(
      fc.property(fc.array(any, { maxLength: 12 }), phase, fc.integer({ min: now - 60 * hour, max: now }), (entries, current, since) => {
        const list = segments(entries, day, { phase: current, since: iso(since) });
        expect(list[0]?.from).toBe(day.from);
        expect(list.at(-1)?.to).toBe(day.to);
        list.slice(1).forEach((segment, index) => {
          expect(segment.from).toBe(list[index]?.to);
          expect(segment.phase).not.toBe(list[index]?.phase);
        });
        for (const segment of list) expect(segment.to).toBeGreaterThan(segment.from);
        const sum = Object.values(totals(list)).reduce((a, b) => a + b, 0);
        expect(sum).toBeCloseTo(24 * 3_600, 3);
      }),
    );
  });
});

describe("the sentence for those who do not see the picture", () => {
  it("says how long it slept, how long it was up, and how often it was woken", () => {
    const entries = [entry(3, "waking", "awake", 600), entry(3 + 1 / 6, "asleep", "waking", 90_000)];
    expect(summary(segments(entries, day, { phase: "awake", since: iso(now - 3 * hour) }), "24 hours")).toBe(
      "In the last 24 hours: asleep for 20 h 50 min, up for 3 h 10 min, woken once.",
    );
  });
  it("admits what is not recorded", () => {
    expect(summary(segments([], day, { phase: "asleep", since: iso(now - hour) }), "24 hours")).toBe(
      "In the last 24 hours: asleep for 1 h, up for 0 s, woken 0 times. Nothing is recorded for 23 h of it.",
    );
  });
});
