/** What an area says of each of its routes. From it and from `system.json` the document is made; nothing here is part of a bundle. */
import type * as z from "zod/mini";
import type { Method } from "../api.ts";
import type { ProblemKind } from "../problem.ts";

export type JsonSchema = { [keyword: string]: unknown };

/** Request headers that a route may read beside the token. */
export type RequestHeader = "If-Match" | "If-None-Match" | "Idempotency-Key" | "Dormouse-Background" | "Accept-Language";

/** Response headers that an answer may carry. */
export type ResponseHeader = "ETag" | "Location" | "Retry-After" | "Cache-Control" | "Idempotency-Replayed";

export interface Answer {
  /** One sentence: what this answer means. */
  description: string;
  /** The body; none when left out. */
  schema?: z.core.$ZodType;
  /** `application/json` unless told. */
  contentType?: string;
  headers?: readonly ResponseHeader[];
  /** Must fit the schema: a test looks. */
  example?: unknown;
}

export type Tag = keyof typeof TAGS;

/** The groups of the documentation, in their order. */
export const TAGS = {
  Database: "Asleep or awake: look, wake, put to sleep, keep awake.",
  Expenses: "What was spent, refunded, earned and moved.",
  Receipts: "Files that go with expenses: uploaded to S3 and downloaded from there, also while the database sleeps.",
  Categories: "What it was for. A category may have a parent; a list or a budget of a category holds its children too.",
  Accounts: "Where money is, and how much there was on a day.",
  Budgets: "How much may be spent in a period, and when to speak up.",
  Rates: "Exchange rates that were entered by hand: direct, by day, never guessed.",
  Summary: "A period at a glance.",
  Insights: "Answers to questions about one's own money, each as a sentence with its figures and its method.",
  Reports: "What was spent, as one would show it an accountant: PDF, CSV, XLSX. Asked for and got while the database sleeps.",
  Imports: "Banks' files: looked through first, then entered, and undone where that was wrong. Asked for and looked at while the database sleeps.",
  Exports: "What a user entered, as a file: all of it as JSON, entries as CSV, Beancount or OFX. Asked for and got while the database sleeps.",
  Jobs: "Work that needs the database and that nobody waits for: it wakes the database, and is done when it is awake.",
  Runs: "Work over all users, for operators.",
  Notifications: "What one was told of, and whether it comes by mail.",
  Profile: "Who one is, and how one counts time and money.",
  Service: "The console, its script, this document, and whether anything answers at all.",
} as const;

export interface Operation {
  /** Unique, camelCase: a verb and what it acts on. The client's types carry it. */
  id: string;
  method: Method;
  /** As in `system.json`. */
  path: string;
  tag: Tag;
  /** A few words, as a title. */
  summary: string;
  /** What the words leave open: Markdown, a paragraph or two. */
  description?: string;
  /** Of the `{names}` in the path, when they are not plain UUIDs: an object schema. */
  params?: z.core.$ZodType;
  /** Values for the `{names}`, for the examples. */
  paramsExample?: Readonly<Record<string, string>>;
  /** An object schema; its members are the query's parameters. */
  query?: z.core.$ZodType;
  /** An example of a query, by name. */
  queryExample?: Readonly<Record<string, string>>;
  headers?: readonly RequestHeader[];
  body?: { schema: z.core.$ZodType; example: unknown /** A body may be left out. */; optional?: boolean };
  /** Every success, by status. */
  responses: Readonly<Record<number, Answer>>;
  /**
   * Problems of its own. Those that follow from what it is are added: `bad-query` with a query, `bad-json`, `not-json`, `body-too-large` and `bad-fields`
   * with a body, `bad-path` with `params`, those of `Idempotency-Key` and `If-Match` with these headers, `not-signed-in` and `not-allowed` with its access,
   * the database's own with SQL, `internal` always.
   */
  problems?: readonly ProblemKind[];
}

export const operation = (it: Operation): Operation => it;
