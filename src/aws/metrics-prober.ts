/**
 * Looks at a database from outside, where nobody may log in to it: up is what RDS reports, and who was connected is what CloudWatch has counted
 * (`AWS/RDS`, `DatabaseConnections`). RDS writes one value a minute; it shows a minute or two late.
 */
import type { LambdaClient } from "@aws-sdk/client-lambda";
import type { Look, ProbeEvent, Prober } from "../lifecycle/ports.ts";
import type { OutsideSession } from "../lifecycle/state.ts";
import { statusRow } from "../lifecycle/statuses.ts";
import { call } from "./functions.ts";

/** The most client connections in one minute. `at` is the minute's beginning, milliseconds since the epoch. */
export interface MinuteCount {
  at: number;
  maximum: number;
}

/** Event of the `metrics` Lambda; it answers with `Counts`. Whole minutes, milliseconds since the epoch; `to` is not part of it. */
export interface CountsEvent {
  databaseId: string;
  from: number;
  to: number;
}

export interface Counts {
  minutes: MinuteCount[];
}

export interface MetricsProberOptions {
  /** Minutes without a value are left out. May throw. */
  counts(event: CountsEvent): Promise<Counts>;
  /** Milliseconds since the epoch. */
  now(): number;
}

type Up = Extract<Look, { answered: true }>;

const MINUTE = 60_000;
/** So many of the newest minutes may have no value yet; the window then begins as much earlier. */
const LATE_MINUTES = 2;
const NAME = "CloudWatch DatabaseConnections";

const up: Up = { answered: true, sessions: [], newestOutsideAt: null, sessionCount: null, tidied: null, ofWindow: true };
const floor = (at: number) => Math.floor(at / MINUTE) * MINUTE;
const ceil = (at: number) => Math.ceil(at / MINUTE) * MINUTE;

export function metricsProber({ counts, now }: MetricsProberOptions): Prober {
  return {
    async look({ databaseId, status, quiet }) {
      if (status === undefined || statusRow(status).kind !== "running")
        return { answered: false, why: `RDS reports "${status ?? "nothing"}", and that is all that can be seen from outside` };
      // Whoever wants it awake needs no past.
      if (quiet === undefined) return up;
      const at = now();
      const from = Math.max(floor(quiet.notBefore), floor(at) - ceil(quiet.ms) - LATE_MINUTES * MINUTE);
      try {
        const { minutes } = await counts({ databaseId, from, to: floor(at) + MINUTE });
        return lookOf(minutes, quiet, at);
      } catch (error) {
        return { ...up, unseen: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
      }
    },
  };
}

/**
 * What the counts say of the last `quiet.ms` before `now`. Quiet is only a window in which every minute has a value, and it is 0: a minute without a
 * value, like one above 0, is a session that keeps the database up. Pure.
 */
export function lookOf(minutes: readonly MinuteCount[], quiet: NonNullable<ProbeEvent["quiet"]>, now: number): Look {
  const known = new Map(minutes.map(({ at, maximum }) => [at, maximum]));
  const current = floor(now);
  let end = current;
  while (end > current - LATE_MINUTES * MINUTE && !known.has(end - MINUTE)) end -= MINUTE;
  const start = Math.max(floor(quiet.notBefore), end - Math.max(MINUTE, ceil(quiet.ms)));
  // The minute in which it became awake has no full count, as the one that is not over.
  const first = Math.max(start, ceil(quiet.notBefore));
  const busy: number[] = [];
  const missing: number[] = [];
  // Outside of [first, end) a value above 0 counts, and anything else says nothing.
  for (let at = start; at <= current; at += MINUTE) {
    const value = known.get(at);
    if (value === undefined && at >= first && at < end) missing.push(at);
    if (value !== undefined && value > 0) busy.push(at);
  }
  if (first >= end) missing.push(current);
  const last = busy.at(-1);
  const sessions: OutsideSession[] = [];
  if (last !== undefined) sessions.push({ application: NAME, user: "", since: beginning(busy) });
  if (missing[0] !== undefined) sessions.push({ application: `${NAME} (no data)`, user: "", since: missing[0] });
  return { ...up, sessions, newestOutsideAt: last === undefined ? null : Math.min(now, last + MINUTE) };
}

/** Where the newest run of minutes without a gap begins. */
function beginning(minutes: readonly number[]): number {
  let index = minutes.length - 1;
  while (index > 0 && minutes[index - 1] === (minutes[index] ?? 0) - MINUTE) index--;
  return minutes[index] ?? 0;
}

const isCounts = (value: unknown): value is Counts =>
  typeof value === "object" &&
  value !== null &&
  "minutes" in value &&
  Array.isArray(value.minutes) &&
  value.minutes.every((minute) => typeof minute?.at === "number" && typeof minute?.maximum === "number");

/** Asks the function `metrics`, which alone may ask CloudWatch. Throws `FunctionFailed`, or what Lambda refuses. */
export function countsFrom(lambda: LambdaClient, name: string): MetricsProberOptions["counts"] {
  return (event) => call(lambda, name, event, isCounts);
}
