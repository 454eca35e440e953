/**
 * Deletes receipts that no expense has: one that an expense let go of, and once a day those that never got to one. Which expense has which receipt only
 * PostgreSQL knows, so both are steps of work for which the database is awake.
 */
import type { Owned } from "./place.ts";
import type { ReceiptStore } from "./ports.ts";
import type { Receipt } from "./receipt.ts";

export interface GonePorts {
  receipts: Pick<ReceiptStore, "leave">;
  /** Does the work while no expense has the receipt and none can get it; false: one has it, and nothing is done. */
  unlessAttached(owned: Owned, work: () => Promise<unknown>): Promise<boolean>;
}

/** An expense has let go of it. Idempotent; true: it leaves. */
export async function receiptGone({ receipts, unlessAttached }: GonePorts, owned: Owned): Promise<boolean> {
  let leaves = false;
  await unlessAttached(owned, async () => {
    leaves = await receipts.leave(owned);
  });
  return leaves;
}

export interface SweepPorts extends GonePorts {
  /** Those that would stay for ever by themselves and were made before a time, in no order, page by page. */
  pages(before: number): AsyncIterable<readonly Receipt[]>;
  /** Takes the turn; false: somebody has swept within the time (ms). */
  turn(now: number, every: number): Promise<boolean>;
  /** Of the receipts of one user those that an expense has. */
  attached(userId: string, ids: readonly string[]): Promise<ReadonlySet<string>>;
  now(): number;
  /** It ends early when it says true: the next day goes on. */
  isLate(): boolean;
}

const DAY_MS = 86_400_000;
/** A sweep a day, at whatever hour the database is awake. */
const EVERY_MS = 20 * 3_600_000;

/** Deletes what is older than a day and belongs to no expense; how many. What is leaving already leaves again, in case nobody heard of it. */
export async function sweepOrphans(ports: SweepPorts): Promise<number> {
  const now = ports.now();
  let swept = 0;
  if (ports.isLate() || !(await ports.turn(now, EVERY_MS))) return swept;
  for await (const page of ports.pages(now - DAY_MS)) {
    const users = Map.groupBy(page, ({ userId }) => userId);
    for (const [userId, receipts] of users) {
      if (ports.isLate()) return swept;
      const kept = await ports.attached(
        userId,
        receipts.map(({ id }) => id),
      );
      for (const { id } of receipts) if (!kept.has(id) && (await receiptGone(ports, { userId, id }))) swept++;
    }
  }
  return swept;
}
