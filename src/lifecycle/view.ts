/** What the rules for each phase share: what they see, and what holds in more than one phase. */
import type { Decision, Observation } from "./decision.ts";
import { liveWake } from "./idle.ts";
import type { Policy } from "./policy.ts";
import type { DatabaseState } from "./state.ts";
import type { StatusRow } from "./statuses.ts";
import { clock, span } from "./words.ts";

/** Everything that a rule for one phase sees. */
export interface View {
  o: Observation;
  s: DatabaseState;
  p: Policy;
  now: number;
  status: string;
  row: StatusRow;
  /** The status may be older than our last start or stop. */
  stale: boolean;
  /** A decision that keeps phase and serving unless told otherwise. */
  keep(decision: Pick<Decision, "action" | "code" | "reason"> & Partial<Decision>): Decision;
}

/** The start that was sent in this wake; null when none was. An older one says nothing of it. */
export function sentInThisWake(s: DatabaseState): DatabaseState["lastAction"] {
  return s.phase === "waking" && s.lastAction?.kind === "start" && s.lastAction.at >= s.phaseSince ? s.lastAction : null;
}

/** When to look again while something is on its way: each 2 s while somebody waits, else less and less often, at most a check apart. */
export function lookAgainAt({ s, p, now }: Pick<View, "s" | "p" | "now">): number {
  if (liveWake(s, now) !== null) return now + p.lookMs;
  return now + Math.min(Math.max(p.checkMs, p.lookMs), Math.max(p.lookMs, Math.round((now - s.phaseSince) / 10)));
}

/** Gives up a wake whose time has passed. */
export function expired({ s, now, row, status, keep }: View): Decision {
  const wake = s.wake;
  const asleep = row.kind === "stopped";
  const answer = sentInThisWake(s)?.error;
  return keep({
    action: "expire",
    code: "wake-expired",
    reason: `the wake that ${wake?.by ?? "someone"} asked for at ${clock(wake?.at ?? now, now)} was given up`,
    phase: asleep ? "asleep" : s.phase,
    clearsWake: true,
    by: wake?.by ?? "dormouse",
    attention: {
      code: "wake-expired",
      what: `The database did not wake within ${span((wake?.expiresAt ?? now) - (wake?.at ?? now))}; RDS reports "${status}"${answer ? `, and its last answer to a start was ${answer}` : ""}.`,
      doThis: row.doThis ?? "Look at the instance's events in RDS, then press Restart database again.",
    },
  });
}
