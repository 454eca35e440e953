/**
 * Users who have deleted everything of theirs: their tokens hold for a while longer, and let nobody in. Kept in the state item, because whoever lets people in
 * reads that already; and only for as long as tokens hold, so that it stays small. Pure; milliseconds.
 */
import type { DatabaseState } from "./state.ts";
import type { StateWrite } from "./writes.ts";

/** An access token holds for an hour; five minutes for clocks that differ. */
export const REFUSED_MS = 65 * 60_000;
/** More than these would crowd the item. */
const MAX_REFUSED = 2000;

/** A key in a path of a write holds no dot. */
const keyOf = (sub: string): string => encodeURIComponent(sub).replaceAll(".", "%2E");

/** Since when; null: they are welcome. */
export function refusedSince({ refused }: Pick<DatabaseState, "refused">, sub: string, now: number): number | null {
  const since = refused === undefined || !Object.hasOwn(refused, keyOf(sub)) ? undefined : refused[keyOf(sub)];
  return since === undefined || now >= since + REFUSED_MS ? null : since;
}

/** For an item that was made before there were any. Refused where there is room. */
export const makeRoom = (): StateWrite => ({
  set: { refused: {} },
  when: [
    { path: "v", is: "equals", value: 1 },
    { path: "refused", is: "absent" },
  ],
});

/** Forgets those whose tokens have ended. Refused when this one is refused already, there is no room made, or no more room. */
export function refuse({ refused = {} }: Pick<DatabaseState, "refused">, sub: string, now: number): StateWrite {
  const path = `refused.${keyOf(sub)}`;
  const over = Object.entries(refused).filter(([key, since]) => key !== keyOf(sub) && now >= since + REFUSED_MS);
  return {
    set: { [path]: now },
    remove: over.map(([key]) => `refused.${key}`),
    when: [
      { path: "v", is: "equals", value: 1 },
      { path: "refused", is: "smaller-than", value: MAX_REFUSED },
      { path, is: "older-than", value: now - REFUSED_MS + 1 },
    ],
  };
}
