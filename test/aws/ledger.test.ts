import { ScanCommand } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ledger } from "../../src/aws/ledger.ts";
import { monthsOf } from "../../src/lifecycle/savings.ts";
import type { LedgerEntry, Phase } from "../../src/lifecycle/state.ts";
import { type TestDynamoDB, testDynamoDB } from "./dynamodb.ts";
import { NOW } from "./states.ts";

const HOUR = 3600;
const table = "dormouse-ledger";
let dynamodb: TestDynamoDB;
let databaseId = "";
let count = 0;
const of = (client = dynamodb.client) => ledger({ dynamodb: client, table });
beforeAll(async () => {
  dynamodb = await testDynamoDB();
});
afterAll(() => dynamodb.close());
beforeEach(() => {
  databaseId = `db-${count++}`;
});

const entry = (seq: number, more: Partial<LedgerEntry> = {}): LedgerEntry => ({
  seq,
  at: NOW + seq * 1000,
  from: "awake",
  phase: "falling-asleep",
  action: "drain",
  code: "idle-limit",
  cause: "timer",
  by: "dormouse",
  reason: "idle for 63 min, limit 60",
  rdsStatus: "available",
  minimumAddsSeconds: null,
  lastedSeconds: HOUR,
  ...more,
});
const months = async () => of().months(databaseId);
const november = (awakeSeconds: number, throughSeq: number) => [{ month: "2026-11", awakeSeconds, asleepSeconds: 0, minimumAddsSeconds: 0, throughSeq }];

describe("the ledger", () => {
  it("keeps entries as they were, newest first, and marks each with its version", async () => {
    const entries = [entry(1), entry(2, { lastedSeconds: null, minimumAddsSeconds: 12.3, reason: "" })];
    await of().append(databaseId, entries);
    expect(await of().entries(databaseId, 10, null)).toEqual([...entries].reverse());
    const items = (await dynamodb.client.send(new ScanCommand({ TableName: table }))).Items?.map((item) => unmarshall(item)) ?? [];
    expect(items.filter((item) => item.databaseId === databaseId)).toMatchObject([{ v: 1 }, { v: 1 }]);
  });

  it("never changes an entry that is there", async () => {
    await of().append(databaseId, [entry(1)]);
    await of().append(databaseId, [entry(1, { reason: "another" })]);
    expect(await of().entries(databaseId, 10, null)).toEqual([entry(1)]);
  });

  it("gives pages that neither repeat nor leave out", async () => {
    await of().append(
      databaseId,
      Array.from({ length: 7 }, (_, index) => entry(index + 1)),
    );
    const seen: number[] = [];
    for (let before: number | null = null; ; ) {
      const page: LedgerEntry[] = await of().entries(databaseId, 3, before);
      if (page.length === 0) break;
      seen.push(...page.map(({ seq }) => seq));
      before = page.at(-1)?.seq ?? null;
    }
    expect(seen).toEqual([7, 6, 5, 4, 3, 2, 1]);
    expect(await of().entries("nobody", 3, null)).toEqual([]);
  });

  it("keeps databases apart, one called like another's totals too", async () => {
    await of().append(databaseId, [entry(1)]);
    await of().append(`${databaseId}x`, [entry(1), entry(2)]);
    expect(await of().entries(databaseId, 10, null)).toHaveLength(1);
    expect(await months()).toEqual(november(HOUR, 1));
  });

  it("counts months once when two runs append the same at once", async () => {
    const entries = Array.from({ length: 5 }, (_, index) => entry(index + 1));
    await Promise.all([of().append(databaseId, entries), of().append(databaseId, entries), of().append(databaseId, entries)]);
    expect(await of().entries(databaseId, 10, null)).toHaveLength(5);
    expect(await months()).toEqual(november(5 * HOUR, 5));
  });

  it("takes an append that comes late, after newer ones, without counting it again", async () => {
    await of().append(databaseId, [entry(1), entry(2)]);
    await of().append(databaseId, [entry(3)]);
    await of().append(databaseId, [entry(1), entry(2)]);
    expect(await months()).toEqual(november(3 * HOUR, 3));
  });

  it("counts once when answers are lost and the client sends again", async () => {
    await of(dynamodb.losing(2)).append(databaseId, [entry(1), entry(2)]);
    expect(await of().entries(databaseId, 10, null)).toHaveLength(2);
    expect(await months()).toEqual(november(2 * HOUR, 2));
  });

  it("splits a phase over the end of a month, and gives the minimum to the month in which it ended", async () => {
    const at = Date.UTC(2026, 11, 1, 2);
    await of().append(databaseId, [
      entry(1, { at, lastedSeconds: 5 * HOUR }),
      entry(2, { at: at + 60_000, from: "falling-asleep", phase: "asleep", lastedSeconds: 60, minimumAddsSeconds: 540 }),
    ]);
    expect(await months()).toEqual([
      { month: "2026-11", awakeSeconds: 3 * HOUR, asleepSeconds: 0, minimumAddsSeconds: 0, throughSeq: 1 },
      { month: "2026-12", awakeSeconds: 2 * HOUR + 60, asleepSeconds: 0, minimumAddsSeconds: 540, throughSeq: 2 },
    ]);
  });

  it("finishes what a run that died between two months left", async () => {
    const long = entry(1, { at: Date.UTC(2026, 11, 1, 2), lastedSeconds: 5 * HOUR });
    let calls = 0;
    const dying = dynamodb.losing(0);
    dying.middlewareStack.add((next) => async (args) => (++calls > 2 ? Promise.reject(new Error("killed")) : next(args)), { step: "initialize" });
    await expect(of(dying).append(databaseId, [long])).rejects.toThrow("killed");
    expect(await months()).toHaveLength(1);
    await of().append(databaseId, [long]);
    expect((await months()).map(({ awakeSeconds }) => awakeSeconds)).toEqual([3 * HOUR, 2 * HOUR]);
  });

  it("throws what is no condition, so that the outbox keeps its entries", async () => {
    await expect(ledger({ dynamodb: dynamodb.client, table: "nowhere" }).append(databaseId, [entry(1)])).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
  });

  it("has each entry once and each month's total once, however runs that died repeat each other", async () => {
    const phase = fc.constantFrom<Phase>("asleep", "waking", "awake", "falling-asleep");
    const lasted = fc.array(fc.tuple(phase, fc.integer({ min: 0, max: 40 * 24 * 36_000 })), { minLength: 1, maxLength: 8 });
    // Each run brings the outbox from its first entry that was not flushed; the cuts say where runs died.
    await fc.assert(
      fc.asyncProperty(lasted, fc.array(fc.tuple(fc.nat({ max: 7 }), fc.nat({ max: 7 })), { maxLength: 5 }), async (phases, runs) => {
        databaseId = `db-${count++}`;
        let at = NOW;
        const entries = phases.map(([from, tenths], index) => {
          at += tenths * 100;
          return entry(index + 1, { at, from, lastedSeconds: tenths / 10 });
        });
        let through = 0;
        for (const [from, length] of runs) {
          const first = Math.min(from, through);
          const part = entries.slice(first, first + length);
          await of().append(databaseId, part);
          through = Math.max(through, first + part.length);
        }
        await Promise.all([of().append(databaseId, entries), of().append(databaseId, entries.slice(Math.min(1, through)))]);
        const wanted = new Map<string, { awake: number; asleep: number }>();
        for (const { month, awakeSeconds, asleepSeconds } of contributions(entries)) {
          const sum = wanted.get(month) ?? { awake: 0, asleep: 0 };
          wanted.set(month, { awake: sum.awake + awakeSeconds, asleep: sum.asleep + asleepSeconds });
        }
        const stored = await months();
        expect(stored.map(({ month }) => month)).toEqual([...wanted.keys()].sort());
        for (const { month, awakeSeconds, asleepSeconds } of stored) {
          expect(awakeSeconds).toBeCloseTo(wanted.get(month)?.awake ?? -1, 3);
          expect(asleepSeconds).toBeCloseTo(wanted.get(month)?.asleep ?? -1, 3);
        }
        expect((await of().entries(databaseId, 100, null)).map(({ seq }) => seq)).toEqual(entries.map(({ seq }) => seq).reverse());
      }),
      { numRuns: 40 },
    );
  });
});

const contributions = (entries: LedgerEntry[]) => entries.flatMap(monthsOf);
