/**
 * Money: a decimal string with its currency outside, integer minor units inside. Never a binary fraction.
 * Exponents are those of ISO 4217 (list one), written out, so that they depend on no machine's data. Pure.
 */

/** Currencies in use, by the number of decimals of their minor unit. Left out: metals, test codes and funds. */
const currencies: Readonly<Record<number, string>> = {
  0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF",
  2: "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD XCG YER ZAR ZMW ZWG",
  3: "BHD IQD JOD KWD LYD OMR TND",
};

const exponents = new Map(Object.entries(currencies).flatMap(([exponent, codes]) => codes.split(" ").map((code) => [code, Number(exponent)] as const)));

/** Digits before the decimal point: below a trillion, and with three decimals still exact as a JavaScript number. */
const MAX_WHOLE_DIGITS = 12;

/** How many decimals a currency has; null for a code that is none. */
export function exponentOf(currency: string): number | null {
  return exponents.get(currency) ?? null;
}

/** The currencies that have this many decimals. */
export const currenciesWith = (exponent: number): readonly string[] => (currencies[exponent] ?? "").split(" ").filter((code) => code !== "");

function knownExponent(currency: string): number {
  const exponent = exponentOf(currency);
  if (exponent === null) throw new Error(`there is no currency ${currency}`);
  return exponent;
}

/** Minor units, or the end of a sentence that says why not. */
export type Parsed = { ok: true; minor: bigint } | { ok: false; why: string };

/** What is wrong with an amount whatever its currency; null when nothing is. Pure. */
export function amountFault(value: unknown): string | null {
  if (typeof value === "number") return 'must be a decimal string such as "12.50": a JSON number can\'t hold every amount exactly';
  if (typeof value !== "string") return 'must be a decimal string such as "12.50"';
  if (/^-\d/.test(value)) return "must be above zero: an expense is entered without a sign";
  if (/^\d+(\.\d+)?[eE]/.test(value)) return "must be written out, without an exponent";
  if (/^\d+,\d+$/.test(value)) return "must have a point before the decimals, not a comma";
  if (!/^\d+(\.\d+)?$/.test(value)) return 'must be a decimal string such as "12.50", of digits and at most one point';
  if (/^0\d/.test(value)) return "must not begin with a zero that says nothing";
  if ((value.split(".")[0] ?? "").length > MAX_WHOLE_DIGITS) return `must have at most ${MAX_WHOLE_DIGITS} digits before the point`;
  if (!/[1-9]/.test(value)) return "must be above zero";
  return null;
}

/** An amount above zero. `"12.50"` EUR is 1250, `"12"` JPY is 12, `"1.25"` KWD is 1250. */
export function parseAmount(value: unknown, currency: string): Parsed {
  const fault = amountFault(value);
  if (fault !== null || typeof value !== "string") return { ok: false, why: fault ?? "must be text" };
  const exponent = exponentOf(currency);
  if (exponent === null) return { ok: false, why: "needs a currency that is known" };
  const [whole = "", decimals = ""] = value.split(".");
  if (decimals.length > exponent)
    return {
      ok: false,
      why: exponent === 0 ? `must have no decimals: ${currency} has none` : `must have at most ${exponent} decimals: that is what ${currency} has`,
    };
  return { ok: true, minor: BigInt(whole + decimals.padEnd(exponent, "0")) };
}

/** Minor units as a decimal string with all decimals of the currency. Throws for a currency that is none. */
export function formatAmount(minor: bigint, currency: string): string {
  const exponent = knownExponent(currency);
  const sign = minor < 0n ? "-" : "";
  const digits = (minor < 0n ? -minor : minor).toString().padStart(exponent + 1, "0");
  if (exponent === 0) return sign + digits;
  return `${sign}${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}

/** A quotient rounded to the nearest whole number, a tie to the even one (as banks do): 5/2 is 2, 7/2 is 4. Exact; the divisor above zero. */
export function divideHalfEven(dividend: bigint, divisor: bigint): bigint {
  if (divisor <= 0n) throw new RangeError("the divisor has to be above zero");
  const towardZero = dividend / divisor;
  const rest = dividend - towardZero * divisor;
  const twice = (rest < 0n ? -rest : rest) * 2n;
  const away = twice > divisor || (twice === divisor && towardZero % 2n !== 0n);
  return away ? towardZero + (dividend < 0n ? -1n : 1n) : towardZero;
}

/**
 * An amount in another currency, at 1 `from` = `rate` `to` (a decimal string). Each amount is converted and rounded alone, half to even; sums come after.
 * Throws for a currency that is none, and for a rate that is no decimal.
 */
export function convert(minor: bigint, rate: string, from: string, to: string): bigint {
  const parts = /^(\d+)(?:\.(\d+))?$/.exec(rate);
  if (parts === null) throw new RangeError("a rate is a decimal string such as 1.0837");
  const [, whole = "", decimals = ""] = parts;
  const shift = knownExponent(to) - knownExponent(from) - decimals.length;
  const product = minor * BigInt(whole + decimals);
  return shift >= 0 ? product * 10n ** BigInt(shift) : divideHalfEven(product, 10n ** BigInt(-shift));
}
