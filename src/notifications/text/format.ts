/** Numbers and days as a locale writes them. Pure. */
import type { Day } from "../../finance/day.ts";
import { exponentOf } from "../../finance/money.ts";

export interface Format {
  /** A decimal string and its currency: "€1,234.50" in `en`, "1.234,50 €" in `de`. */
  money(amount: string, currency: string): string;
  /** 83 is "83%" in `en`, "83 %" in `de`. */
  percent(percent: number): string;
  number(value: number): string;
  day(day: Day): string;
  /** Both days are in it. */
  period(from: Day, to: Day): string;
  list(items: readonly string[]): string;
}

const dateOf = (day: Day) => new Date(`${day}T00:00:00Z`);

/** `locale` is BCP 47 and known to Intl. */
export function format(locale: string): Format {
  const days = new Intl.DateTimeFormat(locale, { timeZone: "UTC", day: "numeric", month: "long", year: "numeric" });
  const numbers = new Intl.NumberFormat(locale);
  const percents = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 0 });
  const lists = new Intl.ListFormat(locale, { type: "conjunction" });
  return {
    money(amount, currency) {
      // Digits as ISO 4217 has them; Intl's own data shows some currencies with fewer.
      const digits = exponentOf(currency) ?? 2;
      // A decimal string is formatted exactly; a number would not be.
      return new Intl.NumberFormat(locale, { style: "currency", currency, minimumFractionDigits: digits, maximumFractionDigits: digits }).format(
        amount as `${number}`,
      );
    },
    percent: (percent) => percents.format(percent / 100),
    number: (value) => numbers.format(value),
    day: (day) => days.format(dateOf(day)),
    period: (from, to) => days.formatRange(dateOf(from), dateOf(to)),
    list: (items) => lists.format(items),
  };
}

/** `a - b` of decimal strings, exactly. */
export function minus(a: string, b: string): string {
  const decimals = Math.max(...[a, b].map((text) => text.split(".")[1]?.length ?? 0));
  const whole = (text: string) => {
    const [digits = "", rest = ""] = text.replace("-", "").split(".");
    const value = BigInt(digits + rest.padEnd(decimals, "0"));
    return text.startsWith("-") ? -value : value;
  };
  const difference = whole(a) - whole(b);
  const digits = (difference < 0n ? -difference : difference).toString().padStart(decimals + 1, "0");
  return `${difference < 0n ? "-" : ""}${decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`}`;
}

export const isBelowZero = (amount: string): boolean => amount.startsWith("-") && /[1-9]/.test(amount);
export const isZero = (amount: string): boolean => !/[1-9]/.test(amount);
export const withoutSign = (amount: string): string => amount.replace("-", "");
