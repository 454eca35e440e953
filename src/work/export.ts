/** Work of the kind `export`: read in one moment, written and uploaded as it is read. */
import { balanceRows, entryRows, rateRows, readSmall, whereOf } from "../database/export.ts";
import { asReader } from "../database/report.ts";
import type { WhileServing } from "../database/while-serving.ts";
import { exportBeancount } from "../exports/beancount.ts";
import { exportCsv } from "../exports/csv.ts";
import type { ExportedProfile, ExportedReceipt, ExportSource, Writing, Written } from "../exports/document.ts";
import { exportJson } from "../exports/json.ts";
import { exportOfx } from "../exports/ofx.ts";
import { EXPORT_KEPT_MS, type ExportFormat, exportFileName, exportKey, exportTypes, isEverything, readExportRequest } from "../exports/request.ts";
import { todayIn } from "../finance/periods.ts";
import type { Profile } from "../finance/profile.ts";
import { Hopeless, type Kind } from "../jobs/ports.ts";
import type { Place } from "../receipts/ports.ts";
import type { Receipt } from "../receipts/receipt.ts";
import type { ReportFiles } from "./report.ts";
import { meter, watched } from "./watched.ts";

/** Receipts read at once. */
const RECEIPTS_A_PAGE = 200;

export interface ExportDeps {
  database: WhileServing;
  profiles: { read(sub: string): Promise<Profile> };
  receipts: { list(userId: string, limit: number, after: Place | null): Promise<{ receipts: Receipt[]; next: Place | null }> };
  files: ReportFiles;
  /** Milliseconds. */
  now(): number;
  /** The longest that one statement may take (ms). */
  statementMs: number;
}

/** What a job of the kind `export` has for its result. */
export interface ExportResult {
  v: 1;
  format: ExportFormat;
  everything: boolean;
  key: string;
  versionId: string;
  fileName: string;
  /** Entries. */
  rows: number;
  bytes: number;
  /** Until when the file can be got (milliseconds). */
  keptUntil: number;
}

const writers: Readonly<Record<ExportFormat, (source: ExportSource) => Writing>> = {
  json: exportJson,
  csv: exportCsv,
  beancount: exportBeancount,
  ofx: exportOfx,
};

const profileOf = ({ sub, name, email, displayCurrency, locale, calendar, notifications, largeExpense, weeklyReport }: Profile): ExportedProfile => ({
  sub,
  name,
  email,
  displayCurrency,
  locale,
  timeZone: calendar.timeZone,
  calendar: [...calendar.changes],
  notifications,
  largeExpense,
  weeklyReport,
});

/** Those that have a file, newest first. They lie outside the database: as they are when their turn comes. */
async function* receiptRows({ receipts }: ExportDeps, user: string): AsyncGenerator<ExportedReceipt[], void, undefined> {
  let after: Place | null = null;
  do {
    const page: { receipts: Receipt[]; next: Place | null } = await receipts.list(user, RECEIPTS_A_PAGE, after);
    yield page.receipts
      .filter(({ state }) => state === "ready")
      .map(({ id, fileName, contentType, size, createdAt }) => ({ id, fileName, contentType, bytes: size, createdAt: new Date(createdAt).toISOString() }));
    after = page.next;
  } while (after !== null);
}

/**
 * May be done twice: the file has the job's id for its name, the second one takes the first one's place. An export that is interrupted begins anew, so that
 * whatever is in a file was there at one moment; the part that was sent is no file, and the bucket forgets it.
 */
export function exportKind(deps: ExportDeps): Kind {
  const { database, profiles, files, now, statementMs } = deps;
  return async (work) => {
    const { id, userId, parameters } = work.job;
    if (userId === null) throw new Hopeless("an export is somebody's: this one names no user");
    const request = readExportRequest(parameters);
    if (request === null) throw new Hopeless("this version of Dormouse can't read what was asked for");
    const profile = await profiles.read(userId);
    const madeAt = now();
    const key = exportKey({ userId, id }, request.format);

    const { versionId, file } = await database.use((db) =>
      asReader(db, userId, statementMs, async (tx) => {
        const where = await whereOf(tx, userId, request.filter);
        const small = await readSmall(tx, userId, where);
        const total = small.statements.reduce((sum, { entries }) => sum + entries, 0);
        await work.goOn({ progress: { done: 0, total } });
        const { alive, read } = meter(work, total);
        const source: ExportSource = {
          madeAt,
          filter: Object.fromEntries(Object.entries(request.filter).filter(([, value]) => value !== undefined)),
          profile: profileOf(profile),
          ...small,
          rates: () => watched(alive, rateRows(tx, userId)),
          balances: () => watched(alive, balanceRows(tx, userId)),
          receipts: () => watched(alive, receiptRows(deps, userId)),
          expenses: (of) => watched(read, entryRows(tx, where, of ?? null)),
        };
        let file: Written | undefined;
        const parts = async function* () {
          file = yield* writers[request.format](source);
        };
        const saved = await files.save(key, exportTypes[request.format], parts());
        if (file === undefined) throw new Error("a file was kept before its end");
        if (file.rows !== total) throw new RangeError(`the file has ${file.rows} entries, and there are ${total}`);
        return { versionId: saved, file };
      }),
    );
    const result: ExportResult = {
      v: 1,
      format: request.format,
      everything: isEverything(request),
      key,
      versionId,
      fileName: exportFileName(request, todayIn(profile.calendar.timeZone, madeAt)),
      rows: file.rows,
      bytes: file.bytes,
      keptUntil: madeAt + EXPORT_KEPT_MS,
    };
    return { result };
  };
}
