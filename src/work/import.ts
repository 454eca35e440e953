/**
 * Work of the kind `import`: one of the three steps of an import. What a step does is in `import-check.ts`, `import-commit.ts` and `import-undo.ts`; here is
 * what they share. Each may be killed at any line and done again: how far it is stands in the very transaction that brought it there, and the item is
 * written last.
 */
import { Superseded } from "../database/imports.ts";
import type { WhileServing } from "../database/while-serving.ts";
import type { Profile } from "../finance/profile.ts";
import { type Outcome, readAsked, type Step, type StepAsked, settle } from "../imports/import.ts";
import { type Ending, Hopeless, type Kind, type Work } from "../jobs/ports.ts";
import type { StateWrite } from "../lifecycle/writes.ts";
import { check } from "./import-check.ts";
import { commit } from "./import-commit.ts";
import { undo } from "./import-undo.ts";

/** What the job's kind is called. */
export const IMPORT = "import";

/** A file's bytes, piece by piece. `destroy` lets go of it before its end. */
export type FileBytes = AsyncIterable<Uint8Array> & { destroy?(): void };

export interface ImportDeps {
  database: WhileServing;
  profiles: { read(sub: string): Promise<Profile> };
  /** The items; false: refused by the condition. */
  imports: { write(owned: { userId: string; id: string }, write: StateWrite): Promise<boolean> };
  /** One version of the file; null: it is gone. */
  bytes(owned: { userId: string; id: string }, versionId: string): Promise<FileBytes | null>;
  /** That spending has changed, before that is committed. */
  raise(sub: string, now: number): Promise<void>;
  /** Milliseconds. */
  now(): number;
  newId(): string;
  /** Rows in one transaction, instead of as many as each step takes by itself. */
  batchRows?: number;
}

/** One step of one import. */
export interface StepWork {
  user: string;
  asked: StepAsked;
  work: Work;
  deps: ImportDeps;
}

/** What came of it for the import's user; or where the next runner goes on. */
export type StepEnding = { outcome: Outcome } | Extract<Ending, { handOn: unknown }>;

const does: Readonly<Record<Step, (it: StepWork) => Promise<StepEnding>>> = { check, commit, undo };

export function importKind(deps: ImportDeps): Kind {
  return async (work) => {
    const { userId, parameters } = work.job;
    if (userId === null) throw new Hopeless("an import is somebody's: this one names no user");
    const asked = readAsked(parameters);
    if (asked === null) throw new Hopeless("this version of Dormouse can't read what was asked for");
    try {
      const ending = await does[asked.step]({ user: userId, asked, work, deps });
      if ("handOn" in ending) return ending;
      // Refused: its user has asked for another step since, and that one has the last word.
      await deps.imports.write({ userId, id: asked.importId }, settle(asked, asked.step, ending.outcome, deps.now()));
      return { result: { v: 1, importId: asked.importId, step: asked.step, ...summary(ending.outcome) } };
    } catch (error) {
      if (!(error instanceof Superseded)) throw error;
      return { result: { v: 1, importId: asked.importId, step: asked.step, state: "superseded" } };
    }
  };
}

/** Of a dry run the item says how the file was read. */
function summary(outcome: Outcome): Record<string, unknown> {
  if (outcome.state !== "checked") return outcome;
  const { state, counts } = outcome;
  return { state, counts };
}
