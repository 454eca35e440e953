/**
 * The JSON of an export: everything that a user entered, in the words of the API. It is one JSON document, and each item of its lists stands on a line of its
 * own, so that it is written, and read again (`read.ts`), with no more of it in memory than a line. `counts` come last: a file that has them is whole.
 *
 * A reader of version 1 takes members that it does not know; one that is taken away, or comes to mean something else, is another version.
 */
import * as z from "zod/mini";
import { kinds, statuses } from "../finance/expense.ts";

export const EXPORT_VERSION = 1;

const uuid = z.uuid();
const day = z.string().check(z.regex(/^\d{4}-\d\d-\d\d$/));
/** A decimal string with all decimals of its currency; only balances and what was spent may be below zero. */
const amount = z.string().check(z.regex(/^-?\d+(\.\d+)?$/));
const currency = z.string().check(z.regex(/^[A-Z]{3}$/));
const instant = z.iso.datetime();

export const exportHead = z.object({
  dormouse: z.literal("export"),
  v: z.literal(EXPORT_VERSION),
  madeAt: instant,
  /** Which entries; empty: all. */
  filter: z.record(z.string(), z.string()),
});

/** Who they are to Dormouse, and how they count. */
export const exportedProfile = z.object({
  sub: z.string(),
  name: z.string(),
  email: z.nullable(z.string()),
  displayCurrency: currency,
  locale: z.string(),
  timeZone: z.string(),
  /** How weeks and months are counted, from a day on. */
  calendar: z.array(z.object({ from: day, firstWeekday: z.int(), payday: z.nullable(z.int()) })),
  notifications: z.record(z.string(), z.boolean()),
  largeExpense: z.nullable(z.object({ amount, currency })),
  weeklyReport: z.boolean(),
});

/** Parents stand before their children. */
export const exportedCategory = z.object({ id: uuid, name: z.string(), parentId: z.nullable(uuid), colour: z.nullable(z.string()) });
export const exportedAccount = z.object({ id: uuid, name: z.string(), type: z.enum(["asset", "liability"]), currency, archived: z.boolean() });
/** 1 base = rate quote. */
export const exportedRate = z.object({ day, base: currency, quote: currency, rate: z.string() });
/** In the account's currency. */
export const exportedBalance = z.object({ accountId: uuid, day, amount });
export const exportedBudget = z.object({
  id: uuid,
  name: z.string(),
  /** Null: all spending. */
  categoryId: z.nullable(uuid),
  currency,
  /** What may be spent, from the period that begins on a day on. */
  amounts: z.array(z.object({ from: day, amount })),
  period: z.enum(["week", "month", "quarter", "year", "payday", "custom"]),
  startsOn: day,
  periodDays: z.nullable(z.int()),
  thresholds: z.array(z.int()),
  rollover: z.boolean(),
  carryFrom: day,
  /** Thresholds that were reached, and whether that was told. */
  alerts: z.array(z.object({ periodStart: day, threshold: z.int(), spent: amount, effective: amount, told: z.boolean(), at: instant })),
});
/** The files themselves are not in it. */
export const exportedReceipt = z.object({ id: uuid, fileName: z.string(), contentType: z.string(), bytes: z.int(), createdAt: instant });
export const exportedExpense = z.object({
  id: uuid,
  kind: z.enum(kinds),
  /** Above zero whatever the kind. */
  amount,
  currency,
  occurredOn: day,
  categoryId: z.nullable(uuid),
  accountId: z.nullable(uuid),
  merchant: z.string(),
  description: z.string(),
  tags: z.array(z.string()),
  status: z.enum(statuses),
  /** The expense that a refund gives back; it may stand behind it, or outside what the filter lets through. */
  refundOf: z.nullable(uuid),
  receiptId: z.nullable(uuid),
  createdAt: instant,
});

/** The lists, in the order in which they stand in the file: what an item names is in a list before its own, or in its own. */
export const exportLists = {
  categories: exportedCategory,
  accounts: exportedAccount,
  rates: exportedRate,
  balances: exportedBalance,
  budgets: exportedBudget,
  receipts: exportedReceipt,
  expenses: exportedExpense,
} as const;
export type ExportList = keyof typeof exportLists;
export type Item<List extends ExportList> = z.output<(typeof exportLists)[List]>;
export const listNames = Object.keys(exportLists) as ExportList[];

export type ExportHead = z.output<typeof exportHead>;
export type ExportedProfile = z.output<typeof exportedProfile>;
export type ExportedCategory = Item<"categories">;
export type ExportedAccount = Item<"accounts">;
export type ExportedRate = Item<"rates">;
export type ExportedBalance = Item<"balances">;
export type ExportedBudget = Item<"budgets">;
export type ExportedReceipt = Item<"receipts">;
export type ExportedExpense = Item<"expenses">;

export type Counts = Record<ExportList, number>;
export const exportCounts = z.object(Object.fromEntries(listNames.map((name) => [name, z.int()])) as Record<ExportList, z.ZodMiniInt>);

/** The whole document: for who has it in memory, and for tests. */
export const exportDocument = z.extend(exportHead, {
  profile: exportedProfile,
  categories: z.array(exportedCategory),
  accounts: z.array(exportedAccount),
  rates: z.array(exportedRate),
  balances: z.array(exportedBalance),
  budgets: z.array(exportedBudget),
  receipts: z.array(exportedReceipt),
  expenses: z.array(exportedExpense),
  counts: exportCounts,
});

/** Entries of one account in one currency: what one statement of a bank holds. */
export interface Statement {
  /** Null: entries without an account. */
  accountId: string | null;
  currency: string;
  /** Of its first and last entry. */
  from: string;
  to: string;
  entries: number;
}

/** What is exported, as it is read: small lists at once, long ones a page at a time, and each of them from its beginning whenever it is asked for. */
export interface ExportSource {
  /** Milliseconds. */
  madeAt: number;
  filter: Readonly<Record<string, string>>;
  profile: ExportedProfile;
  categories: readonly ExportedCategory[];
  accounts: readonly ExportedAccount[];
  budgets: readonly ExportedBudget[];
  statements: readonly Statement[];
  rates(): AsyncIterable<readonly ExportedRate[]>;
  balances(): AsyncIterable<readonly ExportedBalance[]>;
  receipts(): AsyncIterable<readonly ExportedReceipt[]>;
  /** By day, then by id; of one statement where one is told. */
  expenses(of?: Statement): AsyncIterable<readonly ExportedExpense[]>;
}

export interface Written {
  /** Entries. */
  rows: number;
  bytes: number;
}

/** Bytes of a file as they are made. */
export type Writing = AsyncGenerator<Uint8Array, Written, undefined>;
