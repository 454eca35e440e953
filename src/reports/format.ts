/** How a report writes money, numbers and days: by Intl, in the report's language. Pure. */
import { formatAmount } from "../finance/money.ts";
import type { Day, Period } from "../finance/periods.ts";

/** Languages that reports have words for. */
export const languages = ["en", "de"] as const;
export type Language = (typeof languages)[number];

/** The report language nearest to a BCP 47 tag; English when there is none. */
export function languageOf(locale: string): Language {
  const [first] = locale.toLowerCase().split("-");
  return languages.find((language) => language === first) ?? "en";
}

/** The locale that a report's numbers and days are written in: the reader's own where it is of the report's language, so that months and words match. */
export function localeOf(language: Language, locale: string): string {
  try {
    const found = Intl.NumberFormat.supportedLocalesOf([locale])[0];
    return found !== undefined && languageOf(found) === language && found.toLowerCase().startsWith(language) ? found : language;
  } catch {
    return language;
  }
}

export interface Format {
  /** Of `Intl`. */
  locale: string;
  /** The report's own currency as the locale writes it. */
  money(minor: bigint): string;
  /** With its code, which no sign of another country's dollar can be taken for. */
  coded(minor: bigint, currency: string): string;
  /** The report's currency with its sign in front, plus included; zero has none. */
  change(minor: bigint): string;
  /** 0.125 is "12.5%". */
  percent(fraction: number): string;
  /** With its sign in front, plus included. */
  changePercent(fraction: number): string;
  number(value: number): string;
  /** A tick on an axis, in minor units of the report's currency: "1,500", and from ten thousand on "15k". */
  short(minor: number): string;
  /** In tables: digits alone, all of one width. */
  day(day: Day): string;
  /** In sentences: "3 November 2026". */
  longDay(day: Day): string;
  /** "November 2026". */
  month(day: Day): string;
  /** "Nov". */
  shortMonth(day: Day): string;
  /** "1 – 30 November 2026". */
  period(period: Period): string;
  /** A moment in a time zone. `at` in milliseconds. */
  moment(at: number, timeZone: string): string;
  list(items: readonly string[]): string;
}

const dateOf = (day: Day) => new Date(`${day}T00:00:00Z`);

/** `currency` is ISO 4217, the report's; `locale` one that `localeOf` gave. */
export function format(locale: string, currency: string): Format {
  const days = (options: Intl.DateTimeFormatOptions) => {
    const made = new Intl.DateTimeFormat(locale, { timeZone: "UTC", ...options });
    return (day: Day) => made.format(dateOf(day));
  };
  const digitsOf = (code: string) => formatAmount(0n, code).split(".")[1]?.length ?? 0;
  const moneyIn = (code: string, options: Intl.NumberFormatOptions) => {
    // Digits as ISO 4217 has them; Intl's own data shows some currencies with fewer.
    const digits = digitsOf(code);
    const made = new Intl.NumberFormat(locale, { style: "currency", currency: code, minimumFractionDigits: digits, maximumFractionDigits: digits, ...options });
    // A decimal string is formatted exactly; a number would not be.
    return (minor: bigint) => made.format(formatAmount(minor, code) as `${number}`);
  };
  const coded = new Map<string, (minor: bigint) => string>();
  const numbers = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
  const percents = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1, minimumFractionDigits: 1 });
  const changes = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1, minimumFractionDigits: 1, signDisplay: "exceptZero" });
  const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
  const ticks = new Intl.NumberFormat(locale, { notation: "compact", maximumFractionDigits: 2 });
  const ranges = new Intl.DateTimeFormat(locale, { timeZone: "UTC", day: "numeric", month: "long", year: "numeric" });
  const lists = new Intl.ListFormat(locale, { type: "conjunction" });
  const scale = 10 ** digitsOf(currency);
  return {
    locale,
    money: moneyIn(currency, {}),
    change: moneyIn(currency, { signDisplay: "exceptZero" }),
    coded(minor, code) {
      let made = coded.get(code);
      if (made === undefined) {
        made = moneyIn(code, { currencyDisplay: "code" });
        coded.set(code, made);
      }
      return made(minor);
    },
    percent: (fraction) => percents.format(fraction),
    changePercent: (fraction) => changes.format(fraction),
    number: (value) => numbers.format(value),
    short: (minor) => (Math.abs(minor) >= 100 * scale && Math.abs(minor) < 10_000 * scale ? whole : ticks).format(minor / scale),
    day: days({ day: "2-digit", month: "2-digit", year: "numeric" }),
    longDay: days({ day: "numeric", month: "long", year: "numeric" }),
    month: days({ month: "long", year: "numeric" }),
    shortMonth: days({ month: "short" }),
    period: ({ from, to }) => ranges.formatRange(dateOf(from), dateOf(to)),
    moment: (at, timeZone) => new Intl.DateTimeFormat(locale, { timeZone, dateStyle: "long", timeStyle: "short" }).format(at),
    list: (items) => lists.format(items),
  };
}
