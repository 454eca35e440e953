/** Keeps PostgreSQL and its endpoint as the simulated instance's status says. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Front } from "./front.ts";
import type { Postgres } from "./postgres.ts";
import { answers } from "./statuses.ts";

export interface Database {
  /** To be as it is in this status. Resolves when connections are taken, at once when there shall be none; a failure is reported, and tried again. */
  follow(status: string): Promise<void>;
  /** Up for as long as `run` takes, whatever the status. */
  withUp<T>(run: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** A server that was killed may have children that hold its memory for a while; until they end, none can start. */
const attempts = 20;
const pauseMs = 250;

export function keepDatabase(postgres: Postgres, front: Front, report: (problem: string) => void): Database {
  let status = "stopped";
  let held = 0;
  let closing = false;
  let last: Promise<void> = Promise.resolve();

  const isOpen = () => !closing && (held > 0 || answers(status));
  // The server itself comes up while the instance is still starting, so that it answers from the moment at which it is available.
  const isUp = () => isOpen() || (!closing && status === "starting");

  const adjust = async () => {
    if (!isOpen()) await front.shut();
    if (!isUp()) await postgres.stop();
    if (!isOpen()) front.cut();
    for (let attempt = 1; isUp(); attempt++) {
      try {
        await postgres.start();
        if (isOpen()) await front.open();
        return;
      } catch (error) {
        if (attempt === attempts) throw error;
        await sleep(pauseMs);
      }
    }
  };
  const settle = (): Promise<void> => {
    const open = isOpen();
    last = last.then(adjust).catch((error: unknown) => report(`PostgreSQL: ${error instanceof Error ? error.message : String(error)}`));
    return open ? last : Promise.resolve();
  };
  postgres.onDeath = () => {
    if (!isUp()) return;
    report("PostgreSQL ended by itself; it is started again.");
    void settle();
  };

  return {
    follow(next) {
      status = next;
      return settle();
    },
    async withUp(run) {
      held++;
      try {
        await settle();
        return await run();
      } finally {
        held--;
        void settle();
        await last;
      }
    },
    async close() {
      closing = true;
      void settle();
      await last;
      await postgres.close();
    },
  };
}
