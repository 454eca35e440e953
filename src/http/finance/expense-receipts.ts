/** Receipts that expenses take and let go of. */
import { attached, lockReceipt, tellGone } from "../../database/receipts.ts";
import type { Tx } from "../../database/users.ts";
import type { FinanceDeps } from "./deps.ts";
import { badFields } from "./refusals.ts";

const refused = (detail: string) => badFields([{ pointer: "/receiptId", detail }]);

export interface ExpenseReceipts {
  /**
   * An expense has this receipt instead of that one (null: none). One that it gets has to be the user's, ready, and no other expense's: throws the problem
   * `bad-fields` (422). One that it lets go of is deleted behind the transaction.
   */
  taken(tx: Tx, user: string, before: string | null, after: string | null): Promise<void>;
}

export function receiptsOf({ receipts, now, newId }: Pick<FinanceDeps, "receipts" | "now" | "newId">): ExpenseReceipts {
  return {
    async taken(tx, user, before, after) {
      if (before === after) return;
      if (after !== null) {
        await lockReceipt(tx, user, after);
        if ((await attached(tx, user, [after])).size > 0) throw refused("is another expense's receipt");
        // Written before the commit: a receipt that is kept for nothing is swept, one that is deleted under its expense is lost.
        if (!(await receipts.attach({ userId: user, id: after }, now()))) throw refused("is not one of your receipts that are ready");
      }
      if (before !== null) await tellGone(tx, user, before, { id: newId() }, now());
    },
  };
}
