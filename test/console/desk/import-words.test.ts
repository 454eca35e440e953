import { describe, expect, it } from "vitest";
import { formatNamed, importWords, moves, readWords, rowWords } from "../../../src/console/desk/import-words.ts";
import type { Import, ImportRow } from "../../../src/console/desk/types.ts";

const counts = { rows: 9, bad: 1, duplicates: 3, added: 5, kinds: { expense: 4, transfer: 1 }, from: "2026-10-01", to: "2026-10-31" };
const one: Import = {
  id: "a",
  format: "csv",
  accountId: "b",
  mapping: {},
  state: "checked",
  reason: null,
  read: null,
  counts,
  undone: null,
  progress: null,
  createdAt: "2026-11-21T17:00:00.000Z",
  updatedAt: "2026-11-21T17:00:00.000Z",
};

describe("an import in words", () => {
  it("says what there is to enter, and what is not", () => {
    expect(importWords(one)).toBe(
      "5 entries to enter, from 2026-10-01 to 2026-10-31. 3 rows there already, 1 row that can't be read, 1 moved between accounts.",
    );
    expect(importWords({ ...one, counts: { ...counts, added: 1, bad: 0, duplicates: 0, kinds: { expense: 1 } } })).toBe(
      "1 entry to enter, from 2026-10-01 to 2026-10-31.",
    );
  });

  it("says how far a step is, why it failed, and what came of it", () => {
    expect(importWords({ ...one, state: "committing", progress: { done: 2000, total: 5000 } })).toBe("Is being entered. 2000 rows of 5000 so far.");
    expect(importWords({ ...one, state: "failed", reason: "the account is not there any more" })).toBe("Failed. The account is not there any more.");
    expect(importWords({ ...one, state: "unreadable", reason: "The file is empty." })).toBe("Can't be read. The file is empty.");
    expect(importWords({ ...one, state: "committed" })).toBe("5 entries entered.");
    expect(importWords({ ...one, state: "undone", undone: { removed: 4, kept: 1 } })).toBe("Undone: 4 entries gone, 1 kept because you changed them.");
    expect((["checking", "checked", "undoing"] as const).map((state) => moves({ state }))).toEqual([true, false, true]);
  });

  it("says how it was read where that was guessed, and doubts what may be otherwise", () => {
    const mapping = { separator: ";", header: 1, decimals: ",", days: "dmy", out: "negative", columns: {} };
    const read = { encoding: "windows-1252", encodingUnsure: false, csv: { mapping, names: [], unsure: ["days"] } };
    expect(readWords({ read })).toBe(
      "Read as windows-1252, cells parted by a semicolon, days as day, month, year, decimals behind a comma. Look whether that is right.",
    );
    expect(readWords({ read: { ...read, csv: null } })).toBe("");
  });

  it("names a row by its line", () => {
    const row = { line: 7, problem: 'has a day that is none: "soon"' } as ImportRow;
    expect(rowWords(row)).toBe('Line 7 has a day that is none: "soon".');
    expect(rowWords({ ...row, problem: null, occurredOn: "2026-10-31", merchant: "Markt", amount: "2.00", currency: "EUR" })).toBe(
      "Line 7: 2026-10-31 Markt 2.00 EUR",
    );
  });

  it("knows a file by its name", () => {
    expect(["a.CSV", "b.qfx", "c.ofx", "d.txt", "e.pdf", "csv"].map(formatNamed)).toEqual(["csv", "qfx", "ofx", "csv", null, null]);
  });
});
