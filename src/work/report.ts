/** Work of the kind `report`: read in one moment, drawn and uploaded as it is read, told of when it lies there. */

import { tell } from "../database/outbox.ts";
import { asReader, readReport, reportRows } from "../database/report.ts";
import { makeUser } from "../database/users.ts";
import type { WhileServing } from "../database/while-serving.ts";
import { todayIn } from "../finance/periods.ts";
import type { Profile } from "../finance/profile.ts";
import { Hopeless, type Kind } from "../jobs/ports.ts";
import { reportCsv } from "../reports/csv.ts";
import type { ReportData, ReportRow } from "../reports/data.ts";
import { format, localeOf } from "../reports/format.ts";
import { reportPdf } from "../reports/pdf/report.ts";
import { contentTypes, fileNameOf, planReport, type ReportFormat, type ReportPlan, readRequest, reportKey } from "../reports/request.ts";
import { wordsIn } from "../reports/words.ts";
import { reportXlsx } from "../reports/xlsx.ts";
import { meter, watched } from "./watched.ts";

/** Characters that are named in the result. */
const NAMED_MISSING = 100;

/** Where files are put, a part at a time. */
export interface ReportFiles {
  /** Takes all parts in order, no faster than they can be sent; nothing is there when it throws. The version that it became. */
  save(key: string, type: string, parts: AsyncIterable<Uint8Array>): Promise<string>;
}

export interface ReportDeps {
  database: WhileServing;
  profiles: { read(sub: string): Promise<Profile> };
  files: ReportFiles;
  /** Milliseconds. */
  now(): number;
  /** The longest that one statement may take (ms). */
  statementMs: number;
}

/** What a job of the kind `report` has for its result. */
export interface ReportResult {
  v: 1;
  format: ReportFormat;
  key: string;
  versionId: string;
  fileName: string;
  title: string;
  from: string;
  to: string;
  currency: string;
  /** Of entries and bytes; of pages in a PDF only. */
  rows: number;
  bytes: number;
  pages: number | null;
  /** Characters that the fonts lack, as `U+65E5`, and how often. */
  missing: { character: string; count: number }[];
}

interface Drawn {
  rows: number;
  bytes: number;
  pages?: number;
  missing?: readonly { codePoint: number; count: number }[];
}

const drawn = (plan: ReportPlan, data: ReportData, rows: AsyncIterable<ReportRow[]>, madeAt: number): AsyncGenerator<Uint8Array, Drawn, undefined> => {
  const { language, locale, name } = plan;
  if (plan.format === "csv") return reportCsv(data, rows, language);
  if (plan.format === "xlsx") return reportXlsx(data, rows, { language, locale, madeAt });
  return reportPdf(data, rows, { language, locale, name, madeAt });
};

/**
 * May be done twice: the file has the job's id for its name, the second one takes the first one's place, and of one job is told once. A report that is
 * interrupted begins anew: it is a matter of seconds.
 */
export function reportKind({ database, profiles, files, now, statementMs }: ReportDeps): Kind {
  return async (work) => {
    const { id, userId, parameters, createdAt } = work.job;
    if (userId === null) throw new Hopeless("a report is somebody's: this one names no user");
    const request = readRequest(parameters);
    if (request === null) throw new Hopeless("this version of Dormouse can't read what was asked for");
    const profile = await profiles.read(userId);
    const { timeZone } = profile.calendar;
    const madeAt = now();
    const plan = planReport(request, profile, todayIn(timeZone, createdAt), todayIn(timeZone, madeAt));
    const { asked } = plan;
    const key = reportKey({ userId, id }, plan.format);

    const { versionId, file } = await database.use((db) =>
      asReader(db, userId, statementMs, async (tx) => {
        const data = await readReport(tx, userId, asked);
        await work.goOn({ progress: { done: 0, total: data.rows } });
        let file: Drawn | undefined;
        const parts = async function* () {
          const { read } = meter(work, data.rows);
          file = yield* drawn(plan, data, watched(read, reportRows(tx, userId, asked.period, asked.currency)), madeAt);
        };
        const saved = await files.save(key, contentTypes[plan.format], parts());
        if (file === undefined) throw new Error("a file was kept before its end");
        return { versionId: saved, file };
      }),
    );
    const words = wordsIn(plan.language);
    const say = format(localeOf(plan.language, plan.locale), asked.currency);
    const title = `${words.title[asked.kind]}, ${say.period(asked.period)}`;
    const { from, to } = asked.period;
    await database.asUser(userId, async (tx) => {
      // The user's row is what the message hangs on; a user without entries has none yet.
      await makeUser(tx, userId);
      await tell(tx, userId, [{ id, kind: "report-ready", payload: { v: 1, reportId: id, name: title, from, to } }], madeAt);
    });
    const result: ReportResult = {
      v: 1,
      format: plan.format,
      key,
      versionId,
      fileName: fileNameOf(plan),
      title,
      from,
      to,
      currency: asked.currency,
      rows: file.rows,
      bytes: file.bytes,
      pages: file.pages ?? null,
      missing: (file.missing ?? [])
        .slice(0, NAMED_MISSING)
        .map(({ codePoint, count }) => ({ character: `U+${codePoint.toString(16).toUpperCase().padStart(4, "0")}`, count })),
    };
    return { result };
  };
}
