/** A stop that a person asked for while awake. */
import type { Blocker, Decision } from "./decision.ts";
import { liveLeases, REQUEST_QUIET_MS } from "./idle.ts";
import type { Policy } from "./policy.ts";
import { outsideReason } from "./sessions.ts";
import type { StopRequest } from "./state.ts";
import type { View } from "./view.ts";
import { clock } from "./words.ts";

/** It was not carried out in time. */
const isVoid = (request: StopRequest, p: Policy, now: number): boolean => now - request.at > p.stopRequestMs;
const VOID = { action: "refuse", code: "stop-refused", reason: "a stop that was asked for was not carried out in time and is void" } as const;

/** Whether a person's force is to be followed although PostgreSQL does not answer. A wake that came after it is newer, and stands. */
export function forced({ s, p, now, status }: View): boolean {
  const request = s.stopRequest;
  if (request === null || !request.force || isVoid(request, p, now)) return false;
  return status === "available" && p.mode === "manage" && (s.wake === null || s.wake.at < request.at);
}

/** A rule that does nothing, as the answer to a person's stop: what keeps it from acting stands against the stop too. */
export function refusedBy(decision: Decision, request: StopRequest, p: Policy, now: number): Decision {
  if (isVoid(request, p, now)) return { ...decision, ...VOID, by: request.by };
  return {
    ...decision,
    action: "refuse",
    code: "stop-refused",
    reason: `${request.by} asked for sleep; refused: ${decision.reason}`,
    by: request.by,
    blockers: [{ kind: decision.code === "blind" ? "outside-session" : "status", what: decision.reason }],
    nextCheckAt: now,
  };
}

/** Why it is not known who is connected; null when it is. */
function notTold({ o: { look } }: View): string | null {
  if (look === null) return null;
  if (!look.answered) return `nobody could tell who is connected (${look.why})`;
  return look.unseen === undefined ? null : `nobody could tell who is connected (${look.unseen})`;
}

/** A person asked for sleep: waives the idle limit, and with force everything else. */
export function requested(view: View): Decision {
  const { o, s, p, now, row, status, keep } = view;
  const request = s.stopRequest;
  if (request === null || isVoid(request, p, now)) return keep({ ...VOID, by: request?.by ?? "dormouse" });
  const blockers: Blocker[] = [];
  const unknown = notTold(view);
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
    if (unknown !== null) blockers.push({ kind: "outside-session", what: unknown });
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
    reason: `${request.by} asked for sleep${request.force ? ", with force" : ""}${unknown === null ? "" : `, though ${unknown}`}`,
    phase: "falling-asleep",
    serving: false,
    by: request.by,
    cause: "stop",
    voids: request.force,
    clearsWake: true,
    nextCheckAt: now,
  });
}
