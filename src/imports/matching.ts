/** What the rows of a part are, and where the sides of transfers lie: between the database's rows and the rules of match.ts. Pure. */
import type { Kind } from "../finance/expense.ts";
import { saysMoved } from "./kind.ts";
import { type Days, duplicates, type Side, transfers } from "./match.ts";
import type { Direction } from "./row.ts";
import { normalised } from "./text.ts";

interface Entry {
  day: string;
  amount_minor: string;
  currency: string;
  direction: Direction;
  merchant: string;
}
export type PartRow = Entry & { n: number; fit_id: string | null; says_moved: boolean };
export type PartEntry = Entry & { id: string; fit_id: string | null; imported: boolean };
export type PartSide = Entry & { id: string; kind: Kind; description: string; says_moved: boolean | null };

export interface Match {
  n: number;
  duplicateOf: string | null;
  movedWith: { id: string; kind: Kind } | null;
}

const candidate = ({ day, amount_minor, direction, currency, merchant }: Entry, fitId: string | null) => ({
  day,
  amountMinor: BigInt(amount_minor),
  direction,
  currency,
  text: normalised(merchant),
  fitId,
});

/** Rows that are something else than new: those that are there already, and those whose other side is an entry of another account. */
export function matchPart(rows: readonly PartRow[], entries: readonly PartEntry[], others: readonly PartSide[], days: Days): Match[] {
  const found = duplicates(
    rows.map((row) => ({ ...candidate(row, row.fit_id), line: row.n })),
    entries.map((entry) => ({ ...candidate(entry, entry.fit_id), id: entry.id, imported: entry.imported })),
    days,
  );
  const side = (entry: Entry, id: string, accountId: string, moved: boolean): Side => ({
    ...candidate(entry, null),
    id,
    accountId,
    saysMoved: moved,
  });
  // Two sides of one place are never paired: neither two of these rows, nor two entries that are there and that nobody asked about.
  const here = rows.filter(({ n }) => !found.has(n)).map((row) => side(row, `row ${row.n}`, "here", row.says_moved));
  const there = others.map((other) =>
    side(other, other.id, "elsewhere", other.says_moved ?? saysMoved(`${other.merchant} ${other.description}`, null, other.direction, "asset")),
  );
  const kinds = new Map(others.map(({ id, kind }) => [id, kind]));
  const matches: Match[] = [...found].map(([n, duplicateOf]) => ({ n, duplicateOf, movedWith: null }));
  for (const [one, other] of transfers([...here, ...there])) {
    const [row, id] = one.startsWith("row ") ? [one, other] : [other, one];
    const kind = kinds.get(id);
    if (kind !== undefined) matches.push({ n: Number(row.slice(4)), duplicateOf: null, movedWith: { id, kind } });
  }
  return matches;
}

/** Rows in one part, about: what is in memory at once. */
const PART_ROWS = 25_000;

/** How many parts: none of the divisors of round amounts, so that they are about as large as each other. */
export function partsFor(rows: number): number {
  let parts = Math.ceil(rows / PART_ROWS);
  while (parts > 1 && (parts % 2 === 0 || parts % 5 === 0)) parts++;
  return Math.max(1, parts);
}
