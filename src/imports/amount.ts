/** Amounts as banks write them. Pure, exact: never a binary fraction. */
import { exponentOf, formatAmount } from "../finance/money.ts";

export type DecimalMark = "." | ",";

export type ReadAmount = { ok: true; minor: bigint } | { ok: false; why: string };

/** The sign and the digits with their marks; null for what is no amount. Signs: a minus before or behind, brackets, DR or D for money out, CR or C for money in. */
function parts(text: string): { negative: boolean; digits: string } | null {
  const plain = text
    .normalize("NFKC")
    .replaceAll(/[−‒–—﹣]/g, "-")
    .replaceAll(/[\p{Z}\s]+/gu, " ")
    .trim();
  const bracketed = /^\((.*)\)$/.exec(plain);
  const inner = bracketed?.[1] ?? plain;
  // A currency's sign or code may stand on either side; the sign of the amount on either side of that.
  const match =
    /^([-+]?) ?(?:\p{Sc}|[A-Z]{1,2}\$|[A-Z]{3}|kr\.?|zł|Kč|Ft|Fr\.)? ?([-+]?) ?(\d[\d.,' ’]*|[.,]\d+) ?(?:\p{Sc}|[A-Z]{3}|kr\.?|zł|Kč|Ft|Fr\.)? ?([-+]?|CR?|DR?)$/u.exec(
      inner,
    );
  if (match === null) return null;
  const [, before = "", then = "", digits = "", behind = ""] = match;
  const signs = [before, then, behind].filter((sign) => sign !== "");
  if (signs.length > 1 || (bracketed !== null && signs.length > 0)) return null;
  return { negative: bracketed !== null || ["-", "D", "DR"].includes(signs[0] ?? ""), digits: digits.trim() };
}

/** Thousands in groups of three, or as in India of two before the last three; all by one mark. */
const GROUPED = /^\d{1,3}(?:([.,' ’])\d{3})(?:\1\d{3})*$|^\d{1,2}(?:,\d{2})+,\d{3}$/;

/**
 * Minor units with a sign, below zero for money out. `"1.234,56"` with a comma is 123456 in EUR, `"(12.50)"` is −1250. What has more decimals than the currency is
 * refused, unless they are zeros; and so is a mark that stands where neither decimals nor thousands can begin.
 */
export function readAmount(text: string, mark: DecimalMark, currency: string): ReadAmount {
  const exponent = exponentOf(currency);
  if (exponent === null) return { ok: false, why: `is in a currency that is not known: ${currency.slice(0, 10)}` };
  const found = parts(text);
  if (found === null) return { ok: false, why: `has an amount that is none: ${JSON.stringify(text.slice(0, 40))}` };
  const at = found.digits.lastIndexOf(mark);
  const whole = at === -1 ? found.digits : found.digits.slice(0, at);
  const decimals = at === -1 ? "" : found.digits.slice(at + 1);
  const wrong = { ok: false, why: `has an amount that can't be read with "${mark}" before the decimals: ${JSON.stringify(text.slice(0, 40))}` } as const;
  if (!/^\d*$/.test(decimals) || whole.includes(mark)) return wrong;
  if (!/^\d*$/.test(whole) && !GROUPED.test(whole)) return wrong;
  const kept = decimals.replace(/0+$/, "");
  if (kept.length > exponent) return { ok: false, why: `has an amount with more decimals than ${currency} has: ${JSON.stringify(text.slice(0, 40))}` };
  const digits = whole.replaceAll(/\D/g, "");
  if (digits.replace(/^0+/, "").length > 12) return { ok: false, why: "has an amount of more than 12 digits before the decimals" };
  const minor = BigInt(digits + kept.padEnd(exponent, "0"));
  return { ok: true, minor: found.negative ? -minor : minor };
}

/** An amount as it is written for a person, for problems and previews. */
export const shown = (minor: bigint, currency: string): string => `${formatAmount(minor, currency)} ${currency}`;

/**
 * Which mark stands before the decimals, by what only one of the two can be: both marks in one amount, a mark twice, other than three digits behind it.
 * `sure` is false when nothing says so; then it is a point.
 */
export function guessMark(samples: readonly string[]): { mark: DecimalMark; sure: boolean } {
  const votes = { ".": 0, ",": 0 };
  for (const sample of samples) {
    const digits = parts(sample)?.digits;
    if (digits === undefined) continue;
    const point = digits.lastIndexOf(".");
    const comma = digits.lastIndexOf(",");
    if (point === -1 && comma === -1) continue;
    if (point !== -1 && comma !== -1) votes[point > comma ? "." : ","]++;
    else {
      const mark = point === -1 ? "," : ".";
      const pieces = digits.split(mark);
      if (pieces.length > 2) votes[mark === "." ? "," : "."]++;
      else if ((pieces[1] ?? "").length !== 3 || (pieces[0] ?? "").length > 3 || pieces[0] === "0") votes[mark]++;
    }
  }
  return { mark: votes[","] > votes["."] ? "," : ".", sure: votes["."] !== votes[","] };
}
