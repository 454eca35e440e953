/** Pieces that more than one area needs. */
import * as z from "zod/mini";
import type { RequestHeader, ResponseHeader } from "./operation.ts";

/** An instant in UTC, ISO 8601: `2026-11-21T07:30:00.000Z`. */
export const time = z.iso.datetime();

/** Headers of a new one, and of a change. */
export const keyed: readonly RequestHeader[] = ["Idempotency-Key"];
export const conditional: readonly RequestHeader[] = ["If-Match", "Idempotency-Key"];

/** Headers of what was made, and of what is shown. */
export const made: readonly ResponseHeader[] = ["ETag", "Location"];
export const versioned: readonly ResponseHeader[] = ["ETag"];

/** Ids of examples: of UUID version 7, like the real ones. */
export const ids = {
  groceries: "019aa5c8-31a0-7c3e-9a61-2d4f6b8c0e13",
  food: "019aa5c7-90b2-7f10-8c11-5e0a9d7b3c02",
  expense: "019aa5d0-0c44-7a55-b7de-3f1c2a9b8d70",
  account: "019aa5d3-7e19-7d02-a1f4-6b8e0c5d9a31",
  home: "019aa5c9-1b77-7e42-8d05-9c4f6a2e0b18",
  receipt: "019aa5d0-0b12-7c90-a3d1-4e2f6a8b0c31",
  budget: "019aa5d9-44f8-7b63-9e27-8a1d3c5f7b92",
} as const;

/** For schemas that depend on the time. The document says "five years ahead" instead, so that it is the same whenever it is made. */
export const SOME_TIME = 0;
