/** What the control plane's routes answer, as schemas. `src/lifecycle/present.ts` and `savings.ts` make the values; the types tie the two together. */
import * as z from "zod/mini";
import type { DatabaseView } from "../../lifecycle/present.ts";
import type { Savings } from "../../lifecycle/savings.ts";
import { time } from "./shared.ts";

const phases = ["asleep", "waking", "awake", "falling-asleep"] as const;

export const estimate = z.object({
  p50Seconds: z.number(),
  p90Seconds: z.number(),
  samples: z.int(),
  readyAt: z.nullable(time),
});

const lease = z.object({ id: z.string(), by: z.string(), why: z.string(), expiresAt: time });
export const leaseShown: z.ZodMiniType<DatabaseView["leases"][number]> = lease;

export const databaseView: z.ZodMiniType<DatabaseView> = z.object({
  id: z.string(),
  phase: z.enum(phases),
  serving: z.boolean(),
  verified: z.boolean(),
  attention: z.nullable(z.object({ code: z.string(), since: time, what: z.string(), doThis: z.string() })),
  rdsStatus: z.string(),
  since: time,
  lastActivityAt: z.nullable(time),
  sleepsAt: z.nullable(time),
  code: z.string(),
  reason: z.string(),
  mode: z.enum(["manage", "watch"]),
  estimate: z.nullable(estimate),
  leases: z.array(leaseShown),
  hold: z.nullable(z.object({ until: time, by: z.string(), reason: z.string() })),
  lastBackupAt: z.nullable(time),
  wake: z.nullable(z.object({ by: z.string(), at: time })),
});

export const ledgerEntry = z.object({
  at: time,
  from: z.enum(phases),
  phase: z.enum(phases),
  action: z.string(),
  code: z.string(),
  cause: z.string(),
  by: z.string(),
  reason: z.string(),
  rdsStatus: z.string(),
  lastedSeconds: z.nullable(z.number()),
});
export const history = z.object({ items: z.array(ledgerEntry), next: z.nullable(z.string()) });

/** US dollars, to a hundredth of a cent; what is saved can be below zero. */
const dollars = z.string().check(z.regex(/^-?\d+\.\d{4}$/));
const month = { awakeSeconds: z.int(), asleepSeconds: z.int(), spent: dollars, saved: dollars };
export const savingsShown: z.ZodMiniType<Savings> = z.object({
  currency: z.literal("USD"),
  pricePerHour: z.string(),
  since: time,
  ...month,
  months: z.array(z.object({ month: z.string().check(z.regex(/^\d{4}-\d\d$/)), ...month })),
});

export const health = z.object({ status: z.literal("ok") });
export const page = z.string();
/** An OpenAPI document. */
export const openApi = z.looseObject({ openapi: z.string(), info: z.looseObject({ title: z.string(), version: z.string() }) });
