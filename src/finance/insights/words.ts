/** Sentences: English words, with money, numbers and days as the reader's locale writes them. Pure. */
import type { Day } from "../day.ts";
import { formatAmount } from "../money.ts";
import type { Unconverted } from "./spend.ts";

export interface Words {
  /** "€1,234.50" in `en`, "1.234,50 €" in `de`. Another currency than the reader's when told. */
  money(minor: bigint, currency?: string): string;
  /** Without a sign: the sentence says whether it is more or less. */
  size(minor: bigint): string;
  /** 0.125 is "13%". */
  percent(fraction: number): string;
  number(value: number): string;
  /** "November 20" in `en`, "20 November" in `en-GB`, digits alone where words would be in another language: "20.11.2026". */
  day(day: Day): string;
  /** "November 2026"; "11/2026". */
  month(day: Day): string;
  /** "a, b, and c". */
  list(items: readonly string[]): string;
  /** " Left out for want of an exchange rate: 12.00 USD." with the space before it; nothing when nothing was left out. */
  leftOut(unconverted: readonly Unconverted[]): string;
}

const usable = (locale: string): string => {
  try {
    return Intl.NumberFormat.supportedLocalesOf([locale])[0] ?? "en";
  } catch {
    return "en";
  }
};

const dateOf = (day: Day) => new Date(`${day}T00:00:00Z`);

/** "one expense", "3 expenses". */
export const counted = (n: number, one: string, many: string, words: Words): string => (n === 1 ? `one ${one}` : `${words.number(n)} ${many}`);

/** What a sentence begins with. */
export const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

/** How a locale writes. One that is unknown or none is read as `en`. `currency` is ISO 4217. */
export function words(locale: string, currency: string): Words {
  const tag = usable(locale);
  const english = tag === "en" || tag.startsWith("en-");
  const numbers = new Intl.NumberFormat(tag, { maximumFractionDigits: 1 });
  const percents = new Intl.NumberFormat(tag, { style: "percent", maximumFractionDigits: 0 });
  const days = new Intl.DateTimeFormat(
    tag,
    english ? { timeZone: "UTC", day: "numeric", month: "long" } : { timeZone: "UTC", day: "2-digit", month: "2-digit", year: "numeric" },
  );
  const months = new Intl.DateTimeFormat(tag, { timeZone: "UTC", month: english ? "long" : "2-digit", year: "numeric" });
  const lists = new Intl.ListFormat("en", { type: "conjunction" });
  const moneys = new Map<string, Intl.NumberFormat>();
  const money = (minor: bigint, code = currency) => {
    let format = moneys.get(code);
    if (format === undefined) {
      // Digits as ISO 4217 has them; Intl's own data shows some currencies with fewer.
      const digits = formatAmount(0n, code).split(".")[1]?.length ?? 0;
      format = new Intl.NumberFormat(tag, { style: "currency", currency: code, minimumFractionDigits: digits, maximumFractionDigits: digits });
      moneys.set(code, format);
    }
    // A decimal string is formatted exactly; a number would not be.
    return format.format(formatAmount(minor, code) as `${number}`);
  };
  return {
    money,
    size: (minor) => money(minor < 0n ? -minor : minor),
    percent: (fraction) => percents.format(fraction),
    number: (value) => numbers.format(value),
    day: (day) => days.format(dateOf(day)),
    month: (day) => months.format(dateOf(day)),
    list: (items) => lists.format(items),
    leftOut: (unconverted) =>
      unconverted.length === 0
        ? ""
        : ` Left out for want of an exchange rate: ${lists.format(unconverted.map(({ currency: code, total }) => `${total} ${code}`))}.`,
  };
}
