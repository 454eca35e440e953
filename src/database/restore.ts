/**
 * What an export holds becomes a user's again, under ids of their own: the same ones whenever the same thing is brought back, so that whoever was killed
 * begins anew and nothing is there twice. Each function takes a transaction in which row-level security stands for that user.
 */
import { createHash } from "node:crypto";
import { sql } from "kysely";
import type { ExportedAccount, ExportedBalance, ExportedBudget, ExportedCategory, ExportedExpense, ExportedRate } from "../exports/document.ts";
import { parseAmount } from "../finance/money.ts";
import { oneOf } from "./one-of.ts";
import type { Tx } from "./users.ts";

/** Something that can't be brought back; the message is a sentence for its user. */
export class CannotRestore extends Error {
  override readonly name = "CannotRestore";
}

/** A UUID version 8 (RFC 9562) for what had the id `old` in an export, as `user`'s. */
export function idIn(user: string, old: string): string {
  const bytes = createHash("sha256")
    .update(JSON.stringify(["restore", user, old]))
    .digest()
    .subarray(0, 16);
  bytes[6] = 0x80 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  const hex = bytes.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** A decimal string in minor units, with its sign. Throws `CannotRestore`. */
function minorOf(amount: string, currency: string): bigint {
  const negative = amount.startsWith("-");
  const digits = negative ? amount.slice(1) : amount;
  if (/^0+(\.0+)?$/.test(digits)) return 0n;
  const parsed = parseAmount(digits, currency);
  if (!parsed.ok) throw new CannotRestore(`The amount ${amount} ${currency} ${parsed.why}.`);
  return negative ? -parsed.minor : parsed.minor;
}

/** Whether the user has entered anything but what this restore has brought. */
export async function hasOwnEntries(tx: Tx, user: string, restoreId: string): Promise<boolean> {
  const { rows } = await sql<{ there: boolean }>`
    select exists (select from expenses where user_id = ${user} and import_id is distinct from ${restoreId}::uuid) as there`.execute(tx);
  return rows[0]?.there === true;
}

/** What became of the ids in the file. */
export interface Placed {
  categories: Map<string, string>;
  accounts: Map<string, { id: string; currency: string }>;
}

const column = <T, V>(all: readonly T[], of: (each: T) => V) => all.map(of);

/** A name that is there already stays what it is, and is what the file's means. Parents come before their children. */
export async function restoreCategories(tx: Tx, user: string, all: readonly ExportedCategory[], placed: Placed): Promise<void> {
  for (const { id, name, parentId, colour } of all) {
    const parent = parentId === null ? null : (placed.categories.get(parentId) ?? null);
    const { rows } = await sql<{ id: string }>`
      with made as (
        insert into categories (user_id, id, name, parent_id, colour) values (${user}, ${idIn(user, id)}, ${name}, ${parent}, ${colour})
        on conflict do nothing returning id
      )
      select id from made union all select id from categories where user_id = ${user} and lower(name) = lower(${name}) limit 1`.execute(tx);
    const there = rows[0]?.id;
    if (there === undefined) throw new CannotRestore(`The category ${JSON.stringify(name)} was renamed while it was brought back.`);
    placed.categories.set(id, there);
  }
}

export async function restoreAccounts(tx: Tx, user: string, all: readonly ExportedAccount[], placed: Placed): Promise<void> {
  for (const { id, name, type, currency, archived } of all) {
    const { rows } = await sql<{ id: string; type: string; currency: string }>`
      with made as (
        insert into accounts (user_id, id, name, type, currency, archived) values (${user}, ${idIn(user, id)}, ${name}, ${type}, ${currency}, ${archived})
        on conflict do nothing returning id, type, currency
      )
      select id, type, currency from made union all
      select id, type, currency from accounts where user_id = ${user} and lower(name) = lower(${name}) limit 1`.execute(tx);
    const there = rows[0];
    if (there === undefined) throw new CannotRestore(`The account ${JSON.stringify(name)} was renamed while it was brought back.`);
    if (there.type !== type || there.currency !== currency)
      throw new CannotRestore(`You have an account ${JSON.stringify(name)} already, of another kind or currency. Rename it, and try again.`);
    placed.accounts.set(id, { id: there.id, currency });
  }
}

/** What was entered for the same day stays. */
export async function restoreRates(tx: Tx, user: string, all: readonly ExportedRate[]): Promise<void> {
  await sql`
    insert into rates (user_id, base, quote, day, rate)
    select ${user}::text, row.* from unnest(
      ${column(all, ({ base }) => base)}::text[], ${column(all, ({ quote }) => quote)}::text[], ${column(all, ({ day }) => day)}::date[], ${column(all, ({ rate }) => rate)}::numeric[]
    ) as row on conflict do nothing`.execute(tx);
}

export async function restoreBalances(tx: Tx, user: string, all: readonly ExportedBalance[], { accounts }: Placed): Promise<void> {
  const rows = all.map(({ accountId, day, amount }) => {
    const account = accounts.get(accountId);
    if (account === undefined) throw new CannotRestore("A balance names an account that the file has not.");
    return { account: account.id, day, minor: minorOf(amount, account.currency).toString() };
  });
  await sql`
    insert into balances (user_id, account_id, day, amount_minor)
    select ${user}::text, row.* from unnest(
      ${column(rows, ({ account }) => account)}::uuid[], ${column(rows, ({ day }) => day)}::date[], ${column(rows, ({ minor }) => minor)}::bigint[]
    ) as row on conflict do nothing`.execute(tx);
}

/** With the thresholds that were reached: nobody is told of them again. */
export async function restoreBudgets(tx: Tx, user: string, all: readonly ExportedBudget[], { categories }: Placed): Promise<void> {
  for (const it of all) {
    const id = idIn(user, it.id);
    const last = it.amounts.at(-1);
    if (last === undefined) throw new CannotRestore(`The budget ${JSON.stringify(it.name)} has no amount.`);
    const category = it.categoryId === null ? null : (categories.get(it.categoryId) ?? null);
    if (it.categoryId !== null && category === null) throw new CannotRestore(`The budget ${JSON.stringify(it.name)} names a category that the file has not.`);
    const minor = (amount: string) => minorOf(amount, it.currency).toString();
    await sql`
      insert into budgets (user_id, id, name, category_id, amount_minor, currency, period, starts_on, period_days, thresholds, rollover, carry_from)
      values (${user}, ${id}, ${it.name}, ${category}, ${minor(last.amount)}, ${it.currency}, ${it.period}, ${it.startsOn}, ${it.periodDays},
        ${it.thresholds}::smallint[], ${it.rollover}, ${it.carryFrom}) on conflict do nothing`.execute(tx);
    await sql`
      insert into budget_amounts (user_id, budget_id, from_day, amount_minor)
      select ${user}::text, ${id}::uuid, row.* from unnest(
        ${column(it.amounts, ({ from }) => from)}::date[], ${column(it.amounts, ({ amount }) => minor(amount))}::bigint[]
      ) as row on conflict do nothing`.execute(tx);
    await sql`
      insert into alerts (user_id, budget_id, period_start, threshold, spent_minor, effective_minor, quiet, fired_at)
      select ${user}::text, ${id}::uuid, row.a, row.b, row.c, row.d, true, row.e from unnest(
        ${column(it.alerts, ({ periodStart }) => periodStart)}::date[], ${column(it.alerts, ({ threshold }) => threshold)}::smallint[],
        ${column(it.alerts, ({ spent }) => minor(spent))}::numeric[], ${column(it.alerts, ({ effective }) => minor(effective))}::numeric[],
        ${column(it.alerts, ({ at }) => at)}::timestamptz[]
      ) as row (a, b, c, d, e) on conflict do nothing`.execute(tx);
  }
}

/** One statement, however many there are. What a refund gives back is for `restoreRefunds`, when all are there; the files of receipts were not brought. */
export async function restoreExpenses(
  tx: Tx,
  user: string,
  restoreId: string,
  all: readonly ExportedExpense[],
  { categories, accounts }: Placed,
): Promise<void> {
  const rows = all.map((it) => {
    const category = it.categoryId === null ? null : categories.get(it.categoryId);
    const account = it.accountId === null ? null : accounts.get(it.accountId)?.id;
    if (category === undefined || account === undefined) throw new CannotRestore("An entry names a category or an account that the file has not.");
    return { ...it, id: idIn(user, it.id), category, account, minor: minorOf(it.amount, it.currency).toString() };
  });
  const tags = rows.flatMap(({ id, tags }) => tags.map((tag) => ({ id, tag })));
  // Foreign keys are looked at when the whole statement has ended.
  await sql`
    with tagged as (
      insert into expense_tags (user_id, expense_id, tag)
      select ${user}::text, row.* from unnest(${column(tags, ({ id }) => id)}::uuid[], ${column(tags, ({ tag }) => tag)}::text[]) as row on conflict do nothing
    )
    insert into expenses (user_id, import_id, id, kind, amount_minor, currency, occurred_on, category_id, account_id, merchant, description, status, created_at)
    select ${user}::text, ${restoreId}::uuid, row.* from unnest(
      ${column(rows, ({ id }) => id)}::uuid[], ${column(rows, ({ kind }) => kind)}::text[], ${column(rows, ({ minor }) => minor)}::bigint[],
      ${column(rows, ({ currency }) => currency)}::text[], ${column(rows, ({ occurredOn }) => occurredOn)}::date[], ${column(rows, ({ category }) => category)}::uuid[],
      ${column(rows, ({ account }) => account)}::uuid[], ${column(rows, ({ merchant }) => merchant)}::text[],
      ${column(rows, ({ description }) => description)}::text[], ${column(rows, ({ status }) => status)}::text[], ${column(rows, ({ createdAt }) => createdAt)}::timestamptz[]
    ) as row on conflict do nothing`.execute(tx);
}

/** Pairs of a refund's id in the file and that of what it gives back. One whose other side is not there stays without. */
export async function restoreRefunds(tx: Tx, user: string, restoreId: string, all: readonly (readonly [string, string])[]): Promise<void> {
  // Each is looked up by its key, whatever the planner thinks of a user whose rows nobody has counted yet.
  const { rows } = await sql<{ refund: string; of: string }>`
    select refund.id as refund, original.id as of
    from unnest(${column(all, ([refund]) => idIn(user, refund))}::uuid[], ${column(all, ([, of]) => idIn(user, of))}::uuid[]) as pair (refund, of)
      cross join lateral (
        select e.id, e.currency from expenses e
        where e.user_id = ${user} and e.id = pair.refund and e.import_id = ${restoreId}::uuid and e.kind = 'refund' and e.refund_of is null for update
      ) refund
      cross join lateral (select e.id from expenses e where e.user_id = ${user} and e.id = pair.of and e.kind = 'expense' and e.currency = refund.currency offset 0) original`.execute(
    tx,
  );
  if (rows.length === 0) return;
  const refunds = column(rows, ({ refund }) => refund);
  await sql`
    update expenses e set refund_of = pair.of
    from unnest(${refunds}::uuid[], ${column(rows, ({ of }) => of)}::uuid[]) as pair (refund, of)
    where ${oneOf(user, "e", refunds)} and e.id = pair.refund`.execute(tx);
}
