/** What a row is, as far as it says so itself. Pure. */
import type { Kind } from "../finance/expense.ts";
import type { Direction, Into } from "./row.ts";
import { normalised } from "./text.ts";

const MOVED =
  /\b(transfer|xfer|umbuchung|ubertrag|kreditkartenabrechnung|kartenabrechnung|card payment|payment thank you|autopay|virement (interne|emis|recu)|traspaso|giroconto|overboeking|eigen rekening|own account|balance transfer)\b/;
const REFUND =
  /\b(refund|refunded|reversal|chargeback|return|gutschrift|erstattung|ruckerstattung|storno|retoure|remboursement|reembolso|devolucion|rimborso|terugbetaling)\b/;

/** OFX's types of transactions (OFX 2.2, 11.4.4.3) for money that is moved. */
const MOVED_TYPES = new Set(["XFER", "PAYMENT"]);

/**
 * Whether the row itself speaks of moved money. OFX calls a bill that was paid a PAYMENT too, so out of an account that owns it that type says nothing;
 * into a card's account it is the card being paid.
 */
export function saysMoved(text: string, type: string | null, direction: Direction, account: Into["account"]): boolean {
  if (type === "XFER") return true;
  if (type !== null && MOVED_TYPES.has(type) && account === "liability" && direction === "in") return true;
  return MOVED.test(normalised(text));
}

/** Of a card: money that comes back, or the card being paid. */
export function saysBack(text: string): boolean {
  const plain = normalised(text);
  return MOVED.test(plain) || REFUND.test(plain);
}

/**
 * Out is an expense. In is a refund where the text says so, or where the account is a card's and nothing speaks of the card being paid; else it is income.
 * A transfer needs both of its sides: see `transfers`.
 */
export function kindOf(text: string, moved: boolean, direction: Direction, account: Into["account"]): Kind {
  if (direction === "out") return "expense";
  if (REFUND.test(normalised(text))) return "refund";
  return account === "liability" && !moved ? "refund" : "income";
}
