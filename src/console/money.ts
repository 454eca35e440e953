/** Money as people read and type it. The API's form is a decimal string. */

function isNumeric(text: string): text is `${number}` {
  return /^-?\d+(\.\d+)?$/.test(text);
}

/** A decimal string with its currency in the reader's way; what can't be read is shown as it came. Never goes through a float. */
export function money(amount: string, currency: string, display: "narrowSymbol" | "code" = "narrowSymbol"): string {
  if (!isNumeric(amount)) return `${amount} ${currency}`;
  try {
    return new Intl.NumberFormat(undefined, { style: "currency", currency, currencyDisplay: display }).format(amount);
  } catch {
    return `${amount} ${currency}`;
  }
}

/** A price in which small parts matter, such as `0.018` an hour. */
export function price(amount: string, currency: string): string {
  if (!isNumeric(amount)) return `${amount} ${currency}`;
  return new Intl.NumberFormat(undefined, { style: "currency", currency, currencyDisplay: "narrowSymbol", maximumFractionDigits: 6 }).format(amount);
}

export const isNegative = (amount: string): boolean => amount.startsWith("-");
export const absolute = (amount: string): string => amount.replace(/^-/, "");

/** The sum of two decimal strings with as many decimals each, as those of one currency are. */
export function plus(a: string, b: string): string {
  const decimals = (a.split(".")[1] ?? "").length;
  const sum = BigInt(a.replace(".", "")) + BigInt(b.replace(".", ""));
  const digits = String(sum < 0n ? -sum : sum).padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals);
  return `${sum < 0n ? "-" : ""}${whole}${decimals > 0 ? `.${digits.slice(-decimals)}` : ""}`;
}

/**
 * What was typed, as the API wants it: spaces away, and `12,50` as `12.50`. A comma that could part thousands (`1,250`) is left for the API to refuse:
 * to guess would be to book a thousandth of the amount.
 */
export function amountText(typed: string): string {
  const text = typed.replaceAll(/\s/g, "");
  return /^-?\d+,\d{1,2}$/.test(text) ? text.replace(",", ".") : text;
}
