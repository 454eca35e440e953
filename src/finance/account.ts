/** Accounts: where money is, and how much there was on a day. Pure. */
import { amountFault, type Parsed, parseAmount } from "./money.ts";

export type AccountType = "asset" | "liability";

export interface NewAccount {
  id: string;
  name: string;
  type: AccountType;
  /** ISO 4217. */
  currency: string;
  /** No longer used; what was entered for it stays. */
  archived: boolean;
}

export interface Account extends NewAccount {
  version: number;
}

export interface Balance {
  accountId: string;
  /** `2026-01-31`. */
  day: string;
  /** In the minor unit of the account's currency; below zero for what is owed on an asset, or was overpaid on a liability. */
  minor: bigint;
  version: number;
}

/** 1 `base` was `rate` `quote` on `day`, as its user entered it. */
export interface Rate {
  day: string;
  base: string;
  quote: string;
  /** A decimal string without zeros at its end. */
  rate: string;
  version: number;
}

const isZero = (digits: string) => /^0(\.0+)?$/.test(digits);

/** What is wrong with a balance whatever its currency; null when nothing is. It may be zero or below, which an amount may not. */
export function balanceFault(value: unknown): string | null {
  if (typeof value === "string" && /^-?\d+(\.\d+)?$/.test(value)) return isZero(value.replace("-", "")) ? null : amountFault(value.replace("-", ""));
  if (typeof value === "string" && /^-?\d/.test(value)) return amountFault(value.replace("-", ""));
  return 'must be a decimal string, with or without a minus sign, such as "-12.50"';
}

/** `"-12.50"` EUR is -1250. */
export function parseBalance(value: unknown, currency: string): Parsed {
  const fault = balanceFault(value);
  if (fault !== null || typeof value !== "string") return { ok: false, why: fault ?? "must be text" };
  const digits = value.replace("-", "");
  // The decimals of a zero are counted like those of any other amount.
  const parsed = parseAmount(isZero(digits) ? `1${digits.slice(1)}` : digits, currency);
  if (!parsed.ok) return parsed;
  return { ok: true, minor: isZero(digits) ? 0n : value.startsWith("-") ? -parsed.minor : parsed.minor };
}

/** What is wrong with a rate; null when nothing is: above zero, at most 12 digits before the point and 12 after. */
export function rateFault(value: unknown): string | null {
  const allowed = 'must be a rate as a decimal string such as "1.0837"';
  if (typeof value !== "string" || !/^\d+(\.\d+)?$/.test(value)) return allowed;
  const [whole = "", decimals = ""] = value.split(".");
  if (/^0\d/.test(value)) return "must not begin with a zero that says nothing";
  if (whole.length > 12 || decimals.length > 12) return "must have at most 12 digits before the point and 12 after it";
  return /[1-9]/.test(value) ? null : "must be above zero";
}

/** `1.083700` is `1.0837`, `2.000` is `2`. */
export const plainRate = (rate: string): string => (rate.includes(".") ? rate.replace(/\.?0+$/, "") : rate);
