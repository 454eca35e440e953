/** From a request to a transaction in its user's name, and back from every failure to a problem. */
import type { Transaction } from "kysely";
import { asUser, type Databases } from "../../database/kysely.ts";
import type { Tables } from "../../database/schema.ts";
import { SchemaTooOld } from "../../database/schema-version.ts";
import { DatabaseUnreachable, StatementTooSlow } from "../../database/unreachable.ts";
import type { Admission, Admitted } from "../admission.ts";
import type { ApiRequest } from "../api.ts";
import { type Caller, callerOf } from "../caller.ts";
import { type Problem, problem, retryAfter } from "../problem.ts";

export interface SessionDeps {
  admission: Admission;
  databases: Databases;
  /** Milliseconds since the epoch. */
  now(): number;
}

/**
 * Runs `work` as the request's user, in one transaction that is kept only when the gate has let it in. `work` may begin before that is known, and more than
 * once: what it does outside of the transaction has to bear both.
 */
export type Session = <T>(request: ApiRequest, work: (tx: Transaction<Tables>, caller: Caller) => Promise<T>) => Promise<T>;

/** What was begun before the gate's answer is not to be kept: nobody was let in, or to another awake period. */
class NotLetIn extends Error {
  override readonly name = "NotLetIn";
}

class OutOfTime extends Error {
  override readonly name = "OutOfTime";
}

/** `run`, or `OutOfTime` after `ms`. What comes of it later is nobody's business. */
async function within<T>(ms: number, run: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const end = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new OutOfTime("the request's time is over")), Math.max(0, ms));
  });
  run.catch(() => {});
  try {
    return await Promise.race([run, end]);
  } finally {
    clearTimeout(timer);
  }
}

const tooSlow = (cause: unknown) => problem("too-slow", "The database took longer than a request may. Nothing was kept.", { cause, headers: retryAfter(5) });
const schemaOlder = (cause: unknown) =>
  problem("schema-older", "This version needs a newer schema than the database has. An operator has to run: npm run migrate -- --name DEPLOYMENT.", {
    cause,
    headers: retryAfter(60),
  });
const unreachable = (cause: unknown): Problem =>
  cause instanceof DatabaseUnreachable && cause.busy
    ? problem("database-busy", "The database has no connection left for this. Try again in a moment.", { cause, headers: retryAfter(2) })
    : problem("database-unreachable", "The database should be there but does not answer. Somebody has been sent to look.", { cause, headers: retryAfter(5) });

export function session({ admission, databases, now }: SessionDeps): Session {
  /** The period in which a connection of this container has worked: only then can one have gone stale. */
  let used: number | null = null;
  /**
   * The last that was let in. A drain that begins after its read of the state is not over before its `until`: till then a transaction may begin beside the
   * next read, rather than behind it, and meets no database that is being stopped.
   */
  let last: Admitted | null = null;

  /** `givenUp`: nobody waits for it any more. */
  async function run<T>({ period, until }: Admitted, sub: string, work: (tx: Transaction<Tables>) => Promise<T>, givenUp = () => false): Promise<T> {
    for (;;) {
      const mayBeStale = used === period;
      used = null;
      let begun = false;
      const left = until - now();
      try {
        const result = await within(
          left,
          asUser(databases.of(period), sub, left, work, () => {
            begun = true;
          }),
        );
        used = period;
        return result;
      } catch (error) {
        // What is there now may be another's.
        if (givenUp()) throw error;
        if (error instanceof OutOfTime) {
          // The socket is cut: what is still under way must not meet the next request.
          databases.drop();
          throw begun ? tooSlow(error) : new DatabaseUnreachable(error);
        }
        if (!(error instanceof DatabaseUnreachable)) {
          used = period;
          throw error;
        }
        databases.drop();
        // A connection that was cut while the container was frozen fails at the first that is sent, before anything was answered: nothing is
        // kept of a transaction that never came to its commit, so ask a new one.
        if (!mayBeStale || begun) throw error;
      }
    }
  }

  /**
   * The same beside the gate's answer. Nothing is kept, and nothing is told, before it is there; a refusal does not wait for the work. What only `reads` keeps
   * nothing: its transaction may end before.
   */
  async function beside<T>(guess: Admitted, answer: Promise<Admitted>, sub: string, work: (tx: Transaction<Tables>) => Promise<T>, reads: boolean): Promise<T> {
    let givenUp = false;
    const sure = answer.then(
      ({ period }) => {
        givenUp = period !== guess.period;
      },
      () => {
        givenUp = true;
      },
    );
    const early = run(
      guess,
      sub,
      async (tx) => {
        const result = await work(tx);
        if (reads) return result;
        await sure;
        if (givenUp) throw new NotLetIn("begun, but not let in");
        return result;
      },
      () => givenUp,
    );
    early.catch(() => {});
    await sure;
    if (!givenUp) return early;
    databases.drop();
    return run(await answer, sub, work);
  }

  return async (request, work) => {
    const caller = callerOf(request.event);
    const until = now() + admission.longestMs;
    const guess = last !== null && used === last.period && now() < last.until ? { period: last.period, until } : null;
    const answer = admission.admit(caller).then((admitted) => {
      last = admitted;
      return admitted;
    });
    const mine = (tx: Transaction<Tables>) => work(tx, caller);
    try {
      return guess === null ? await run(await answer, caller.sub, mine) : await beside(guess, answer, caller.sub, mine, request.method === "GET");
    } catch (error) {
      if (error instanceof StatementTooSlow) throw tooSlow(error);
      if (error instanceof SchemaTooOld) throw schemaOlder(error);
      if (!(error instanceof DatabaseUnreachable)) throw error;
      if (!error.busy) await admission.askForLook();
      throw unreachable(error);
    }
  };
}
