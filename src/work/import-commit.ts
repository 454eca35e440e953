/** The commit: what the dry run has found becomes expenses. */
import { findAccount } from "../database/accounts.ts";
import { commitRows, makeCategories } from "../database/import-commit.ts";
import { beginCommitting, countRows, holdRun, UNMATCHED, writeImport } from "../database/imports.ts";
import { checkThresholds, watchOf } from "../database/thresholds.ts";
import type { Counts } from "../imports/import.ts";
import { Hopeless } from "../jobs/ports.ts";
import type { StepEnding, StepWork } from "./import.ts";
import { matchRows } from "./import-check.ts";

/** Rows in one transaction. */
const BATCH = 5000;
/** Until another import into the account has ended (ms). */
const PAUSE_MS = 5000;

export async function commit(it: StepWork): Promise<StepEnding> {
  const { user, asked, work, deps } = it;
  const { importId, accountId } = asked;
  const begun = await deps.database.asUser(user, async (tx) => {
    const held = await beginCommitting(tx, user, asked, deps.now());
    return held === null ? null : { held, counts: await countRows(tx, user, importId), account: await findAccount(tx, user, accountId) };
  });
  if (begun === null) return { handOn: work.job.cursor, pauseMs: PAUSE_MS };
  // Killed between the last transaction and the item.
  if (begun.held.state === "committed") return { outcome: { state: "committed", counts: begun.held.counts as unknown as Counts } };
  if (begun.account === null) throw new Hopeless("the account is not there any more");

  let { doneTo } = begun.held;
  if (doneTo === UNMATCHED) {
    // Between the dry run and now there may have been another import of the same days.
    await matchRows(it, "committing");
    await deps.database.asUser(user, async (tx) => {
      await holdRun(tx, user, asked, "committing");
      await makeCategories(tx, user, importId, deps.newId);
      await writeImport(tx, user, importId, { doneTo: 0 }, deps.now());
    });
    doneTo = 0;
  }
  const total = begun.counts.rows;
  while (doneTo < total) {
    if (work.isLate()) return { handOn: null };
    const to = Math.min(doneTo + (deps.batchRows ?? BATCH), total);
    await deps.database.asUser(user, async (tx) => {
      const held = await holdRun(tx, user, asked, "committing");
      await commitRows(tx, user, accountId, { importId, above: held.doneTo, to });
      await writeImport(tx, user, importId, { doneTo: to }, deps.now());
    });
    doneTo = to;
    await work.goOn({ progress: { done: to, total } });
  }
  const profile = await deps.profiles.read(user);
  await deps.raise(user, deps.now());
  const counts = await deps.database.asUser(user, async (tx) => {
    await holdRun(tx, user, asked, "committing");
    const counted = await countRows(tx, user, importId);
    await writeImport(tx, user, importId, { state: "committed", counts: counted }, deps.now());
    // Only what runs now is looked at, and all of it is one message: an import of ten years says nothing of the nine before.
    await checkThresholds(tx, user, watchOf(profile, deps), "everything", "at once");
    return counted;
  });
  return { outcome: { state: "committed", counts } };
}
