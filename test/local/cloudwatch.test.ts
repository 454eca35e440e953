import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { afterEach, describe, expect, it } from "vitest";
import { VirtualClock } from "../../local/clock.ts";
import { type Connections, connectionsOf, startCloudWatch } from "../../local/cloudwatch.ts";
import { Keyring } from "../../local/gate.ts";
import type { Served } from "../../local/serve.ts";
import { connectionCounts } from "../../src/aws/connection-counts.ts";

const MINUTE = 60_000;
const START = Math.floor(Date.now() / MINUTE) * MINUTE;
const key = { accessKeyId: "AKIAMETRICS", secretAccessKey: "metrics-secret" };
const other = { accessKeyId: "AKIAOTHER", secretAccessKey: "other-secret" };

let served: Served | undefined;
afterEach(async () => {
  await served?.close();
});

async function cloudwatch(): Promise<{
  clock: VirtualClock;
  connections: Connections;
  ask: (from: number, to: number, credentials?: typeof key, id?: string) => Promise<unknown>;
}> {
  const clock = new VirtualClock(START);
  const keyring = new Keyring();
  keyring.add({ name: "metrics", ...key, may: [{ action: "cloudwatch:GetMetricData", resource: "*" }] });
  keyring.add({ name: "other", ...other, may: [] });
  const connections = connectionsOf(clock);
  served = await startCloudWatch({ keyring, instanceId: "dormouse", connections });
  const { url } = served;
  const ask = async (from: number, to: number, credentials = key, databaseId = "dormouse") => {
    const client = new CloudWatchClient({ endpoint: url, region: "eu-central-1", credentials, maxAttempts: 1 });
    const { minutes } = await connectionCounts(client)({ databaseId, from: START + from * MINUTE, to: START + to * MINUTE });
    return minutes.map(({ at, maximum }) => [(at - START) / MINUTE, maximum]);
  };
  return { clock, connections, ask };
}

describe("the local CloudWatch", () => {
  it("gives the most connections of each whole minute, to the real client", async () => {
    const { clock, connections, ask } = await cloudwatch();
    connections.record(0);
    await clock.advance(90_000);
    connections.record(2);
    connections.record(1);
    await clock.advance(MINUTE);
    connections.record(0);
    await clock.advance(90_000);
    expect(await ask(-2, 10)).toEqual([
      [0, 0],
      [1, 2],
      [2, 1],
      [3, 0],
    ]);
    expect(await ask(1, 2)).toEqual([[1, 2]]);
  });

  it("has no value for a minute in which the instance was down, nor for another instance", async () => {
    const { clock, connections, ask } = await cloudwatch();
    await clock.advance(90_000);
    connections.record(0);
    await clock.advance(20_000);
    connections.record(null);
    await clock.advance(2 * MINUTE);
    connections.record(1);
    await clock.advance(2 * MINUTE);
    expect(await ask(0, 10)).toEqual([
      [1, 0],
      [3, 1],
      [4, 1],
    ]);
    expect(await ask(0, 10, key, "another")).toEqual([]);
  });

  it("answers nobody who may not ask", async () => {
    const { ask } = await cloudwatch();
    await expect(ask(0, 1, other)).rejects.toMatchObject({
      name: expect.stringMatching("AccessDenied"),
      message: expect.stringContaining("cloudwatch:GetMetricData"),
    });
    await expect(ask(0, 1, { ...key, secretAccessKey: "wrong" })).rejects.toMatchObject({ name: expect.stringMatching("AccessDenied") });
  });
});
