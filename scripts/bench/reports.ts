/**
 * Reports: the time of a PDF of 1,000 entries against pdf-lib drawing the same rows in the same process, and the memory of one of 10,000 entries in a process
 * of its own. pdf-lib has it easier: a built-in font, no wrapping, no charts, no structure. `node scripts/bench/reports.ts` shows both.
 */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { PDFDocument, rgb, StandardFonts } from "pdf-lib";
import { addDays, type Day, daysBetween } from "../../src/finance/periods.ts";
import { barStarts, type ReportAsked, type ReportData, type ReportRow, spendingOfRow } from "../../src/reports/data.ts";
import { format } from "../../src/reports/format.ts";
import { reportPdf } from "../../src/reports/pdf/report.ts";
import { type Check, percentile, table } from "./figures.ts";

const MADE_AT = Date.UTC(2026, 10, 21, 9, 30);
const calendar = { timeZone: "Europe/Berlin", changes: [{ from: "0001-01-01", firstWeekday: 1, payday: null }] };
const FROM: Day = "2025-11-01";
const TO: Day = "2026-10-31";
/** The report's memory may be this at most, in MiB. */
const MOST_MIB = 256;

const merchants = ["Edeka", "Rewe", "Café Ñandú", "Trattoria Da Enzo", "BVG", "Deutsche Bahn", "IKEA", "Kino International", "Apotheke am Kotti"];
const categories = ["Groceries", "Eating out", "Transport", "Household", "Leisure", "Health"];

/** The entry of a place: the same for the same place. */
function rowAt(place: number, count: number): ReportRow {
  const minor = BigInt(150 + ((place * 7919) % 9000));
  return {
    id: `00000000-0000-7000-8000-${String(place).padStart(12, "0")}`,
    day: addDays(FROM, Math.floor((place * (daysBetween(FROM, TO) + 1)) / count)),
    kind: place % 40 === 0 ? "refund" : "expense",
    status: "cleared",
    merchant: merchants[(place * 31) % merchants.length] ?? "",
    description: place % 5 === 0 ? "Weekly shopping, and what was missing from last time" : "",
    category: categories[(place * 17) % categories.length] ?? null,
    account: place % 3 === 0 ? "Credit card" : "Current account",
    tags: [],
    minor,
    currency: "EUR",
    converted: minor,
  };
}

/** A page of entries at a time, made as they are asked for: the list is never in memory whole, as from a database. */
async function* pagesOf(count: number, size = 500): AsyncGenerator<ReportRow[]> {
  for (let at = 0; at < count; at += size) {
    await new Promise((resolve) => setImmediate(resolve));
    yield Array.from({ length: Math.min(size, count - at) }, (_, i) => rowAt(at + i, count));
  }
}

function dataOf(count: number): ReportData {
  const asked: ReportAsked = {
    kind: "custom",
    period: { from: FROM, to: TO },
    previous: { from: "2024-11-01", to: "2025-10-31" },
    currency: "EUR",
    calendar,
    today: "2026-11-21",
  };
  const byDay = new Map<Day, bigint>();
  const byCategory = new Map<string | null, bigint>();
  let total = 0n;
  for (let place = 0; place < count; place++) {
    const row = rowAt(place, count);
    const minor = spendingOfRow(row) ?? 0n;
    total += minor;
    byDay.set(row.day, (byDay.get(row.day) ?? 0n) + minor);
    byCategory.set(row.category, (byCategory.get(row.category) ?? 0n) + minor);
  }
  const { unit, starts } = barStarts(asked.period);
  return {
    ...asked,
    total,
    count,
    compared: { to: TO, total, previousTo: "2025-10-31", previousTotal: total - 100_000n },
    kinds: [{ kind: "expense", count, minor: total, unconverted: 0 }],
    categories: [...byCategory].map(([name, minor]) => ({ id: name, name, depth: 0, minor, previous: 0n, own: null })),
    bars: { unit, all: starts.map((from) => ({ from, to: from, minor: byDay.get(from) ?? 0n })) },
    months: starts.filter((day) => day.endsWith("-01")).map((from) => ({ from, to: from, minor: 100_000n })),
    budgets: [],
    budgetsLeftOut: 0,
    top: [],
    facts: { trends: [], recurring: null, unusual: [] },
    unconverted: [],
    currencies: ["EUR"],
    rows: count,
  };
}

/** Draws the report and lets the bytes go, as an upload does. */
async function ours(data: ReportData): Promise<number> {
  let bytes = 0;
  for await (const part of reportPdf(data, pagesOf(data.rows), { language: "en", locale: "en-GB", name: "Ann", madeAt: MADE_AT })) bytes += part.length;
  return bytes;
}

/** The same rows with pdf-lib, as plainly as it goes. */
async function theirs(count: number): Promise<number> {
  const say = format("en-GB", "EUR");
  const doc = await PDFDocument.create();
  const font = await doc.embedFont(StandardFonts.Helvetica);
  const size = 7.5;
  let page = doc.addPage([595.28, 841.89]);
  let y = 780;
  const head = () => {
    for (const [i, title] of ["Date", "What", "Category", "Account", "In EUR"].entries()) page.drawText(title, { x: 46 + i * 100, y: 795, size, font });
  };
  head();
  for await (const rows of pagesOf(count)) {
    for (const row of rows) {
      if (y < 60) {
        page = doc.addPage([595.28, 841.89]);
        y = 780;
        head();
      }
      const amount = say.money(spendingOfRow(row) ?? 0n);
      page.drawText(say.day(row.day), { x: 46, y, size, font });
      page.drawText(row.merchant, { x: 106, y, size, font });
      page.drawText(row.category ?? "", { x: 300, y, size, font });
      page.drawText(row.account ?? "", { x: 400, y, size, font });
      page.drawText(amount, { x: 549 - font.widthOfTextAtSize(amount, size), y, size, font });
      page.drawLine({ start: { x: 46, y: y - 4 }, end: { x: 549, y: y - 4 }, thickness: 0.4, color: rgb(0.83, 0.83, 0.83) });
      if (row.description !== "") {
        y -= 10;
        page.drawText(row.description, { x: 106, y, size, font });
      }
      y -= 16;
    }
  }
  return (await doc.save()).length;
}

export interface ReportFigures {
  /** Medians, in milliseconds, of 1,000 entries. */
  oursMs: number;
  theirsMs: number;
  ratio: number;
  oursBytes: number;
  theirsBytes: number;
  /** Of 10,000 entries, in MiB: the most that the process ever held, and what it held before. */
  peakMib: number;
  beforeMib: number;
  tenThousandMs: number;
}

/** `runs`: of each, one after the other and in turn. */
export async function measureReports({ runs = 9 }: { runs?: number } = {}): Promise<ReportFigures> {
  const data = dataOf(1000);
  const times: { ours: number[]; theirs: number[] } = { ours: [], theirs: [] };
  let bytes = { ours: 0, theirs: 0 };
  const timed = async (list: number[], run: () => Promise<number>) => {
    const from = performance.now();
    const size = await run();
    list.push(performance.now() - from);
    return size;
  };
  // The first of each warms up and does not count.
  for (let run = 0; run <= runs; run++) {
    const mine: number[] = [];
    const other: number[] = [];
    bytes = { ours: await timed(mine, () => ours(data)), theirs: await timed(other, () => theirs(1000)) };
    if (run > 0) {
      times.ours.push(...mine);
      times.theirs.push(...other);
    }
  }
  const { stdout } = await promisify(execFile)(process.execPath, [import.meta.filename, "--memory"]);
  const memory = JSON.parse(stdout) as { peakMib: number; beforeMib: number; ms: number };
  const oursMs = percentile(times.ours, 0.5);
  const theirsMs = percentile(times.theirs, 0.5);
  return {
    oursMs,
    theirsMs,
    ratio: oursMs / theirsMs,
    oursBytes: bytes.ours,
    theirsBytes: bytes.theirs,
    peakMib: memory.peakMib,
    beforeMib: memory.beforeMib,
    tenThousandMs: memory.ms,
  };
}

export function reportTable(figures: ReportFigures): string {
  const { oursMs, theirsMs, ratio, oursBytes, theirsBytes, peakMib, beforeMib, tenThousandMs } = figures;
  const kb = (bytes: number) => `${Math.round(bytes / 1000).toLocaleString("en")} KB`;
  return `${table(
    ["1,000 entries", "median", "file"],
    [
      ["a report: tagged, with charts, embedded fonts and a wrapped list", `${oursMs.toFixed(0)} ms`, kb(oursBytes)],
      ["pdf-lib, the same rows alone, in a built-in font", `${theirsMs.toFixed(0)} ms`, kb(theirsBytes)],
      ["ratio", ratio.toFixed(2), ""],
    ],
  )}\n\n10,000 entries: ${(tenThousandMs / 1000).toFixed(1)} s, and ${peakMib} MiB at most in a process that began with ${beforeMib} MiB.`;
}

export const reportChecks = ({ ratio, peakMib }: ReportFigures): Check[] => [
  { what: "a report of 1,000 entries against pdf-lib's rows", measured: ratio.toFixed(2), bound: "1.00", kept: ratio <= 1 },
  { what: "memory of a report of 10,000 entries", measured: `${peakMib} MiB`, bound: `${MOST_MIB} MiB`, kept: peakMib <= MOST_MIB },
];

/** The most that this process ever held. Linux counts into `maxRSS` what the one held that began it, which here may be a whole platform. */
async function peakKib(): Promise<number> {
  const status = await readFile("/proc/self/status", "utf8").catch(() => "");
  const [, kib] = /^VmHWM:\s*(\d+) kB/m.exec(status) ?? [];
  return kib === undefined ? process.resourceUsage().maxRSS : Number(kib);
}

if (import.meta.main) {
  if (process.argv.includes("--memory")) {
    const beforeMib = Math.round(process.memoryUsage().rss / 2 ** 20);
    const from = performance.now();
    await ours(dataOf(10_000));
    console.log(JSON.stringify({ beforeMib, peakMib: Math.round((await peakKib()) / 1024), ms: performance.now() - from }));
  } else {
    const figures = await measureReports();
    console.log(reportTable(figures));
    for (const { what, measured, bound, kept } of reportChecks(figures)) console.log(`${kept ? "kept" : "BROKEN"}: ${what}: ${measured}, at most ${bound}`);
  }
}
