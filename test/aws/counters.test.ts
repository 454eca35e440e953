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

describe("the budget of wakes", () => {
  it("gives 50 wakes at once exactly the limit, and never too few", async () => {
    const taken = await Promise.all(Array.from({ length: 50 }, (_, wake) => budget().take("wakes", 30, NOW, wake)));
    expect(taken.filter(Boolean)).toHaveLength(30);
  });

  it("counts 50 presses for one and the same wake once", async () => {
    expect(await Promise.all(Array.from({ length: 50 }, () => budget().take("press", 1, NOW, null)))).not.toContain(false);
    expect(await budget().take("press", 1, NOW, NOW)).toBe(false);
    expect(await counters()).toContainEqual(expect.objectContaining({ id: "wakes#press#2026-11-21", n: 1 }));
  });

  it("counts once when the answer is lost and the client sends it again", async () => {
    expect(await budget(dynamodb.losing(1)).take("lost", 5, NOW, null)).toBe(true);
    expect(await counters()).toContainEqual(expect.objectContaining({ id: "wakes#lost#2026-11-21", n: 1 }));
  });

  it("is each user's own, and new on each day of UTC", async () => {
    const midnight = Math.ceil(NOW / DAY) * DAY;
    expect(await budget().take("a", 1, midnight - 1, null)).toBe(true);
    expect(await budget().take("a", 1, midnight - 1, 1)).toBe(false);
    expect(await budget().take("b", 1, midnight - 1, null)).toBe(true);
    expect(await budget().take("a", 1, midnight, 1)).toBe(true);
  });

  it("ends two days later, in seconds", async () => {
    await budget().take("ends", 1, NOW + 999, null);
    expect(await counters()).toContainEqual(expect.objectContaining({ id: "wakes#ends#2026-11-21", expiresAt: NOW / 1000 + 172_800 }));
  });

  it("throws what is no refusal", async () => {
    await expect(wakeBudget({ dynamodb: dynamodb.client, table: "nowhere" }).take("a", 1, NOW, null)).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
  });
});
