/** A past and a present for the stub to begin with. */
import type { DatabaseView, HistoryItem, Phase } from "../../src/console/types.ts";

const second = 1_000;
const iso = (at: number) => new Date(at).toISOString();

/** A made-up past of `days` days: asleep by night, awake by day. */
export function pastDays(days: number, now: number): HistoryItem[] {
  const items: HistoryItem[] = [];
  const add = (at: number, from: Phase, phase: Phase, lastedSeconds: number, more: Partial<HistoryItem>) =>
    items.unshift({
      at: iso(at),
      from,
      phase,
      action: "none",
      code: "idle-limit",
      cause: "schedule",
      by: "dormouse",
      reason: "",
      rdsStatus: phase,
      lastedSeconds,
      ...more,
    });
  for (let day = days; day >= 1; day--) {
    const start = now - day * 86_400 * second + 5 * 3_600 * second;
    add(start, "asleep", "waking", 58_000, { action: "start", code: "wake", cause: "button", by: "ann", reason: "ann pressed restart database" });
    add(start + 251 * second, "waking", "awake", 251, { code: "serving", cause: "look", reason: "answered its first query after 4 min 11 s" });
    add(start + 7 * 3_600 * second, "awake", "falling-asleep", 24_949, { action: "drain", reason: "idle for 63 min, limit 60" });
    add(start + 7 * 3_600 * second + 142 * second, "falling-asleep", "asleep", 142, {
      action: "stop",
      cause: "look",
      reason: "stopped, idle for 63 min, limit 60",
    });
  }
  return items;
}

export function asleep(now: number): DatabaseView {
  return {
    id: "dormouse",
    phase: "asleep",
    serving: false,
    verified: true,
    attention: null,
    rdsStatus: "stopped",
    since: iso(now - 5 * 3_600 * second),
    lastActivityAt: iso(now - 6 * 3_600 * second),
    sleepsAt: null,
    code: "asleep",
    reason: "stopped, idle for 63 min, limit 60",
    mode: "manage",
    estimate: { p50Seconds: 25, p90Seconds: 60, samples: 7, readyAt: null },
    leases: [],
    hold: null,
    lastBackupAt: iso(now - 20 * 3_600 * second),
    wake: null,
  };
}
