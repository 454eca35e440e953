/** What a person enters on a day. Pure: the same person, day after day, gives the same entries. */
import { exponentOf } from "../../src/finance/money.ts";
import type { Span } from "./calendar.ts";
import { type Currency, descriptions, seasons, tags } from "./catalog.ts";
import { leaves, minorOf, type Person, type Recurring } from "./people.ts";
import { idAt } from "./random.ts";

export interface Entry {
  sub: string;
  id: string;
  kind: "expense" | "refund" | "income" | "transfer";
  categoryId: string | null;
  accountId: string | null;
  minor: number;
  currency: string;
  /** Number of the day. */
  day: number;
  merchant: string;
  description: string;
  pending: boolean;
  refundOf: string | null;
  version: number;
  /** Milliseconds since the epoch at which it was entered, and the microseconds after them. */
  at: number;
  micros: number;
  tags: readonly string[];
}

/** Leaves by how often they are spent on, for a month and a kind of day: sums up to each leaf. */
const tables = Array.from({ length: 24 }, (_, at) => {
  let sum = 0;
  return leaves.map((leaf) => {
    sum += leaf.weight * (seasons[leaf.season][at >> 1] ?? 1) * (at & 1 ? leaf.weekend : 1);
    return sum;
  });
});

const GROCERIES = 0;
const none: readonly string[] = [];
const holiday: readonly string[] = ["holiday"];

/** Calls `emit` for each entry of the day, in no order of the hour. The person remembers what came before: days come in order. */
export function enterDay(person: Person, span: Span, day: number, emit: (entry: Entry) => void): void {
  if (day < person.start || person.left === 0) return;
  const isLast = day === span.days - 1;
  for (const payment of person.recurring) if (payment.due <= day) pay(person, span, day, payment, emit);
  const weightLeft = (span.before[span.days] ?? 0) - (span.before[day] ?? 0);
  const weight = (span.before[day + 1] ?? 0) - (span.before[day] ?? 0);
  // What is due later is kept back, so that the payments which come again never stop.
  const free = Math.max(0, person.left - reserved(person, span, day));
  const count = isLast ? person.left : Math.min(free, person.random.poisson((free * weight) / weightLeft));
  for (let i = 0; i < count; i++) spend(person, span, day, emit);
}

/** Rows that the recurring payments will still take. */
function reserved({ recurring }: Person, { months, days }: Span, day: number): number {
  let sum = 0;
  for (const { month, everyMonths, due, dayOfMonth } of recurring) {
    if (due <= day) continue;
    const lastMonth = months.length - ((months.at(-2) ?? 0) + dayOfMonth - 1 < days ? 2 : 3);
    sum += Math.ceil(Math.max(0, lastMonth + 1 - month) / everyMonths);
  }
  return sum;
}

function pay(person: Person, span: Span, day: number, payment: Recurring, emit: (entry: Entry) => void): void {
  payment.month += payment.everyMonths;
  const next = span.months[payment.month];
  payment.due = next === undefined ? Number.POSITIVE_INFINITY : next + payment.dayOfMonth - 1;
  if (person.left === 0) return;
  const { random, categoryOf } = person;
  const minor = payment.strays === 0 ? payment.minor : Math.max(1, Math.round(payment.minor * (1 + payment.strays * random.normal())));
  emit(
    entry(person, span, day, {
      kind: payment.kind,
      categoryId: payment.kind === "transfer" ? null : (categoryOf[payment.leaf] ?? null),
      accountId: payment.account,
      minor,
      currency: payment.currency.code,
      merchant: payment.kind === "transfer" ? "" : payment.merchant,
      description: payment.kind === "transfer" ? "to the savings" : "",
      refundOf: null,
      tags: none,
    }),
  );
}

function spend(person: Person, span: Span, day: number, emit: (entry: Entry) => void): void {
  const { random, categoryOf, accounts } = person;
  if ((person.refundable[0]?.day ?? day) < day && random.chance(0.03)) {
    refund(person, span, day, emit);
    return;
  }
  const chosen = leafFor(person, span, day);
  const leaf = leaves[chosen];
  if (leaf === undefined) return;
  const trip = person.trips.find(({ from, to }) => from <= day && day <= to);
  const currency: Currency = trip !== undefined && random.chance(0.85) ? trip.currency : person.currency;
  const minor = price(minorOf(leaf.euros * Math.exp(leaf.spread * random.normal()), currency), currency, random.float());
  const made = entry(person, span, day, {
    kind: "expense",
    categoryId: random.chance(0.02) ? null : (categoryOf[chosen] ?? null),
    accountId: random.chance(0.62) ? (accounts[random.chance(0.55) ? 0 : 1]?.id ?? null) : null,
    minor,
    currency: currency.code,
    merchant: random.chance(0.95) ? random.pick(leaf.merchants) : "",
    description: random.chance(0.3) ? random.pick(descriptions) : "",
    refundOf: null,
    tags: currency === trip?.currency ? holiday : random.chance(0.07) ? [random.pick(tags)] : none,
  });
  emit(made);
  if (random.chance(0.05)) {
    person.refundable.push({ id: made.id, day, leaf: chosen, merchant: made.merchant, minor, currency, account: made.accountId });
    if (person.refundable.length > 4) person.refundable.shift();
  }
}

function refund(person: Person, span: Span, day: number, emit: (entry: Entry) => void): void {
  const { random, categoryOf } = person;
  const back = person.refundable.shift();
  if (back === undefined) return;
  emit(
    entry(person, span, day, {
      kind: "refund",
      categoryId: categoryOf[back.leaf] ?? null,
      accountId: back.account,
      minor: random.chance(0.7) ? back.minor : Math.max(1, Math.floor(back.minor * random.float())),
      currency: back.currency.code,
      merchant: back.merchant,
      description: "",
      refundOf: random.chance(0.8) ? back.id : null,
      tags: none,
    }),
  );
}

function leafFor({ random, categoryOf }: Person, span: Span, day: number): number {
  const sums = tables[(span.month[day] ?? 0) * 2 + (span.weekend[day] ? 1 : 0)] ?? [];
  const place = random.float() * (sums.at(-1) ?? 0);
  let low = 0;
  let high = sums.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sums[middle] ?? 0) > place) high = middle;
    else low = middle + 1;
  }
  return (categoryOf[low] ?? null) === null ? GROCERIES : low;
}

/** Prices like to end in 99, or in nothing. */
function price(minor: number, { code }: Currency, dice: number): number {
  const unit = exponentOf(code) === 0 ? 10 : 100;
  if (minor < unit || dice > 0.45) return minor;
  const whole = Math.ceil(minor / unit) * unit;
  return dice < 0.25 ? whole - 1 : whole;
}

function entry(person: Person, span: Span, day: number, what: Omit<Entry, "sub" | "id" | "day" | "pending" | "version" | "at" | "micros">): Entry {
  const { random, sub } = person;
  person.left--;
  const at = (span.startMs[day] ?? 0) + 21_600_000 + Math.floor(random.float() * 61_200_000);
  return {
    sub,
    id: idAt(at, random),
    ...what,
    day,
    pending: day >= span.days - 3 && random.chance(0.5),
    version: random.chance(0.04) ? 2 : 1,
    at,
    micros: random.u32() % 1000,
  };
}
