/** The rules while asleep and while waking. */
import type { Decision } from "./decision.ts";
import { firstLookAfter } from "./estimate.ts";
import { liveWake } from "./idle.ts";
import { startedByOthers, stoppedInAws } from "./others.ts";
import type { DatabaseState } from "./state.ts";
import { statusRow } from "./statuses.ts";
import { expired, lookAgainAt, sentInThisWake, type View } from "./view.ts";
import { clock, span } from "./words.ts";

const CAUSES: Record<string, string> = { button: "pressed the button", request: "sent a request", hold: "keeps it awake", job: "has work for it" };

export function whenAsleep(view: View): Decision {
  const { s, p, now, row, stale, keep } = view;
  const wake = liveWake(s, now);
  switch (row.kind) {
    case "stopped":
      if (wake !== null) return start(view);
      if (s.wake !== null) return expired(view);
      // A wake that was given up stays said until somebody asks again.
      return keep({
        action: "none",
        code: s.code === "wake-expired" ? "wake-expired" : "asleep",
        reason: s.code === "wake-expired" ? s.reason : "asleep; nobody asked for it",
        // AWS may be late with its own start: looked for each minute then, not without a pause.
        nextCheckAt: s.automaticRestartAt === null ? null : Math.max(s.automaticRestartAt, now + 60_000),
        patient: true,
        attention: row.doThis ? { code: view.status, what: row.sentence, doThis: row.doThis } : s.attention?.code === "wake-expired" ? s.attention : null,
      });
    case "stopping":
      if (wake !== null) return keep({ action: "none", code: "still-stopping", reason: "the instance is still stopping", nextCheckAt: now + p.lookMs });
      // What was seen stopped can't be stopping a moment later: an instance is stopped from `available` only.
      if (stale || now - s.phaseSince <= p.staleMs)
        return keep({ action: "none", code: "status-stale", reason: "the status may be older than our stop", nextCheckAt: now + p.lookMs });
      return keep({
        action: "follow",
        code: "stopped-in-aws",
        reason: "someone is stopping the instance in AWS",
        phase: "falling-asleep",
        by: "aws-console",
        cause: "aws",
        nextCheckAt: now + p.lookMs,
      });
    default:
      if (stale && s.lastAction?.kind === "stop")
        return keep({ action: "none", code: "status-stale", reason: "the status may be older than our stop", nextCheckAt: now + p.lookMs });
      return startedByOthers(view);
  }
}

function start(view: View): Decision {
  const { s, p, now, keep } = view;
  const wake = liveWake(s, now);
  const by = wake?.by ?? "dormouse";
  const why = `${by} ${CAUSES[wake?.cause ?? ""] ?? "asked for it"}`;
  if (p.mode === "watch")
    return keep({ action: "would-start", code: "watch-would-start", reason: `would have started at ${clock(now, now)}: ${why}`, by, clearsWake: true });
  // A stop whose sender was frozen may still come: not before its time is over would it find an instance that serves.
  const last = s.lastAction;
  const over = last?.kind === "stop" && !last.answered ? last.at + p.stopWindowMs + p.stopTimeoutMs + p.slackMs : 0;
  if (now < over) return keep({ action: "none", code: "still-stopping", reason: "a stop may still be on its way; it starts right after", nextCheckAt: over });
  const sent = sentInThisWake(s);
  const refused = refusal(sent);
  const error = sent?.error ? ` (${sent.error})` : "";
  return keep({
    action: "start",
    code: refused ?? (sent === null ? "wake-intent" : "start-retry"),
    reason:
      sent === null
        ? why
        : refused === null
          ? `the start of ${clock(sent.at, now)} has not shown${error}; sent again (${why})`
          : `AWS refused the start of ${clock(sent.at, now)}${error}; sent again (${why})`,
    // What was wrong before it was sent again is wrong until something changes.
    ...(sent === null ? {} : { attention: refused === "no-capacity" ? NO_CAPACITY : slow(view) }),
    phase: "waking",
    serving: false,
    startedBy: "user",
    by,
    cause: wake?.cause ?? "wake",
    // Answered by a look at once: a lost reply is not a refusal.
    nextCheckAt: now,
  });
}

const NO_CAPACITY = {
  code: "no-capacity",
  what: "AWS has no capacity for this instance's class in its zone at the moment.",
  doThis: "Dormouse goes on trying. A stopped instance can't change its class: if it lasts, restore the newest snapshot to another class or zone.",
};

/** How AWS refused the start that was sent; null when it did not, or nobody heard: an answer that was lost is no refusal. */
function refusal(sent: DatabaseState["lastAction"]): "no-capacity" | "start-refused" | null {
  if (sent === null || sent.error === null) return null;
  if (/InsufficientDBInstanceCapacity/.test(sent.error)) return "no-capacity";
  return sent.answered ? "start-refused" : null;
}

export function whenWaking(view: View): Decision {
  const { o, s, p, now, row, stale, keep } = view;
  const wake = liveWake(s, now);
  const soon = lookAgainAt(view);
  // RDS stops an instance only when it is available: `stopped` right after `starting` can only be an old status.
  const before = statusRow(s.rdsStatus).kind;
  const seenUp = before === "running" || (before === "starting" && row.kind === "stopping");

  if (row.kind === "running") {
    if (o.look === null) return keep({ action: "look", code: "not-answering", reason: "RDS says it is up; asking PostgreSQL" });
    if (o.look.answered) return serve(view, wake?.by);
    if (s.wake !== null && wake === null) return expired(view);
    return keep({
      action: "none",
      code: "not-answering",
      reason: `RDS says "${view.status}", and PostgreSQL does not answer yet (${o.look.why})`,
      nextCheckAt: soon,
      attention: slow(view),
    });
  }
  if (row.kind === "starting") {
    if (s.wake !== null && wake === null) return expired(view);
    const first = s.lastAction?.kind === "start" ? firstLookAfter(s) : null;
    return keep({
      action: "none",
      code: "starting",
      reason: "the instance is starting",
      nextCheckAt: first !== null && first > soon ? first : soon,
      attention: slow(view),
    });
  }
  if (row.kind === "stopping") {
    if (!stale && seenUp) return stoppedInAws(view);
    return keep({
      action: "none",
      code: "still-stopping",
      reason: "the instance is still stopping; it starts right after",
      nextCheckAt: soon,
      attention: slow(view),
    });
  }
  // stopped
  if (!stale && seenUp && row.doThis === undefined) return stoppedInAws(view);
  if (wake === null) {
    if (s.wake !== null) return expired(view);
    if (stale && s.lastAction?.kind === "start")
      return keep({ action: "none", code: "status-stale", reason: "the status may be older than our start", nextCheckAt: soon });
    return keep({ action: "follow", code: "stopped", reason: "the instance is stopped, and nobody asks for it", phase: "asleep", serving: false });
  }
  const sent = sentInThisWake(s);
  if (sent === null) return start(view);
  const wait = Math.min(p.staleMs, p.lookMs * 2 ** Math.min(sent.attempts, 5)) * (1 + o.jitter / 2);
  if (now - sent.at < wait) {
    const refused = refusal(sent);
    return keep({
      action: "none",
      code: refused ?? "starting",
      reason:
        refused !== null
          ? `AWS answered the start with ${sent.error}; tried again at ${clock(sent.at + wait, now)}`
          : sent.error !== null
            ? `the start of ${clock(sent.at, now)} got no answer (${sent.error}); RDS does not show it yet`
            : "the start was sent; RDS does not show it yet",
      nextCheckAt: Math.min(soon, Math.ceil(sent.at + wait)),
      attention: refused === "no-capacity" ? NO_CAPACITY : slow(view),
    });
  }
  return start(view);
}

function serve({ s, now, keep }: View, by: string | undefined): Decision {
  const lasted = now - (s.wake?.at ?? s.phaseSince);
  return keep({
    action: "serve",
    code: "serving",
    reason: `awake after ${span(lasted)}`,
    phase: "awake",
    serving: true,
    clearsWake: true,
    ...(by ? { by } : {}),
    nextCheckAt: now,
  });
}

/** Attention for a wake that takes far longer than any before. */
function slow({ s, p, now, row, status }: View): Decision["attention"] {
  const since = s.wake?.at ?? s.phaseSince;
  const longest = Math.max(0, ...s.wakeSeconds) * 1000;
  const limit = longest > 0 ? Math.max(3 * longest, longest + 2 * 60_000) : p.firstWakeAttentionMs;
  if (now - since <= limit) return row.doThis ? { code: status, what: row.sentence, doThis: row.doThis } : null;
  const before = longest > 0 ? `; the slowest before took ${span(longest)}` : "";
  return {
    code: "wake-slow",
    what: `This wake has taken ${span(now - since)}${before}. RDS reports "${status}".`,
    doThis: "Look at the instance's events in RDS. Dormouse goes on waiting.",
  };
}
