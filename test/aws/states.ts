/** Random states and random writes, for property tests. Times are milliseconds since the epoch, often equal or one apart: that is where conditions decide. */
import fc from "fast-check";
import { type DatabaseState, initialState, type Lease, type LedgerEntry, type Stop } from "../../src/lifecycle/state.ts";
import type { Guards, StateWrite } from "../../src/lifecycle/writes.ts";
import * as writes from "../../src/lifecycle/writes.ts";

export const NOW = Date.UTC(2026, 10, 21, 9);

/** Around `NOW`, at it, and at the ends of what a time may be. */
export const time = fc.oneof(
  fc.constantFrom(NOW - 1, NOW, NOW + 1),
  fc.integer({ min: NOW - 1000, max: NOW + 1000 }),
  fc.constantFrom(0, 1, 8_640_000_000_000_000),
);
/** Seconds with a fraction, as the rules write them, and one that has no short form. */
const tenths = fc.oneof(
  fc.nat({ max: 1e9 }).map((n) => n / 10),
  fc.constantFrom(0.1 + 0.2, 1 / 3, -0.1),
);
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });

/** Ids and words that a path, a placeholder, a reserved word or a careless join would trip over. No dot: ids hold none. No name that every object inherits:
 * `applyWrite` reads those, DynamoDB does not, and ids are UUIDs. */
export const word = fc.oneof(
  fc.constantFrom(
    "a",
    "b",
    "size",
    "name",
    "#n0",
    ":v0",
    "NULL",
    "0",
    "-1",
    " ",
    "a b",
    "a/b",
    "[0]",
    "leases",
    "databaseId",
    "é",
    "💤",
    "a\nb",
    "'",
    '"',

    "and",
  ),
  fc.uuid(),
  fc
    .string({ minLength: 1, maxLength: 12 })
    .map((text) => text.replaceAll(".", "-"))
    .filter((text) => !(text in {})),
);
const sentence = fc.oneof(fc.constantFrom("", " ", "idle for 63 min, limit 60"), fc.string({ maxLength: 30 }));

const lease: fc.Arbitrary<Lease> = fc.record({ by: word, why: sentence, expiresAt: time });
const hold = fc.record({ until: time, by: word, reason: sentence });
const wake = fc.record({ id: word, by: word, cause: fc.constantFrom("button", "request", "hold", "job"), at: time, expiresAt: time });
const stopRequest = fc.record({ id: word, by: word, at: time, force: fc.boolean() });
const phase = fc.constantFrom("asleep", "waking", "awake", "falling-asleep");
const stop: fc.Arbitrary<Stop> = fc.record({
  id: word,
  stage: fc.constantFrom("drain", "window"),
  runner: word,
  startedAt: time,
  drainUntil: time,
  stopBefore: maybe(time),
  by: word,
  code: sentence,
  reason: sentence,
  force: fc.boolean(),
});
const entry: fc.Arbitrary<LedgerEntry> = fc.record({
  seq: fc.nat(),
  at: time,
  from: phase,
  phase,
  action: sentence,
  code: sentence,
  cause: sentence,
  by: word,
  reason: sentence,
  rdsStatus: sentence,
  minimumAddsSeconds: maybe(tenths),
  lastedSeconds: maybe(tenths),
});
const few = fc.dictionary(word, lease, { maxKeys: 4 });
/** One below the cap, at it, one above. */
const many = fc
  .tuple(fc.constantFrom(writes.MAX_LEASES - 1, writes.MAX_LEASES, writes.MAX_LEASES + 1), lease)
  .map(([count, one]) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`lease-${index}`, one])));

export const state: fc.Arbitrary<DatabaseState> = fc
  .record({
    rev: fc.nat({ max: 3 }),
    turn: fc.nat({ max: 3 }),
    lastActivityAt: maybe(time),
    leases: fc.oneof({ weight: 5, arbitrary: few }, { weight: 1, arbitrary: many }),
    hold: maybe(hold),
    wake: maybe(wake),
    lastWakeAt: maybe(time),
    lastLeaseEndAt: maybe(time),
    stopRequest: maybe(stopRequest),
    ownSessions: fc.nat(),
    phase,
    serving: fc.boolean(),
    stop: maybe(stop),
    attention: maybe(fc.record({ code: sentence, since: time, what: sentence, doThis: sentence })),
    lastAction: maybe(fc.record({ kind: fc.constantFrom("start", "stop"), at: time, attempts: fc.nat(), error: maybe(sentence) })),
    outside: maybe(fc.record({ at: time, sessions: fc.array(fc.record({ application: sentence, user: word, since: time }), { maxLength: 3 }) })),
    foreignSessions: maybe(fc.integer()),
    watcher: maybe(fc.record({ id: word, until: time })),
    wakeSeconds: fc.array(tenths, { maxLength: 20 }),
    outbox: fc.array(entry, { maxLength: 3 }),
  } satisfies Partial<Record<keyof DatabaseState, fc.Arbitrary<unknown>>>)
  .map((given) => ({ ...initialState("dormouse", NOW), ...given }) as DatabaseState);

const NULLABLE = [
  "lastActivityAt",
  "hold",
  "wake",
  "lastWakeAt",
  "lastLeaseEndAt",
  "stopRequest",
  "stop",
  "attention",
  "lastAction",
  "outside",
  "watcher",
] as const;

/** As an older writer left it: some attributes that may be null are not there at all. */
export const olderItem: fc.Arbitrary<DatabaseState> = fc.tuple(state, fc.subarray([...NULLABLE])).map(([whole, missing]) => {
  const item: Record<string, unknown> = { ...whole };
  for (const name of missing) delete item[name];
  return item as unknown as DatabaseState;
});

/** A lease's id: mostly one that is there. */
const idIn = (of: DatabaseState): fc.Arbitrary<string> => {
  const ids = Object.keys(of.leases);
  return ids.length === 0 ? word : fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...ids) }, { weight: 1, arbitrary: word });
};

const guards: fc.Arbitrary<Guards> = fc.record({ rev: fc.boolean(), wake: fc.boolean(), stopRequest: fc.boolean() });

/** What a reconciler has read: the item itself, or one that differs a little from it. */
const seen = (of: DatabaseState): fc.Arbitrary<DatabaseState> =>
  fc
    .record({
      turn: fc.constantFrom(of.turn, of.turn, of.turn + 1),
      rev: fc.constantFrom(of.rev, of.rev, of.rev + 1),
      wake: fc.constantFrom(of.wake ?? null, of.wake ?? null, null),
      other: wake,
      another: fc.boolean(),
    })
    .map(({ other, another, ...rest }) => ({ ...initialState("dormouse", NOW), ...of, ...rest, ...(another ? { wake: other } : {}) }) as DatabaseState);

/** Every write of `src/lifecycle/writes.ts` by its name, on a state. */
export const writeOn: Record<Exclude<keyof typeof writes, "MAX_LEASES" | "applyWrite" | "holds">, (of: DatabaseState) => fc.Arbitrary<StateWrite>> = {
  create: () => state.map(writes.create),
  touch: () => time.map(writes.touch),
  countSession: () => fc.constant(writes.countSession()),
  wake: () => wake.map((intent) => writes.wake(intent as Parameters<typeof writes.wake>[0])),
  hold: () => fc.tuple(hold, maybe(wake)).map(([value, intent]) => writes.hold(value, intent as Parameters<typeof writes.hold>[1])),
  unhold: () => time.map(writes.unhold),
  acquire: (of) => fc.tuple(idIn(of), lease).map(([id, value]) => writes.acquire(id, value)),
  renew: (of) => fc.tuple(idIn(of), time, time).map(([id, until, now]) => writes.renew(id, until, now)),
  release: (of) => fc.tuple(idIn(of), time).map(([id, now]) => writes.release(id, now)),
  requestStop: () => stopRequest.map(writes.requestStop),
  turn: (of) =>
    fc
      .tuple(seen(of), state, fc.subarray(Object.keys(of).filter((name) => name !== "databaseId" && name !== "turn")), guards)
      .map(([read, next, names, given]) => writes.turn(read, Object.fromEntries(Object.entries(next).filter(([name]) => names.includes(name))), given)),
};
