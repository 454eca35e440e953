/** While awake, past the limit: a "no" is said aloud, because after hours of it somebody should know. */
import type { Decision } from "./decision.ts";
import type { View } from "./view.ts";
import { clock } from "./words.ts";

/** The limit has passed and something else stands against the stop. */
export function refused({ s, p, now, keep, row, status }: View, code: Decision["code"], reason: string, nextCheckAt: number): Decision {
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

/** The database is up and serves, but who is connected could not be told. */
export function unseen(view: View, why: string): Decision {
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
export function blindness({ s, p, now }: View, why: string): Pick<Decision, "attention"> | Record<string, never> {
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
