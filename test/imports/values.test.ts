import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { guessMark, readAmount } from "../../src/imports/amount.ts";
import { guessOrder, readDay } from "../../src/imports/days.ts";
import { encodingNamed, guessEncoding } from "../../src/imports/encoding.ts";
import { lastChosen, merchantKey, normalised } from "../../src/imports/text.ts";

const until = "2031-11-22";

describe("an amount", () => {
  it.each([
    ["-12,50", ",", "EUR", -1250n],
    ["12,50-", ",", "EUR", -1250n],
    ["(12.50)", ".", "USD", -1250n],
    ["−1.234.567,80 €", ",", "EUR", -123456780n],
    ["1 234,50", ",", "EUR", 123450n],
    ["1'234.50", ".", "CHF", 123450n],
    ["₹1,23,456.78", ".", "INR", 12345678n],
    ["$ -5", ".", "USD", -500n],
    ["-$5.00", ".", "USD", -500n],
    ["EUR 12.00", ".", "EUR", 1200n],
    ["12.50 DR", ".", "USD", -1250n],
    ["12.50 CR", ".", "USD", 1250n],
    ["+7", ".", "EUR", 700n],
    [".5", ".", "EUR", 50n],
    ["1200.00", ".", "JPY", 1200n],
    ["0.001", ".", "KWD", 1n],
  ] as const)("%s with %s in %s is %d", (text, mark, currency, minor) => {
    expect(readAmount(text, mark, currency)).toEqual({ ok: true, minor });
  });

  it.each([
    ["12.345", ".", "EUR"],
    ["1,50", ".", "EUR"],
    ["1.50", ",", "EUR"],
    ["1.2.3", ".", "EUR"],
    ["--5", ".", "EUR"],
    ["1e3", ".", "EUR"],
    ["", ".", "EUR"],
    ["-", ".", "EUR"],
    ["12:30", ".", "EUR"],
    ["9999999999999", ".", "EUR"],
  ] as const)("%j with %s in %s is refused", (text, mark, currency) => {
    expect(readAmount(text, mark, currency).ok).toBe(false);
  });

  it("comes back whole, whatever the locale that wrote it", () => {
    fc.assert(
      fc.property(fc.integer({ min: -99_999_999, max: 99_999_999 }), fc.constantFrom("de-DE", "en-US", "de-CH", "en-IN", "fr-FR", "pl-PL"), (minor, locale) => {
        const text = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(minor / 100);
        const mark = ["de-DE", "fr-FR", "pl-PL"].includes(locale) ? "," : ".";
        expect(readAmount(text, mark, "EUR")).toEqual({ ok: true, minor: BigInt(minor) });
      }),
      { numRuns: 500, seed: 7 },
    );
  });

  it.each([
    [["1.234,50"], ",", true],
    [["3,50", "1,234"], ",", true],
    [["1,234.50", "12.00"], ".", true],
    [["1.234.567"], ",", true],
    [["1.234"], ".", false],
    [["12"], ".", false],
  ] as const)("of %j has the mark %s, sure: %s", (samples, mark, sure) => {
    expect(guessMark(samples)).toEqual({ mark, sure });
  });
});

describe("a day", () => {
  it.each([
    ["31.10.2026", "dmy", "2026-10-31"],
    ["10/31/26", "mdy", "2026-10-31"],
    ["1/2/99", "dmy", "1999-02-01"],
    ["2026-10-31", "dmy", "2026-10-31"],
    ["20261031120000", "dmy", "2026-10-31"],
    ["2026-10-31T23:59:59Z", "mdy", "2026-10-31"],
    ["31 Oct 2026", "mdy", "2026-10-31"],
    ["Oct 31, 2026", "dmy", "2026-10-31"],
    ["31. Dezember 2026", "mdy", "2026-12-31"],
    ["5 août 2026", "dmy", "2026-08-05"],
    ["5 juin 2026", "dmy", "2026-06-05"],
    ["5 juil. 2026", "dmy", "2026-07-05"],
    ["05-ene-26", "dmy", "2026-01-05"],
  ] as const)("%s read as %s is %s", (text, order, day) => {
    expect(readDay(text, order, until)).toEqual({ ok: true, day });
  });

  it.each(["31.02.2026", "10/31/2026", "1899-12-31", "2031-11-23", "12.50", "today", "", "13", "1.2.3"])("%j is refused", (text) => {
    expect(readDay(text, "dmy", until).ok).toBe(false);
  });

  it.each([
    [["01/02/2026", "13/02/2026"], "dmy", true],
    [["02/01/2026", "02/13/2026"], "mdy", true],
    [["2026-01-02"], "ymd", true],
    [["01/02/2026", "03/04/2026"], "dmy", false],
  ] as const)("of %j are in the order %s, sure: %s", (samples, order, sure) => {
    expect(guessOrder(samples, until)).toEqual({ order, sure });
  });
});

describe("an encoding", () => {
  it("is named by its bytes: UTF-8 by being it, Cyrillic of one byte by its frequencies", () => {
    const cyrillic = Uint8Array.from("Магазин продуктов на улице, оплата картой за покупки в магазине", (c) => {
      const point = c.codePointAt(0) ?? 0;
      return point >= 0x410 && point <= 0x44f ? point - 0x410 + 0xc0 : point;
    });
    expect(guessEncoding(cyrillic)).toEqual({ label: "windows-1251", sure: false });
    expect(guessEncoding(new TextEncoder().encode("Müller, Łódź"))).toEqual({ label: "utf-8", sure: true });
    expect(guessEncoding(new Uint8Array())).toEqual({ label: "utf-8", sure: true });
    expect(encodingNamed("latin1")).toBe("windows-1252");
    expect(encodingNamed("klingon")).toBeNull();
  });
});

describe("a text", () => {
  it("is compared without case, accents, signs and spaces; of a merchant the words with digits are left out", () => {
    expect(normalised("  CAFÉ  Müller-Straße* ")).toBe("cafe muller strasse");
    expect(merchantKey("REWE 4711 Köln 31.10")).toBe("rewe koln");
    expect(merchantKey("7-11")).toBe("7 11");
  });

  it("of a merchant has the category that was chosen for it last, whatever the order of the choices", () => {
    const choices = [
      { merchant: "Rewe 12", categoryId: "food", at: 1 },
      { merchant: "REWE 99", categoryId: "home", at: 2 },
      { merchant: "", categoryId: "none", at: 3 },
    ];
    for (const order of [choices, choices.toReversed()]) expect(lastChosen(order)).toEqual(new Map([["rewe", "home"]]));
  });
});
