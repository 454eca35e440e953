/** Work on receipts that needs the database: what expenses let go of, and the daily sweep. */
import { attached, unlessAttached } from "../database/receipts.ts";
import type { WhileServing } from "../database/while-serving.ts";
import { type GonePorts, receiptGone, type SweepPorts, sweepOrphans } from "../receipts/gone.ts";

export interface ReceiptWorkDeps {
  database: Pick<WhileServing, "asUser">;
  receipts: GonePorts["receipts"] & Pick<SweepPorts, "pages" | "turn">;
  now(): number;
}

export interface ReceiptWork {
  /** Carries the outbox's messages of the kind `receipt-gone`. Throws for a payload that it can't read. */
  carry(told: { user: string; payload: Record<string, unknown> }): Promise<void>;
  /** At most once a day; how many receipts it deleted. */
  sweep(isLate: () => boolean): Promise<number>;
}

export function receiptWork({ database, receipts, now }: ReceiptWorkDeps): ReceiptWork {
  const ports: GonePorts = {
    receipts,
    unlessAttached: ({ userId, id }, work) => database.asUser(userId, (tx) => unlessAttached(tx, userId, id, work)),
  };
  return {
    async carry({ user, payload: { v, receiptId } }) {
      if (v !== 1 || typeof receiptId !== "string") throw new Error("a receipt is gone, and nobody can read which");
      await receiptGone(ports, { userId: user, id: receiptId });
    },
    sweep: (isLate) =>
      sweepOrphans({
        ...ports,
        pages: receipts.pages,
        turn: receipts.turn,
        attached: (userId, ids) => database.asUser(userId, (tx) => attached(tx, userId, ids)),
        now,
        isLate,
      }),
  };
}
