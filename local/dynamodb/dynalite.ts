/**
 * All that is known here of dynalite's inside (4.0.0, pinned): it runs without a socket of its own, and writes of a table with a stream go through a tap.
 * The tap writes item and stream record in one Level batch, so that after a crash there are both or neither.
 */
import type { IncomingHttpHeaders } from "node:http";
import { createRequire } from "node:module";
import { PassThrough } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { account, region } from "../gate.ts";

const require = createRequire(import.meta.url);

/** An item in DynamoDB's JSON, e.g. `{ "id": { "S": "x" } }`. */
export type Item = Record<string, Record<string, unknown>>;

export interface Change {
  /** Numbers a table's changes from 1. */
  sequence: number;
  /** Milliseconds since the epoch. */
  at: number;
  before: Item | null;
  after: Item | null;
}

export interface Dynalite {
  /** Answers one request whose signature was checked. */
  handle(request: { headers: IncomingHttpHeaders; body: Buffer }): Promise<{ status: number; headers: Record<string, string>; body: Buffer }>;
  /** The changes of a table with a stream after `sequence`, oldest first. Only what stands on the disk, so no gap can close later. */
  changes(table: string, after: number, limit: number): Promise<Change[]>;
  /** How far a consumer has come; 0 at first. */
  checkpoint(table: string, consumer: string): Promise<number>;
  /** Notes that a consumer has done with all up to `sequence`, and forgets changes up to `forgetTo`. */
  advance(table: string, consumer: string, sequence: number, forgetTo: number): Promise<void>;
  close(): Promise<void>;
}

type Callback = (error?: Error | null, value?: unknown) => void;
type Operation = { type: "put"; key: string; value: unknown } | { type: "del"; key: string };

interface ItemDb {
  get(key: string, callback: Callback): void;
  put(key: string, value: unknown, callback: Callback): void;
  del(key: string, callback: Callback): void;
}

interface Store {
  db: {
    open(): Promise<void>;
    get(key: string): Promise<unknown>;
    batch(operations: Operation[]): Promise<void>;
    iterator(range: { gt: string; lt?: string; lte?: string; limit?: number; reverse?: boolean }): { all(): Promise<[string, unknown][]> };
  };
  tableDb: { awsAccountId: string; awsRegion: string };
  getItemDb(name: string): ItemDb;
  lifecycleManager: { gracefulClose(): Promise<void> };
}

interface Inside {
  create(options: object): Store;
}

export interface DynaliteOptions {
  /** Where Level keeps its files. Rejects with code LEVEL_LOCKED inside when another process has it open. */
  path: string;
  /** Names of the tables that have a stream. */
  streamed: string[];
  now(): number;
  /** Called after each change of a table with a stream is on the disk. */
  onChange(table: string): void;
}

const streamKey = (table: string, sequence: number) => `stream-${table}~${String(sequence).padStart(16, "0")}`;
const checkpointKey = (table: string, consumer: string) => `checkpoint-${table}~${consumer}`;

export async function openDynalite(options: DynaliteOptions): Promise<Dynalite> {
  const inside = require("dynalite/db") as Inside;
  const dynalite = require("dynalite") as (options: object) => { emit(event: "request", request: unknown, response: unknown): boolean };
  // dynalite keeps its store to itself; for this one synchronous call its maker is ours.
  const original = inside.create;
  let store: Store | undefined;
  inside.create = (given) => {
    store = original(given);
    return store;
  };
  let server: ReturnType<typeof dynalite>;
  try {
    server = dynalite({ path: options.path, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  } finally {
    inside.create = original;
  }
  if (!store) throw new Error("dynalite no longer makes its store by dynalite/db's create");
  const { db } = store;
  store.tableDb.awsAccountId = account;
  store.tableDb.awsRegion = region;
  await db.open();

  const taps = new Map<string, ItemDb>();
  for (const table of options.streamed) {
    const [last] = await db.iterator({ gt: streamKey(table, 0), lt: `stream-${table}~~`, reverse: true, limit: 1 }).all();
    const counted = await db.get(`sequence-${table}`);
    const start = Math.max(Number(last?.[0].split("~").at(-1) ?? 0), typeof counted === "number" ? counted : 0);
    taps.set(table, tap(store, table, start, options));
  }
  const plain = store.getItemDb;
  store.getItemDb = (name) => taps.get(name) ?? plain(name);
  const opened = store;
  const underWay = new Set<Promise<unknown>>();
  let closed = false;

  const dispatch: Dynalite["handle"] = ({ headers, body }) =>
    new Promise((resolve, reject) => {
      const request = Object.assign(new PassThrough(), { method: "POST", url: "/", headers });
      const answer: Record<string, string> = {};
      const response = {
        statusCode: 200,
        contentType: "",
        setHeader: (name: string, value: unknown) => {
          answer[name.toLowerCase()] = String(value);
        },
        end: (text: string | undefined) => resolve({ status: response.statusCode, headers: answer, body: Buffer.from(text ?? "") }),
      };
      request.on("error", reject);
      server.emit("request", request, response);
      request.end(body);
    });

  return {
    async handle(request) {
      if (closed) return { status: 500, headers: {}, body: Buffer.from('{"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError"}') };
      const answer = dispatch(request);
      underWay.add(answer);
      return await answer.finally(() => underWay.delete(answer));
    },
    async changes(table, after, limit) {
      const entries = await db.iterator({ gt: streamKey(table, after), lt: `stream-${table}~~`, limit }).all();
      return entries.map(([, value]) => value as Change);
    },
    async checkpoint(table, consumer) {
      const value = await db.get(checkpointKey(table, consumer));
      return typeof value === "number" ? value : 0;
    },
    async advance(table, consumer, sequence, forgetTo) {
      const old = await db.iterator({ gt: streamKey(table, 0), lte: streamKey(table, forgetTo) }).all();
      await db.batch([{ type: "put", key: checkpointKey(table, consumer), value: sequence }, ...old.map(([key]): Operation => ({ type: "del", key }))]);
    },
    async close() {
      closed = true;
      // A request that meets a closed store makes dynalite throw where nobody can catch it.
      await Promise.race([Promise.allSettled(underWay), sleep(1000, undefined, { ref: false })]);
      await opened.lifecycleManager.gracefulClose();
    },
  };
}

/** A table's item store whose writes also append to the stream, one after the other: a reader never sees a number before a smaller one. */
function tap(store: Store, table: string, start: number, options: DynaliteOptions): ItemDb & Record<string, unknown> {
  const items = store.getItemDb(table);
  let sequence = start;
  let line: Promise<unknown> = Promise.resolve();
  const append = (key: string, after: Item | null, callback: Callback) => {
    const work = line.then(async () => {
      const before = ((await store.db.get(`item-${table}~${key}`)) as Item | undefined) ?? null;
      const item: Operation = after === null ? { type: "del", key: `item-${table}~${key}` } : { type: "put", key: `item-${table}~${key}`, value: after };
      // As in AWS, a write that changes nothing leaves no record.
      if (JSON.stringify(before) === JSON.stringify(after)) return await store.db.batch([item]);
      sequence += 1;
      const change: Change = { sequence, at: options.now(), before, after };
      await store.db.batch([
        item,
        { type: "put", key: streamKey(table, sequence), value: change },
        // Kept apart, because read records are deleted and a number must never come twice.
        { type: "put", key: `sequence-${table}`, value: sequence },
      ]);
      options.onChange(table);
    });
    line = work.catch(() => {});
    work.then(
      () => callback(null),
      (error: Error) => callback(error),
    );
  };
  return Object.assign(Object.create(items) as ItemDb & Record<string, unknown>, {
    put: (key: string, value: unknown, callback: Callback) => append(key, value as Item, callback),
    del: (key: string, callback: Callback) => append(key, null, callback),
  });
}
