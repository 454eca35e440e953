/** A stop that a person asked for while awake. */
import type { Blocker, Decision } from "./decision.ts";
import { liveLeases, REQUEST_QUIET_MS } from "./idle.ts";
import { outsideReason } from "./sessions.ts";
import type { View } from "./view.ts";
import { clock } from "./words.ts";

/** A person asked for sleep: waives the idle limit, and with force everything else. */
export function requested(view: View): Decision {
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
