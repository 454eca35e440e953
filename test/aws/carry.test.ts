import { marshall } from "@aws-sdk/util-dynamodb";
import type { DynamoDBRecord } from "aws-lambda";
import { describe, expect, it } from "vitest";
import { carrySignals } from "../../src/aws/carry.ts";
import type { ReconcileEvent, Signal } from "../../src/lifecycle/ports.ts";
import { NOW } from "./states.ts";

const signal = (more: Partial<Signal> = {}): Signal => ({
  v: 1,
  id: "s",
  databaseId: "dormouse",
  kind: "wake",
  by: "ann",
  at: NOW,
  expiresAt: NOW / 1000 + 3600,
  ...more,
});
const record = (SequenceNumber: string, image: Record<string, unknown>, eventName: DynamoDBRecord["eventName"] = "INSERT"): DynamoDBRecord =>
  ({ eventName, dynamodb: { SequenceNumber, NewImage: marshall(image) } }) as DynamoDBRecord;

function setUp(fails: (event: ReconcileEvent) => boolean = () => false) {
  const kicks: ReconcileEvent[] = [];
  const warned: Record<string, unknown>[] = [];
  const carry = carrySignals({
    reconciler: {
      async kick(event) {
        if (fails(event)) throw new Error("no route to Lambda");
        kicks.push(event);
      },
      ask: async () => {
        throw new Error("nobody asks here");
      },
    },
    logger: { warn: (_, extra) => void warned.push(extra) },
  });
  return { kicks, warned, carry };
}
const none = { batchItemFailures: [] };

describe("carrying signals", () => {
  it("calls once for each database, a wake before a look, whoever came first", async () => {
    const { carry, kicks } = setUp();
    const Records = [
      record("1", { ...signal({ kind: "look", by: "data" }) }),
      record("2", { ...signal({ by: "ann" }) }),
      record("3", { ...signal({ by: "bob" }) }),
      record("4", { ...signal({ kind: "look", databaseId: "other", by: "data" }) }),
    ];
    expect(await carry({ Records })).toEqual(none);
    expect(kicks).toEqual([
      { databaseId: "dormouse", cause: { kind: "request", by: "ann" } },
      { databaseId: "other", cause: { kind: "look", by: "data" } },
    ]);
  });

  it("passes over what is no new signal: changes, TTL's removals, records without an image", async () => {
    const { carry, kicks } = setUp();
    const Records = [
      record("1", { ...signal() }, "MODIFY"),
      record("2", { ...signal() }, "REMOVE"),
      { eventName: "INSERT", dynamodb: { SequenceNumber: "3" } } as DynamoDBRecord,
      {} as DynamoDBRecord,
    ];
    expect(await carry({ Records })).toEqual(none);
    expect(kicks).toEqual([]);
  });

  it.each([
    ["of another version", { ...signal(), v: 2 }],
    ["of another kind", { ...signal(), kind: "dance" }],
    ["without a database", { v: 1, id: "s", kind: "wake", by: "ann" }],
    ["whose database is no text", { ...signal(), databaseId: 7 }],
    ["of nobody", { ...signal(), by: null }],
    ["without anything", {}],
  ])("leaves out a signal %s, says so, and carries the others", async (_, poison) => {
    const { carry, kicks, warned } = setUp();
    expect(await carry({ Records: [record("1", poison), record("2", { ...signal() }), record("3", poison)] })).toEqual(none);
    expect(kicks).toHaveLength(1);
    expect(warned).toHaveLength(2);
  });

  it("leaves out an image that can't even be read, and carries the others", async () => {
    const { carry, kicks, warned } = setUp();
    const odd = (image: object) => ({ eventName: "INSERT", dynamodb: { SequenceNumber: "1", NewImage: image } }) as DynamoDBRecord;
    const Records = [odd({ id: { X: "?" } }), odd({ id: "text" }), record("4", { ...signal() })];
    expect(await carry({ Records })).toEqual(none);
    expect(kicks).toHaveLength(1);
    expect(warned).toHaveLength(2);
  });

  it("gives a batch back from the first record of the database whose call failed, and has made the other calls", async () => {
    const { carry, kicks } = setUp((event) => event.databaseId === "dormouse");
    const Records = [record("7", { ...signal({ databaseId: "other" }) }), record("8", { ...signal({ kind: "look" }) }), record("9", { ...signal() })];
    expect(await carry({ Records })).toEqual({ batchItemFailures: [{ itemIdentifier: "8" }] });
    expect(kicks).toEqual([{ databaseId: "other", cause: { kind: "request", by: "ann" } }]);
  });

  it("carries an empty batch", async () => {
    expect(await setUp().carry({ Records: [] })).toEqual(none);
  });
});
