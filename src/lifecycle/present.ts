/** The state as people and programs see it: `GET /database`, history items. Pure; times become ISO 8601 UTC. */
import { type Estimate, estimate } from "./estimate.ts";
import { liveLeases, sleepsAt } from "./idle.ts";
import type { Policy } from "./policy.ts";
import { type DatabaseState, initialState, type LedgerEntry } from "./state.ts";

const iso = (at: number): string => new Date(at).toISOString();
const isoOrNull = (at: number | null): string | null => (at === null ? null : iso(at));

export interface DatabaseView {
  id: string;
  phase: DatabaseState["phase"];
  serving: boolean;
  /** Awake was verified by a login to PostgreSQL. false: it is what RDS reports, and sessions are what CloudWatch counts. */
  verified: boolean;
  attention: { code: string; since: string; what: string; doThis: string } | null;
  rdsStatus: string;
  since: string;
  lastActivityAt: string | null;
  /** When it sleeps if nobody uses it; null while it is not awake, or while something without an end keeps it up. */
  sleepsAt: string | null;
  code: string;
  reason: string;
  mode: Policy["mode"];
  estimate: (Omit<Estimate, "readyAt"> & { readyAt: string | null }) | null;
  leases: { id: string; by: string; why: string; expiresAt: string }[];
  hold: { until: string; by: string; reason: string } | null;
  lastBackupAt: string | null;
  /** Somebody waits for it: who, and since when. */
  wake: { by: string; at: string } | null;
}

export function presentEstimate(state: DatabaseState): DatabaseView["estimate"] {
  const learned = estimate(state);
  return learned === null ? null : { ...learned, readyAt: isoOrNull(learned.readyAt) };
}

/** While one of these keeps it up, nobody can say when it will sleep. */
const WITHOUT_END: ReadonlySet<string> = new Set(["outside-session", "not-stoppable", "backup-due", "maintenance-pending", "maintenance-unknown", "blind"]);

function shownSleepsAt(state: DatabaseState, policy: Policy, now: number): number | null {
  if (state.phase !== "awake" || WITHOUT_END.has(state.code)) return null;
  const at = sleepsAt(state, policy);
  // A stop that did not happen is tried again at a time that is known; while none is set, it is not.
  if (state.code === "stop-lost") return state.nextCheckAt === null || state.nextCheckAt <= now ? null : Math.max(at, state.nextCheckAt);
  return at;
}

export function presentDatabase(state: DatabaseState, policy: Policy, now: number): DatabaseView {
  const { attention, wake } = state;
  // Asked for and not yet begun is waking, for the person who waits; the RDS status beside it says how far it is.
  const asked = state.phase === "asleep" && wake !== null && wake.expiresAt > now ? wake : null;
  const hold = state.hold !== null && state.hold.until > now ? state.hold : null;
  return {
    id: state.databaseId,
    phase: asked ? "waking" : state.phase,
    serving: state.serving,
    verified: policy.probe === "inside",
    attention: attention === null ? null : { code: attention.code, since: iso(attention.since), what: attention.what, doThis: attention.doThis },
    rdsStatus: state.rdsStatus,
    since: iso(asked?.at ?? state.phaseSince),
    lastActivityAt: isoOrNull(state.lastActivityAt),
    sleepsAt: isoOrNull(shownSleepsAt(state, policy, now)),
    code: asked ? "wake-intent" : state.code,
    reason: asked ? `${asked.by} asked for it` : state.reason,
    mode: policy.mode,
    estimate: presentEstimate(state),
    leases: liveLeases(state, now).map(([id, lease]) => ({ id, by: lease.by, why: lease.why, expiresAt: iso(lease.expiresAt) })),
    hold: hold === null ? null : { until: iso(hold.until), by: hold.by, reason: hold.reason },
    lastBackupAt: isoOrNull(state.lastBackupAt),
    wake: wake !== null && wake.expiresAt > now ? { by: wake.by, at: iso(wake.at) } : null,
  };
}

/** What can be shown of an item that a newer version wrote: nothing is decided from it, and somebody should know. */
export function presentUnknown(item: Record<string, unknown>, databaseId: string, policy: Policy, now: number): DatabaseView {
  const phases = ["asleep", "waking", "awake", "falling-asleep"] as const;
  // Whatever a newer version keeps there, a date has a range.
  const at = typeof item.observedAt === "number" && Math.abs(item.observedAt) <= 8.64e15 ? item.observedAt : now;
  const state = initialState(databaseId, at);
  return {
    ...presentDatabase(state, policy, now),
    phase: phases.find((phase) => phase === item.phase) ?? "asleep",
    rdsStatus: typeof item.rdsStatus === "string" ? item.rdsStatus : "unknown",
    code: "unknown-version",
    reason: `the state has version ${String(item.v)}, which this version of Dormouse cannot read; nothing is started or stopped`,
    attention: {
      code: "unknown-version",
      since: iso(at),
      what: "The database's state was written by a newer version of Dormouse.",
      doThis: "Deploy that version again. Until then the database stays as it is: this one starts and stops nothing.",
    },
  };
}

export function presentEntry({
  seq: _,
  minimumAddsSeconds: __,
  ...entry
}: LedgerEntry): Omit<LedgerEntry, "seq" | "minimumAddsSeconds" | "at"> & { at: string } {
  return { ...entry, at: iso(entry.at) };
}
