import { GetItemCommand } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { updateParameters } from "../../src/aws/expression.ts";
import { writeState } from "../../src/aws/state-store.ts";
import { type DatabaseState, initialState } from "../../src/lifecycle/state.ts";
import { acquire, applyWrite, release, renew, type StateWrite, turn } from "../../src/lifecycle/writes.ts";
import { type TestDynamoDB, testDynamoDB } from "./dynamodb.ts";
import { NOW, olderItem, state, writeOn } from "./states.ts";

const table = "dormouse-state";
let dynamodb: TestDynamoDB;
let count = 0;
beforeAll(async () => {
  dynamodb = await testDynamoDB();
});
afterAll(() => dynamodb.close());

const stored = async (databaseId: string) => {
  const { Item } = await dynamodb.client.send(new GetItemCommand({ TableName: table, Key: { databaseId: { S: databaseId } }, ConsistentRead: true }));
  return Item === undefined ? null : unmarshall(Item);
};

/** Applies the writes one after the other to an item of its own, here and there, and compares after each. Says which were accepted. */
async function agree(item: DatabaseState | null, several: StateWrite[]): Promise<boolean[]> {
  const databaseId = `item-${count++}`;
  let here: DatabaseState | null = item === null ? null : { ...item, databaseId };
  if (here !== null) await dynamodb.put(table, here as unknown as Record<string, unknown>);
  const accepted: boolean[] = [];
  for (const write of several) {
    const keyed = "databaseId" in write.set ? { ...write, set: { ...write.set, databaseId } } : write;
    const after = applyWrite(here, keyed);
    accepted.push(await writeState({ dynamodb: dynamodb.client, table }, databaseId, keyed));
    expect(accepted.at(-1)).toBe(after !== null);
    here = after ?? here;
    expect(await stored(databaseId)).toEqual(here);
  }
  return accepted;
}

/** Both answers of each write must have been seen, else the property says little. */
const bothWays = new Set(["create", "touch", "wake", "hold", "unhold", "acquire", "renew", "release", "requestStop", "turn"]);

describe("each write of the state item does in DynamoDB what it does in memory", () => {
  it.each(Object.entries(writeOn))("%s", async (name, writes) => {
    const answers = new Set<boolean>();
    const items = name === "create" ? fc.option(state, { nil: null }) : fc.oneof(state, olderItem);
    await fc.assert(
      fc.asyncProperty(
        items.chain((item) => fc.tuple(fc.constant(item), writes(item ?? initialState("dormouse", NOW)))),
        async ([item, write]) => {
          for (const answer of await agree(item, [write])) answers.add(answer);
        },
      ),
      { numRuns: 150 },
    );
    expect([...answers].sort()).toEqual(bothWays.has(name) ? [false, true] : [true]);
  });

  it("and so do any of them one after the other", { timeout: 120_000 }, async () => {
    const any = (item: DatabaseState) => fc.array(fc.oneof(...Object.values(writeOn).map((writes) => writes(item))), { minLength: 2, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(
        state.chain((item) => fc.tuple(fc.constant(item), any(item))),
        async ([item, several]) => void (await agree(item, several)),
      ),
      { numRuns: 100 },
    );
  });

  it("on no item at all, where only the one that makes it is accepted", async () => {
    for (const [name, writes] of Object.entries(writeOn)) {
      const [write] = fc.sample(writes(initialState("dormouse", NOW)), 1);
      if (write === undefined) throw new Error("no sample");
      expect(await agree(null, [write]), name).toEqual([name === "create"]);
    }
  });
});

describe("a write's expression", () => {
  it("is refused at the boundary of each comparison, and accepted one beyond", async () => {
    const item = { ...initialState("dormouse", NOW), serving: true, leases: { one: { by: "ann", why: "", expiresAt: NOW } } };
    expect(await agree(item, [renew("one", NOW + 5, NOW)])).toEqual([false]);
    expect(await agree(item, [renew("one", NOW + 5, NOW - 1)])).toEqual([true]);
  });

  it("makes and removes entries of a map that was empty", async () => {
    const item = { ...initialState("dormouse", NOW), serving: true };
    expect(await agree(item, [release("a b", NOW), acquire("a b", { by: "ann", why: "", expiresAt: NOW }), release("a b", NOW), release("a b", NOW)])).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });

  it("names every attribute by a placeholder, each name once, and leaves the key out of what it sets", () => {
    const { UpdateExpression, ConditionExpression, ExpressionAttributeNames } = updateParameters(renew("size", 2, 1), "databaseId");
    expect(UpdateExpression).toMatch(/^SET (#n\d)\.(#n\d)\.(#n\d) = :v0 ADD #n\d :v1$/);
    expect(ConditionExpression).not.toMatch(/size|leases|serving/);
    expect(Object.values(ExpressionAttributeNames).sort()).toEqual(["expiresAt", "leases", "rev", "serving", "size", "v"]);
    expect(updateParameters({ set: { databaseId: "x", a: 1 }, when: [] }, "databaseId").UpdateExpression).toBe("SET #n0 = :v0");
  });

  it("sends no map of values when there are none, because DynamoDB refuses an empty one", () => {
    const write: StateWrite = { set: {}, remove: ["hold"], when: [{ path: "hold", is: "present" }] };
    expect(updateParameters(write, "databaseId").ExpressionAttributeValues).toBeUndefined();
  });

  it("throws for a number that DynamoDB can't keep exactly, rather than writing another", () => {
    const seen = initialState("dormouse", NOW);
    for (const number of [Number.NaN, Number.POSITIVE_INFINITY, Number.MAX_SAFE_INTEGER + 1])
      expect(() => updateParameters(turn(seen, { nextCheckAt: number }, {}), "databaseId")).toThrow();
  });
});
