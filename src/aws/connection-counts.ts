/** How many clients were connected to a DB instance, minute by minute, as CloudWatch knows it. */
import { type CloudWatchClient, GetMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import type { Counts, CountsEvent, MinuteCount } from "./metrics-prober.ts";

const ID = "connections";

/** All pages. Throws what CloudWatch refuses, and an Error for an answer that is not complete: half a window says nothing about the other half. */
export function connectionCounts(cloudwatch: CloudWatchClient): (event: CountsEvent) => Promise<Counts> {
  return async ({ databaseId, from, to }) => {
    const minutes: MinuteCount[] = [];
    let next: string | undefined;
    do {
      const answer = await cloudwatch.send(
        new GetMetricDataCommand({
          StartTime: new Date(from),
          EndTime: new Date(to),
          ScanBy: "TimestampAscending",
          MetricDataQueries: [
            {
              Id: ID,
              MetricStat: {
                Metric: { Namespace: "AWS/RDS", MetricName: "DatabaseConnections", Dimensions: [{ Name: "DBInstanceIdentifier", Value: databaseId }] },
                Period: 60,
                Stat: "Maximum",
              },
            },
          ],
          ...(next === undefined ? {} : { NextToken: next }),
        }),
      );
      const result = answer.MetricDataResults?.find(({ Id }) => Id === ID);
      if (result === undefined) throw new Error("CloudWatch answered without the metric that it was asked for");
      if (result.StatusCode !== "Complete" && result.StatusCode !== "PartialData") throw new Error(`CloudWatch answered ${result.StatusCode ?? "no status"}`);
      for (const [index, at] of (result.Timestamps ?? []).entries()) {
        const maximum = result.Values?.[index];
        if (maximum !== undefined) minutes.push({ at: at.getTime(), maximum });
      }
      next = answer.NextToken;
      if (result.StatusCode === "PartialData" && next === undefined) throw new Error("CloudWatch answered with a part only");
    } while (next !== undefined);
    return { minutes };
  };
}
