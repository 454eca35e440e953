/**
 * The rest of what finance stores: accounts, balances, rates, budgets with their alerts, the outbox, idempotency keys, tags.
 *
 * Safe beside running code: columns come with constant defaults (no table is rewritten), and nothing is taken away that older code uses.
 * Indexes on `expenses` are made without a lock, by the second migrator (`live.ts`).
 */
import { type Kysely, sql } from "kysely";
import { onlyOwnRows } from "./own-rows.ts";

export async function up(db: Kysely<unknown>): Promise<void> {
  /** Round half to even, as banks do: 2.5 is 2, 3.5 is 4. PostgreSQL's own round() goes away from zero. */
  await sql`
    create function half_even(value numeric) returns numeric language sql immutable parallel safe
    return case when abs(value - trunc(value)) = 0.5 then 2 * round(value / 2) else round(value) end`.execute(db);

  await sql`
    alter table categories
      add column parent_id uuid,
      add column colour text check (colour ~ '^#[0-9a-f]{6}$'),
      add column version integer not null default 1,
      add column updated_at timestamptz not null default now(),
      add constraint categories_parent foreign key (user_id, parent_id) references categories (user_id, id),
      add constraint categories_not_own_parent check (parent_id <> id)`.execute(db);
  await sql`create index categories_by_parent on categories (user_id, parent_id) where parent_id is not null`.execute(db);

  await sql`
    create table accounts (
      user_id text not null references users on delete cascade,
      id uuid not null,
      name text not null check (char_length(name) between 1 and 100),
      type text not null check (type in ('asset', 'liability')),
      currency text not null check (currency ~ '^[A-Z]{3}$'),
      archived boolean not null default false,
      version integer not null default 1,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      primary key (user_id, id)
    )`.execute(db);
  await sql`create unique index accounts_name on accounts (user_id, lower(name))`.execute(db);
  await sql`
    create table balances (
      user_id text not null,
      account_id uuid not null,
      day date not null,
      amount_minor bigint not null,
      version integer not null default 1,
      updated_at timestamptz not null default now(),
      primary key (user_id, account_id, day),
      foreign key (user_id, account_id) references accounts (user_id, id) on delete cascade
    )`.execute(db);
  /** 1 base = rate quote, as the user entered it for that day. */
  await sql`
    create table rates (
      user_id text not null references users on delete cascade,
      base text not null check (base ~ '^[A-Z]{3}$'),
      quote text not null check (quote ~ '^[A-Z]{3}$' and quote <> base),
      day date not null,
      rate numeric(24, 12) not null check (rate > 0),
      version integer not null default 1,
      updated_at timestamptz not null default now(),
      primary key (user_id, base, quote, day)
    )`.execute(db);

  await sql`
    alter table expenses
      alter column category_id drop not null,
      add column kind text not null default 'expense' check (kind in ('expense', 'refund', 'income', 'transfer')),
      add column account_id uuid,
      add column merchant text not null default '' check (char_length(merchant) <= 200),
      add column status text not null default 'cleared' check (status in ('pending', 'cleared')),
      add column refund_of uuid check (refund_of is null or kind = 'refund'),
      add column receipt_id uuid,
      add column version integer not null default 1,
      add column updated_at timestamptz not null default now(),
      add constraint expenses_account foreign key (user_id, account_id) references accounts (user_id, id),
      add constraint expenses_refund_of foreign key (user_id, refund_of) references expenses (user_id, id) on delete set null (refund_of),
      add constraint expenses_not_own_refund check (refund_of <> id)`.execute(db);
  await sql`
    create table expense_tags (
      user_id text not null,
      expense_id uuid not null,
      tag text not null check (char_length(tag) between 1 and 50),
      primary key (user_id, expense_id, tag),
      foreign key (user_id, expense_id) references expenses (user_id, id) on delete cascade
    )`.execute(db);

  await sql`
    create table budgets (
      user_id text not null references users on delete cascade,
      id uuid not null,
      name text not null check (char_length(name) between 1 and 100),
      category_id uuid,
      amount_minor bigint not null check (amount_minor > 0),
      currency text not null check (currency ~ '^[A-Z]{3}$'),
      period text not null check (period in ('week', 'month', 'quarter', 'year', 'payday', 'custom')),
      starts_on date not null,
      period_days integer check (period_days between 1 and 3660),
      thresholds smallint[] not null default '{80,100}' check (cardinality(thresholds) <= 10),
      rollover boolean not null default false,
      carry_from date not null,
      version integer not null default 1,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      primary key (user_id, id),
      foreign key (user_id, category_id) references categories (user_id, id),
      check ((period = 'custom') = (period_days is not null))
    )`.execute(db);
  await sql`create index budgets_by_category on budgets (user_id, category_id)`.execute(db);
  /** The amount that holds from the period that begins on from_day: an edited budget does not rewrite the months before. */
  await sql`
    create table budget_amounts (
      user_id text not null,
      budget_id uuid not null,
      from_day date not null,
      amount_minor bigint not null check (amount_minor > 0),
      primary key (user_id, budget_id, from_day),
      foreign key (user_id, budget_id) references budgets (user_id, id) on delete cascade
    )`.execute(db);
  await sql`
    create table alerts (
      user_id text not null,
      budget_id uuid not null,
      period_start date not null,
      threshold smallint not null check (threshold between 1 and 1000),
      spent_minor numeric not null,
      effective_minor numeric not null,
      quiet boolean not null,
      fired_at timestamptz not null,
      primary key (user_id, budget_id, period_start, threshold),
      foreign key (user_id, budget_id) references budgets (user_id, id) on delete cascade
    )`.execute(db);
  await sql`
    create table outbox (
      user_id text not null references users on delete cascade,
      id uuid not null,
      kind text not null check (char_length(kind) between 1 and 50),
      payload jsonb not null,
      created_at timestamptz not null,
      primary key (user_id, id)
    )`.execute(db);
  /** status is null while the request that took the key is still at work. */
  await sql`
    create table idempotency_keys (
      user_id text not null references users on delete cascade,
      key text not null check (char_length(key) between 1 and 255),
      request_hash bytea not null,
      status smallint,
      headers jsonb,
      body jsonb,
      created_at timestamptz not null,
      primary key (user_id, key)
    )`.execute(db);
  await sql`create index idempotency_keys_by_age on idempotency_keys (user_id, created_at)`.execute(db);

  /** Signs cursors. 244 random bits; a new key only makes old cursors void. */
  await sql`create table cursor_keys (id smallint primary key check (id = 1), key bytea not null)`.execute(db);
  await sql`insert into cursor_keys values (1, sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8')))`.execute(db);
  await sql`alter table cursor_keys enable row level security`.execute(db);
  await sql`alter table cursor_keys force row level security`.execute(db);
  await sql`create policy cursor_keys_read on cursor_keys for select to dormouse_app using (true)`.execute(db);

  for (const table of ["accounts", "balances", "rates", "expense_tags", "budgets", "budget_amounts", "alerts", "outbox", "idempotency_keys"])
    await onlyOwnRows(db, table);

  await sql`grant select, insert, update, delete on accounts, balances, rates, expense_tags, budgets, budget_amounts, idempotency_keys to dormouse_app`.execute(
    db,
  );
  // Alerts are never deleted (but with their budget), or up, down and up again would tell twice.
  await sql`grant select, insert on alerts, outbox to dormouse_app`.execute(db);
  await sql`grant select on cursor_keys to dormouse_app`.execute(db);

  // The one role that looks past the wall between users sees who there is, and what is to be told.
  await sql`create policy users_jobs on users for select to dormouse_jobs using (true)`.execute(db);
  await sql`create policy outbox_jobs on outbox for select to dormouse_jobs using (true)`.execute(db);
  await sql`create policy outbox_jobs_drained on outbox for delete to dormouse_jobs using (true)`.execute(db);
  await sql`grant select (id) on users to dormouse_jobs`.execute(db);
  await sql`grant select, delete on outbox to dormouse_jobs`.execute(db);
  await sql`create index outbox_by_age on outbox (created_at, id)`.execute(db);
}
