/** The jobs in a stream's records, each as it was written last. */
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import type { DynamoDBStreamEvent } from "aws-lambda";
import { isPart, type Job, parseJob } from "../jobs/job.ts";

/** Those that wait. One that this code can't read is told, and left to the next version: it holds up nobody. */
export function jobRecords({ Records }: DynamoDBStreamEvent, onUnreadable: (error: unknown) => void): Job[] {
  const newest = new Map<string, Job>();
  for (const { eventName, dynamodb } of Records) {
    const image = dynamodb?.NewImage;
    if (eventName === "REMOVE" || image === undefined) continue;
    try {
      const job = parseJob(unmarshall(image as Record<string, AttributeValue>));
      newest.set(`${job.owner}\n${job.id}`, job);
    } catch (error) {
      onUnreadable(error);
    }
  }
  return [...newest.values()].filter((job) => job.state === "waiting" && !isPart(job)).sort((a, b) => a.createdAt - b.createdAt);
}
