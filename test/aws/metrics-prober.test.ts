import { CloudWatchClient, GetMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { mockClient } from "aws-sdk-client-mock";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { connectionCounts } from "../../src/aws/connection-counts.ts";
import { countsFrom, lookOf, type MinuteCount, metricsProber } from "../../src/aws/metrics-prober.ts";
import type { Look } from "../../src/lifecycle/ports.ts";

const MINUTE = 60_000;
const TEN = Date.UTC(2026, 10, 21, 10);
const at = (minutes: number, seconds = 0) => TEN + minutes * MINUTE + seconds * 1000;
const up = { answered: true, sessions: [], newestOutsideAt: null, sessionCount: null, tidied: null, ofWindow: true };
const busy = "CloudWatch DatabaseConnections";
const noData = "CloudWatch DatabaseConnections (no data)";

/** One count for each minute from `from` up to and without `to`; `counts` says which are not 0, null leaves one out. */
function minutes(from: number, to: number, counts: Record<number, number | null> = {}): MinuteCount[] {
  const all = Array.from({ length: to - from }, (_, index) => from + index);
  return all.flatMap((minute) => (counts[minute] === null ? [] : [{ at: at(minute), maximum: counts[minute] ?? 0 }]));
}
/** An hour is asked for, at 11:00:05, in a period that began at 9:00. */
const hour = { ms: 60 * MINUTE, notBefore: at(-60) };
const now = at(60, 5);
const applications = (look: Look) => (look.answered ? look.sessions.map(({ application }) => application) : "no answer");

describe("a window of counts", () => {
  it("is quiet when every minute of it has a value, and that is 0", () => {
    expect(lookOf(minutes(-5, 60), hour, now)).toEqual(up);
  });

  it("keeps the database up when a single minute in it is above 0, and tells since when and until when somebody was there", () => {
    expect(lookOf(minutes(-5, 60, { 20: 1, 21: 3, 22: 1 }), hour, now)).toEqual({
      ...up,
      sessions: [{ application: busy, user: "", since: at(20) }],
      newestOutsideAt: at(23),
    });
  });

  it("names the newest of several sessions", () => {
    expect(lookOf(minutes(-5, 60, { 3: 1, 20: 1, 59: 2 }), hour, now)).toMatchObject({ sessions: [{ since: at(59) }], newestOutsideAt: at(60) });
  });

  it("keeps it up when a single minute in it has no value; idle does not run from that", () => {
    expect(lookOf(minutes(-5, 60, { 20: null }), hour, now)).toEqual({ ...up, sessions: [{ application: noData, user: "", since: at(20) }] });
  });

  it("keeps it up when there is no value at all", () => {
    expect(applications(lookOf([], hour, now))).toEqual([noData]);
  });

  it("says both, when somebody was there and a minute is missing", () => {
    expect(applications(lookOf(minutes(-5, 60, { 20: null, 30: 1 }), hour, now))).toEqual([busy, noData]);
  });

  it("does without the two newest minutes, and begins as much earlier", () => {
    expect(lookOf(minutes(-2, 58), hour, now)).toEqual(up);
    expect(applications(lookOf(minutes(-1, 58), hour, now))).toEqual([noData]);
    expect(applications(lookOf(minutes(-2, 58, { [-2]: 1 }), hour, now))).toEqual([busy]);
    expect(lookOf(minutes(0, 60, { [-2]: 1 }), hour, now)).toEqual(up);
  });

  it("does not do without a third", () => {
    expect(applications(lookOf(minutes(-60, 57), hour, now))).toEqual([noData]);
  });

  it("counts somebody in the minute that is not over, and does not wait for its value", () => {
    expect(lookOf([...minutes(-5, 60), { at: at(60), maximum: 1 }], hour, now)).toMatchObject({ sessions: [{ application: busy }], newestOutsideAt: now });
    expect(lookOf([...minutes(-5, 60), { at: at(60), maximum: 0 }], hour, now)).toEqual(up);
  });

  it("asks nothing of the time before the database was awake; the minute in which it became so needs no value, and counts above 0", () => {
    const grace = { ms: 60 * MINUTE, notBefore: at(49, 30) };
    expect(lookOf(minutes(50, 60), grace, now)).toEqual(up);
    expect(lookOf(minutes(49, 58, { 48: 1 }), grace, now)).toEqual(up);
    expect(applications(lookOf(minutes(49, 58, { 49: 1 }), grace, now))).toEqual([busy]);
    expect(applications(lookOf(minutes(51, 60), grace, now))).toEqual([noData]);
  });

  it("is never quiet while no whole minute has been seen", () => {
    expect(applications(lookOf([], { ms: 60 * MINUTE, notBefore: at(60) }, now))).toEqual([noData]);
    expect(applications(lookOf(minutes(50, 60), { ms: 60 * MINUTE, notBefore: at(59, 1) }, now))).toEqual([noData]);
  });

  it("is a whole minute at least, however short the idle limit", () => {
    expect(lookOf(minutes(59, 60), { ms: 3000, notBefore: at(0) }, now)).toEqual(up);
    expect(applications(lookOf(minutes(59, 60, { 59: 1 }), { ms: 3000, notBefore: at(0) }, now))).toEqual([busy]);
  });

  it("is quiet only if each minute of some window of the asked length, at most two minutes old, was seen to be 0", () => {
    const counts = fc.array(fc.option(fc.integer({ min: 0, max: 1 }), { nil: null, freq: 12 }), { minLength: 14, maxLength: 14 });
    fc.assert(
      fc.property(counts, fc.integer({ min: 1, max: 10 }), fc.integer({ min: 0, max: 59 }), (values, length, second) => {
        // values[13] is the minute that is not over.
        const seen = values.flatMap((maximum, index) => (maximum === null ? [] : [{ at: at(index), maximum }]));
        const look = lookOf(seen, { ms: length * MINUTE, notBefore: at(-100) }, at(13, second));
        const quiet = [13, 12, 11].some(
          (end) => values.slice(end - length, end).every((value) => value === 0) && values.slice(end).every((value) => value === null || value === 0),
        );
        if (look.answered && look.sessions.length === 0) expect(quiet).toBe(true);
        // And it is not stricter than the rule: a full window that ends with the newest known minute is enough.
        if (values.slice(13 - length, 13).every((value) => value === 0) && values[13] !== 1) expect(look).toEqual(up);
      }),
      { numRuns: 3000 },
    );
  });
});

describe("the probe by metrics", () => {
  const asked: unknown[] = [];
  const prober = (counts: MinuteCount[] | Error) =>
    metricsProber({
      now: () => now,
      counts: async (event) => {
        asked.push(event);
        if (counts instanceof Error) throw counts;
        return { minutes: counts };
      },
    });
  afterEach(() => void asked.splice(0));

  it("comes to an answer without any data when nobody asks about sleep: a wake goes by RDS's status", async () => {
    expect(await prober(new Error("no CloudWatch")).look({ databaseId: "shop", status: "available" })).toEqual(up);
    expect(asked).toEqual([]);
  });

  it.each([undefined, "starting", "stopped", "failed", "creating", "a-new-status"])("has no answer while RDS reports %s", async (status) => {
    expect(await prober([]).look({ databaseId: "shop", ...(status ? { status } : {}), quiet: hour })).toMatchObject({ answered: false });
    expect(asked).toEqual([]);
  });

  it("asks for the window, two minutes more, and the minute that is not over", async () => {
    expect(await prober(minutes(-5, 60)).look({ databaseId: "shop", status: "available", quiet: hour })).toEqual(up);
    expect(asked).toEqual([{ databaseId: "shop", from: at(-2), to: at(61) }]);
  });

  it("asks for nothing from before the awake period", async () => {
    await prober([]).look({ databaseId: "shop", status: "available", quiet: { ms: 60 * MINUTE, notBefore: at(49, 30) } });
    expect(asked).toEqual([{ databaseId: "shop", from: at(49), to: at(61) }]);
  });

  it("goes on serving when CloudWatch can't be asked, and says that nobody could tell who is connected", async () => {
    const throttled = Object.assign(new Error("Rate exceeded"), { name: "ThrottlingException" });
    expect(await prober(throttled).look({ databaseId: "shop", status: "available", quiet: hour })).toEqual({
      ...up,
      unseen: "ThrottlingException: Rate exceeded",
    });
  });
});

describe("the function metrics, asked by reconcile", () => {
  const lambda = mockClient(LambdaClient);
  afterEach(() => lambda.reset());
  const ask = () => countsFrom(new LambdaClient({ region: "eu-central-1" }), "shop-metrics")({ databaseId: "shop", from: 0, to: MINUTE });
  const answers = (text: string) => lambda.on(InvokeCommand).resolves({ Payload: new TextEncoder().encode(text) as never });

  it("gives the counts", async () => {
    answers('{"minutes":[{"at":0,"maximum":2}]}');
    expect(await ask()).toEqual({ minutes: [{ at: 0, maximum: 2 }] });
    expect(JSON.parse(String(lambda.commandCalls(InvokeCommand)[0]?.args[0].input.Payload))).toEqual({ databaseId: "shop", from: 0, to: MINUTE });
  });

  it.each(["null", "{}", '{"minutes":[{"at":0}]}', '{"minutes":[null]}', '{"minutes":{"at":0}}', "[]"])(
    "throws for the answer %s, which is no counts",
    async (text) => {
      answers(text);
      await expect(ask()).rejects.toMatchObject({ name: "FunctionFailed" });
    },
  );
});

describe("CloudWatch", () => {
  const cloudwatch = mockClient(CloudWatchClient);
  afterEach(() => cloudwatch.reset());
  const ask = () => connectionCounts(new CloudWatchClient({ region: "eu-central-1" }))({ databaseId: "shop", from: at(0), to: at(3) });
  const result = (from: number, values: number[], StatusCode: "Complete" | "PartialData" | "InternalError" = "Complete") => ({
    Id: "connections",
    StatusCode,
    Timestamps: values.map((_, index) => new Date(at(from + index))),
    Values: values,
  });

  it("is asked for the most connections of each minute of this instance", async () => {
    cloudwatch.on(GetMetricDataCommand).resolves({ MetricDataResults: [result(0, [0, 4])] });
    expect(await ask()).toEqual({
      minutes: [
        { at: at(0), maximum: 0 },
        { at: at(1), maximum: 4 },
      ],
    });
    const { MetricDataQueries, StartTime, EndTime } = cloudwatch.commandCalls(GetMetricDataCommand)[0]?.args[0].input ?? {};
    expect([StartTime, EndTime]).toEqual([new Date(at(0)), new Date(at(3))]);
    expect(MetricDataQueries).toMatchObject([
      {
        MetricStat: {
          Metric: { Namespace: "AWS/RDS", MetricName: "DatabaseConnections", Dimensions: [{ Name: "DBInstanceIdentifier", Value: "shop" }] },
          Period: 60,
          Stat: "Maximum",
        },
      },
    ]);
  });

  it("is read to the last page", async () => {
    cloudwatch
      .on(GetMetricDataCommand)
      .resolvesOnce({ MetricDataResults: [result(0, [0], "PartialData")], NextToken: "more" })
      .resolvesOnce({ MetricDataResults: [result(1, [1])] });
    expect((await ask()).minutes).toEqual([
      { at: at(0), maximum: 0 },
      { at: at(1), maximum: 1 },
    ]);
    expect(cloudwatch.commandCalls(GetMetricDataCommand)[1]?.args[0].input.NextToken).toBe("more");
  });

  it.each([
    ["without the metric", { MetricDataResults: [] }],
    ["that failed inside", { MetricDataResults: [result(0, [0], "InternalError")] }],
    ["of a part, with no page after it", { MetricDataResults: [result(0, [0], "PartialData")] }],
  ])("is not believed with an answer %s", async (_, answer) => {
    cloudwatch.on(GetMetricDataCommand).resolves(answer);
    await expect(ask()).rejects.toThrow("CloudWatch answered");
  });

  it("throws what it refuses", async () => {
    cloudwatch.on(GetMetricDataCommand).rejects(Object.assign(new Error("no"), { name: "AccessDenied" }));
    await expect(ask()).rejects.toMatchObject({ name: "AccessDenied" });
  });
});
