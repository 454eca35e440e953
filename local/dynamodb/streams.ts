/**
 * Event source mappings: what a table's stream holds goes to a function in batches, in order, at least once.
 * After AWS's "Lambda with DynamoDB streams": a failed batch is tried again, whole or from the first record that failed (`batchItemFailures`),
 * until its retries are used up or its records are too old; then it is given up and the next one goes on.
 */
import type { System } from "../../src/system.ts";
import type { Clock } from "../clock.ts";
import { matches } from "../events.ts";
import { region } from "../gate.ts";
import type { Outcome } from "../lambda/instance.ts";
import type { Change, Item } from "./dynalite.ts";
import { type DynamoDBService, tableArn, tableName } from "./server.ts";

export interface StreamsOptions {
  system: System;
  part: "all" | "lifecycle";
  clock: Clock;
  dynamodb: Pick<DynamoDBService, "store" | "onChange">;
  invoke(name: string, event: unknown): Promise<Outcome>;
  /** Says which records were given up, and why. */
  onGivenUp?(what: { functionName: string; table: string; from: number; to: number; why: string }): void;
  /** Milliseconds before a failed batch is tried again; doubled at each try, at most a minute. */
  retryMs?: number;
}

export interface Streams {
  /** Resolves when nothing is left to hand over (for tests). */
  settled(): Promise<void>;
  close(): Promise<void>;
}

interface Mapping {
  functionName: string;
  table: string;
  batchSize: number;
  retries: number;
  maxAgeSeconds: number;
  filters?: Record<string, unknown>[] | undefined;
}

export function startStreams(options: StreamsOptions): Streams {
  const mappings = Object.entries(options.system.functions)
    .filter(([, fn]) => options.part === "all" || fn.part === "lifecycle")
    .flatMap(([functionName, fn]) => fn.streams.map((stream): Mapping => ({ functionName, ...stream })));
  // Numbered, because one function may read one table twice with other settings.
  const consumers = mappings.map((mapping, index) => startConsumer(options, mapping, `${mapping.functionName}-${index}`, mappings));
  return {
    settled: async () => void (await Promise.all(consumers.map((consumer) => consumer.settled()))),
    close: async () => void (await Promise.all(consumers.map((consumer) => consumer.close()))),
  };
}

function startConsumer(options: StreamsOptions, mapping: Mapping, consumer: string, all: Mapping[]) {
  const { clock, dynamodb } = options;
  const table = tableName(mapping.table);
  let closed = false;
  let running: Promise<void> | null = null;
  let again = false;
  let wake: (() => void) | null = null;

  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = clock.after(ms, resolve);
      wake = () => {
        timer.cancel();
        resolve();
      };
    });

  /** Records that every mapping of this table has done with can go; with one mapping that is at once. */
  const forgetTo = async (sequence: number) => {
    const others = all.flatMap((other, index) => (other.table === mapping.table ? [`${other.functionName}-${index}`] : [])).filter((name) => name !== consumer);
    const behind = await Promise.all(others.map((name) => dynamodb.store.checkpoint(table, name)));
    return Math.min(sequence, ...behind);
  };
  const advance = async (sequence: number) => await dynamodb.store.advance(table, consumer, sequence, await forgetTo(sequence));

  const drain = async () => {
    let tries = 0;
    while (!closed) {
      const position = await dynamodb.store.checkpoint(table, consumer);
      const batch = await dynamodb.store.changes(table, position, mapping.batchSize);
      const [first] = batch;
      const last = batch.at(-1);
      if (!first || !last) return;
      const giveUp = async (why: string) => {
        options.onGivenUp?.({ functionName: mapping.functionName, table: mapping.table, from: first.sequence, to: last.sequence, why });
        await advance(last.sequence);
        tries = 0;
      };
      if (clock.now() - first.at > mapping.maxAgeSeconds * 1000) {
        const old = batch.filter((change) => clock.now() - change.at > mapping.maxAgeSeconds * 1000);
        const end = old.at(-1)?.sequence ?? first.sequence;
        options.onGivenUp?.({
          functionName: mapping.functionName,
          table: mapping.table,
          from: first.sequence,
          to: end,
          why: "older than the mapping's maximum age",
        });
        await advance(end);
        tries = 0;
        continue;
      }
      const records = batch.map((change) => toRecord(change, mapping.table, options.system));
      const Records = records.filter((record) => mapping.filters === undefined || mapping.filters.some((pattern) => matches(pattern, record)));
      if (Records.length === 0) {
        await advance(last.sequence);
        tries = 0;
        continue;
      }
      const outcome = await options.invoke(mapping.functionName, { Records });
      if (closed) return;
      const failedAt = firstFailure(outcome, batch);
      if (failedAt === null) {
        await advance(last.sequence);
        tries = 0;
        continue;
      }
      if (failedAt > first.sequence) {
        // What came before the failed record is done; its own tries begin now.
        await advance(failedAt - 1);
        tries = 0;
      }
      tries += 1;
      if (tries > mapping.retries) {
        await giveUp(`failed ${tries} times`);
        continue;
      }
      await pause(Math.min(60_000, (options.retryMs ?? 1000) * 2 ** (tries - 1)));
    }
  };
  const run = () => {
    if (closed) return;
    if (running) {
      again = true;
      return;
    }
    running = drain()
      .catch((error: unknown) => process.stderr.write(`stream of ${table}: ${error instanceof Error ? error.message : String(error)}\n`))
      .then(() => {
        running = null;
        if (again) {
          again = false;
          run();
        }
      });
  };
  dynamodb.onChange(mapping.table, run);
  // What was written before the last stop and not handed over.
  run();
  return {
    async settled() {
      while (running) await running;
    },
    async close() {
      closed = true;
      wake?.();
      await running;
    },
  };
}

/** The sequence number from which the batch has to be tried again; null: all went well. */
function firstFailure(outcome: Outcome, batch: Change[]): number | null {
  const first = batch[0]?.sequence ?? 0;
  if (outcome.functionError !== null) return first;
  const result: unknown = JSON.parse(outcome.payload);
  if (typeof result !== "object" || result === null || !("batchItemFailures" in result)) return null;
  const failures: unknown = result.batchItemFailures;
  if (failures === null || (Array.isArray(failures) && failures.length === 0)) return null;
  if (!Array.isArray(failures)) return first;
  const numbers = failures.map((failure: unknown) => {
    const id = typeof failure === "object" && failure !== null && "itemIdentifier" in failure ? failure.itemIdentifier : null;
    return batch.find((change) => sequenceNumber(change.sequence) === id)?.sequence ?? null;
  });
  // As AWS has it: an identifier that is none of the batch's means that the whole batch failed.
  if (numbers.some((number) => number === null)) return first;
  return Math.min(...numbers.filter((number) => number !== null));
}

const sequenceNumber = (sequence: number) => String(sequence).padStart(21, "0");

/** A record in the shape of DynamoDB Streams. */
function toRecord(change: Change, key: string, system: System): object {
  const table = system.tables[key];
  const image = change.after ?? change.before ?? {};
  const keys: Item = Object.fromEntries(Object.keys(table?.key ?? {}).flatMap((name) => (image[name] ? [[name, image[name]]] : [])));
  const old = table?.stream === "NEW_AND_OLD_IMAGES";
  return {
    eventID: `${key}-${change.sequence}`,
    eventName: change.before === null ? "INSERT" : change.after === null ? "REMOVE" : "MODIFY",
    eventVersion: "1.1",
    eventSource: "aws:dynamodb",
    awsRegion: region,
    dynamodb: {
      ApproximateCreationDateTime: Math.floor(change.at / 1000),
      Keys: keys,
      ...(change.after ? { NewImage: change.after } : {}),
      ...(old && change.before ? { OldImage: change.before } : {}),
      SequenceNumber: sequenceNumber(change.sequence),
      SizeBytes: JSON.stringify(image).length,
      StreamViewType: table?.stream ?? "NEW_IMAGE",
    },
    eventSourceARN: `${tableArn(tableName(key))}/stream/2026-01-01T00:00:00.000`,
  };
}
