/** The rules while awake: serve, and find out when it may sleep. */
import { forced, requested } from "./decide-request.ts";
import type { Decision } from "./decision.ts";
import { idleness, liveLeases, outsideUse, sleepsAt } from "./idle.ts";
import { startedByOthers, stoppedInAws } from "./others.ts";
import { blindness, refused, unseen } from "./refusals.ts";
import { safetyWait } from "./safety.ts";
import { outsideKnown } from "./sessions.ts";
import { stopAgain, untoldWait } from "./untold.ts";
import { expired, lookAgainAt, type View } from "./view.ts";
import { clock, span } from "./words.ts";

export function whenAwake(view: View): Decision {
  const { o, s, p, now, row, status, stale, keep } = view;
  if (row.kind === "stopped" && row.doThis !== undefined)
    return keep({ action: "follow", code: "needs-human", reason: `${status}: ${row.sentence}`, phase: "asleep", serving: false });
  if (row.kind === "stopping" || row.kind === "stopped") {
    if (!stale) return stoppedInAws(view);
    return keep({ action: "none", code: "status-stale", reason: "the status may be older than our last action", nextCheckAt: now + p.lookMs });
  }
  if (row.kind === "starting") {
    // A start that is over shows `starting` for a while; one that is not ours begins a new wake.
    if (stale) return keep({ action: "none", code: "status-stale", reason: "the status may be older than our last action", nextCheckAt: now + p.lookMs });
    // PostgreSQL may answer before RDS says so, and a status may be old; an answer can't be.
    const answers = { code: "status-stale" as const, reason: 'RDS reports "starting", and PostgreSQL answers already' };
    if (o.look === null) return keep({ ...answers, action: "look" });
    if (!o.look.answered) return startedByOthers(view);
    const again = { ...answers, serving: true, nextCheckAt: lookAgainAt(view) };
    return s.serving && s.wake === null ? keep({ ...again, action: "none" }) : keep({ ...again, action: "serve", clearsWake: true });
  }
  if (o.look === null && (s.wake !== null || !s.serving)) return keep({ action: "look", code: "not-answering", reason: "asking PostgreSQL" });
  if (o.look !== null && !o.look.answered) return forced(view) ? requested(view) : unanswered(view, o.look.why);
  if (s.wake !== null || !s.serving)
    return keep({ action: "serve", code: "serving", reason: "PostgreSQL answers", serving: true, clearsWake: true, nextCheckAt: now });
  if (s.stopRequest !== null) return requested(view);
  const putOff = stopAgain(view);
  if (putOff !== null) return putOff;

  const up = staysUp(view);
  if (up !== null) return up;
  const due = sleepsAt(s, p) + p.slackMs;
  // CloudWatch tells of a whole window, in which everybody was a connection: before the limit that says nothing.
  const known = p.probe === "inside" || now >= due ? outsideKnown(view) : null;
  if (known !== null) return known;
  if (now < due) return keep({ action: "none", code: "in-use", reason: `sleeps at ${clock(due - p.slackMs, now)} if nobody uses it`, nextCheckAt: due });

  // The limit has passed. From here on every "no" is said aloud, because after hours of it somebody should know.
  if (status !== "available")
    return refused(
      view,
      "not-stoppable",
      `RDS reports "${status}": ${row.sentence}`,
      now + Math.min(p.checkMs, Math.max(p.lookMs * 15, (now - (s.stopRefusedSince ?? now)) / 10)),
    );
  const untold = untoldWait(view);
  if (untold !== null) return untold;
  if (o.look === null)
    return keep({
      action: "look",
      code: "idle-limit",
      reason: "the idle limit has passed; looking for other sessions",
      quietMs: p.idleMs,
    });
  if (o.look.unseen !== undefined) return unseen(view, o.look.unseen);
  // Somebody was there since the last look: idle runs from now.
  const outside = outsideUse(o.look, s, now, o.unrecorded).outside;
  if (outside !== null && outside.at === now)
    return keep({
      action: "none",
      code: "outside-session",
      reason: "a session that did not come through Dormouse has ended since the last look",
      nextCheckAt: now + p.idleMs + p.slackMs,
    });
  const wait = safetyWait(view);
  if (wait !== null) return wait;

  const again = stopAgainAt(view);
  if (now < again)
    return refused(
      view,
      "stop-lost",
      `the stop of ${clock(s.lastAction?.at ?? now, now)} did not happen${s.lastAction?.error ? ` (${s.lastAction.error})` : ""}; tried again at ${clock(again, now)}`,
      again,
    );

  const { idleMs, limitMs } = idleness(s, p, now);
  const idle = `idle for ${span(idleMs)}, limit ${span(limitMs)}`;
  if (p.mode === "watch")
    return keep({
      action: "would-stop",
      code: "watch-would-stop",
      reason: s.code === "watch-would-stop" ? s.reason : `would have stopped at ${clock(now, now)}, ${idle}`,
    });
  return keep({ action: "drain", code: "idle-limit", reason: idle, phase: "falling-asleep", serving: false, nextCheckAt: now });
}

function unanswered(view: View, why: string): Decision {
  const { s, p, now, keep, status } = view;
  if (s.wake !== null && s.wake.expiresAt <= now) return expired(view);
  return keep({
    action: s.serving ? "unserve" : "none",
    code: "blind",
    reason: `RDS reports "${status}", and the probe could not look (${why}); not knowing is no reason to stop`,
    serving: false,
    nextCheckAt: lookAgainAt({ s: { ...s, phaseSince: s.probeFailedSince ?? now }, p, now }),
    ...blindness(view, why),
  });
}

/** A stop that was lost or refused is tried again later and later, at most an hour apart: each try refuses requests for as long as its fence stands. */
function stopAgainAt({ s, p }: View): number {
  if (s.lastAction?.kind !== "stop") return 0;
  return s.lastAction.at + Math.min(3_600_000, p.stopRetryMs * 2 ** Math.min(s.lastAction.attempts, 10));
}

/** Leases and holds. */
function staysUp({ s, p, now, keep }: View): Decision | null {
  const held = s.hold !== null && s.hold.until > now ? s.hold : null;
  if (held !== null)
    return keep({
      action: "none",
      code: "hold",
      reason: `kept awake until ${clock(held.until, now)} by ${held.by}${held.reason ? `: ${held.reason}` : ""}`,
      nextCheckAt: held.until + p.slackMs,
      by: held.by,
    });
  const leases = liveLeases(s, now, p.slackMs);
  const [, last] = leases.at(-1) ?? [];
  if (last !== undefined)
    return keep({
      action: "none",
      code: "lease",
      reason: `kept awake until ${clock(last.expiresAt, now)} by ${last.by}: ${last.why}${leases.length > 1 ? `, and ${leases.length - 1} more` : ""}`,
      nextCheckAt: last.expiresAt + p.slackMs,
      by: last.by,
    });
  return null;
}
