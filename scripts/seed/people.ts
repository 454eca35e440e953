/** Who is in the seeded data: how much each enters, in which currency, with which categories, accounts and payments that come again. Pure. */
import { exponentOf } from "../../src/finance/money.ts";
import type { Span } from "./calendar.ts";
import { type Currency, currencies, groups, type Leaf } from "./catalog.ts";
import { idAt, type Random, random, subFrom } from "./random.ts";

export interface Account {
  id: string;
  name: string;
  type: "asset" | "liability";
  currency: Currency;
}

export interface Category {
  id: string;
  parent: string | null;
  name: string;
  colour: string | null;
  /** Index of the leaf, counted over all groups; null for a group. */
  leaf: number | null;
}

export interface Recurring {
  kind: "expense" | "income" | "transfer";
  leaf: number;
  merchant: string;
  minor: number;
  currency: Currency;
  account: string | null;
  /** How far the amount strays, as a share of it. */
  strays: number;
  everyMonths: number;
  dayOfMonth: number;
  /** Number of the day on which it is next due, and the month that this day is in. */
  due: number;
  month: number;
}

export interface Trip {
  from: number;
  to: number;
  currency: Currency;
}

export interface Person {
  sub: string;
  random: Random;
  /** First day of entries, as a number of the span. */
  start: number;
  /** How many expenses are still to come. */
  left: number;
  currency: Currency;
  categories: readonly Category[];
  /** Category of each leaf; null where this person has none. */
  categoryOf: readonly (string | null)[];
  accounts: readonly Account[];
  recurring: Recurring[];
  trips: readonly Trip[];
  /** Enters exchange rates. */
  entersRates: boolean;
  /** What may still be given back, newest last. */
  refundable: { id: string; day: number; leaf: number; merchant: string; minor: number; currency: Currency; account: string | null }[];
}

export const leaves: readonly Leaf[] = groups.flatMap((group) => group.leaves);
const leafIndex = (name: string) => {
  const index = leaves.findIndex((leaf) => leaf.name === name);
  if (index < 0) throw new Error(`there is no ${name} in the catalog`);
  return index;
};

/** Euros as minor units of a currency; at least 1. */
export const minorOf = (euros: number, { code, perEuro }: Currency): number => Math.max(1, Math.round(euros * perEuro * 10 ** (exponentOf(code) ?? 2)));

/** Where a person stands among the sizes, 0 the biggest: spread evenly however many there are, so that the first thousand are like the first ten thousand. */
const standing = (index: number) => (0.06 + index * 0.618_033_988_749_895) % 1;
/** Sizes fall as one over the rank (Zipf), flattened at the top: the biggest has some 13 times the mean, the middle one half of it. */
const weight = (index: number) => 1 / (standing(index) + 0.02);

/** How many expenses each of `people` has: `expenses` in all, exactly. */
export function sizes(people: number, expenses: number): number[] {
  const weights = Array.from({ length: people }, (_, index) => weight(index));
  const all = weights.reduce((sum, one) => sum + one, 0);
  let seen = 0;
  let given = 0;
  return weights.map((one) => {
    seen += one;
    const until = Math.round((expenses * seen) / all);
    const size = until - given;
    given = until;
    return size;
  });
}

const pickCurrency = (chance: Random): Currency => {
  let rest = chance.float();
  for (const currency of currencies) {
    rest -= currency.share;
    if (rest < 0) return currency;
  }
  return currencies[0];
};

export interface PersonOptions {
  seed: number;
  index: number;
  /** How many expenses they enter. */
  size: number;
  span: Span;
  /** Their `sub`, when it is that of somebody in particular, who then counts in euros and has been there all along. */
  sub?: string | undefined;
}

export function makePerson({ seed, index, size, span, sub }: PersonOptions): Person {
  const chance = random(seed, index);
  const made = subFrom(chance);
  const start = sub !== undefined || chance.chance(0.55) ? 0 : chance.between(0, Math.floor(span.days * 0.7));
  const currency = sub === undefined ? pickCurrency(chance) : currencies[0];
  const bornMs = (span.startMs[start] ?? 0) - 3_600_000;
  const id = () => idAt(bornMs + chance.between(0, 3_500_000), chance);
  const categories: Category[] = [];
  const categoryOf: (string | null)[] = [];
  for (const group of groups) {
    const has = chance.chance(group.share);
    const parent = id();
    if (has) categories.push({ id: parent, parent: null, name: group.name, colour: group.colour, leaf: null });
    for (const { name } of group.leaves) {
      const own = id();
      if (has) categories.push({ id: own, parent, name, colour: null, leaf: categoryOf.length });
      categoryOf.push(has ? own : null);
    }
  }
  const accounts: Account[] = [
    { id: id(), name: "Current account", type: "asset", currency },
    { id: id(), name: "Credit card", type: "liability", currency },
  ];
  if (chance.chance(0.7)) accounts.push({ id: id(), name: "Savings", type: "asset", currency });
  const abroad = currency.code === "USD" ? currencies[0] : currencies[1];
  if (chance.chance(0.12)) accounts.push({ id: id(), name: `${abroad.code} account`, type: "asset", currency: abroad });
  const person: Person = {
    sub: sub ?? made,
    random: chance,
    start,
    left: size,
    currency,
    categories,
    categoryOf,
    accounts,
    recurring: [],
    trips: tripsOf(chance, start, span, currency),
    entersRates: sub !== undefined || chance.chance(0.85),
    refundable: [],
  };
  addRecurring(person, span, abroad);
  return person;
}

function tripsOf(chance: Random, start: number, span: Span, home: Currency): Trip[] {
  const trips: Trip[] = [];
  const elsewhere = currencies.filter(({ code }) => code !== home.code);
  for (let day = start + chance.between(40, 300); day < span.days - 20; day += chance.between(90, 500)) {
    const to = day + chance.between(4, 13);
    if (chance.chance(0.6)) trips.push({ from: day, to, currency: chance.pick(elsewhere) });
    day = to;
  }
  return trips;
}

/** What comes again: as many as the person's size has room for, at most some two fifths of it. */
function addRecurring(person: Person, span: Span, abroad: Currency): void {
  const { random: chance, currency, categoryOf } = person;
  const active = span.months.filter((day) => day > person.start - 31).length;
  let room = Math.floor(person.left * 0.4);
  const [current = null] = person.accounts;
  const add = (name: string, likely: number, more: Partial<Pick<Recurring, "kind" | "strays" | "everyMonths" | "currency">> = {}) => {
    const index = leafIndex(name);
    const leaf = leaves[index];
    const everyMonths = more.everyMonths ?? 1;
    const cost = Math.ceil(active / everyMonths);
    if (!chance.chance(likely) || leaf === undefined || categoryOf[index] === null || cost > room) return;
    room -= cost;
    const paidIn = more.currency ?? currency;
    const euros = leaf.euros * Math.exp(leaf.spread * chance.normal()) * (everyMonths === 12 ? 6 : 1);
    const dayOfMonth = chance.between(1, 28);
    const month = Math.max(
      0,
      span.months.findIndex((day) => day + dayOfMonth - 1 >= person.start),
    );
    person.recurring.push({
      kind: more.kind ?? "expense",
      leaf: index,
      merchant: chance.pick(leaf.merchants),
      minor: minorOf(euros, paidIn),
      currency: paidIn,
      account: current?.id ?? null,
      strays: more.strays ?? 0,
      everyMonths,
      dayOfMonth,
      month,
      due: (span.months[month] ?? 0) + dayOfMonth - 1,
    });
  };
  add("Streaming", 0.9, { currency: chance.chance(0.25) ? abroad : currency });
  add("Rent", 0.75);
  add("Salary", 0.8, { kind: "income" });
  add("Internet and phone", 0.9);
  add("Electricity and gas", 0.8, { strays: 0.12 });
  add("Bank fees", 0.5, { kind: "transfer" });
  add("Gym", 0.4);
  add("Insurance", 0.5);
  add("Insurance", 0.6, { everyMonths: 12 });
  add("Nursery and school", 0.8);
  add("Streaming", 0.5);
}
