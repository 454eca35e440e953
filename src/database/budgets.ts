/** Budgets in PostgreSQL. Each function takes a transaction in which row-level security stands for one user. */
import { sql } from "kysely";
import { type Budget, type BudgetFigures, type BudgetRhythm, budgetFigures, budgetPeriod } from "../finance/budget.ts";
import { type Calendar, type Day, type PeriodKind, periodAt } from "../finance/periods.ts";
import { selectBudgets } from "./budget-rows.ts";
import { spendingOf, type Unconverted } from "./spending.ts";
import { lockSpending, lookQuietly, type Watch } from "./thresholds.ts";
import { type Tx, withUser } from "./users.ts";

/** A new budget, checked. */
export interface NewBudget {
  id: string;
  name: string;
  categoryId: string | null;
  /** In the currency's minor unit, above zero. */
  minor: bigint;
  currency: string;
  period: PeriodKind;
  /** Null: the beginning of the running period by the user's calendar; for a custom one, today. */
  startsOn: Day | null;
  /** Custom only. */
  periodDays: number | null;
  /** Percent, rising. */
  thresholds: readonly number[];
  rollover: boolean;
}

/** What is given changes. */
export type BudgetChange = { readonly [Field in Exclude<keyof NewBudget, "id" | "startsOn">]?: NewBudget[Field] | undefined } & {
  readonly startsOn?: Day | undefined;
};

/** Asked before the row is written: a foreign key that fails would end the transaction. Another user's category looks just like none. */
async function hasCategory(tx: Tx, user: string, id: string | null): Promise<boolean> {
  if (id === null) return true;
  const found = await tx.selectFrom("categories").select("id").where("user_id", "=", user).where("id", "=", id).forKeyShare().executeTakeFirst();
  return found !== undefined;
}

/** The running period, or the first one when that has not begun. */
const periodFromNowOn = (rhythm: BudgetRhythm, { calendar, today }: Watch) =>
  budgetPeriod(rhythm, calendar, today) ?? periodAt(rhythm, calendar, rhythm.startsOn);

/** Carries over from the period that holds `startsOn`. False: the user has no such category. */
export async function addBudget(tx: Tx, user: string, watch: Watch, budget: NewBudget): Promise<Budget | false> {
  await lockSpending(tx, user, "alone");
  if (!(await hasCategory(tx, user, budget.categoryId))) return false;
  const { period: kind, periodDays } = budget;
  const startsOn = budget.startsOn ?? (kind === "custom" ? watch.today : periodAt({ kind, startsOn: null, periodDays }, watch.calendar, watch.today).from);
  const rhythm = { kind, startsOn, periodDays };
  const { from } = periodAt(rhythm, watch.calendar, startsOn);
  await withUser(tx, user)
    .with("first_amount", (db) => db.insertInto("budget_amounts").values({ user_id: user, budget_id: budget.id, from_day: from, amount_minor: budget.minor }))
    .insertInto("budgets")
    .values({
      user_id: user,
      id: budget.id,
      name: budget.name,
      category_id: budget.categoryId,
      amount_minor: budget.minor,
      currency: budget.currency,
      period: kind,
      starts_on: startsOn,
      period_days: periodDays,
      thresholds: sql`${budget.thresholds}::smallint[]`,
      rollover: budget.rollover,
      carry_from: from,
      created_at: new Date(watch.now),
      updated_at: new Date(watch.now),
    })
    .execute();
  const made: Budget = {
    id: budget.id,
    version: 1,
    name: budget.name,
    categoryId: budget.categoryId,
    minor: budget.minor,
    amounts: [{ from, minor: budget.minor }],
    currency: budget.currency,
    rhythm,
    thresholds: budget.thresholds,
    rollover: budget.rollover,
    carryFrom: from,
  };
  await lookQuietly(tx, user, watch, made);
  return made;
}

/** Null: there is none such. */
export async function readBudget(tx: Tx, user: string, id: string): Promise<Budget | null> {
  const [budget] = await selectBudgets(tx, user, sql`and b.id = ${id}`);
  return budget ?? null;
}

/** The same, for whoever is going to change or delete it: nobody else does, nor writes spending, until the transaction ends. */
export async function lockBudget(tx: Tx, user: string, id: string): Promise<Budget | null> {
  await lockSpending(tx, user, "alone");
  return readBudget(tx, user, id);
}

/** Where a list of budgets stands: the last one shown. */
export interface BudgetPlace {
  name: string;
  id: string;
}

/** By name; `after` is the last one of the page before. At most `limit`. */
export const listBudgets = (tx: Tx, user: string, limit: number, after: BudgetPlace | null): Promise<Budget[]> =>
  selectBudgets(tx, user, sql`${after === null ? sql`` : sql`and (b.name, b.id) > (${after.name}, ${after.id}::uuid)`} order by b.name, b.id limit ${limit}`);

const sameList = (a: readonly number[], b: readonly number[]) => a.length === b.length && a.every((value, i) => value === b[i]);

/**
 * Changes a budget that `lockBudget` gave; false: the user has no such category. A new amount holds from the running period on. Another category, currency,
 * rhythm or rollover makes carry-over begin anew with the running period; another currency or rhythm also leaves no older amount, for they were others.
 */
export async function changeBudget(tx: Tx, user: string, watch: Watch, old: Budget, change: BudgetChange): Promise<Budget | false> {
  const next: Budget = {
    ...old,
    name: change.name ?? old.name,
    categoryId: change.categoryId === undefined ? old.categoryId : change.categoryId,
    minor: change.minor ?? old.minor,
    currency: change.currency ?? old.currency,
    rhythm: {
      kind: change.period ?? old.rhythm.kind,
      startsOn: change.startsOn ?? old.rhythm.startsOn,
      periodDays: change.periodDays === undefined ? old.rhythm.periodDays : change.periodDays,
    },
    thresholds: change.thresholds ?? old.thresholds,
    rollover: change.rollover ?? old.rollover,
  };
  const rhythmChanged = (["kind", "startsOn", "periodDays"] as const).some((part) => next.rhythm[part] !== old.rhythm[part]);
  const renewed = rhythmChanged || next.currency !== old.currency;
  const restarted = renewed || next.categoryId !== old.categoryId || next.rollover !== old.rollover;
  const amountChanged = renewed || next.minor !== old.minor;
  if (!restarted && !amountChanged && next.name === old.name && sameList(next.thresholds, old.thresholds)) return old;
  if (next.categoryId !== old.categoryId && !(await hasCategory(tx, user, next.categoryId))) return false;
  const { from } = periodFromNowOn(next.rhythm, watch);
  const changed: Budget = { ...next, version: old.version + 1, carryFrom: restarted ? from : old.carryFrom };
  if (amountChanged) {
    // An amount that was to hold later gives way, too: this one is newer.
    const kept = renewed ? [] : old.amounts.filter((one) => one.from < from);
    changed.amounts = [...kept, { from, minor: next.minor }];
    await tx
      .deleteFrom("budget_amounts")
      .where("user_id", "=", user)
      .where("budget_id", "=", old.id)
      .$if(!renewed, (query) => query.where("from_day", ">=", from))
      .execute();
    await tx.insertInto("budget_amounts").values({ user_id: user, budget_id: old.id, from_day: from, amount_minor: next.minor }).execute();
  }
  await tx
    .updateTable("budgets")
    .set({
      name: changed.name,
      category_id: changed.categoryId,
      amount_minor: changed.minor,
      currency: changed.currency,
      period: changed.rhythm.kind,
      starts_on: changed.rhythm.startsOn,
      period_days: changed.rhythm.periodDays,
      thresholds: sql`${changed.thresholds}::smallint[]`,
      rollover: changed.rollover,
      carry_from: changed.carryFrom,
      version: changed.version,
      updated_at: new Date(watch.now),
    })
    .where("user_id", "=", user)
    .where("id", "=", old.id)
    .execute();
  await lookQuietly(tx, user, watch, changed);
  return changed;
}

/** With its amounts and alerts. After `lockBudget`. */
export async function deleteBudget(tx: Tx, user: string, id: string): Promise<void> {
  await tx.deleteFrom("budgets").where("user_id", "=", user).where("id", "=", id).execute();
}

/** A budget in one of its periods. */
export interface BudgetStanding {
  budget: Budget;
  figures: BudgetFigures;
  /** What has no rate to the budget's currency, and so is in no figure. */
  unconverted: readonly Unconverted[];
}

/** Budgets in their periods that hold `on`, seen at the user's day `today`, in the order given; one that had not begun by then is left out. */
export async function standingsOf(tx: Tx, user: string, calendar: Calendar, today: Day, on: Day, budgets: readonly Budget[]): Promise<BudgetStanding[]> {
  const asked = budgets.flatMap((budget) => {
    const period = budgetPeriod(budget.rhythm, calendar, on);
    return period === null ? [] : [{ budget, periods: [period] }];
  });
  const spending = await spendingOf(tx, user, calendar, today, asked);
  return asked.flatMap(({ budget, periods }, i) => {
    const [period] = periods;
    const found = spending[i]?.[0];
    if (period === undefined || found === undefined) return [];
    return [{ budget, figures: budgetFigures(budget, calendar, period, today, found), unconverted: found.unconverted }];
  });
}

/** All of a user's budgets, by name, in their periods that hold `on`: what a summary shows. */
export async function budgetStandings(tx: Tx, user: string, calendar: Calendar, today: Day, on: Day): Promise<BudgetStanding[]> {
  return standingsOf(tx, user, calendar, today, on, await selectBudgets(tx, user, sql`order by b.name, b.id`));
}
