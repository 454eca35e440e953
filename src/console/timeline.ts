/** From ledger entries to stretches of awake and asleep. Pure. */
import { duration } from "./time.ts";
import type { HistoryItem, Phase } from "./types.ts";

/** A stretch of one phase; times in ms. `unknown` is what the loaded ledger does not reach back to. */
export interface Segment {
  phase: Phase | "unknown";
  from: number;
  to: number;
}

/**
 * The stretches of `window`, oldest first, without gaps or overlaps. `entries` may be in any order; entries that change no phase are left out.
 * What was before the oldest change is that change's `from`, for as long as it lasted; before that nothing is claimed.
 */
export function segments(
  entries: readonly Pick<HistoryItem, "at" | "from" | "phase" | "lastedSeconds">[],
  window: { from: number; to: number },
  current: { phase: Phase; since: string },
): Segment[] {
  const changes = entries
    .filter((entry) => entry.from !== entry.phase)
    .map((entry) => ({ ...entry, ms: Date.parse(entry.at) }))
    .sort((a, b) => a.ms - b.ms);
  const marks: { at: number; phase: Phase }[] = [];
  const [first] = changes;
  if (first && first.lastedSeconds !== null) marks.push({ at: first.ms - first.lastedSeconds * 1000, phase: first.from });
  for (const change of changes) marks.push({ at: change.ms, phase: change.phase });
  const last = marks.at(-1);
  const since = Date.parse(current.since);
  // The state is newer than the ledger's last page: the entry of the newest change may still be in the outbox.
  if (!last || last.phase !== current.phase) marks.push({ at: last ? Math.max(last.at, since) : since, phase: current.phase });

  const found: Segment[] = [];
  const add = (phase: Segment["phase"], from: number, to: number) => {
    const start = Math.max(from, window.from);
    const end = Math.min(to, window.to);
    if (end <= start) return;
    const before = found.at(-1);
    if (before && before.phase === phase) before.to = end;
    else found.push({ phase, from: start, to: end });
  };
  add("unknown", window.from, marks[0]?.at ?? window.to);
  marks.forEach((mark, index) => {
    add(mark.phase, mark.at, marks[index + 1]?.at ?? window.to);
  });
  return found;
}

/** Seconds of each kind in the segments. */
export function totals(list: readonly Segment[]): Record<Segment["phase"], number> {
  const sums: Record<Segment["phase"], number> = { asleep: 0, waking: 0, awake: 0, "falling-asleep": 0, unknown: 0 };
  for (const segment of list) sums[segment.phase] += (segment.to - segment.from) / 1000;
  return sums;
}

/** The picture in one sentence, for those who do not see it. `span` is such as `24 hours`. */
export function summary(list: readonly Segment[], span: string): string {
  const sums = totals(list);
  const up = sums.awake + sums.waking + sums["falling-asleep"];
  const woken = list.filter((segment, index) => segment.phase === "waking" && index > 0 && list[index - 1]?.phase !== "unknown").length;
  const parts = [`asleep for ${duration(sums.asleep)}`, `up for ${duration(up)}`, woken === 1 ? "woken once" : `woken ${woken} times`];
  const unknown = sums.unknown > 0 ? ` Nothing is recorded for ${duration(sums.unknown)} of it.` : "";
  return `In the last ${span}: ${parts.join(", ")}.${unknown}`;
}
