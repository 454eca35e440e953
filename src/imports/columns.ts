/** Which column holds what: by its name in a dozen banks' languages, else by what stands in it. Pure. */
import type { Day } from "../finance/day.ts";
import { readAmount } from "./amount.ts";
import { readDay } from "./days.ts";
import { normalised } from "./text.ts";

/** What a column can be for. `direction` says in words whether money went out or in, where amounts have no sign. */
export const fields = ["day", "amount", "debit", "credit", "direction", "currency", "merchant", "description", "fitId"] as const;
export type Field = (typeof fields)[number];

/** A column's place, from 1; null: there is none. */
export type Columns = Readonly<Record<Field, number | null>>;

/** Names of columns, normalised; the earlier one counts where a file has several. Without marks of a currency or a unit behind. */
const NAMES: Readonly<Record<Field, readonly string[]>> = {
  day: [
    ..."date|transaction date|date of transaction|trans date|posted date|posting date|post date|booking date|date posted|completed date|started date|value date".split(
      "|",
    ),
    ..."buchungstag|buchungsdatum|buchung|datum|kaufdatum|belegdatum|wertstellung|valutadatum|valuta|boekdatum|rentedatum".split("|"),
    ..."date operation|date de l operation|date comptable|date de comptabilisation|date d operation|date valeur|fecha|fecha operacion|fecha de operacion|fecha valor".split(
      "|",
    ),
    ..."data|data operazione|data contabile|data valuta|data transakcji|data operacji|data ksiegowania|data mov|data movimento|bokforingsdag|bogforingsdato|dato|day".split(
      "|",
    ),
  ],
  amount: [
    ..."amount|transaction amount|betrag|umsatz|umsatz in|bedrag|montant|importe|importo|kwota|kwota transakcji|belopp|belob|belop|valor|value|amount in account currency".split(
      "|",
    ),
    ..."betrag in|betrag eur|amount eur|amount usd|amount gbp|amount chf|montant eur|importe eur|importo eur|bedrag eur|quantia|summa|suma|castka".split("|"),
  ],
  debit:
    "debit|debit amount|money out|paid out|withdrawal|withdrawals|withdrawal amount|soll|belastung|lastschrift|ausgang|debito|cargo|cargos|addebiti|uscite|dare|af|ut|uit".split(
      "|",
    ),
  credit:
    "credit|credit amount|money in|paid in|deposit|deposits|deposit amount|haben|gutschrift|eingang|credito|abono|abonos|accrediti|entrate|avere|inn|bij".split(
      "|",
    ),
  direction: "af bij|debit credit|credit debit|debet credit|soll haben|s h|transaction type|dr cr|cr dr|d c|code|sens|type".split("|"),
  currency: "currency|wahrung|devise|divisa|moneda|valuta|munt|waluta|moeda|ccy|buchungswahrung|kontowahrung".split("|"),
  merchant: [
    ..."merchant|merchant name|payee|name|counterparty|counterparty name|beneficiary|naam omschrijving|naam tegenpartij|tegenpartij|recipient|payee name|partner name".split(
      "|",
    ),
    ..."auftraggeber empfanger|auftraggeber beguenstigter|auftraggeber begunstigter|beguenstigter zahlungspflichtiger|begunstigter zahlungspflichtiger|empfanger|zahlungsempfanger|zahlungsempfanger in|name zahlungsbeteiligter".split(
      "|",
    ),
    ..."contrepartie|tiers|beneficiaire|beneficiario|comercio|nadawca odbiorca|kontrahent|motpart|namn|mottagare|appears on your statement as|store".split("|"),
  ],
  description: [
    ..."description|transaction description|memo|details|narrative|reference|particulars|text|note|notes|remarks|purpose|payment details|original description|transaction details".split(
      "|",
    ),
    ..."verwendungszweck|buchungstext|beschreibung|bemerkung|zahlungsreferenz|omschrijving|mededelingen|libelle|libelle operation|libelle simplifie|communication|concepto|descripcion|observaciones".split(
      "|",
    ),
    ..."descrizione|causale|opis|opis operacji|tytul|descricao|historico|tekst|forklaring|meddelande|rubrik|narration".split("|"),
  ],
  fitId:
    "fitid|transaction id|transactionid|id|transaction number|reference number|transaktions id|transaktionscode|identifier|referentie|numero operation|external id".split(
      "|",
    ),
};

const MOST_CELLS = 200;

/** How many of a column's cells something holds of, of those that are not empty. */
const share = (cells: readonly string[], holds: (cell: string) => boolean): number => {
  const filled = cells.filter((cell) => cell.trim() !== "").slice(0, MOST_CELLS);
  return filled.length === 0 ? 0 : filled.filter(holds).length / filled.length;
};

const isDayIn = (until: Day) => (cell: string) => (["dmy", "mdy", "ymd"] as const).some((order) => readDay(cell, order, until).ok);
/** In a currency of three decimals, so that each amount of another fits too. */
const isAmount = (cell: string) => ([".", ","] as const).some((mark) => readAmount(cell, mark, "KWD").ok);

const isWord = (cell: string) => /\p{L}{3}/u.test(cell);

/** Each row has a value of its own. */
function isName(cells: readonly string[]): boolean {
  const filled = cells.map((cell) => cell.trim()).filter((cell) => cell !== "");
  return filled.length >= cells.length * 0.9 && new Set(filled).size === filled.length;
}

export const looksLikeDay = (cell: string, until: Day): boolean => isDayIn(until)(cell);
export const looksLikeAmount = (cell: string): boolean => isAmount(cell);

/** `Betrag (€)` and `Amount in EUR` are named like `Betrag` and `Amount`. */
const plainName = (name: string): string => normalised(name).replace(/ (?:in |en )?(?:euros?|eur|usd|gbp|chf|pln|sek|dkk|nok|inr|jpy|cad|aud|nzd|brl)$/, "");

/** By names, of columns that fit what they are named for. */
function byName(header: readonly string[], fits: (field: Field, column: number) => boolean): Partial<Record<Field, number>> {
  const names = header.map(plainName);
  const found: Partial<Record<Field, number>> = {};
  const taken = new Set<number>();
  for (const field of fields) {
    for (const name of NAMES[field]) {
      const at = names.findIndex((each, i) => each === name && !taken.has(i) && fits(field, i));
      if (at === -1) continue;
      found[field] = at + 1;
      taken.add(at);
      break;
    }
  }
  return found;
}

/** Words in a column `direction`, normalised; D and C as banks shorten them, S and H as German ones do. */
const OUT = new Set("out|debit|debet|d|dr|af|soll|s|uit|cargo|charge|withdrawal|payment|purchase|sale|dare|sortie|uscita".split("|"));
const IN = new Set("in|credit|c|cr|bij|haben|h|abono|deposit|avere|entree|entrata|refund".split("|"));

/** What a word in a column `direction` says; null: nothing. */
export function directionOf(word: string): "out" | "in" | null {
  const plain = normalised(word);
  if (OUT.has(plain)) return "out";
  return IN.has(plain) ? "in" : null;
}

/**
 * Columns of rows under a header (empty: there is none). A named column counts only where its cells bear it out; `named` fields were said by the user and
 * count whatever stands in them.
 */
export function guessColumns(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  named: Partial<Record<Field, number | null>>,
  until: Day,
): Columns {
  const width = Math.max(header.length, ...rows.slice(0, MOST_CELLS).map((row) => row.length));
  const cells = Array.from({ length: width }, (_, i) => rows.map((row) => row[i] ?? ""));
  const at = (column: number | null | undefined) => (column == null ? [] : (cells[column - 1] ?? []));
  const guessed: Partial<Record<Field, number | null>> = byName(header, (field, i) => {
    // A recipient may be a number, and a bank's reference stand on many rows: neither is a name.
    if (field === "merchant") return share(cells[i] ?? [], (cell) => /\p{L}/u.test(cell)) >= 0.3;
    return field !== "fitId" || isName(cells[i] ?? []);
  });
  if (share(at(guessed.day), isDayIn(until)) < 0.5) guessed.day = null;
  for (const field of ["amount", "debit", "credit"] as const)
    if (guessed[field] != null && at(guessed[field]).some((cell) => cell.trim() !== "") && share(at(guessed[field]), isAmount) < 0.5) guessed[field] = null;
  if (share(at(guessed.direction), (cell) => directionOf(cell) !== null) < 0.9) guessed.direction = null;
  if (share(at(guessed.currency), (cell) => /^[A-Za-z]{3}$/.test(cell.trim())) < 0.5) guessed.currency = null;
  const found: Record<Field, number | null> = { ...none, ...guessed, ...named };
  // One of them suffices: an amount with its sign, or two columns.
  if (found.debit !== null && found.credit !== null && named.amount === undefined) found.amount = null;
  const free = (i: number) => !Object.values(found).includes(i + 1);
  const best = (score: (column: readonly string[], i: number) => number, least: number): number | null => {
    const scores = cells.map((column, i) => (free(i) ? score(column, i) : 0));
    const most = Math.max(0, ...scores);
    return most < least ? null : scores.indexOf(most) + 1;
  };
  const isDate = (column: readonly string[]) => share(column, isDayIn(until));
  if (found.day === null && named.day === undefined) found.day = best(isDate, 0.8);
  if (found.amount === null && found.debit === null && found.credit === null && named.amount === undefined)
    // A number with decimals or a sign is one sooner than an account's.
    found.amount = best((column) => (isDate(column) > 0.5 ? 0 : share(column, (cell) => isAmount(cell) && /[-+.,]/.test(cell))), 0.8);
  const words = (column: readonly string[]) => (isDate(column) > 0.5 ? 0 : share(column, isWord));
  if (found.merchant === null && found.description === null && named.merchant === undefined) found.merchant = best(words, 0.3);
  return found;
}

const none: Columns = { day: null, amount: null, debit: null, credit: null, direction: null, currency: null, merchant: null, description: null, fitId: null };
