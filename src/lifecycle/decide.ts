/**
 * The rule of sleep: pure and total over every status and state. `docs/invariants.md` says what must hold, `docs/codes.md` lists every status
 * and code. Times in milliseconds since the epoch; time is an argument.
 */

import { whenAsleep, whenWaking } from "./decide-asleep.ts";
import { whenAwake } from "./decide-awake.ts";
import { wasServed, whenFalling } from "./decide-falling.ts";
import { refusedBy } from "./decide-request.ts";
import type { Decision, Observation } from "./decision.ts";
import { sleepsAt } from "./idle.ts";
import type { Policy } from "./policy.ts";
import { backupMissing } from "./safety.ts";
import type { DatabaseState } from "./state.ts";
import { isKnown, statusRow } from "./statuses.ts";
import { expired, lookAgainAt, type View } from "./view.ts";
import { clock, span } from "./words.ts";

export function decide(o: Observation, s: DatabaseState, p: Policy, now: number): Decision {
  const decision = withStanding(ruled(o, s, p, now), s, p, now);
  // Whoever asked for sleep hears what stands against it, whichever rule it was.
  const idles = decision.action === "none" || decision.action === "unserve";
  return s.stopRequest !== null && s.phase === "awake" && decision.phase === "awake" && idles ? refusedBy(decision, s.stopRequest, p, now) : decision;
}

/** What stays wrong whatever is done next is said while there is nothing newer. */
function withStanding(decision: Decision, s: DatabaseState, p: Policy, now: number): Decision {
  if (decision.attention !== null || s.attention?.code === "wake-expired") return decision;
  return { ...decision, attention: backupMissing(s, p, now) };
}

function ruled(o: Observation, s: DatabaseState, p: Policy, now: number): Decision {
  const passing = s.phase === "waking" || s.phase === "falling-asleep" || s.wake !== null;
  // Awake and past its limit, or awake and not serving: what could not be seen now is looked for again, later and later.
  const wanting = s.phase === "awake" && (!s.serving || sleepsAt(s, p) <= now);
  const again = passing ? lookAgainAt({ s, p, now }) : wanting ? lookAgainAt({ s: { ...s, phaseSince: s.observedAt ?? now }, p, now }) : null;
  if (o.status === null) return unreachable(o, s, p, now, again);

  const row = statusRow(o.status);
  const attention = row.doThis === undefined ? null : { code: o.status, what: row.sentence, doThis: row.doThis };
  const view: View = {
    o,
    s,
    p,
    now,
    status: o.status,
    row,
    stale: s.lastAction !== null && now - s.lastAction.at <= p.staleMs,
    keep: (decision) => ({ nextCheckAt: null, phase: s.phase, serving: s.serving, attention, ...decision }),
  };
  if (row.kind === "passing" || row.kind === "broken") return needsWaiting(view, again);
  switch (s.phase) {
    case "asleep":
      return whenAsleep(view);
    case "waking":
      return whenWaking(view);
    case "awake":
      return whenAwake(view);
    case "falling-asleep":
      return whenFalling(view);
  }
}

function unreachable(o: Observation, s: DatabaseState, p: Policy, now: number, nextCheckAt: number | null): Decision {
  const since = s.observedAt ?? s.firstLookAt;
  const refused = o.problem !== null && /AccessDenied|UnrecognizedClient|InvalidClientToken|SignatureDoesNotMatch/i.test(o.problem);
  const attention =
    refused || now - since > p.unreachableAttentionMs
      ? {
          code: "rds-unreachable",
          what: `RDS could not be asked since ${clock(since, now)} (${o.problem ?? "no answer"}).`,
          doThis: refused ? "Give the role of `reconcile` the permissions of system.json." : "Look at the AWS health dashboard; Dormouse goes on by itself.",
        }
      : s.attention;
  // PostgreSQL may well answer while RDS does not. A drain can't be followed by a stop then, so it is taken down.
  const draining = s.phase === "falling-asleep" && s.stop?.stage === "drain";
  const wanting = (s.phase === "awake" && (!s.serving || s.wake !== null)) || (s.phase === "waking" && s.wake !== null);
  if (draining || wanting) {
    const reason = `RDS could not be asked (${o.problem ?? "no answer"})`;
    const keep = { code: "rds-unreachable" as const, reason, nextCheckAt, phase: s.phase, serving: s.serving, attention };
    if (draining && wasServed(s, p)) return { ...keep, action: "lift", phase: "awake", serving: true, clearsWake: true };
    if (o.look === null) return { ...keep, action: "look" };
    if (o.look.answered)
      return {
        ...keep,
        action: draining ? "lift" : "serve",
        reason: `${reason}; PostgreSQL answers, so it serves`,
        phase: "awake",
        serving: true,
        clearsWake: true,
      };
  }
  return {
    action: "none",
    code: "rds-unreachable",
    reason: `RDS could not be asked (${o.problem ?? "no answer"}); nothing is stopped`,
    nextCheckAt: nextCheckAt === null ? null : nextCheckAt + Math.round(o.jitter * 4 * p.lookMs),
    phase: s.phase,
    serving: s.serving,
    attention,
  };
}

/** `creating`, `failed`, an unknown status and the like: no start or stop of ours would change them. Whoever answers is still served. */
function needsWaiting(view: View, nextCheckAt: number | null): Decision {
  const { o, s, p, now, row, status, keep } = view;
  if (s.phase === "falling-asleep") return whenFalling(view);
  if (s.wake !== null && s.wake.expiresAt <= now) return expired(view);
  const code = row.kind === "broken" ? "needs-human" : "waiting";
  const reason = row.kind === "broken" ? `${status}: ${row.sentence}` : `RDS reports "${status}"; waiting`;
  const slow = s.phase === "waking" && s.wake !== null && now - s.wake.at > p.firstWakeAttentionMs && row.doThis === undefined;
  const attention = slow
    ? {
        attention: {
          code: "wake-slow",
          what: `The wake has taken ${span(now - (s.wake?.at ?? now))}; RDS reports "${status}".`,
          doThis: "Look at the instance's events in RDS.",
        },
      }
    : {};
  // Asleep, and nobody waits: no look could change anything.
  if (s.phase === "asleep" && s.wake === null) return keep({ action: "none", code, reason, nextCheckAt, ...attention });
  // From outside nobody can ask PostgreSQL, and a status that nobody knows tells nothing: what was known stays.
  if (p.probe === "metrics" && !isKnown(status)) return keep({ action: "none", code, reason, nextCheckAt, ...attention });
  if (o.look === null) return keep({ action: "look", code, reason });
  if (o.look.answered) {
    const serves = keep({
      action: "serve",
      code,
      reason: `${reason}; PostgreSQL answers, so it serves`,
      phase: "awake",
      serving: true,
      clearsWake: true,
      nextCheckAt,
    });
    return s.serving && s.wake === null ? { ...serves, action: "none" } : serves;
  }
  return keep({ action: s.serving ? "unserve" : "none", code, reason, serving: false, nextCheckAt, ...attention });
}
