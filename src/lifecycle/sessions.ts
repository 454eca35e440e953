/** Sessions that did not come through this platform, and keep the database awake. */
import type { Decision } from "./decision.ts";
import { refused, unseen } from "./refusals.ts";
import type { OutsideSession } from "./state.ts";
import type { View } from "./view.ts";
import { clock } from "./words.ts";

/** Sessions that are open, by this look or the last one: they are named for as long as they last, and looked at each minute, so that their end is known. */
export function outsideKnown(view: View): Decision | null {
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

export function outsideReason(sessions: OutsideSession[], now: number): string {
  const oldest = sessions.reduce((a, b) => (b.since < a.since ? b : a));
  const others = sessions.length > 1 ? `, and ${sessions.length - 1} more` : "";
  return `kept awake by ${oldest.application || "a session without a name"}${oldest.user ? ` (${oldest.user})` : ""}, connected since ${clock(oldest.since, now)}${others}`;
}
