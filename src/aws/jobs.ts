/** Jobs in DynamoDB: one item each, a sparse index that lists the open ones, and one by which an owner's are listed. */
import { isDeepStrictEqual } from "node:util";
import { DeleteItemCommand, type DynamoDBClient, GetItemCommand, PutItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import { isEnded, isPart, type Job, type JobState, KEPT_SECONDS, parseJob } from "../jobs/job.ts";
import type { JobStore } from "../jobs/ports.ts";
import { taken } from "./conditional.ts";
import { updateParameters } from "./expression.ts";
import { parsedOr, type QueryInput, queried, queryUpTo } from "./query.ts";

export interface Jobs extends JobStore {
  /** Puts it if there is none of that id: the job that is there, and whether this call made it. Throws `UnknownJob` where that can't be read. */
  create(job: Job): Promise<{ job: Job; made: boolean }>;
  /** Consistent. Throws `UnknownJob`. */
  read(owner: string, id: string): Promise<Job | null>;
  /** An owner's, newest first, at most `limit`; `before`: older than that one. May be a moment behind. */
  newest(owner: string, limit: number, before: Pick<Job, "id" | "createdAt"> | null): Promise<Job[]>;
  /** Those of an owner's that have not ended, by id. For the parts of a job. */
  left(owner: string): Promise<Job[]>;
  /** Forgets it, whatever it is at. */
  remove(owner: string, id: string): Promise<void>;
  /** An owner's from one id to another, both included. For the parts of a job. */
  between(owner: string, first: string, last: string): Promise<Job[]>;
  /** How many of an owner's are in each state. For the parts of a job. */
  count(owner: string): Promise<Record<JobState, number>>;
}

export interface JobsOptions {
  dynamodb: DynamoDBClient;
  table: string;
  /** An item that this code can't read is left alone, and said. */
  onUnreadable(error: unknown): void;
}

/** Of a change's condition that was refused because the change is there already: the client sent it again, and its first answer was lost. */
const has = (item: Record<string, unknown> | null, set: Record<string, unknown>): boolean =>
  item !== null && Object.entries(set).every(([name, value]) => isDeepStrictEqual(item[name], value));

export function jobs({ dynamodb, table, onUnreadable }: JobsOptions): Jobs {
  const query = (input: QueryInput, limit = Number.POSITIVE_INFINITY) => queryUpTo({ dynamodb, table }, input, limit, parsedOr(parseJob, onUnreadable));
  const owned = (owner: string) => ({
    KeyConditionExpression: "#owner = :owner",
    ExpressionAttributeNames: { "#owner": "owner" },
    ExpressionAttributeValues: { ":owner": { S: owner } },
  });
  const item = async (owner: string, id: string): Promise<Record<string, unknown> | null> => {
    const { Item } = await dynamodb.send(new GetItemCommand({ TableName: table, Key: { owner: { S: owner }, id: { S: id } }, ConsistentRead: true }));
    return Item === undefined ? null : unmarshall(Item);
  };
  const read = async (owner: string, id: string): Promise<Job | null> => {
    const found = await item(owner, id);
    return found === null ? null : parseJob(found);
  };
  return {
    read,
    async create(job) {
      const open = isEnded(job) || isPart(job) ? {} : { open: "1" };
      const end = isEnded(job) ? { expiresAt: Math.floor(job.updatedAt / 1000) + KEPT_SECONDS } : {};
      const Item = marshall({ ...job, ...open, ...end }, { removeUndefinedValues: true });
      const made = await taken(dynamodb.send(new PutItemCommand({ TableName: table, Item, ConditionExpression: "attribute_not_exists(id)" })));
      if (made) return { job, made };
      const there = await read(job.owner, job.id);
      if (there === null) throw new Error("a job was there, and was forgotten while it was read");
      return { job: there, made };
    },
    open: (limit) =>
      query(
        {
          IndexName: "open",
          KeyConditionExpression: "#open = :one",
          ExpressionAttributeNames: { "#open": "open" },
          ExpressionAttributeValues: { ":one": { S: "1" } },
          Limit: limit,
        },
        limit,
      ),
    newest: (owner, limit, before) =>
      query(
        {
          IndexName: "newest",
          ...owned(owner),
          ScanIndexForward: false,
          Limit: limit,
          ...(before === null ? {} : { ExclusiveStartKey: marshall({ owner, id: before.id, createdAt: before.createdAt }) }),
        },
        limit,
      ),
    async remove(owner, id) {
      await dynamodb.send(new DeleteItemCommand({ TableName: table, Key: { owner: { S: owner }, id: { S: id } } }));
    },
    left(owner) {
      const { KeyConditionExpression, ExpressionAttributeNames, ExpressionAttributeValues } = owned(owner);
      return query({
        KeyConditionExpression,
        FilterExpression: "#state IN (:waiting, :running)",
        ExpressionAttributeNames: { ...ExpressionAttributeNames, "#state": "state" },
        ExpressionAttributeValues: { ...ExpressionAttributeValues, ":waiting": { S: "waiting" }, ":running": { S: "running" } },
        ConsistentRead: true,
      });
    },
    between(owner, first, last) {
      const { ExpressionAttributeNames, ExpressionAttributeValues } = owned(owner);
      return query({
        KeyConditionExpression: "#owner = :owner AND #id BETWEEN :first AND :last",
        ExpressionAttributeNames: { ...ExpressionAttributeNames, "#id": "id" },
        ExpressionAttributeValues: { ...ExpressionAttributeValues, ":first": { S: first }, ":last": { S: last } },
        ConsistentRead: true,
      });
    },
    async count(owner) {
      const counts: Record<JobState, number> = { waiting: 0, running: 0, done: 0, failed: 0 };
      const states = {
        ...owned(owner),
        ConsistentRead: true,
        ProjectionExpression: "#state",
        ExpressionAttributeNames: { "#owner": "owner", "#state": "state" },
      };
      for await (const { state } of queried({ dynamodb, table }, states)) counts[state as JobState]++;
      return counts;
    },
    async write(job, { write }) {
      const Key = { owner: { S: job.owner }, id: { S: job.id } };
      const isTaken = await taken(dynamodb.send(new UpdateItemCommand({ TableName: table, Key, ...updateParameters(write, "id") })));
      return isTaken || has(await item(job.owner, job.id), write.set);
    },
  };
}
