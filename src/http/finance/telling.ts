/** Around a write: its user is marked for the daily sweep before it is committed, and what it told is carried on right after. */
import { clearOutbox, hasTold, readOutbox } from "../../database/outbox.ts";
import { type DrainWorkDeps, drainWork } from "../../work/drain.ts";
import { type ApiLogger, type ApiRequest, errorFacts } from "../api.ts";
import { problem, retryAfter } from "../problem.ts";
import type { Write } from "./deps.ts";
import type { Session } from "./session.ts";

/**
 * `raise` runs beside the write's own statements and has to have succeeded before the commit: a change that the sweep never hears of would be one that time
 * alone can't bring across a threshold. An answer that is given again raises nothing. One raised too many makes the sweep look once, no more.
 */
export const raisingWrite =
  (write: Write, raise: (sub: string) => Promise<void>): Write =>
  (request, work) =>
    write(request, async (tx, caller) => {
      const raised = raise(caller.sub);
      raised.catch(() => {});
      const reply = await work(tx, caller);
      await raised.catch((cause: unknown) => {
        throw problem("unavailable", "That something changed can't be recorded now, so nothing was changed.", { cause, headers: retryAfter(5) });
      });
      return reply;
    });

/** The answer waits for what was told to be carried on, but not longer than this (ms). */
const PATIENCE_MS = 1500;

/**
 * After a commit that told something, `drain` carries on what this user's outbox holds. The answer is the write's, whatever becomes of that: what is left is
 * carried on at the next wake, or before the database sleeps.
 */
export const tellingWrite =
  (write: Write, drain: (request: ApiRequest) => Promise<unknown>, logger: ApiLogger): Write =>
  async (request, work) => {
    let told = false;
    const reply = await write(request, async (tx, caller) => {
      const made = await work(tx, caller);
      told = hasTold(tx);
      return made;
    });
    if (told) await within(PATIENCE_MS, drain(request), (error) => logger.error("what was told is left to the next wake", { error: errorFacts(error) }));
    return reply;
  };

async function within(ms: number, run: Promise<unknown>, failed: (error: unknown) => void): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([run.catch(failed), over]);
  clearTimeout(timer);
}

export interface KeepingDeps extends Pick<DrainWorkDeps, "put" | "profiles" | "now"> {
  session: Session;
  changes: { raise(sub: string, now: number): Promise<void> };
  logger: ApiLogger;
}

/** Both of them around a write. What only the role of jobs carries is left to it. */
export function keepingWrite(write: Write, { session, changes, logger, ...more }: KeepingDeps): Write {
  const drain = (request: ApiRequest) =>
    drainWork({
      outbox: {
        read: (limit, after) => session(request, (tx) => readOutbox(tx, limit, after)),
        clear: (rows) => session(request, (tx) => clearOutbox(tx, rows)),
      },
      report: ({ kind, error }) => logger.info("left in the outbox", { kind, error: errorFacts(error) }),
      ...more,
    })();
  return tellingWrite(
    raisingWrite(write, (sub) => changes.raise(sub, more.now())),
    drain,
    logger,
  );
}
