/** The rules of the fence: drain, window, and what takes it down. */
import type { Decision } from "./decision.ts";
import { liveWake, outsideUse, REQUEST_QUIET_MS } from "./idle.ts";
import { startedByOthers } from "./others.ts";
import type { Policy } from "./policy.ts";
import type { DatabaseState } from "./state.ts";
import { isKnown } from "./statuses.ts";
import { untoldAgainst } from "./untold.ts";
import { lookAgainAt, type View } from "./view.ts";
import { clock } from "./words.ts";

export function whenFalling(view: View): Decision {
  const { s } = view;
  if (s.stop === null) return withoutFence(view);
  return s.stop.stage === "drain" ? draining(view) : inWindow(view);
}

/** Somebody in AWS stops it. */
function withoutFence(view: View): Decision {
  const { o, row, stale, now, keep } = view;
  const soon = lookAgainAt(view);
  if (row.kind === "stopped")
    return keep({
      action: "follow",
      code: "stopped",
      reason: "the instance has stopped",
      phase: "asleep",
      serving: false,
      by: "aws-console",
      cause: "aws",
      nextCheckAt: now,
    });
  if (row.kind === "stopping" || stale) return keep({ action: "none", code: "stopping", reason: "the instance is stopping", nextCheckAt: soon });
  if (row.kind === "starting") return startedByOthers(view);
  if (o.look === null) return keep({ action: "look", code: "stopping", reason: "RDS says that it is up; asking PostgreSQL" });
  if (!o.look.answered) return keep({ action: "none", code: "not-answering", reason: "PostgreSQL does not answer", nextCheckAt: soon });
  return keep({ action: "serve", code: "serving", reason: "PostgreSQL answers", phase: "awake", serving: true, clearsWake: true, nextCheckAt: now });
}

/**
 * From outside nobody can ask PostgreSQL, and where RDS tells nothing either, what was known stays: the database that this drain was raised over served, and
 * nothing has been sent to it. Whoever pressed meanwhile has what they wanted. By force a drain may also be raised over one that does not serve.
 */
export const wasServed = (s: DatabaseState, p: Policy): boolean => p.probe === "metrics" && s.stop?.stage === "drain" && !s.stop.force;

/** Nothing has been sent: a wake undoes the drain at once, and so does everything that a stop could not follow. */
function draining(view: View): Decision {
  const { o, s, p, now, status, row, keep } = view;
  const stop = s.stop;
  if (stop === null) return withoutFence(view);
  const wake = liveWake(s, now);
  const undo = (code: Decision["code"], reason: string, by?: string): Decision => {
    if (!isKnown(status) && wasServed(s, p))
      return keep({ action: "lift", code, reason, phase: "awake", serving: true, clearsWake: true, nextCheckAt: now + p.lookMs, ...(by ? { by } : {}) });
    if (o.look === null) return keep({ action: "look", code, reason });
    // The fence is down either way; serving needs an answer.
    if (!o.look.answered)
      return keep({ action: "lift", code, reason: `${reason}; PostgreSQL does not answer (${o.look.why})`, phase: "awake", nextCheckAt: now + p.lookMs });
    return keep({ action: "lift", code, reason, phase: "awake", serving: true, clearsWake: true, nextCheckAt: now, ...(by ? { by } : {}) });
  };
  if (row.kind === "stopped" || row.kind === "stopping") {
    // Not ours: nothing was sent yet. Somebody in AWS was faster.
    return keep({
      action: "follow",
      code: "stopped-in-aws",
      reason: "someone stopped the instance in AWS",
      phase: wake ? "waking" : row.kind === "stopped" ? "asleep" : "falling-asleep",
      by: "aws-console",
      cause: "aws",
      nextCheckAt: now + p.lookMs,
    });
  }
  if (wake !== null) return undo("wake-during-drain", `${wake.by} asked for it before it was stopped`, wake.by);
  if (status !== "available") return undo("not-stoppable", `RDS reports "${status}": ${row.sentence}`);
  if (p.mode === "watch") return undo("watch-would-stop", "watch mode touches nothing: the drain is taken back");
  if (stop.drainUntil === null) return keep({ action: "none", code: "draining", reason: stop.reason, nextCheckAt: now + p.drainMs });
  // The clock that counts the drain may end it; another's may be ahead. And whoever counts it tidies then: to another run that would be somebody's session.
  const end = stop.drainUntil + (o.runner === stop.runner ? 0 : p.slackMs + p.tidyMs);
  if (now < end) return keep({ action: "none", code: "draining", reason: stop.reason, nextCheckAt: end });
  const quietMs = stop.code === "idle-limit" ? p.idleMs : REQUEST_QUIET_MS;
  if (o.look === null) return keep({ action: "look", tidy: true, code: "draining", reason: stop.reason, quietMs });
  // A person's force waives knowing, too.
  if (!stop.force) {
    if (!o.look.answered) return undo("blind", `the probe could not look (${o.look.why}); not knowing is no reason to stop`);
    if (o.look.unseen !== undefined) return undo("blind", `nobody could tell who is connected (${o.look.unseen}); not knowing is no reason to stop`);
    const first = o.look.sessions[0];
    if (first !== undefined)
      return undo("outside-session", `${first.application || "a session without a name"}${first.user ? ` (${first.user})` : ""} has come since`);
  }
  // A short one has come and gone: idle runs from now. A person who asked for sleep waives that.
  if (stop.code === "idle-limit" && outsideUse(o.look, s, now, o.unrecorded).outside?.at === now)
    return undo("outside-session", "a session that did not come through Dormouse was there since the last look");
  const untold = untoldAgainst(view, stop);
  if (untold !== null) return undo("untold", untold);
  return keep({ action: "stop", code: stop.code as Decision["code"], reason: stop.reason, serving: false, by: stop.by, nextCheckAt: now });
}

/** A StopDBInstance may be on its way. Only a running status after the window, its timeout, the clocks' difference and RDS's staleness takes the fence down. */
function inWindow(view: View): Decision {
  const { o, s, p, now, row, keep } = view;
  const stop = s.stop;
  if (stop === null) return withoutFence(view);
  const soon = now + p.lookMs;
  if (row.kind === "stopping") return keep({ action: "none", code: "stopping", reason: stop.reason, nextCheckAt: soon });
  if (row.kind === "stopped")
    return keep({ action: "follow", code: "stopped", reason: stop.reason, phase: "asleep", serving: false, by: stop.by, nextCheckAt: now });
  const over = (stop.stopBefore ?? stop.startedAt) + p.stopTimeoutMs + p.slackMs + p.staleMs;
  if (now <= over) return keep({ action: "none", code: "stop-sent", reason: `${stop.reason}; waiting for RDS to show the stop`, nextCheckAt: soon });
  if (row.kind === "starting") return startedByOthers(view);
  const reason = `the stop of ${clock(stop.stopBefore ?? now, now)} did not happen${s.lastAction?.error ? ` (${s.lastAction.error})` : ""}`;
  if (o.look === null) return keep({ action: "look", code: "stop-lost", reason });
  if (!o.look.answered)
    return keep({ action: "lift", code: "stop-lost", reason: `${reason}; PostgreSQL does not answer (${o.look.why})`, phase: "awake", nextCheckAt: soon });
  return keep({ action: "lift", code: "stop-lost", reason, phase: "awake", serving: true, clearsWake: true, nextCheckAt: now });
}
