import { ScanCommand } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { wakeBudget } from "../../src/aws/counters.ts";
import { type TestDynamoDB, testDynamoDB } from "./dynamodb.ts";
import { NOW } from "./states.ts";

const DAY = 86_400_000;
const table = "dormouse-counters";
let dynamodb: TestDynamoDB;
beforeAll(async () => {
  dynamodb = await testDynamoDB();
});
afterAll(() => dynamodb.close());
const budget = (client = dynamodb.client) => wakeBudget({ dynamodb: client, table });
const counters = async () => (await dynamodb.client.send(new ScanCommand({ TableName: table }))).Items?.map((item) => unmarshall(item)) ?? [];

/** Asked, and charged where it is allowed, as a wake does it. */
const wake = async (sub: string, limit: number, now: number, id: string, client = dynamodb.client) => {
  const allowed = await budget(client).allows(sub, limit, now);
  if (allowed) await budget(client).charge(sub, id, now);
  return allowed;
};

describe("the budget of wakes", () => {
  it("ends at its limit", async () => {
    const taken: boolean[] = [];
    for (let i = 0; i < 40; i++) taken.push(await wake("wakes", 30, NOW, `w${i}`));
    expect(taken.filter(Boolean)).toHaveLength(30);
    expect(taken.indexOf(false)).toBe(30);
  });

  it("counts nothing by being asked", async () => {
    expect(await Promise.all(Array.from({ length: 50 }, () => budget().allows("asked", 1, NOW)))).not.toContain(false);
    expect(await wake("asked", 1, NOW, "w")).toBe(true);
    expect(await budget().allows("asked", 1, NOW)).toBe(false);
  });

  it("counts each of 50 wakes at once, and none of them twice", async () => {
    await Promise.all(Array.from({ length: 50 }, (_, i) => budget().charge("many", `w${i}`, NOW)));
    await Promise.all(Array.from({ length: 5 }, () => budget().charge("many", "last", NOW)));
    expect(await counters()).toContainEqual(expect.objectContaining({ id: "wakes#many#2026-11-21", n: 51 }));
  });

  it("counts once when the answer is lost and the client sends it again", async () => {
    await budget(dynamodb.losing(1)).charge("lost", "w", NOW);
    expect(await counters()).toContainEqual(expect.objectContaining({ id: "wakes#lost#2026-11-21", n: 1 }));
  });

  it("is each user's own, and new on each day of UTC", async () => {
    const midnight = Math.ceil(NOW / DAY) * DAY;
    expect(await wake("a", 1, midnight - 1, "w1")).toBe(true);
    expect(await wake("a", 1, midnight - 1, "w2")).toBe(false);
    expect(await wake("b", 1, midnight - 1, "w3")).toBe(true);
    expect(await wake("a", 1, midnight, "w4")).toBe(true);
  });

  it("ends two days later, in seconds", async () => {
    await wake("ends", 1, NOW + 999, "w");
    expect(await counters()).toContainEqual(expect.objectContaining({ id: "wakes#ends#2026-11-21", expiresAt: NOW / 1000 + 172_800 }));
  });

  it("throws what is no refusal", async () => {
    const nowhere = wakeBudget({ dynamodb: dynamodb.client, table: "nowhere" });
    await expect(nowhere.allows("a", 1, NOW)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    await expect(nowhere.charge("a", "w", NOW)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });
});
