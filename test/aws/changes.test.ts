import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { changes } from "../../src/aws/changes.ts";
import { type Changes, SETTLED_MS, sweepJobs } from "../../src/notifications/changes.ts";
import { T0 } from "../notifications/world.ts";
import { type TestDynamoDB, testDynamoDB } from "./dynamodb.ts";

let dynamodb: TestDynamoDB;
let sub = "";
let count = 0;
const store = () => changes({ dynamodb: dynamodb.client, table: "dormouse-changes" });
const isSwept = async (day: string) => (await store().toSweep(day)).includes(sub);
const seen = async (): Promise<Changes> => {
  const found = await store().read(sub);
  if (found === null) throw new Error("there is none");
  return found;
};
const LATER = T0 + SETTLED_MS;

beforeAll(async () => {
  dynamodb = await testDynamoDB();
});
afterAll(() => dynamodb.close());
beforeEach(() => {
  sub = `user-${count++}`;
});

describe("whom the sweep looks at", () => {
  it("is nobody without a write, whoever wrote, and after a look nobody again", async () => {
    expect(await store().read(sub)).toBeNull();
    expect(await isSwept("2026-11-21")).toBe(false);
    await store().raise(sub, T0 - 5);
    await store().raise(sub, T0);
    expect(await seen()).toEqual({ sub, count: 2, dirty: true, raisedAt: T0, dueOn: null });
    expect(await isSwept("2026-11-21")).toBe(true);
    await store().settle(sub, await seen(), LATER, null);
    expect(await seen()).toMatchObject({ count: 2, dirty: false });
    expect(await isSwept("2026-11-21")).toBe(false);
  });

  it("is whoever is due by the day, until the look says otherwise", async () => {
    await store().raise(sub, T0);
    await store().settle(sub, await seen(), LATER, "2026-12-01");
    expect(await isSwept("2026-11-30")).toBe(false);
    expect(await isSwept("2026-12-01")).toBe(true);
    expect(await isSwept("2027-01-01")).toBe(true);
    await store().settle(sub, await seen(), LATER, "2027-01-01");
    expect(await isSwept("2026-12-31")).toBe(false);
    await store().settle(sub, await seen(), LATER, null);
    expect(await isSwept("2027-06-01")).toBe(false);
  });

  it("stays whoever wrote after the look had begun: cleared is only the value that was read before it", async () => {
    await store().raise(sub, T0);
    const before = await seen();
    await store().raise(sub, T0 + 10);
    await store().settle(sub, before, LATER, null);
    expect(await isSwept("2026-11-21")).toBe(true);
  });

  it("stays whoever has just raised the counter: that write may be committed after the look", async () => {
    await store().raise(sub, T0);
    await store().settle(sub, await seen(), LATER - 1, "2026-12-01");
    expect(await seen()).toMatchObject({ dirty: true, dueOn: "2026-12-01" });
    expect(await isSwept("2026-11-21")).toBe(true);
    await store().settle(sub, await seen(), LATER - 1, null);
    expect(await seen()).toMatchObject({ dirty: true, dueOn: null });
  });
});

describe("a day's jobs", () => {
  it("are none for nobody, and the same ones when they are decided twice", () => {
    expect(sweepJobs([], T0)).toEqual([]);
    expect(sweepJobs(["ann"], T0)).toEqual([{ id: "sweep:2026-11-21", users: ["ann"] }]);
    const many = Array.from({ length: 1201 }, (_, i) => `u${i}`);
    const jobs = sweepJobs(many, T0);
    expect(jobs.map(({ id, users }) => [id, users.length])).toEqual([
      ["sweep:2026-11-21", 500],
      ["sweep:2026-11-21:1", 500],
      ["sweep:2026-11-21:2", 201],
    ]);
    expect(jobs.flatMap(({ users }) => users)).toEqual(many);
  });
});
