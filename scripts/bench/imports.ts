/**
 * Imports: a bank's file of 100,000 rows looked through, entered, looked through once more (all of it is there) and undone, on a real PostgreSQL, against the
 * same rows put into the same table by bare multi-row INSERTs of 1,000 in the same run. `node scripts/bench/imports.ts` shows it.
 */
import { asUser } from "../../src/database/kysely.ts";
import type { Step } from "../../src/imports/import.ts";
import { newId, startWorld, type World } from "../../test/imports/world.ts";
import { type Check, percentile, table } from "./figures.ts";

const ROWS = 100_000;
const ROUNDS = 3;
const BARE_ROWS = 1000;
/** Looked through and entered together may take so many times as long as bare INSERTs. */
const MOST_TIMES = 6;
/** What looking through may add to the memory of the process, in MiB, whatever the file's size. */
const MOST_MIB = 256;

const merchants = Array.from({ length: 400 }, (_, i) => `Merchant ${String.fromCharCode(65 + (i % 26))}${i} Berlin`);

/** The row of a place: the same for the same place. Over ten years, in amounts as people spend. */
function rowAt(place: number) {
  const day = new Date(Date.UTC(2016, 10, 1) + Math.floor((place * 3650) / ROWS) * 86_400_000).toISOString().slice(0, 10);
  return { day, minor: 150 + ((place * 7919) % 90_000), merchant: merchants[(place * 31) % merchants.length] ?? "" };
}

const fileOf = (count: number): string =>
  `Buchungstag;Auftraggeber;Verwendungszweck;Betrag\r\n${Array.from({ length: count }, (_, place) => {
    const { day, minor, merchant } = rowAt(place);
    return `${day.slice(8)}.${day.slice(5, 7)}.${day.slice(0, 4)};${merchant};Kartenzahlung ${place};-${Math.floor(minor / 100)},${String(minor % 100).padStart(2, "0")}\r\n`;
  }).join("")}`;

export interface ImportFigures {
  rows: number;
  bytes: number;
  /** Seconds; medians of the rounds. */
  seconds: Record<"bare" | "check" | "commit" | "again" | "undo", number>;
  /** MiB above what the process had, at its highest while it looked through and entered. */
  mib: number;
}

async function bareInserts(world: World, user: string, accountId: string, count: number): Promise<void> {
  for (let at = 0; at < count; at += BARE_ROWS) {
    const rows = Array.from({ length: Math.min(BARE_ROWS, count - at) }, (_, i) => {
      const { day, minor, merchant } = rowAt(at + i);
      return {
        user_id: user,
        id: newId(),
        kind: "expense",
        amount_minor: minor,
        currency: "EUR",
        occurred_on: day,
        account_id: accountId,
        merchant,
        description: `Kartenzahlung ${at + i}`,
        status: "cleared",
      };
    });
    await asUser(world.finance.db, user, 60_000, (tx) => tx.insertInto("expenses").values(rows).execute());
  }
}

const seconds = async (run: () => Promise<unknown>): Promise<number> => {
  const begun = performance.now();
  await run();
  return (performance.now() - begun) / 1000;
};

export async function measureImports(rows = ROWS, rounds = ROUNDS): Promise<ImportFigures> {
  const world = await startWorld();
  const file = new TextEncoder().encode(fileOf(rows));
  const all: Record<keyof ImportFigures["seconds"], number[]> = { bare: [], check: [], commit: [], again: [], undo: [] };
  let mib = 0;
  try {
    for (let round = 0; round < rounds; round++) {
      const [bare, user] = [`bare-${round}`, `importer-${round}`];
      const accounts = [await world.account(bare, "Giro"), await world.account(user, "Giro")];
      all.bare.push(await seconds(() => bareInserts(world, bare, accounts[0] ?? "", rows)));
      const id = world.upload(user, accounts[1] ?? "", file);
      globalThis.gc?.();
      const before = process.memoryUsage().rss;
      let most = before;
      const look = setInterval(() => {
        most = Math.max(most, process.memoryUsage().rss);
      }, 20);
      const step = (of: string, what: Step) => seconds(() => world.step(of, what));
      all.check.push(await step(id, "check"));
      all.commit.push(await step(id, "commit"));
      clearInterval(look);
      mib = Math.max(mib, (most - before) / 1024 / 1024);
      const again = world.upload(user, accounts[1] ?? "", file);
      all.again.push(await step(again, "check"));
      const { counts } = world.item(again);
      if (counts?.duplicates !== rows || world.item(id).counts?.added !== rows) throw new Error(`not each row is there once: ${JSON.stringify(counts)}`);
      all.undo.push(await step(id, "undo"));
    }
  } finally {
    await world.finance.close();
  }
  const medians = Object.fromEntries(Object.entries(all).map(([name, values]) => [name, percentile(values, 0.5)])) as ImportFigures["seconds"];
  return { rows, bytes: file.length, seconds: medians, mib };
}

const n = (value: number) => Math.round(value).toLocaleString("en");

export function importTable({ rows, seconds: s }: ImportFigures): string {
  const line = (what: string, took: number) => [what, took.toFixed(2), n(rows / took), `${(took / s.bare).toFixed(2)}x`];
  return table(
    [`${n(rows)} rows`, "seconds", "rows/s", "against bare INSERT"],
    [
      line("bare INSERTs of 1,000 rows into `expenses`", s.bare),
      line("looked through: read, kinds, categories, what is there already", s.check),
      line("entered", s.commit),
      line("both", s.check + s.commit),
      line("looked through again: every row is there", s.again),
      line("undone", s.undo),
    ],
  );
}

export const importText = (figures: ImportFigures): string =>
  `A CSV file of ${(figures.bytes / 1024 / 1024).toFixed(1)} MB in the form of a German bank, through the work of imports on a real PostgreSQL (without fsync), medians of ${ROUNDS} rounds. Memory above what the process had, at its highest: ${n(figures.mib)} MiB, with the file itself and a pool of one connection.\n\n${importTable(figures)}`;

export function importChecks({ seconds: s, mib }: ImportFigures): Check[] {
  const times = (s.check + s.commit) / s.bare;
  return [
    {
      what: "100,000 rows looked through and entered, against bare INSERTs",
      measured: `${times.toFixed(2)}x`,
      bound: `${MOST_TIMES}x`,
      kept: times <= MOST_TIMES,
    },
    { what: "memory of an import of 100,000 rows", measured: `${n(mib)} MiB`, bound: `${MOST_MIB} MiB`, kept: mib <= MOST_MIB },
  ];
}

if (import.meta.main) {
  const figures = await measureImports(Number(process.argv[2] ?? ROWS), Number(process.argv[3] ?? ROUNDS));
  console.log(importText(figures));
  console.table(importChecks(figures));
}
