/** Work of the kind `sweep`: for users whom somebody else has chosen, thresholds that time alone makes true, whatever a write has missed, the weekly recap, and the report of the week. */
import { nextDue } from "../database/due.ts";
import { checkThresholds, watchOf } from "../database/thresholds.ts";
import { nextWeekly, tellWeek, weekToReport } from "../database/weekly-recap.ts";
import type { WhileServing } from "../database/while-serving.ts";
import type { Day } from "../finance/day.ts";
import type { Profile } from "../finance/profile.ts";
import { type FanOut, fanOut, listed } from "../jobs/fan-out.ts";
import { Hopeless, type Kind, type Work } from "../jobs/ports.ts";
import type { ChangesStore } from "../notifications/changes.ts";
import { isMade, type MadeReportDeps, madeReport, reportIdOf } from "./made-report.ts";

export interface SweepDeps extends Pick<FanOut, "parts" | "report"> {
  database: WhileServing;
  profiles: { read(sub: string): Promise<Profile> };
  changes: Pick<ChangesStore, "read" | "settle">;
  /** For the reports of weeks. */
  reports: Omit<MadeReportDeps, "now">;
  now(): number;
  newId(): string;
}

const isUsers = (value: unknown): value is string[] => Array.isArray(value) && value.every((each) => typeof each === "string");

/** The earlier of two days. */
const first = (a: Day | null, b: Day | null): Day | null => (a === null || (b !== null && b < a) ? b : a);

/** A look at one user that is done twice tells of nothing twice: each threshold has its row, each week and its report their names. */
export function sweepKind({ database, profiles, changes, reports, parts, report, now, newId }: SweepDeps): Kind {
  async function one(work: Work, sub: string): Promise<null> {
    const profile = await profiles.read(sub);
    // Read before the look: what is written after it is for the next one.
    const seen = await changes.read(sub);
    const lookedAt = now();
    const { due, week } = await database.asUser(sub, async (tx) => {
      const watch = watchOf(profile, { now, newId });
      await checkThresholds(tx, sub, watch, "everything");
      await tellWeek(tx, profile, watch);
      const due = first(await nextDue(tx, sub, watch.calendar, watch.today), await nextWeekly(tx, profile, watch.calendar, watch.today));
      return { due, week: await weekToReport(tx, profile, watch.today) };
    });
    if (week !== null) {
      const id = reportIdOf("weekly-report", sub, week.from);
      if (!(await isMade(reports, sub, id))) await madeReport({ ...reports, now }, work, sub, id, { kind: "weekly", on: week.from, format: "pdf" });
    }
    if (seen !== null) await changes.settle(sub, seen, lookedAt, due);
    return null;
  }
  return (work) => {
    const { users } = work.job.parameters;
    if (!isUsers(users)) throw new Hopeless("it names no users");
    return fanOut(work, { parts, users: listed(users), one: (sub) => one(work, sub), now, report });
  };
}
