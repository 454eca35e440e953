/** The dry run: reads the file row by row into PostgreSQL, and finds what is there already. Nothing of it counts yet. */
import { findAccount } from "../database/accounts.ts";
import { clearMatches, daysOf, matchFitIds, readChoices, readPart, type Staged, stageRows, writeMatches } from "../database/import-rows.ts";
import { beginReading, countRows, holdRun, type ImportState, writeImport } from "../database/imports.ts";
import { lastDay } from "../finance/day.ts";
import { matchPart, partsFor } from "../imports/matching.ts";
import { type Opened, openFile } from "../imports/read.ts";
import { isBad, type ReadRow } from "../imports/row.ts";
import { lastChosen, merchantKey } from "../imports/text.ts";
import type { StepEnding, StepWork } from "./import.ts";

/** Rows in one transaction. */
const BATCH = 2000;

/** Rows in batches, each with its number in the file from 1. */
async function* batches(rows: AsyncIterable<ReadRow>, size: number): AsyncGenerator<{ n: number; row: ReadRow }[]> {
  let batch: { n: number; row: ReadRow }[] = [];
  let n = 0;
  for await (const row of rows) {
    batch.push({ n: ++n, row });
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

const unreadable = (reason: string): StepEnding => ({ outcome: { state: "unreadable", reason } });

export async function check(it: StepWork): Promise<StepEnding> {
  const { user, asked, work, deps } = it;
  const { importId, accountId, versionId } = asked;
  const owned = { userId: user, id: importId };
  const account = await deps.database.asUser(user, (tx) => findAccount(tx, user, accountId));
  if (account === null) return unreadable("The account is not one of yours.");
  const bytes = versionId === null ? null : await deps.bytes(owned, versionId);
  if (bytes === null) return unreadable("The file is not there any more. Upload it again.");
  // By the moment at which it was asked for, so that it is read the same way each time.
  const into = { currency: account.currency, account: account.type, until: lastDay(work.job.createdAt) };
  try {
    const file = await openFile(asked.format, bytes, asked.said, into);
    return file.ok ? await readAll(it, file) : unreadable(`The file ${file.why}.`);
  } finally {
    bytes.destroy?.();
  }
}

async function readAll(it: StepWork, file: Extract<Opened, { ok: true }>): Promise<StepEnding> {
  const { user, asked, deps } = it;
  const { importId } = asked;
  const begun = await deps.database.asUser(user, async (tx) => ({
    held: await beginReading(tx, user, asked, deps.now()),
    chosen: lastChosen(await readChoices(tx, user)),
  }));
  if (begun.held.state === "reading") {
    const done = await stage(it, file.rows, begun.held.doneTo, begun.chosen);
    if (!done) return { handOn: {} };
    await matchRows(it, "reading");
  }
  const counts = await deps.database.asUser(user, async (tx) => {
    if (begun.held.state === "reading") await holdRun(tx, user, asked, "reading");
    const counted = await countRows(tx, user, importId);
    await writeImport(tx, user, importId, { state: "read", counts: counted }, deps.now());
    return counted;
  });
  if (counts.rows === 0) return unreadable("The file has no rows.");
  return { outcome: { state: "checked", how: file.how, counts } };
}

/** Brings the rows behind `doneTo` into the database; false: the runner's time is over. */
async function stage({ user, asked, work, deps }: StepWork, rows: AsyncGenerator<ReadRow>, doneTo: number, chosen: ReadonlyMap<string, string>) {
  try {
    for await (const batch of batches(rows, deps.batchRows ?? BATCH)) {
      const last = batch.at(-1)?.n ?? 0;
      if (last <= doneTo) continue;
      if (work.isLate()) return false;
      const staged = batch.map(({ n, row }): Staged => {
        if (isBad(row)) return { n, row, expenseId: null, categoryId: null };
        // A file of Dormouse's own says which category it was, or that it had none.
        const guessed = row.own === undefined && row.kind !== "transfer";
        const categoryId = guessed ? (chosen.get(merchantKey(row.merchant)) ?? null) : null;
        return { n, row, expenseId: deps.newId(), categoryId };
      });
      await deps.database.asUser(user, async (tx) => {
        await holdRun(tx, user, asked, "reading");
        await stageRows(tx, user, asked, staged);
        await writeImport(tx, user, asked.importId, { doneTo: last }, deps.now());
      });
      await work.goOn({ progress: { done: last, total: null } });
    }
    return true;
  } finally {
    // Whoever stops early lets go of the file.
    await rows.return(undefined);
  }
}

/** Finds what is there already, part by part, each in a transaction of its own; done again it begins anew. */
export async function matchRows({ user, asked, work, deps }: StepWork, state: Extract<ImportState, "reading" | "committing">): Promise<void> {
  const { importId, accountId } = asked;
  const { days, taken } = await deps.database.asUser(user, async (tx) => {
    await holdRun(tx, user, asked, state);
    await clearMatches(tx, user, importId);
    return { taken: await matchFitIds(tx, user, importId, accountId), days: await daysOf(tx, user, importId) };
  });
  if (days === null) return;
  const of = partsFor(days.rows);
  for (let at = 0; at < of; at++) {
    await work.goOn();
    await deps.database.asUser(user, async (tx) => {
      await holdRun(tx, user, asked, state);
      const { rows, entries, others } = await readPart(tx, user, importId, accountId, { at, of, days });
      await writeMatches(
        tx,
        user,
        importId,
        matchPart(
          rows,
          entries.filter(({ id }) => !taken.has(id)),
          others,
          days,
        ),
      );
      await writeImport(tx, user, importId, {}, deps.now());
    });
  }
}
