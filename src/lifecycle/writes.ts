/**
 * Every write to the state item, as data: what it sets, and the condition that stands in the write itself. The DynamoDB adapter turns it into
 * one UpdateItem; tests apply the very same data in memory, so that a search over all interleavings checks the real conditions.
 */
import type { DatabaseState, Hold, Lease, StopRequest, WakeIntent } from "./state.ts";

/** Paths are attribute names, or a map's entry as `leases.<id>` (ids hold no dot). */
export type Condition =
  | { path: string; is: "equals"; value: string | number | boolean }
  | { path: string; is: "present" }
  | { path: string; is: "absent" }
  /** Null, missing, or smaller. */
  | { path: string; is: "older-than"; value: number }
  | { path: string; is: "later-than"; value: number }
  /** A map with fewer entries. */
  | { path: string; is: "smaller-than"; value: number };

export interface StateWrite {
  set: Record<string, unknown>;
  add?: Record<string, number>;
  remove?: string[];
  when: Condition[];
}

/** Nobody writes into an item that a newer version has written since the read. */
const readable: Condition = { path: "v", is: "equals", value: 1 };
const serving: Condition = { path: "serving", is: "equals", value: true };
const staysUp = { rev: 1 };

/** More leases than this would crowd the item. */
export const MAX_LEASES = 100;

export const create = (state: DatabaseState): StateWrite => ({ set: { ...state }, when: [{ path: "databaseId", is: "absent" }] });

export const touch = (now: number): StateWrite => ({
  set: { lastActivityAt: now },
  add: staysUp,
  when: [readable, serving, { path: "lastActivityAt", is: "older-than", value: now }],
});

/** Not a word for staying up: it only explains a connection to the probe. */
export const countSession = (): StateWrite => ({ set: {}, add: { ownSessions: 1 }, when: [readable] });

/** Single flight: refused while an earlier intent still counts, which then serves this caller as well. */
export const wake = (intent: WakeIntent): StateWrite => ({
  set: { wake: intent, lastWakeAt: intent.at },
  add: staysUp,
  when: [readable, { path: "wake.expiresAt", is: "older-than", value: intent.at + 1 }],
});

export const hold = (value: Hold, intent: WakeIntent | null): StateWrite => ({
  set: { hold: value, ...(intent ? { wake: intent, lastWakeAt: intent.at } : {}) },
  add: staysUp,
  // Without an intent the hold must find the database serving: else it would keep asleep what it should keep awake.
  when: intent ? [readable] : [readable, serving],
});

export const unhold = (now: number): StateWrite => ({
  set: { hold: null, lastLeaseEndAt: now },
  add: staysUp,
  when: [readable, { path: "hold.until", is: "present" }],
});

export const acquire = (id: string, lease: Lease): StateWrite => ({
  set: { [`leases.${id}`]: lease },
  add: staysUp,
  when: [readable, serving, { path: "leases", is: "smaller-than", value: MAX_LEASES }],
});

export const renew = (id: string, expiresAt: number, now: number): StateWrite => ({
  set: { [`leases.${id}.expiresAt`]: expiresAt },
  add: staysUp,
  when: [readable, serving, { path: `leases.${id}.expiresAt`, is: "later-than", value: now }],
});

export const release = (id: string, now: number): StateWrite => ({
  set: { lastLeaseEndAt: now },
  add: staysUp,
  remove: [`leases.${id}`],
  when: [readable, { path: `leases.${id}`, is: "present" }],
});

export const requestStop = (request: StopRequest): StateWrite => ({
  set: { stopRequest: request },
  when: [readable, { path: "phase", is: "equals", value: "awake" }],
});

/** What a reconciler's write is conditional on, besides `turn`. */
export interface Guards {
  /** Nobody has spoken for staying up since the read. In every write toward sleep, and in every one that removes a caller's word. */
  rev?: boolean;
  /** The wake intent that it clears is still the one that was read. */
  wake?: boolean;
  /** The same for the stop request that it answers. */
  stopRequest?: boolean;
}

/** A reconciler's write on the state that it has read. */
export function turn(seen: DatabaseState, set: Partial<DatabaseState>, guards: Guards): StateWrite {
  const when: Condition[] = [readable, { path: "turn", is: "equals", value: seen.turn }];
  if (guards.rev) when.push({ path: "rev", is: "equals", value: seen.rev });
  if (guards.wake && seen.wake) when.push({ path: "wake.id", is: "equals", value: seen.wake.id });
  if (guards.stopRequest && seen.stopRequest) when.push({ path: "stopRequest.id", is: "equals", value: seen.stopRequest.id });
  return { set, add: { turn: 1 }, when };
}

function at(state: Record<string, unknown>, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>((value, key) => (value !== null && typeof value === "object" ? (value as Record<string, unknown>)[key] : undefined), state);
}

export function holds(state: Record<string, unknown>, condition: Condition): boolean {
  const value = at(state, condition.path);
  switch (condition.is) {
    case "equals":
      return value === condition.value;
    case "present":
      return value !== undefined;
    case "absent":
      return value === undefined;
    case "older-than":
      return value === undefined || value === null || (typeof value === "number" && value < condition.value);
    case "later-than":
      return typeof value === "number" && value > condition.value;
    case "smaller-than":
      return value !== null && typeof value === "object" && Object.keys(value).length < condition.value;
  }
}

/** A copy of `object` with `path` changed; everything beside the path is shared, nothing that was given is changed. */
function changed(object: Record<string, unknown>, keys: string[], change: (map: Record<string, unknown>, key: string) => void): Record<string, unknown> {
  const copy = { ...object };
  const [key = "", ...rest] = keys;
  if (rest.length === 0) change(copy, key);
  else copy[key] = changed((copy[key] ?? {}) as Record<string, unknown>, rest, change);
  return copy;
}

/** The item after the write, or null when its condition refuses. What DynamoDB's UpdateItem does, without DynamoDB. */
export function applyWrite(item: DatabaseState | null, write: StateWrite): DatabaseState | null {
  let after: Record<string, unknown> = item === null ? {} : { ...item };
  if (!write.when.every((condition) => holds(after, condition))) return null;
  for (const [path, value] of Object.entries(write.set))
    after = changed(after, path.split("."), (map, key) => {
      map[key] = value;
    });
  for (const [path, amount] of Object.entries(write.add ?? {}))
    after = changed(after, path.split("."), (map, key) => {
      map[key] = Number(map[key] ?? 0) + amount;
    });
  for (const path of write.remove ?? [])
    after = changed(after, path.split("."), (map, key) => {
      delete map[key];
    });
  return after as unknown as DatabaseState;
}
