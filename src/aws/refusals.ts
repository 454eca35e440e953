/** Who is refused, in the state item. */
import { makeRoom, refuse, refusedSince } from "../lifecycle/refused.ts";
import { UnknownVersion } from "../lifecycle/state.ts";
import { ensureState, readState, type Table, writeState } from "./state-store.ts";

export interface Refusals {
  /** Since when (milliseconds); null: they are welcome, as far as this version can tell. */
  since(sub: string, now: number): Promise<number | null>;
  /** From now on, unless they are refused already: since when. */
  refuse(sub: string, now: number): Promise<number>;
}

export function refusals({ databaseId, ...at }: Table & { databaseId: string }): Refusals {
  return {
    async since(sub, now) {
      const state = await readState(at, databaseId).catch((error: unknown) => {
        // A newer version's state keeps nobody from their own profile.
        if (error instanceof UnknownVersion) return null;
        throw error;
      });
      return state === null ? null : refusedSince(state, sub, now);
    },
    async refuse(sub, now) {
      for (let tries = 0; tries < 5; tries++) {
        const state = await ensureState(at, databaseId, now);
        const since = refusedSince(state, sub, now);
        if (since !== null) return since;
        if (state.refused === undefined) await writeState(at, databaseId, makeRoom());
        else if (await writeState(at, databaseId, refuse(state, sub, now))) return now;
      }
      throw new Error("nobody more can be refused now");
    },
  };
}
