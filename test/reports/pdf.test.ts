import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { drawable } from "../../src/reports/pdf/faces.ts";
import { reportPdf } from "../../src/reports/pdf/report.ts";
import { asked, entry, made, paged, plenty } from "./made.ts";
import { drawn, MADE_AT, nodes, read, type StructureNode } from "./read.ts";

const october = asked("2026-10-01", "2026-10-31");
/** Where lines break is the page's affair. */
const bare = (text: string) => text.replace(/\s+/gu, "");

describe("a report's text", () => {
  test("is in the file as it went in, in Latin, Cyrillic and Greek, with marks and with long words", async () => {
    const rows = [
      entry("2026-10-01", 4500, {
        merchant: "Супермаркет «Пятёрочка»",
        category: "Продукты",
        description: "Хлеб, молоко и сыр — на неделю вперёд, с Аней и её друзьями",
      }),
      entry("2026-10-02", 2300, { merchant: "Ταβέρνα Ο Πλάτανος", category: "Φαγητό", account: "Λογαριασμός" }),
      entry("2026-10-03", 990, {
        merchant: "Łódź Kawiarnia Żółw",
        tags: ["kawa", "ciasto"],
        description: "Đông Hà, Şişli, Þórshöfn; “quoted” – 50 % off (½ price) №7",
      }),
      entry("2026-10-05", 700, { merchant: "Cafe\u0301 Zoe\u0308", description: "q\u0308 g\u0302 have no composed form" }),
      entry("2026-10-06", 1200, { merchant: "Donaudampfschifffahrtsgesellschaftskapitänskajütenschlüsselanhängerverkaufsstelle" }),
    ];
    const { bytes, result } = await drawn(made(october, rows));
    const text = bare((await read(bytes)).pages.map((page) => page.text).join(""));
    for (const row of rows)
      for (const field of [row.merchant, row.description, row.category ?? "", row.account ?? "", ...row.tags.map((tag) => `#${tag}`)])
        expect(text).toContain(bare(drawable(field)));
    expect(result.missing).toEqual([]);
  });

  test("is in the file whatever the characters; those that no font has are replaced, counted and named", async () => {
    const some = fc.oneof(
      fc.array(fc.integer({ min: 0, max: 0x2ffff }), { minLength: 1, maxLength: 40 }).map((points) => String.fromCodePoint(...points)),
      fc.string({ unit: fc.constantFrom(..."Aé ßЖяΩώ€№„“–1٣東🍜\u0301\u00AD\t"), minLength: 1, maxLength: 60 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(some, { minLength: 20, maxLength: 30 }), async (texts) => {
        const rows = texts.map((merchant) => entry("2026-10-03", 100, { merchant, category: null }));
        const { bytes, result } = await drawn(made(october, rows));
        const text = bare((await read(bytes)).pages.map((page) => page.text).join(""));
        const missing = new Set(result.missing.map(({ codePoint }) => codePoint));
        for (const merchant of texts) {
          const shown = [...drawable(merchant)].map((one) => (missing.has(one.codePointAt(0) ?? 0) ? "\uFFFD" : one)).join("");
          expect(text).toContain(bare(shown));
        }
        for (const codePoint of missing) expect(text).toContain(`U+${codePoint.toString(16).toUpperCase().padStart(4, "0")}`);
      }),
      { seed: 7, numRuns: 8, endOnFailure: true },
    );
  });

  test("is looked for in other faces, character by character, before it is given up", async () => {
    const file = (weight: string) => readFileSync(createRequire(import.meta.url).resolve(`pdfjs-dist/standard_fonts/LiberationSans-${weight}.ttf`));
    const fallbacks = [{ regular: file("Regular"), bold: file("Bold") }];
    const it = made(october, [entry("2026-10-04", 1990, { merchant: "A ▲ sign, 東", category: null })]);
    const { bytes, result } = await drawn(it, { fallbacks });
    expect(bare((await read(bytes)).pages.map((page) => page.text).join(""))).toContain("A▲sign,\uFFFD");
    expect(result.missing).toEqual([{ codePoint: 0x6771, count: 1 }]);
    expect((await drawn(it)).result.missing.map(({ codePoint }) => codePoint)).toEqual([0x25b2, 0x6771]);
  });

  test("keeps what no font has for whoever copies it or has it read aloud", async () => {
    const { bytes, result } = await drawn(made(october, [entry("2026-10-04", 1990, { merchant: "東京", category: null })]), { compress: false });
    expect(result.missing).toEqual(
      [
        { codePoint: 0x4eac, count: 2 },
        { codePoint: 0x6771, count: 2 },
      ].map((one) => ({ ...one, count: 1 })),
    );
    expect(bytes.toString("latin1")).toContain("/ActualText<FEFF67714EAC>");
  });

  test("is written with the numbers and days of the language that was asked for", async () => {
    const rows = plenty("2026-09-01", "2026-10-31", 60);
    const { bytes } = await drawn(made(october, rows), { language: "de", locale: "de-AT" });
    const { pages, language, info } = await read(bytes);
    const text = pages.map((page) => page.text).join("\n");
    expect(language).toBe("de-AT");
    expect(info.Title).toBe("Ausgaben des Monats, 1.–31. Oktober 2026");
    expect(bare(text)).toContain("Erstelltam21.November2026um10:30");
    expect(text).toMatch(/\d\d\.10\.2026/);
    expect(text).not.toMatch(/\bSpent\b|October|Category/);
  });
});

describe("a report's pages", () => {
  test("each say which of how many they are, and repeat the head of a table that goes on", async () => {
    const { bytes, result } = await drawn(made(october, plenty("2026-09-01", "2026-10-31", 500)));
    const { pages } = await read(bytes);
    expect(pages.length).toBe(result.pages);
    expect(pages.length).toBeGreaterThan(5);
    for (const [i, { text, items, width, height }] of pages.entries()) {
      expect(bare(text)).toContain(`Page${i + 1}of${pages.length}Made`);
      expect([Math.round(width), Math.round(height)]).toEqual([595, 842]);
      if (/\d\d\/10\/2026.*\d\d\/10\/2026/.test(text)) expect(items).toContain("Date");
    }
  });

  test("are of letter size where paper is measured in inches", async () => {
    const { bytes } = await drawn(made(october, []), { locale: "en-US" });
    const [page] = (await read(bytes)).pages;
    expect([page?.width, page?.height]).toEqual([612, 792]);
  });

  test("hold an entry that is taller than a page, to its last word", async () => {
    const description = Array.from({ length: 1200 }, (_, i) => `word${i}`).join(" ");
    const { bytes } = await drawn(made(october, [entry("2026-10-02", 100, { description }), entry("2026-10-03", 200, { merchant: "Behind it" })]));
    const text = bare(
      (await read(bytes)).pages
        .map(({ items }) => items.filter((item) => !/^(Page|Made|Date|What|Category|Account|In EUR|Monthly)/.test(item) && !/^\d+$/.test(item)).join(""))
        .join(""),
    );
    for (const word of ["word0word1word2", "word599word600", "word1198word1199", "Behindit"]) expect(text).toContain(word);
  });

  test("say plainly that there is nothing in an empty month", async () => {
    const { bytes, result } = await drawn(made(october, []));
    const { pages } = await read(bytes);
    expect(result).toMatchObject({ pages: 1, rows: 0 });
    expect(pages[0]?.text).toContain("There are no entries in this period.");
    expect(pages[0]?.text).toContain("€0.00");
  });

  test("show refunds below zero, and what has no rate in no total", async () => {
    const rows = [
      entry("2026-10-01", 5000, { currency: "USD", converted: 4611n, merchant: "Delta" }),
      entry("2026-10-02", 1200, { currency: "CAD", converted: null, merchant: "Tim Hortons" }),
      entry("2026-10-05", 1100, { kind: "refund", merchant: "Zalando" }),
      entry("2026-10-06", 250_000, { kind: "income", merchant: "Employer", category: null }),
    ];
    const { bytes } = await drawn(made(october, rows));
    const { pages } = await read(bytes);
    const items = pages.flatMap((page) => page.items);
    for (const shown of ["USD 50.00", "€46.11", "CAD 12.00", "no rate", "Refund", "-€11.00", "Income", "€2,500.00", "not counted"].map(bare))
      expect(items.map(bare)).toContain(shown);
    expect(items.filter((item) => item === "€35.11").length).toBeGreaterThanOrEqual(3);
  });
});

describe("a report's structure", () => {
  test("is one document of headings in order, figures with texts, and tables of whole rows", async () => {
    const { bytes } = await drawn(made(october, plenty("2026-09-01", "2026-10-31", 300)));
    const { pages, marked, outline } = await read(bytes);
    expect(marked).toBe(true);
    expect(outline).toContain("All entries");
    const every = pages.flatMap(({ structure }) => nodes(structure));
    const headings = every.map(({ role }) => role).filter((role) => /^H\d$/.test(role));
    expect(headings[0]).toBe("H1");
    expect(headings.slice(1).every((role) => role === "H2")).toBe(true);
    const figures = every.filter(({ role }) => role === "Figure");
    expect(figures.length).toBe(3);
    for (const { alt } of figures) expect(alt).toMatch(/chart .*€/);
    const widths = every.filter(({ role }) => role === "Table").map((table) => rowsOf(table).map((row) => row.children.length));
    for (const table of widths) expect(new Set(table).size).toBe(1);
    expect(every.filter(({ role }) => role === "TH").length).toBeGreaterThan(12);
  });

  test("holds every text that is shown: what is no part of it is an artifact", async () => {
    const { bytes } = await drawn(made(october, plenty("2026-09-01", "2026-10-31", 200)), { compress: false });
    const streams = [...bytes.toString("latin1").matchAll(/stream\n([\s\S]*?)\nendstream/g)]
      .map(([, content = ""]) => content)
      .filter((content) => content.includes(" Tm ") && !content.startsWith("1 0 0 -1 0 0 cm BT"));
    expect(streams.length).toBeGreaterThan(4);
    for (const content of streams) {
      let depth = 0;
      for (const line of content.split("\n")) {
        if (/ (Tm|re f|l S|re S|Do Q?)\b|^BT/.test(line)) expect(depth, line).toBeGreaterThan(0);
        if (/BDC$|BMC$/.test(line)) depth++;
        if (line === "EMC") depth--;
      }
      expect(depth).toBe(0);
    }
  });
});

/** The rows of a table, head and body. */
const rowsOf = (table: StructureNode): StructureNode[] => nodes(table).filter(({ role }) => role === "TR");

describe("a report's bytes", () => {
  test("are the same for the same figures, and others for another moment", async () => {
    const rows = plenty("2026-09-01", "2026-10-31", 120);
    const [one, two, later] = await Promise.all([
      drawn(made(october, rows), { compress: false }),
      drawn(made(october, rows), { compress: false }),
      drawn(made(october, rows), { compress: false, madeAt: MADE_AT + 60_000 }),
    ]);
    expect(one.bytes.equals(two.bytes)).toBe(true);
    expect(one.bytes.equals(later.bytes)).toBe(false);
    expect(one.result.bytes).toBe(one.bytes.length);
  });

  test("come as they are drawn: a reader that stops has read no more entries than pages, and lets go of them", async () => {
    const { data, rows } = made(october, plenty("2026-09-01", "2026-10-31", 2000));
    let read = 0;
    let ended = false;
    const source = async function* () {
      try {
        for await (const page of paged(rows, 100)) {
          read += page.length;
          yield page;
        }
      } finally {
        ended = true;
      }
    };
    const parts = reportPdf(data, source(), { language: "en", locale: "en", name: "", madeAt: MADE_AT });
    let taken = 0;
    for await (const part of parts) {
      taken += part.length;
      if (read > 0) break;
    }
    expect(taken).toBeGreaterThan(1000);
    expect(read).toBeLessThanOrEqual(100);
    expect(ended).toBe(true);
  });

  test("are refused to a list that is not the one that was counted", async () => {
    const { data, rows } = made(october, plenty("2026-10-01", "2026-10-31", 20));
    await expect(drawn({ data, rows: rows.slice(1) })).rejects.toThrow("the list has 19 entries, and the report counts 20");
  });
});
