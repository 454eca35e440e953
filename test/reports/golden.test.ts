/**
 * Reports as they are, kept: for each one its pages with all that stands on them and how that is structured, and the hash of its uncompressed bytes. After a
 * change that is meant, look at the pages, then `npx vitest run test/reports/golden.test.ts -u`, and read what became of `golden/`.
 */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { PdfOptions } from "../../src/reports/pdf/report.ts";
import { asked, entry, made, plenty } from "./made.ts";
import { drawn, read, type StructureNode } from "./read.ts";

const folder = join(import.meta.dirname, "golden");

const abroad = [
  entry("2026-10-02", 4500, { merchant: "Супермаркет «Пятёрочка»", category: "Продукты", description: "Хлеб, молоко и сыр" }),
  entry("2026-10-03", 1200, { kind: "refund", merchant: "Ταβέρνα Ο Πλάτανος", category: "Φαγητό", tags: ["trip"] }),
  entry("2026-10-05", 9900, { merchant: "Diner", currency: "USD", converted: 9123n, category: "Eating out" }),
  entry("2026-10-06", 12_000, { merchant: "ラーメン", currency: "JPY", converted: null, category: "Eating out" }),
  entry("2026-10-09", 300_000, { kind: "income", merchant: "Employer", category: null }),
  entry("2026-10-12", 50_000, { kind: "transfer", merchant: "To savings", category: null }),
  entry("2026-10-30", 700, {
    status: "pending",
    merchant: "Kiosk",
    description: "A description so long that it has to be broken, and goes on in the line below it",
  }),
];
const budget = {
  name: "Groceries",
  currency: "EUR",
  from: "2026-10-01",
  to: "2026-10-31",
  effective: 40_000n,
  carried: -2_000n,
  spent: 42_500n,
  remaining: -2_500n,
  percent: 106.25,
  running: false,
  unconverted: ["JPY"],
} as const;
const facts = {
  trends: [{ name: "Eating out", perMonth: 1_500n }],
  recurring: { count: 3, perMonth: 4_297n, dearest: "Gym", rhythm: "monthly" },
  unusual: [{ what: "Dentist", day: "2026-10-14", minor: 45_000n, usual: 6_000n, category: "Health" }],
} as const;

const october = asked("2026-10-01", "2026-10-31");
const reports: readonly { name: string; it: ReturnType<typeof made>; options?: Partial<PdfOptions> }[] = [
  { name: "empty-month", it: made(october, []) },
  { name: "month-of-all-kinds", it: made(october, [...abroad, ...plenty("2026-09-01", "2026-10-31", 60)], { budgets: [budget], facts }) },
  {
    name: "year-in-german",
    it: made(asked("2025-11-01", "2026-10-31", "EUR", "custom"), plenty("2025-11-01", "2026-10-31", 180), { budgets: [budget] }),
    options: { language: "de", locale: "de-DE" },
  },
];

/** Roles, one to a line and deeper ones further in, with alternative texts; many of the same beside each other are counted. */
function outline(node: StructureNode | null, depth = 0): string[] {
  if (node === null) return [];
  const lines = [`${"  ".repeat(depth)}${node.role}${node.alt === undefined ? "" : `: ${node.alt}`}`];
  const below = (node.children ?? []).filter((child) => "role" in child).map((child) => outline(child, depth + 1));
  for (let at = 0; at < below.length; ) {
    const [one = []] = below.slice(at);
    const same = below.slice(at).findIndex((other) => other.join("\n") !== one.join("\n"));
    const times = same === -1 ? below.length - at : same;
    lines.push(...one.map((line, i) => (i === 0 && times > 1 ? `${line} (${times} times)` : line)));
    at += times;
  }
  return lines;
}

describe("a report that was looked at", () => {
  for (const { name, it, options = {} } of reports) {
    test(`has the same pages again: ${name}`, async () => {
      const { bytes } = await drawn(it, { ...options, compress: false });
      const { pages, outline: titles, language, info } = await read(bytes);
      const text = [
        `${info.Title} (${language})`,
        ...titles.map((title) => `- ${title}`),
        ...pages.flatMap(({ items, structure, width, height }, i) => [
          "",
          `== page ${i + 1}, ${width.toFixed(0)} x ${height.toFixed(0)}`,
          ...items,
          "-- structure",
          ...outline(structure),
        ]),
        "",
      ].join("\n");
      await expect(text).toMatchFileSnapshot(join(folder, `${name}.txt`));
      // Numbers, days and their order come from Intl: another version of its data may write them otherwise, and the pages above say where.
      const hash = createHash("sha256").update(bytes).digest("hex");
      const file = join(folder, `${name}.sha256`);
      const kept = (await readFile(file, "utf8").catch(() => "")).trim().split(" ");
      if (kept[1] === undefined || kept[1] === process.versions.icu) await expect(`${hash} ${process.versions.icu}\n`).toMatchFileSnapshot(file);
    });
  }
});
