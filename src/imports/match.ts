/**
 * Which rows of a file are there already. One to one: a row takes at most one entry and an entry is taken by at most one row, so that two equal rows of one
 * file both survive, and a file that overlaps with an earlier one adds only what is new. The order of rows and entries changes nothing. Pure.
 */
import { addDays, type Day } from "../finance/day.ts";
import type { Direction } from "./row.ts";

/** What of a row is compared. All of one account. */
export interface Candidate {
  day: Day;
  amountMinor: bigint;
  direction: Direction;
  currency: string;
  /** Normalised (src/imports/text.ts). */
  text: string;
  fitId: string | null;
}

/** An entry of the account. */
export interface Known extends Candidate {
  id: string;
  /** Out of a bank's file, and so on the day that the bank says. false: entered by hand, perhaps on another day. */
  imported: boolean;
}

export interface CandidateRow extends Candidate {
  line: number;
}

/** How many days a purchase may be entered before or after the bank books it. */
export const DAYS_APART = 3;

const byMoney = ({ amountMinor, direction, currency }: Candidate): string => `${direction} ${currency} ${amountMinor}`;
const byText = (one: Candidate): string => `${byMoney(one)} ${one.text}`;
const compare = (a: string | number, b: string | number): number => (a < b ? -1 : a > b ? 1 : 0);

/** Any order that depends on what is in them and not on where they stand. */
const rowsInOrder = (rows: readonly CandidateRow[]): CandidateRow[] =>
  rows.toSorted((a, b) => compare(a.day, b.day) || compare(byText(a), byText(b)) || compare(a.fitId ?? "", b.fitId ?? "") || a.line - b.line);
const knownInOrder = (known: readonly Known[]): Known[] => known.toSorted((a, b) => compare(a.day, b.day) || compare(a.id, b.id));

/**
 * The FITIDs that name one transaction each. Some banks give one FITID to many (all zeros, the day): what stands on rows of different money says nothing, and
 * is taken as if it were not there.
 */
export function trustedFitIds(rows: readonly Candidate[]): Set<string> {
  const trusted = new Map<string, string | null>();
  for (const row of rows) {
    if (row.fitId === null) continue;
    const before = trusted.get(row.fitId);
    if (before === undefined) trusted.set(row.fitId, byMoney(row));
    else if (before !== byMoney(row)) trusted.set(row.fitId, null);
  }
  return new Set([...trusted].flatMap(([fitId, money]) => (money === null ? [] : [fitId])));
}

/** The first and the last day of a file's rows; null: it has none. */
export interface Days {
  first: Day;
  last: Day;
}

function daysOf(rows: readonly Candidate[]): Days | null {
  const [one] = rows;
  if (one === undefined) return null;
  const found = { first: one.day, last: one.day };
  for (const { day } of rows) {
    if (day < found.first) found.first = day;
    if (day > found.last) found.last = day;
  }
  return found;
}

/** The least an index has to do: the entries of a key that nobody has taken, in order. However many have one key, each step takes the same time. */
class Free<T> {
  readonly #byKey = new Map<string, { all: T[]; taken: number }>();
  constructor(all: readonly T[], keyOf: (one: T) => string | null) {
    for (const one of all) {
      const key = keyOf(one);
      if (key === null) continue;
      const there = this.#byKey.get(key);
      if (there === undefined) this.#byKey.set(key, { all: [one], taken: 0 });
      else there.all.push(one);
    }
  }
  first(key: string): T | null {
    const there = this.#byKey.get(key);
    return there?.all[there.taken] ?? null;
  }
  /** Takes the first. */
  take(key: string): void {
    const there = this.#byKey.get(key);
    if (there !== undefined) there.taken++;
  }
}

/**
 * The entry that each row is, by its line; rows that are not in it are new.
 *
 * 1. By FITID, where the file's names one transaction.
 * 2. Else by money and normalised text on the same day.
 * 3. Else the same within three days, the nearest first. An entry out of another file stands on the bank's own day: outside the days of this file it can't be
 *    one of its rows (a coffee every morning, and two months that overlap by a day).
 *
 * Two that have different FITIDs are two transactions. `days`: of the whole file, where `rows` are a part of it.
 */
export function duplicates(rows: readonly CandidateRow[], known: readonly Known[], days: Days | null = daysOf(rows)): Map<number, string> {
  const trusted = trustedFitIds(rows);
  const fitIdOf = (row: CandidateRow): string | null => (row.fitId !== null && trusted.has(row.fitId) ? row.fitId : null);
  const found = new Map<number, string>();
  const taken = new Set<Known>();
  const entries = knownInOrder(known);
  const pair = (row: CandidateRow, entry: Known) => {
    found.set(row.line, entry.id);
    taken.add(entry);
  };

  let left = rowsInOrder(rows);
  const byFitId = new Free(entries, ({ fitId }) => fitId);
  left = left.filter((row) => {
    const fitId = fitIdOf(row);
    const entry = fitId === null ? null : byFitId.first(fitId);
    if (fitId === null || entry === null) return true;
    byFitId.take(fitId);
    pair(row, entry);
    return false;
  });

  if (left.length === 0 || days === null) return found;
  // Rows and entries with a FITID meet only those without: each kind has a key of its own.
  const keyOf = (one: Candidate, day: Day, named: boolean) => `${named ? "named" : "nameless"} ${day} ${byText(one)}`;
  const free = new Free(
    entries.filter((entry) => !taken.has(entry)),
    (entry) => keyOf(entry, entry.day, entry.fitId !== null),
  );
  for (let apart = 0; apart <= DAYS_APART; apart++) {
    for (const away of apart === 0 ? [0] : [-apart, apart]) {
      left = left.filter((row) => {
        const at = shifted(row.day, away);
        if (at === null) return true;
        // A row with a name of its own takes only what has none; one without takes what has none first.
        for (const named of fitIdOf(row) === null ? [false, true] : [false]) {
          const key = keyOf(row, at, named);
          const entry = free.first(key);
          if (entry === null || (entry.imported && (at < days.first || at > days.last))) continue;
          free.take(key);
          pair(row, entry);
          return false;
        }
        return true;
      });
    }
  }
  return found;
}

/** null beyond the calendar. */
function shifted(day: Day, days: number): Day | null {
  try {
    return days === 0 ? day : addDays(day, days);
  } catch {
    return null;
  }
}

/** One side of money that may have been moved between two accounts. */
export interface Side {
  id: string;
  accountId: string;
  day: Day;
  amountMinor: bigint;
  direction: Direction;
  currency: string;
  /** It says so itself, or names the other account. */
  saysMoved: boolean;
}

/**
 * Pairs of sides that are one transfer, a card's payment included: the same money, out of one account and into another within three days, and at least one of
 * them says so. One to one, the nearest days first; both sides then count in nothing. What has only one side here stays what it is.
 */
export function transfers(sides: readonly Side[]): [out: string, into: string][] {
  const ordered = sides.toSorted((a, b) => compare(a.day, b.day) || compare(a.accountId, b.accountId) || compare(a.id, b.id));
  const accounts = [...new Set(sides.map(({ accountId }) => accountId))].sort();
  const keyOf = ({ currency, amountMinor }: Side, day: Day, account: string, said: number) => `${day} ${currency} ${amountMinor} ${said} ${account}`;
  const into = new Free(
    ordered.filter(({ direction }) => direction === "in"),
    (side) => keyOf(side, side.day, side.accountId, Number(side.saysMoved)),
  );
  const pairs: [string, string][] = [];
  let left = ordered.filter(({ direction }) => direction === "out");
  // What both sides say goes before what one says; then the nearest days.
  for (const said of [2, 1])
    for (let apart = 0; apart <= DAYS_APART; apart++)
      left = left.filter((out) => {
        const saidThere = said - Number(out.saysMoved);
        for (const away of apart === 0 ? [0] : [-apart, apart]) {
          const day = shifted(out.day, away);
          if (day === null) continue;
          for (const account of accounts) {
            if (account === out.accountId) continue;
            const key = keyOf(out, day, account, saidThere);
            const other = into.first(key);
            if (other === null) continue;
            into.take(key);
            pairs.push([out.id, other.id]);
            return false;
          }
        }
        return true;
      });
  return pairs;
}
