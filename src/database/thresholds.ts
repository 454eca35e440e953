/**
 * Budgets' thresholds, looked at in the transaction that writes, so that each is told of once: however many write at once, and wherever one of them dies.
 *
 * Two that each add a part to a budget can't see each other's part (READ COMMITTED), so both would find it below its threshold. Hence:
 * 1. A lock of the user's, shared by those who change spending; those who change what counts (a budget, the tree of categories, rates) have it alone. So no
 *    budget and no branch comes or goes unseen between a write and its look.
 * 2. The rows of every budget that the write can touch, ordered by id, until the transaction ends: the second of two waits here for the first.
 * 3. Only then, in a later statement, which sees what the first has committed, the sums.
 * 4. A row in `alerts`, unique by budget, period and threshold and never deleted. Whoever makes it tells of it.
 *
 * No deadlock comes of it: rows of expenses, rates and categories are written first, then locks are taken in this order, and nothing is written after but
 * alerts and the outbox. That holds for one call in a transaction, after its last write.
 */
import { type RawBuilder, sql } from "kysely";
import { amountOf, type Budget, type BudgetFigures, budgetFigures, budgetPeriod, fired } from "../finance/budget.ts";
import { formatAmount } from "../finance/money.ts";
import { type Calendar, type Day, type Period, todayIn } from "../finance/periods.ts";
import { selectBudgets } from "./budget-rows.ts";
import { type Message, type Payload, tell } from "./outbox.ts";
import { type PeriodSpending, spendingOf } from "./spending.ts";
import type { Tx } from "./users.ts";

/** When a write happens, for whom: the user's own day, and how they count time. */
export interface Watch {
  /** The user's. */
  today: Day;
  calendar: Calendar;
  /** Milliseconds since the epoch. */
  now: number;
  /** A new UUID, version 7. */
  newId(): string;
}

export function watchOf({ calendar }: { calendar: Calendar }, deps: { now(): number; newId(): string }): Watch {
  const now = deps.now();
  return { today: todayIn(calendar.timeZone, now), calendar, now, newId: () => deps.newId() };
}

/** What a write touched: the old place of an expense and the new one. `everything`: a rate, or the tree of categories, which count for whatever is there. */
export type Touched = readonly { categoryId: string | null; occurredOn: Day }[] | "everything";

/** What the outbox calls it. */
export const BUDGET_THRESHOLD = "budget-threshold";

/** Each with a message of its own, all of them with one, or nothing. */
type How = "each" | "at once" | "quietly";

/**
 * Tells of the thresholds that this transaction's write has crossed: in the periods touched that have begun, and in the running one, whose carry-over an
 * older receipt changes. Only the running period's are told; the others' rows are quiet. A period to come has none yet: what is entered ahead is found by
 * the first look once it has begun.
 *
 * Call it once in a transaction, after its last write. A category that gets another parent changes what the parents' budgets count: call it with
 * "everything" after the update. A category that is deleted is used by nothing, so nothing changes; to call it after the delete would be a way to a deadlock.
 *
 * `how` "at once" tells of several in one message: of an import, which is one thing that its user did.
 */
export async function checkThresholds(tx: Tx, user: string, watch: Watch, touched: Touched, how: How = "each"): Promise<void> {
  if (touched.length === 0) return;
  await lockSpending(tx, user, touched === "everything" ? "alone" : "shared");
  const budgets = touched === "everything" ? await lockBudgets(tx, user) : await lockBudgetsOver(tx, user, touched);
  const days = touched === "everything" ? [] : touched.map(({ occurredOn }) => occurredOn);
  await look(tx, user, watch, budgets, days, how);
}

/** A budget that was made or edited above its threshold is no news to whoever did it: its running period gets its rows, and nothing is told. */
export const lookQuietly = (tx: Tx, user: string, watch: Watch, budget: Budget): Promise<void> => look(tx, user, watch, [budget], [], "quietly");

/**
 * The user's lock, until the transaction ends. "alone" waits for everybody who writes spending, and is for whoever changes what counts as such: take it
 * before the budget, and never after "shared" (two who have it shared would wait for each other).
 */
export async function lockSpending(tx: Tx, user: string, how: "shared" | "alone"): Promise<void> {
  const lock = how === "shared" ? sql`pg_advisory_xact_lock_shared` : sql`pg_advisory_xact_lock`;
  await sql`select ${lock}(hashtextextended(${`spending of ${user}`}, 0))`.execute(tx);
}

const inOrder = sql`order by b.id for update of b`;
const lockBudgets = (tx: Tx, user: string, which: RawBuilder<unknown> = sql``, before?: RawBuilder<unknown>) =>
  selectBudgets(tx, user, sql`${which} ${inOrder}`, before);

/** Those of the categories and of all that these are in, and those of all spending. */
function lockBudgetsOver(tx: Tx, user: string, touched: readonly { categoryId: string | null }[]): Promise<Budget[]> {
  const ids = [...new Set(touched.flatMap(({ categoryId }) => categoryId ?? []))];
  return lockBudgets(
    tx,
    user,
    sql`and (b.category_id is null or b.category_id in (select id from above))`,
    sql`with recursive above as (
      select c.id, c.parent_id from categories c where c.user_id = ${user} and c.id = any(${ids}::uuid[])
      union
      select c.id, c.parent_id from above join categories c on c.user_id = ${user} and c.id = above.parent_id
    )`,
  );
}

/** A threshold that is reached. */
interface Reached {
  budget: Budget;
  figures: BudgetFigures;
  unconverted: PeriodSpending["unconverted"];
  threshold: number;
  /** In the period that holds the user's today, and not known to them already. */
  told: boolean;
}

/** The periods that hold one of the days or today, and have begun; in order, each once. */
function periodsToLookAt({ rhythm }: Budget, { calendar, today }: Watch, days: readonly Day[]): Period[] {
  const periods = new Map<Day, Period>();
  for (const day of [...days, today]) {
    const period = budgetPeriod(rhythm, calendar, day);
    if (period !== null && period.from <= today) periods.set(period.from, period);
  }
  return [...periods.values()].sort((a, b) => (a.from < b.from ? -1 : 1));
}

async function look(tx: Tx, user: string, watch: Watch, budgets: readonly Budget[], days: readonly Day[], how: How): Promise<void> {
  const { calendar, today } = watch;
  const asked = budgets
    .filter(({ thresholds }) => thresholds.length > 0)
    .map((budget) => ({ budget, periods: periodsToLookAt(budget, watch, days) }))
    .filter(({ periods }) => periods.length > 0);
  if (asked.length === 0) return;
  const spending = await spendingOf(tx, user, calendar, today, asked);
  const reached = asked.flatMap(({ budget, periods }, i) =>
    periods.flatMap((period, k): Reached[] => {
      const found = spending[i]?.[k];
      if (found === undefined) return [];
      const figures = budgetFigures(budget, calendar, period, today, found);
      const told = how !== "quietly" && period.to >= today;
      return fired(figures.spent, figures.effective, budget.thresholds).map((threshold) => ({
        budget,
        figures,
        unconverted: found.unconverted,
        threshold,
        told,
      }));
    }),
  );
  if (reached.length === 0) return;
  const made = await tx
    .insertInto("alerts")
    .values(
      reached.map(({ budget, figures, threshold, told }) => ({
        user_id: user,
        budget_id: budget.id,
        period_start: figures.from,
        threshold,
        spent_minor: figures.spent.toString(),
        effective_minor: figures.effective.toString(),
        quiet: !told,
        fired_at: new Date(watch.now),
      })),
    )
    .onConflict((conflict) => conflict.doNothing())
    .returning(["budget_id", "period_start", "threshold"])
    .execute();
  const isNew = new Set(made.map((row) => `${row.budget_id} ${row.period_start} ${row.threshold}`));
  const news = reached.filter(({ budget, figures, threshold, told }) => told && isNew.has(`${budget.id} ${figures.from} ${threshold}`));
  const payloads = how === "at once" ? digestOf(news) : news.map(payloadOf);
  await tell(
    tx,
    user,
    payloads.map((payload): Message => ({ id: watch.newId(), kind: BUDGET_THRESHOLD, payload })),
    watch.now,
  );
}

/** Budgets that a digest names, each with the highest of its thresholds. */
const NAMED = 10;

/** One message or none. */
function digestOf(news: readonly Reached[]): Payload[] {
  const highest = [...Map.groupBy(news, ({ budget }) => budget.id).values()].flatMap((all) => all.toSorted((a, b) => b.threshold - a.threshold).slice(0, 1));
  if (highest.length < 2) return highest.map(payloadOf);
  const budgets = highest.slice(0, NAMED).map((one) => {
    const { budgetId, name, threshold, from, to, currency, spent, effective } = payloadOf(one);
    return { budgetId, name, threshold, from, to, currency, spent, effective };
  });
  return [{ v: 2, count: highest.length, budgets }];
}

/** All that a mail says, so that nobody has to ask a database that sleeps. Amounts are decimal strings of the budget's currency. */
function payloadOf({ budget, figures, unconverted, threshold }: Reached): Payload {
  const money = (minor: bigint) => formatAmount(minor, budget.currency);
  return {
    v: 1,
    budgetId: budget.id,
    name: budget.name,
    categoryId: budget.categoryId,
    threshold,
    from: figures.from,
    to: figures.to,
    currency: budget.currency,
    amount: money(amountOf(budget.amounts, figures.from)),
    carried: money(figures.carried),
    effective: money(figures.effective),
    spent: money(figures.spent),
    percent: figures.percent,
    unconverted: unconverted.map(({ currency, minor }) => ({ currency, total: formatAmount(minor, currency) })),
  };
}
