/** What AWS, or a person in AWS, does to the instance, and how the phase follows. */
import type { Decision } from "./decision.ts";
import type { View } from "./view.ts";

/** Somebody else started it: AWS after the maximum stopped time, or a person in AWS. */
export function startedByOthers({ o, s, p, now, keep }: View): Decision {
  // A running instance shows no restart time, so the one that was noted while it was stopped decides; no event is needed.
  const due = s.automaticRestartAt ?? o.automaticRestartAt;
  const found = s.rdsStatus === "unknown";
  const byAws = !found && due !== null && now >= due - p.slackMs;
  return keep({
    action: "follow",
    code: byAws ? "started-by-aws" : "started-in-aws",
    reason: found
      ? "found running at the first look"
      : byAws
        ? "AWS started the instance by itself, after 7 days of sleep"
        : "someone started the instance in AWS",
    phase: "waking",
    serving: false,
    startedBy: found ? "found" : byAws ? "aws" : "outside",
    by: found ? "dormouse" : byAws ? "aws" : "aws-console",
    cause: "aws",
    nextCheckAt: now,
  });
}

/** A stop made in AWS is respected: what was wanted before it is void; an intent from after the last look that saw it up may be newer, and stays. */
export function stoppedInAws({ s, p, now, row, keep }: View): Decision {
  // Up until the last look that PostgreSQL answered: the status may have gone on saying "available" for a while.
  const newer = s.wake !== null && s.wake.at + p.slackMs > (s.probeFailedSince ?? s.observedAt ?? 0);
  const stopped = row.kind === "stopped";
  return keep({
    action: "follow",
    code: "stopped-in-aws",
    reason: newer ? "someone stopped the instance in AWS; a newer wake brings it back" : "someone stopped the instance in AWS; older wakes and leases are void",
    phase: newer ? "waking" : stopped ? "asleep" : "falling-asleep",
    serving: false,
    voids: true,
    clearsWake: !newer,
    by: "aws-console",
    cause: "aws",
    nextCheckAt: newer ? now : stopped ? null : now + p.lookMs,
  });
}
