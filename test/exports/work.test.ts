import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Storage, startStorage } from "../../local/fauxqs.ts";
import { Keyring } from "../../local/gate.ts";
import { PART_BYTES, reportFiles } from "../../src/aws/report-files.ts";
import type { WhileServing } from "../../src/database/while-serving.ts";
import { exportDocument } from "../../src/exports/document.ts";
import { exportFormats } from "../../src/exports/request.ts";
import { defaultProfile } from "../../src/finance/profile.ts";
import { Stopped } from "../../src/jobs/ports.ts";
import type { Receipt } from "../../src/receipts/receipt.ts";
import { type ExportDeps, type ExportResult, exportKind } from "../../src/work/export.ts";
import { type FinanceDatabase, startFinance } from "../database/finance.ts";
import { idOf, write } from "../finance/naive/world.ts";
import { workMaker } from "../work/work-of.ts";

const bucket = "dormouse-files";
const credentials = { accessKeyId: "AKIAOPERATOR", secretAccessKey: "operator-secret" };
const MADE_AT = Date.UTC(2026, 10, 21, 9);
/** Of the user with many entries. */
const MANY = 20_000;
let dir: string;
let storage: Storage;
let s3: S3Client;
let database: FinanceDatabase;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "dormouse-export-work-"));
  const keyring = new Keyring();
  keyring.add({ name: "operator", ...credentials, may: "everything" });
  [storage, database] = await Promise.all([startStorage({ dataDir: dir, keyring, buckets: { [bucket]: { uploads: true } } }), startFinance()]);
  s3 = new S3Client({ endpoint: storage.s3.url, region: "eu-central-1", credentials, maxAttempts: 1 });
  for (const [n, sub] of ["ann", "bob"].entries())
    await database.as(sub, async (tx) => {
      await write(tx, sub, n + 1, {
        categories: [{ parent: null }, { parent: 0 }, { parent: null }],
        rates: [{ base: "USD", quote: "EUR", day: "2026-10-01", rate: "0.9" }],
        expenses: Array.from({ length: 60 }, (_, i) => ({
          kind: i % 10 === 9 ? "refund" : i % 10 === 8 ? "income" : "expense",
          category: i % 4 === 3 ? null : i % 3,
          minor: BigInt(100 + i),
          currency: i % 5 === 0 ? "USD" : "EUR",
          day: `2026-10-${String((i % 31) + 1).padStart(2, "0")}`,
          merchant: `${sub}'s shop`,
        })),
      });
      const user = n + 1;
      await sql`insert into accounts (user_id, id, name, type, currency) values (${sub}, ${idOf(user, 3, 0)}, 'Giro', 'asset', 'EUR')`.execute(tx);
      await sql`insert into balances (user_id, account_id, day, amount_minor) values (${sub}, ${idOf(user, 3, 0)}, '2026-10-31', -12345)`.execute(tx);
      await sql`update expenses set account_id = ${idOf(user, 3, 0)} where user_id = ${sub} and amount_minor % 2 = 0`.execute(tx);
      await sql`update expenses set refund_of = ${idOf(user, 2, 1)} where user_id = ${sub} and id = ${idOf(user, 2, 9)}`.execute(tx);
      await sql`insert into expense_tags (user_id, expense_id, tag) values (${sub}, ${idOf(user, 2, 0)}, 'travel')`.execute(tx);
      await sql`insert into budgets (user_id, id, name, amount_minor, currency, period, starts_on, carry_from)
        values (${sub}, ${idOf(user, 4, 0)}, 'All', 500000, 'EUR', 'month', '2026-10-01', '2026-10-01')`.execute(tx);
      await sql`insert into alerts (user_id, budget_id, period_start, threshold, spent_minor, effective_minor, quiet, fired_at)
        values (${sub}, ${idOf(user, 4, 0)}, '2026-10-01', 80, 400000, 500000, false, '2026-10-20T10:00:00Z')`.execute(tx);
    });
  await database.ask("insert into users (id) values ('max')");
  await database.ask(
    `insert into expenses (user_id, id, amount_minor, currency, occurred_on, merchant, description)
     select 'max', gen_random_uuid(), 100 + n, 'EUR', date '2020-01-01' + n / 10, 'Shop ' || n, repeat('x', 300) from generate_series(1, ${MANY}) n`,
  );
});
afterAll(async () => {
  s3?.destroy();
  await Promise.all([storage?.close(), database?.close()]);
  await rm(dir, { recursive: true });
});

const receipt = (userId: string, n: number, state: Receipt["state"]): Receipt => ({
  userId,
  id: idOf(7, 7, n),
  fileName: `${userId}-${n}.pdf`,
  contentType: "application/pdf",
  size: n,
  state,
  reason: null,
  key: null,
  versionId: null,
  createdAt: MADE_AT,
  expiresAt: null,
  attachedAt: null,
  requestHash: null,
});

const serving = (): WhileServing => ({ asUser: (sub, run) => database.as(sub, run), use: (run) => run(database.db) });
const deps = (): ExportDeps => ({
  database: serving(),
  profiles: { read: async (sub) => ({ ...defaultProfile(sub), name: sub }) },
  receipts: {
    // A page of one: the second is behind a place.
    list: async (userId, _, after) =>
      after === null
        ? { receipts: [receipt(userId, 1, "ready"), receipt(userId, 2, "awaiting")], next: { createdAt: MADE_AT, id: "x" } }
        : { receipts: [receipt(userId, 3, "ready")], next: null },
  },
  files: reportFiles({ s3, bucket }),
  now: () => MADE_AT,
  statementMs: 5000,
});

const workOf = workMaker("export", MADE_AT);
const resultOf = (ending: unknown): ExportResult => (ending as { result: ExportResult }).result;
const bytesOf = async ({ key, versionId }: ExportResult) => {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
};
const documentOf = async (parameters: Record<string, unknown>, userId = "ann") =>
  exportDocument.parse(
    JSON.parse((await bytesOf(resultOf(await exportKind(deps())(workOf({ format: "json", ...parameters }, userId).work)))).toString("utf8")),
  );

describe("the work of an export", () => {
  it("keeps everything of its user and nothing of anybody else", async () => {
    const { work, id, said } = workOf({ format: "json" });
    const result = resultOf(await exportKind(deps())(work));
    expect(result).toMatchObject({
      v: 1,
      format: "json",
      everything: true,
      key: `exports/ann/${id}.json`,
      fileName: "dormouse-2026-11-21.json",
      rows: 60,
      keptUntil: MADE_AT + 7 * 86_400_000,
    });
    expect(said).toEqual([{ done: 0, total: 60 }]);
    const bytes = await bytesOf(result);
    expect(bytes.length).toBe(result.bytes);
    const text = bytes.toString("utf8");
    expect(text).not.toContain("bob");
    const read = exportDocument.parse(JSON.parse(text));
    expect(read.counts).toEqual({ categories: 3, accounts: 1, rates: 1, balances: 1, budgets: 1, receipts: 2, expenses: 60 });
    expect(read.profile).toMatchObject({ sub: "ann", timeZone: "UTC", displayCurrency: "EUR" });
    // All that is kept but what only the keeping needs.
    const { version, emailAt, answers, ...kept } = defaultProfile("ann");
    expect(Object.keys(read.profile).sort()).toEqual([...Object.keys(kept), "timeZone"].sort());
    expect(read.categories.map(({ parentId }) => parentId)).toEqual([null, null, idOf(1, 1, 0)]);
    expect(read.balances).toEqual([{ accountId: idOf(1, 3, 0), day: "2026-10-31", amount: "-123.45" }]);
    expect(read.rates).toEqual([{ day: "2026-10-01", base: "USD", quote: "EUR", rate: "0.9" }]);
    expect(read.receipts.map(({ fileName }) => fileName)).toEqual(["ann-1.pdf", "ann-3.pdf"]);
    expect(read.budgets).toEqual([
      expect.objectContaining({
        amounts: [{ from: "2026-10-01", amount: "5000.00" }],
        alerts: [{ periodStart: "2026-10-01", threshold: 80, spent: "4000.00", effective: "5000.00", told: true, at: "2026-10-20T10:00:00.000Z" }],
      }),
    ]);
    expect(read.expenses.find(({ id }) => id === idOf(1, 2, 9))).toMatchObject({ kind: "refund", refundOf: idOf(1, 2, 1) });
    expect(read.expenses.find(({ id }) => id === idOf(1, 2, 0))).toMatchObject({ tags: ["travel"], currency: "USD", amount: "1.00" });
  });

  it("keeps what a filter lets through, and says which it was", async () => {
    const all = (await documentOf({})).expenses;
    const check = async (filter: Record<string, string>, fits: (it: (typeof all)[number]) => boolean) => {
      const read = await documentOf({ filter });
      expect(read.filter).toEqual(filter);
      expect(read.expenses).toEqual(all.filter(fits));
      expect(read.expenses.length).toBeGreaterThan(0);
      expect(read.expenses.length).toBeLessThan(all.length);
    };
    await check({ from: "2026-10-05", to: "2026-10-09" }, ({ occurredOn }) => occurredOn >= "2026-10-05" && occurredOn <= "2026-10-09");
    await check({ accountId: idOf(1, 3, 0), kind: "expense" }, ({ accountId, kind }) => accountId !== null && kind === "expense");
    // With its children.
    await check({ categoryId: idOf(1, 1, 0) }, ({ categoryId }) => categoryId === idOf(1, 1, 0) || categoryId === idOf(1, 1, 1));
    await check({ currency: "USD" }, ({ currency }) => currency === "USD");
    await check({ tag: "travel" }, ({ tags }) => tags.includes("travel"));
    // What is somebody else's has no entries here.
    expect((await documentOf({ filter: { categoryId: idOf(2, 1, 0) } })).expenses).toEqual([]);
    expect((await documentOf({ filter: { accountId: idOf(2, 3, 0) } })).expenses).toEqual([]);
  });

  it.each(exportFormats)("of somebody who entered nothing, and of one who did, is a file as %s", async (format) => {
    expect(resultOf(await exportKind(deps())(workOf({ format }, "nobody").work))).toMatchObject({ rows: 0 });
    const result = resultOf(await exportKind(deps())(workOf({ format }).work));
    expect(result.rows).toBe(60);
    expect((await bytesOf(result)).length).toBe(result.bytes);
  });

  it("holds no more than a part of a long life in memory, and sees one moment of it", async () => {
    // Nothing is kept while a part is sent but that part: what was made before the first part is sent is hardly longer than it.
    const whole = reportFiles({ s3, bucket });
    let ahead = 0;
    const { work, said } = workOf({ format: "json" }, "max");
    const kind = exportKind({
      ...deps(),
      files: {
        save: (key, type, parts) =>
          whole.save(
            key,
            type,
            (async function* () {
              for await (const part of parts) {
                ahead = Math.max(ahead, part.length);
                // Somebody enters something while it is read.
                await database.ask(
                  "insert into expenses (user_id, id, amount_minor, currency, occurred_on) values ('max', gen_random_uuid(), 1, 'EUR', '2026-01-01')",
                );
                yield part;
              }
            })(),
          ),
      },
    });
    const result = resultOf(await kind(work));
    expect(result.rows).toBe(MANY);
    expect(result.bytes).toBeGreaterThan(2 * PART_BYTES);
    expect(ahead).toBeLessThan(1_000_000);
    expect(said).toEqual([0, 5000, 10_000, 15_000].map((done) => ({ done, total: MANY })));
    const read = exportDocument.parse(JSON.parse((await bytesOf(result)).toString("utf8")));
    expect(read.counts.expenses).toBe(MANY);
    expect(new Set(read.expenses.map(({ id }) => id)).size).toBe(MANY);
  });

  it("that is stopped under way leaves no file", async () => {
    let calls = 0;
    const { work, id } = workOf({ format: "csv" }, "max", async () => {
      if (++calls === 15) throw new Stopped("the database went to sleep under it");
    });
    await expect(exportKind(deps())(work)).rejects.toThrow(Stopped);
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: `exports/max/${id}` }));
    expect(Contents).toEqual([]);
  });

  it("that is killed at any step is whole when it is done again, and no file before", async () => {
    let steps = 0;
    let dies = Number.POSITIVE_INFINITY;
    const step = () => {
      if (++steps === dies) throw new Error("killed");
    };
    const dying =
      <Arguments extends unknown[], T>(run: (...given: Arguments) => Promise<T>) =>
      async (...given: Arguments): Promise<T> => {
        step();
        const answer = await run(...given);
        step();
        return answer;
      };
    const own = deps();
    const mortal = exportKind({
      ...own,
      database: { ...own.database, use: (run) => dying(() => own.database.use(run))() },
      profiles: { read: dying(own.profiles.read) },
      receipts: { list: dying(own.receipts.list) },
      // Parts so small that there are many.
      files: {
        save: (key, type, parts) =>
          dying(own.files.save)(
            key,
            type,
            (async function* () {
              for await (const part of parts) {
                step();
                yield part;
                step();
              }
            })(),
          ),
      },
    });
    const goOn = dying(async () => {});
    await mortal(workOf({ format: "json" }, "ann", goOn).work);
    const all = steps;
    expect(all).toBeGreaterThan(30);
    let unborn = 0;
    for (let n = 1; n <= all; n++) {
      const { id, work } = workOf({ format: "json" }, "ann", goOn);
      [steps, dies] = [0, n];
      await expect(mortal(work)).rejects.toThrow("killed");
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: `exports/ann/${id}` }));
      // Either there is none, or it is whole.
      if (Contents.length === 0) unborn++;
      dies = Number.POSITIVE_INFINITY;
      const result = resultOf(await mortal(work));
      const bytes = await bytesOf(result);
      expect(bytes.length).toBe(result.bytes);
      if (Contents.length > 0) expect(Contents.map(({ Size }) => Size)).toEqual([bytes.length]);
    }
    // All but those after the file was kept.
    expect(unborn).toBe(all - 2);
  });

  it("is given up at once where it can't be read, or is nobody's", async () => {
    await expect(exportKind(deps())(workOf({ format: "xml" }).work)).rejects.toMatchObject({ name: "Hopeless" });
    await expect(exportKind(deps())(workOf({ format: "csv", filter: { colour: "red" } }).work)).rejects.toMatchObject({ name: "Hopeless" });
    await expect(exportKind(deps())(workOf({ format: "csv" }, null).work)).rejects.toMatchObject({ name: "Hopeless" });
  });
});
