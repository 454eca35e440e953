/** Work of the kind `monthly`: a month's report for every user who entered something in it, each once, however many runs there are. */
import type { Tx } from "../database/users.ts";
import type { WhileServing } from "../database/while-serving.ts";
import { monthOf, todayIn } from "../finance/periods.ts";
import type { Profile } from "../finance/profile.ts";
import { type FanOut, fanOut, type SharedParts } from "../jobs/fan-out.ts";
import { partsOf, readMonthly } from "../jobs/monthly.ts";
import { Hopeless, type Kind } from "../jobs/ports.ts";
import { planReport, type ReportRequest } from "../reports/request.ts";
import { isMade, type MadeReportDeps, madeReport, reportIdOf } from "./made-report.ts";

export interface MonthlyDeps extends Pick<FanOut, "report"> {
  /** As the application, which sees one user at a time. */
  database: Pick<WhileServing, "asUser">;
  /** By the role that may see who there is. */
  users(): Promise<FanOut["users"]>;
  profiles: { read(sub: string): Promise<Profile> };
  jobs: FanOut["parts"] & MadeReportDeps["jobs"] & { between: SharedParts["between"] };
  /** The work of a report. */
  make: MadeReportDeps["make"];
  now(): number;
}

export const monthlyReportId = (sub: string, month: string): string => reportIdOf("monthly-report", sub, month);

async function wasThere(tx: Tx, sub: string, by: number): Promise<boolean> {
  const row = await tx.selectFrom("users").select("id").where("id", "=", sub).where("created_at", "<=", new Date(by)).executeTakeFirst();
  return row !== undefined;
}

async function hasEntries(tx: Tx, sub: string, { from, to }: { from: string; to: string }): Promise<boolean> {
  const first = tx.selectFrom("expenses").select("id").where("user_id", "=", sub).where("occurred_on", ">=", from).where("occurred_on", "<=", to).limit(1);
  return (await first.executeTakeFirst()) !== undefined;
}

/**
 * A month is a user's to report once it is over by their own calendar. The report is a job in its user's own list, put when it is done, so that it is shown,
 * told of and downloaded as if they had asked for it. Killed before that, it is made again under the same name; after it, it is there.
 */
export function monthlyKind({ database, users, profiles, jobs, make, report, now }: MonthlyDeps): Kind {
  return async (work) => {
    const asked = readMonthly(work.job.parameters);
    if (asked === null) throw new Hopeless("this version of Dormouse can't read which month it is for");
    const { month, madeBy } = asked;
    const request: ReportRequest = { kind: "monthly", month, format: "pdf" };

    async function wants(sub: string): Promise<boolean> {
      const { calendar } = await profiles.read(sub);
      if (monthOf(todayIn(calendar.timeZone, now())) <= month) return false;
      return madeBy === null || database.asUser(sub, (tx) => wasThere(tx, sub, madeBy));
    }

    async function one(sub: string): Promise<{ report: string | null }> {
      const id = monthlyReportId(sub, month);
      if (await isMade({ jobs }, sub, id)) return { report: id };
      const profile = await profiles.read(sub);
      const today = todayIn(profile.calendar.timeZone, now());
      const { period } = planReport(request, profile, today, today).asked;
      if (!(await database.asUser(sub, (tx) => hasEntries(tx, sub, period)))) return { report: null };
      await madeReport({ jobs, make, now }, work, sub, id, request);
      return { report: id };
    }

    const shared = { owner: partsOf(month), between: jobs.between };
    const ending = await fanOut(work, { parts: jobs, users: await users(), shared, wants, one, now, report });
    if (!("result" in ending)) return ending;
    const { done, failed } = ending.result as { done: number; failed: number };
    return { result: { month, processed: done, failed } };
  };
}
