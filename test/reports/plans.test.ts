import { sql } from "kysely";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { seed } from "../../scripts/seed/load.ts";
import { asUser } from "../../src/database/kysely.ts";
import { readReport, reportPage, reportRows } from "../../src/database/report.ts";
import type { ReportRow } from "../../src/reports/data.ts";
import { isRead, type Listened, listenTo, planOf } from "../database/explain.ts";
import { type FinanceDatabase, startFinance } from "../database/finance.ts";
import { as } from "../database/postgres.ts";
import { asked } from "./made.ts";

const sub = "s-ann";
let database: FinanceDatabase;
let heard: Listened;

beforeAll(async () => {
  database = await startFinance();
  const client = new pg.Client({ host: "127.0.0.1", port: database.endpoint.port, user: "postgres", database: "app", ssl: { ca: database.endpoint.ca } });
  await client.connect();
  await seed(client, { expenses: 15_000, users: 15, seed: 1, until: "2026-11-21", sub });
  await client.query("vacuum analyze");
  await client.end();
  heard = listenTo({ ...as(database.endpoint, "dormouse_app"), statementMs: 20_000 });
}, 120_000);
afterAll(async () => {
  heard?.close();
  await database?.close();
});

it("a month's report reads its figures and its list by indexes, and no more than its days and a year before them", async () => {
  const october = asked("2026-10-01", "2026-10-31");
  let rows = 0;
  const statements = await heard.during(() =>
    asUser(heard.db, sub, 20_000, async (tx) => {
      await readReport(tx, sub, october);
      for await (const page of reportRows(tx, sub, october.period, "EUR", 10)) rows += page.length;
    }),
  );
  expect(rows).toBeGreaterThan(20);
  const reads = statements.filter(isRead);
  expect(reads.length).toBeGreaterThan(10);
  for (const statement of reads) {
    const plan = await planOf(heard.db, sub, statement);
    expect(
      plan.scans.filter((scan) => scan.startsWith("expenses: Seq Scan")),
      statement.sql,
    ).toEqual([]);
    expect(plan.scans.filter((scan) => scan.startsWith("expenses:") && !/expenses_by_(period|category_day)|expenses_pkey/.test(scan))).toEqual([]);
    expect(plan.looked, statement.sql).toBeLessThan(6000);
  }
});

it("a page of a long list goes on along the index from where the last one ended", async () => {
  const years = asked("2020-01-01", "2026-11-21").period;
  const plans = await database.as(sub, async (tx) => {
    const pages: ReportRow[][] = [];
    for await (const page of reportRows(tx, sub, years, "EUR", 25)) pages.push(page);
    expect(pages.length).toBeGreaterThan(30);
    const last = pages[Math.floor(pages.length / 2)]?.at(-1);
    if (last === undefined) throw new Error("there is no such page");
    const page = (after: readonly [string, string] | null) =>
      sql<{ "QUERY PLAN": unknown }>`explain (analyze, buffers, format json) ${reportPage(sub, years, "EUR", after, 25)}`.execute(tx);
    return [await page(null), await page([last.day, last.id])].map(({ rows }) => JSON.stringify(rows));
  });
  for (const plan of plans) expect(plan).toMatch(/"Node Type":"Index Scan"[^{}]*"Index Name":"expenses_by_period"[^{}]*"Actual Rows":25[,.]/);
});
