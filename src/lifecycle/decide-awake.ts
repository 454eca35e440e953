/** The rules while awake: serve, and find out when it may sleep. */
import type { Blocker, Decision } from "./decision.ts";
import { idleFrom, idleness, liveLeases, outsideUse, REQUEST_QUIET_MS, sleepsAt } from "./idle.ts";
import { startedByOthers, stoppedInAws } from "./others.ts";
import type { OutsideSession } from "./state.ts";
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
  if (o.look !== null && !o.look.answered) return unanswered(view, o.look.why);
  if (s.wake !== null || !s.serving)
    return keep({ action: "serve", code: "serving", reason: "PostgreSQL answers", serving: true, clearsWake: true, nextCheckAt: now });
  if (s.stopRequest !== null) return requested(view);

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

/** Sessions that are open, by this look or the last one: they are named for as long as they last, and looked at each minute, so that their end is known. */
function outsideKnown(view: View): Decision | null {
  const { o, s, p, now, keep } = view;
  if (o.look?.answered && o.look.unseen !== undefined) return unseen(view, o.look.unseen);
  const looked = o.look?.answered === true && o.look.unseen === undefined ? o.look : null;
  const sessions = looked?.sessions ?? s.outside?.sessions ?? [];
  if (sessions.length === 0) return null;
  const lookAt = (looked === null ? (s.outside?.at ?? 0) : now) + p.outsideLookMs;
  const code = "outside-session";
  if (now >= lookAt && o.look === null) return keep({ action: "look", code, reason: outsideReason(sessions, now) });
  return refused(view, code, outsideReason(sessions, now), Math.max(lookAt, now + p.lookMs));
}

/** The database is up and serves, but who is connected could not be told. */
function unseen(view: View, why: string): Decision {
  const { p, now, keep } = view;
  return keep({
    action: "none",
    code: "blind",
    reason: `the idle limit has passed, and nobody could tell who is connected (${why}); not knowing is no reason to stop`,
    nextCheckAt: now + p.outsideLookMs,
    patient: true,
    ...blindness(view, why),
  });
}

/** Attention after hours of not being able to look. */
function blindness({ s, p, now }: View, why: string): Pick<Decision, "attention"> | Record<string, never> {
  const since = s.probeFailedSince ?? now;
  if (now - since <= p.blindAttentionMs) return {};
  return {
    attention: {
      code: "probe-blind",
      what: `The probe has not been able to look into the database since ${clock(since, now)}: ${why}.`,
      doThis:
        p.probe === "inside"
          ? "Check the probe's subnets and security group, and that the role dormouse_monitor may log in."
          : "Check that the function `metrics` runs, and that it may call cloudwatch:GetMetricData.",
    },
  };
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

function outsideReason(sessions: OutsideSession[], now: number): string {
  const oldest = sessions.reduce((a, b) => (b.since < a.since ? b : a));
  const others = sessions.length > 1 ? `, and ${sessions.length - 1} more` : "";
  return `kept awake by ${oldest.application || "a session without a name"}${oldest.user ? ` (${oldest.user})` : ""}, connected since ${clock(oldest.since, now)}${others}`;
}

/** The limit has passed and something else stands against the stop. */
function refused({ s, p, now, keep, row, status }: View, code: Decision["code"], reason: string, nextCheckAt: number): Decision {
  const since = s.stopRefusedSince ?? now;
  const long = now - since > p.refusedAttentionMs;
  const attention = long
    ? {
        code: "stop-refused",
        what: `The database could sleep since ${clock(since, now)}, and: ${reason}.`,
        doThis: "Close the sessions that are named, or stop it with force if they don't matter.",
      }
    : row.doThis !== undefined
      ? { code: status, what: row.sentence, doThis: row.doThis }
      : null;
  return keep({ action: "none", code, reason, nextCheckAt, attention, patient: true });
}

/** Sleep must not cost safety: no automatic backup is made while stopped, and AWS's forced start exists for maintenance. Both waits have an end. */
function safetyWait({ o, s, p, now, keep }: View): Decision | null {
  const upFor = now - (s.awakeSince ?? s.phaseSince);
  if (upFor > p.safetyWaitMs) return null;
  const newestBackup = o.lastBackupAt ?? s.lastBackupAt;
  // What nobody has used since its newest backup holds nothing that this one lacks; and RDS keeps it: time spent stopped is no part of the retention period
  // ("Backup retention period", Amazon RDS User Guide). A period that AWS has begun by itself is no use.
  const used = newestBackup !== null && Math.max(idleFrom(s), s.startedBy?.cause === "aws" ? 0 : (s.awakeSince ?? s.phaseSince)) > newestBackup;
  if (p.maxBackupAgeMs > 0 && used && now - newestBackup > p.maxBackupAgeMs)
    return keep({
      action: "none",
      code: "backup-due",
      reason: `the newest backup is ${span(now - newestBackup)} old; staying up through the backup window${o.backupWindow ? ` ${o.backupWindow} UTC` : ""}`,
      nextCheckAt: now + p.checkMs,
    });
  if (s.startedBy?.cause === "aws" && o.maintenancePending !== false)
    return keep({
      action: "none",
      code: "maintenance-pending",
      reason: "AWS started it and has maintenance waiting; staying up for that",
      nextCheckAt: now + p.checkMs,
    });
  return null;
}

/** A person asked for sleep: waives the idle limit, and with force everything else. */
function requested(view: View): Decision {
  const { o, s, p, now, row, status, keep } = view;
  const request = s.stopRequest;
  if (request === null || now - request.at > p.stopRequestMs)
    return keep({
      action: "refuse",
      code: "stop-refused",
      reason: "a stop that was asked for was not carried out in time and is void",
      by: request?.by ?? "dormouse",
    });
  const blockers: Blocker[] = [];
  if (status !== "available") blockers.push({ kind: "status", what: `RDS reports "${status}": ${row.sentence}` });
  if (status === "available" && o.look === null)
    return keep({
      action: "look",
      code: "stop-requested",
      reason: `${request.by} asked for sleep; looking for other sessions`,
      quietMs: REQUEST_QUIET_MS,
    });
  if (!request.force) {
    if (s.hold !== null && s.hold.until > now)
      blockers.push({ kind: "hold", what: `kept awake until ${clock(s.hold.until, now)} by ${s.hold.by}: ${s.hold.reason}` });
    for (const [id, lease] of liveLeases(s, now))
      blockers.push({ kind: "lease", what: `${id}: ${lease.why}, by ${lease.by}, until ${clock(lease.expiresAt, now)}` });
    if (o.look?.answered && o.look.unseen !== undefined)
      blockers.push({ kind: "outside-session", what: `nobody could tell who is connected (${o.look.unseen})` });
    if (o.look?.answered) for (const session of o.look.sessions) blockers.push({ kind: "outside-session", what: outsideReason([session], now) });
  }
  if (blockers.length > 0 || p.mode === "watch")
    return keep({
      action: "refuse",
      code: "stop-refused",
      reason: `${request.by} asked for sleep; refused: ${blockers.map((b) => b.what).join("; ") || "watch mode touches nothing"}`,
      by: request.by,
      blockers,
      nextCheckAt: now,
    });
  return keep({
    action: "drain",
    code: "stop-requested",
    reason: `${request.by} asked for sleep${request.force ? ", with force" : ""}`,
    phase: "falling-asleep",
    serving: false,
    by: request.by,
    cause: "stop",
    voids: request.force,
    nextCheckAt: now,
  });
}
