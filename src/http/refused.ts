/** Whoever has deleted everything of theirs is let in nowhere, for as long as the tokens hold that they still have. */
import { refusedSince } from "../lifecycle/refused.ts";
import type { DatabaseState } from "../lifecycle/state.ts";
import type { Route } from "./api.ts";
import { type Caller, callerOf } from "./caller.ts";
import { problem } from "./problem.ts";

const deleted = () => problem("account-deleted", "This account was deleted with everything in it. The token still holds for a while, and lets nobody in.");

/** For who has read the state anyway. Throws the problem `account-deleted` (403). */
export function requireWelcome(state: Pick<DatabaseState, "refused">, { sub }: Pick<Caller, "sub">, now: number): void {
  if (refusedSince(state, sub, now) !== null) throw deleted();
}

/** Routes of users that read no state: it is read before them. Not for those that every page asks again and again. */
export const refusing = (routes: readonly Route[], since: (sub: string) => Promise<number | null>): Route[] =>
  routes.map((route) => ({
    ...route,
    async handler(request) {
      if ((await since(callerOf(request.event).sub)) !== null) throw deleted();
      return route.handler(request);
    },
  }));
