/** Another name in what the ledger says, for somebody who has left. Pure. */
import type { LedgerEntry } from "./state.ts";

/** Who is nobody: what acts by itself, as the ledger calls it. */
const NOBODY: ReadonlySet<string> = new Set(["dormouse", "aws", "aws-console", "schedule"]);

const literally = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");

/**
 * An entry with `to` where `name` stood: as who caused it, and where the rules put a name into a sentence, which is at its beginning and behind "by". Null:
 * it does not name them.
 */
export function renamed({ by, reason }: Pick<LedgerEntry, "by" | "reason">, name: string, to: string): Pick<LedgerEntry, "by" | "reason"> | null {
  const isTheirs = by === name && !NOBODY.has(name);
  const end = "(?=[ :,;]|$)";
  const behindBy = reason.replace(new RegExp(String.raw`\bby ${literally(name)}${end}`, "g"), () => `by ${to}`);
  const next = {
    by: isTheirs ? to : by,
    reason: isTheirs ? behindBy.replace(new RegExp(`^${literally(name)}${end}`), () => to) : behindBy,
  };
  return next.by === by && next.reason === reason ? null : next;
}
