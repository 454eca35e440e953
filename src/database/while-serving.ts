/** Transactions of work that nobody waits for: only while the database serves, and each over before a drain that has just begun would be. */
import type { Kysely, Transaction } from "kysely";
import { Hopeless, NotYet, Stopped } from "../jobs/ports.ts";
import type { CallerStore } from "../lifecycle/ports.ts";
import { refusedSince } from "../lifecycle/refused.ts";
import type { DatabaseState } from "../lifecycle/state.ts";
import { asUser, type Databases } from "./kysely.ts";
import type { Tables } from "./schema.ts";
import { SchemaTooOld } from "./schema-version.ts";
import { DatabaseUnreachable } from "./unreachable.ts";

export interface WhileServingDeps {
  databaseId: string;
  store: Pick<CallerStore, "read">;
  databases: Databases;
  /** The longest that one transaction may take (ms): what a drain waits for those that were let in. */
  longestMs: number;
  /** Milliseconds. */
  now?(): number;
}

export interface WhileServing {
  /**
   * In a transaction in which row-level security shows exactly the rows of the user `sub`. Throws `Stopped` when the database does not serve, and
   * `Hopeless` for a user who has deleted their account.
   */
  asUser<T>(sub: string, run: (tx: Transaction<Tables>) => Promise<T>): Promise<T>;
  /** With the pool's own role and no user. The same holds for it; what `run` does has to be over within the time of one transaction. */
  use<T>(run: (db: Kysely<Tables>) => Promise<T>): Promise<T>;
}

export function whileServing({ databaseId, store, databases, longestMs, now = Date.now }: WhileServingDeps): WhileServing {
  const asleep = () => new Stopped("the database went to sleep under it");

  async function within<T>(run: (db: Kysely<Tables>, state: DatabaseState) => Promise<T>): Promise<T> {
    // Read as every request reads it: a drain that begins after this waits for what begins now.
    const state = await store.read(databaseId);
    if (state?.serving !== true) throw asleep();
    try {
      return await run(databases.of(state.period), state);
    } catch (error) {
      if (error instanceof SchemaTooOld)
        throw new NotYet("the database's schema is older than this version: it waits until the migrations have run", { cause: error });
      if (!(error instanceof DatabaseUnreachable)) throw error;
      databases.drop();
      // Somebody may have stopped it by force: that is no failure of the work.
      const after = await store.read(databaseId);
      throw after?.serving === true && after.period === state.period ? error : asleep();
    }
  }

  return {
    use: (run) => within(run),
    asUser: (sub, run) =>
      within((db, state) => {
        // Work that began before its user left: nothing of it may come back.
        if (refusedSince(state, sub, now()) !== null) throw new Hopeless("the account was deleted");
        return asUser(db, sub, longestMs, run);
      }),
  };
}
