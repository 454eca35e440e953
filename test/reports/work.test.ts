import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Storage, startStorage } from "../../local/fauxqs.ts";
import { Keyring } from "../../local/gate.ts";
import { reportFiles } from "../../src/aws/report-files.ts";
import type { WhileServing } from "../../src/database/while-serving.ts";
import { defaultProfile } from "../../src/finance/profile.ts";
import { Stopped } from "../../src/jobs/ports.ts";
import { type ReportResult, reportKind } from "../../src/work/report.ts";
import { type FinanceDatabase, startFinance } from "../database/finance.ts";
import { write } from "../finance/naive/world.ts";
import { workMaker } from "../work/work-of.ts";
import { read } from "./read.ts";

const bucket = "dormouse-files";
const credentials = { accessKeyId: "AKIAOPERATOR", secretAccessKey: "operator-secret" };
const MADE_AT = Date.UTC(2026, 10, 21, 9);
let dir: string;
let storage: Storage;
let s3: S3Client;
let database: FinanceDatabase;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "dormouse-report-work-"));
  const keyring = new Keyring();
  keyring.add({ name: "operator", ...credentials, may: "everything" });
  [storage, database] = await Promise.all([startStorage({ dataDir: dir, keyring, buckets: { [bucket]: { uploads: true } } }), startFinance()]);
  s3 = new S3Client({ endpoint: storage.s3.url, region: "eu-central-1", credentials, maxAttempts: 1 });
  await database.as("ann", (tx) =>
    write(tx, "ann", 1, {
      categories: [{ parent: null }],
      rates: [],
      expenses: Array.from({ length: 700 }, (_, i) => ({
        kind: "expense",
        category: 0,
        minor: BigInt(100 + i),
        currency: "EUR",
        day: `2026-10-${String((i % 31) + 1).padStart(2, "0")}`,
        merchant: "Ταβέρνα",
      })),
    }),
  );
});
afterAll(async () => {
  s3.destroy();
  await Promise.all([storage.close(), database.close()]);
  await rm(dir, { recursive: true });
});

const serving = (): WhileServing => ({ asUser: (sub, run) => database.as(sub, run), use: (run) => run(database.db) });
const kind = () =>
  reportKind({
    database: serving(),
    profiles: { read: async (sub) => ({ ...defaultProfile(sub), name: "Ann Example" }) },
    files: reportFiles({ s3, bucket }),
    now: () => MADE_AT,
    statementMs: 5000,
  });

const workOf = workMaker("report", MADE_AT);
const resultOf = (ending: unknown): ReportResult => (ending as { result: ReportResult }).result;
const bytesOf = async ({ key, versionId }: ReportResult) => {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
};
const told = (id: string) => database.ask("select kind, payload from outbox where id = $1", [id]);

describe("the work of a report", () => {
  it("reads, draws and keeps a PDF, says how far it is, and tells its user once, however often it is done", async () => {
    const { id, work, said } = workOf({ kind: "monthly", format: "pdf" });
    const result = resultOf(await kind()(work));
    expect(result).toMatchObject({
      v: 1,
      format: "pdf",
      key: `reports/ann/${id}.pdf`,
      fileName: "report-2026-10.pdf",
      from: "2026-10-01",
      to: "2026-10-31",
      currency: "EUR",
      rows: 700,
      missing: [],
    });
    const bytes = await bytesOf(result);
    expect(bytes.length).toBe(result.bytes);
    const { pages } = await read(bytes);
    expect(pages.length).toBe(result.pages);
    expect(pages.map(({ text }) => text).join("")).toContain("Ταβέρνα");
    expect(said).toEqual([{ done: 0, total: 700 }]);
    const again = resultOf(await kind()(work));
    expect((await bytesOf(again)).equals(bytes)).toBe(true);
    expect(again.versionId).not.toBe(result.versionId);
    expect(await told(id)).toEqual([{ kind: "report-ready", payload: { v: 1, reportId: id, name: result.title, from: "2026-10-01", to: "2026-10-31" } }]);
  });

  it.each(["csv", "xlsx"] as const)("keeps a list as %s", async (format) => {
    const { work } = workOf({ kind: "custom", from: "2026-10-01", to: "2026-10-10", format, language: "de" });
    const result = resultOf(await kind()(work));
    expect(result).toMatchObject({
      format,
      pages: null,
      title: expect.stringContaining("Ausgabenbericht"),
      fileName: `report-2026-10-01-2026-10-10.${format}`,
    });
    expect(result.rows).toBe(230);
    expect((await bytesOf(result)).length).toBe(result.bytes);
  });

  it("makes a report of nothing for whoever has no entries", async () => {
    const { work, id } = workOf({ kind: "monthly", format: "pdf" }, "bob");
    expect(resultOf(await kind()(work))).toMatchObject({ rows: 0, pages: 1 });
    expect((await told(id)).length).toBe(1);
  });

  it("that is stopped under way leaves no file and tells nobody", async () => {
    let calls = 0;
    const { work, id } = workOf({ kind: "monthly", format: "pdf" }, "ann", async () => {
      if (++calls === 3) throw new Stopped("the database went to sleep under it");
    });
    await expect(kind()(work)).rejects.toThrow(Stopped);
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: `reports/ann/${id}` }));
    expect(Contents).toEqual([]);
    expect(await told(id)).toEqual([]);
  });

  it("that is killed at any step is whole and told of once when it is done again", async () => {
    // Each call of a port counts as a step, before and after what it does.
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
    const files = reportFiles({ s3, bucket });
    const whole = serving();
    const mortal = reportKind({
      database: { asUser: (sub, run) => dying(() => whole.asUser(sub, run))(), use: (run) => dying(() => whole.use(run))() },
      profiles: { read: dying(async (sub: string) => defaultProfile(sub)) },
      files: { save: dying(files.save) },
      now: () => MADE_AT,
      statementMs: 5000,
    });
    const parameters = { kind: "weekly", on: "2026-10-14", format: "pdf" };
    await mortal(
      workOf(
        parameters,
        "ann",
        dying(async () => {}),
      ).work,
    );
    const all = steps;
    expect(all).toBeGreaterThan(10);
    for (let n = 1; n <= all; n++) {
      const { id, work } = workOf(
        parameters,
        "ann",
        dying(async () => {}),
      );
      [steps, dies] = [0, n];
      await expect(mortal(work)).rejects.toThrow("killed");
      dies = Number.POSITIVE_INFINITY;
      const result = resultOf(await mortal(work));
      expect((await bytesOf(result)).length).toBe(result.bytes);
      expect((await told(id)).length).toBe(1);
    }
  });

  it("is given up at once where it can't be read, or is nobody's", async () => {
    await expect(kind()(workOf({ kind: "yearly", format: "pdf" }).work)).rejects.toMatchObject({ name: "Hopeless" });
    await expect(kind()(workOf({ kind: "monthly", format: "pdf" }, null).work)).rejects.toMatchObject({ name: "Hopeless" });
  });
});
