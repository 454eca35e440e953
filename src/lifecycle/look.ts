/** What a look inside the database tells. */
import type { OutsideSession } from "./state.ts";

/** What the probe answers. Times are milliseconds since the epoch. */
export type Look =
  | {
      answered: true;
      /** Client sessions that are not ours, whatever their state. */
      sessions: OutsideSession[];
      /** Newest moment at which an outside session did something; null when there is none. `Date.now()` for one that is not idle. */
      newestOutsideAt: number | null;
      /** `sum(sessions)` of pg_stat_database for the application's database; null when it can't be read. */
      sessionCount: number | null;
      /** When tidying was asked for: what came of it. */
      tidied: { ok: boolean; what: string; seconds: number } | null;
      /** When tidying was asked for: when the newest message to a user was written that is still in the database; null or missing: there is none, or nobody knows. */
      newestUntoldAt?: number | null;
      /** It is up, but who is connected could not be told, and why: no reason to refuse requests, and none to stop. */
      unseen?: string;
      /** The sessions are those of the time that `quiet` asked for, and the last one was there at `newestOutsideAt`: idle runs from then, not from this look. */
      ofWindow?: boolean;
    }
  | { answered: false; why: string };
