/**
 * Users, their categories and their expenses.
 *
 * Row-level security: each table shows a user's own rows and nothing without a user. FORCE, so that the owner is no exception. Foreign keys look past
 * row-level security, so every key begins with `user_id`: one user's row can't name another's (both tried on PostgreSQL 18).
 */
import { type Kysely, sql } from "kysely";
import { onlyOwnRows } from "./own-rows.ts";

export async function up(db: Kysely<unknown>): Promise<void> {
  // Later tables get it too: what can't be tidied would make every stop fail.
  await sql`alter default privileges in schema public grant maintain on tables to dormouse_maintenance`.execute(db);
  await sql`
    create table users (
      id text primary key check (char_length(id) between 1 and 128),
      created_at timestamptz not null default now()
    )`.execute(db);
  await sql`
    create table categories (
      user_id text not null references users on delete cascade,
      id uuid not null,
      name text not null check (char_length(name) between 1 and 100),
      created_at timestamptz not null default now(),
      primary key (user_id, id)
    )`.execute(db);
  await sql`create unique index categories_name on categories (user_id, lower(name))`.execute(db);
  await sql`
    create table expenses (
      user_id text not null references users on delete cascade,
      id uuid not null,
      category_id uuid not null,
      amount_minor bigint not null check (amount_minor > 0),
      currency text not null check (currency ~ '^[A-Z]{3}$'),
      occurred_on date not null,
      description text not null default '' check (char_length(description) <= 500),
      created_at timestamptz not null default now(),
      primary key (user_id, id),
      foreign key (user_id, category_id) references categories (user_id, id)
    )`.execute(db);
  // Sums by month and category read the index alone; with the id behind the day it also serves the pages, newest first.
  await sql`create index expenses_by_day on expenses (user_id, occurred_on, id) include (category_id, amount_minor, currency)`.execute(db);
  // The foreign key's other side: deleting a category looks for its expenses.
  await sql`create index expenses_by_category on expenses (user_id, category_id)`.execute(db);

  await onlyOwnRows(db, "users", "id");
  await onlyOwnRows(db, "categories");
  await onlyOwnRows(db, "expenses");

  // Kysely's own tables were there before the default was set.
  await sql`grant maintain on all tables in schema public to dormouse_maintenance`.execute(db);
  await sql`grant select, insert on users to dormouse_app`.execute(db);
  await sql`grant select, insert, update, delete on categories, expenses to dormouse_app`.execute(db);
}
