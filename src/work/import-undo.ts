/** The undo: what the import has made goes again, but for what its user has changed since. */
import { endUndo, undoRows } from "../database/import-commit.ts";
import { beginUndoing, holdRun, writeImport } from "../database/imports.ts";
import { makeUser } from "../database/users.ts";
import type { StepEnding, StepWork } from "./import.ts";

/** Rows in one transaction. */
const BATCH = 2000;

const undone = (counts: Record<string, unknown> | null): StepEnding => ({
  outcome: { state: "undone", undone: { removed: Number(counts?.removed ?? 0), kept: Number(counts?.kept ?? 0) } },
});

export async function undo({ user, asked, work, deps }: StepWork): Promise<StepEnding> {
  const { importId } = asked;
  const held = await deps.database.asUser(user, async (tx) => {
    await makeUser(tx, user);
    return beginUndoing(tx, user, asked, deps.now());
  });
  if (held.state === "undone") return undone(held.counts);
  const committedTo = Number(held.counts?.committedTo ?? 0);
  if (committedTo > 0) await deps.raise(user, deps.now());
  for (let { doneTo } = held; doneTo < committedTo; ) {
    if (work.isLate()) return { handOn: null };
    const to = Math.min(doneTo + (deps.batchRows ?? BATCH), committedTo);
    await deps.database.asUser(user, async (tx) => {
      await holdRun(tx, user, asked, "undoing");
      await undoRows(tx, user, { importId, above: doneTo, to });
      await writeImport(tx, user, importId, { doneTo: to }, deps.now());
    });
    doneTo = to;
    await work.goOn({ progress: { done: to, total: committedTo } });
  }
  const counts = await deps.database.asUser(user, async (tx) => {
    await holdRun(tx, user, asked, "undoing");
    const ended = await endUndo(tx, user, importId, committedTo);
    await writeImport(tx, user, importId, { state: "undone", counts: ended }, deps.now());
    return ended;
  });
  return undone(counts);
}
