/** What the finance routes answer: types of the schemas that they answer with, none of their code. Days are `2026-11-21`, money is a decimal string. */
import type * as z from "zod/mini";
import type { category } from "../../http/finance/category-schemas.ts";
import type { expense } from "../../http/finance/expense-schemas.ts";
import type { weeklyRecap } from "../../http/finance/insight-schemas.ts";
import type { summary } from "../../http/finance/summary-schemas.ts";
import type { Page } from "../types.ts";
import { isRecord } from "../types.ts";

export type Category = z.output<typeof category>;
export type Expense = z.output<typeof expense>;
export type Summary = z.output<typeof summary>;
export type CategorySum = Summary["byCategory"][number];
export type BudgetNow = Summary["budgets"][number];
export type Recap = z.output<typeof weeklyRecap>;

export const isCategory = (value: unknown): value is Category => isRecord(value) && typeof value.id === "string" && typeof value.name === "string";

export const isExpense = (value: unknown): value is Expense =>
  isRecord(value) && typeof value.id === "string" && typeof value.amount === "string" && typeof value.occurredOn === "string" && Array.isArray(value.tags);

export const isSummary = (value: unknown): value is Summary =>
  isRecord(value) && typeof value.total === "string" && Array.isArray(value.byCategory) && Array.isArray(value.budgets) && isRecord(value.previous);

export const isRecap = (value: unknown): value is Recap => isRecord(value) && typeof value.sentence === "string" && isRecord(value.figures);

/** A list's page; what is no item of it is left out. */
export function pageOf<T>(body: unknown, is: (value: unknown) => value is T): Page<T> {
  if (!isRecord(body)) return { items: [], next: null };
  return { items: Array.isArray(body.items) ? body.items.filter(is) : [], next: typeof body.next === "string" ? body.next : null };
}
