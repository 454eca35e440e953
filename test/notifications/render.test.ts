import { describe, expect, it } from "vitest";
import { KINDS } from "../../src/notifications/kinds.ts";
import { confirmationMail, render, summary } from "../../src/notifications/render.ts";
import { minus } from "../../src/notifications/text/format.ts";
import { threshold } from "./world.ts";

const item = (kind: string, data: Record<string, unknown>, language = "en") => ({ kind, data, language });
const plain = (text = "") => text.replace(/[\u00a0\u202f\u2009]/g, " ");
const paragraphs = (kind: string, data: Record<string, unknown>, language = "en") => plain(render(item(kind, data, language))?.text).split("\n\n--\n")[0];
const subject = (kind: string, data: Record<string, unknown>, language = "en") => plain(render(item(kind, data, language))?.subject);

const large = { v: 1, expenseId: "e", amount: "1234.50", currency: "EUR", merchant: "IKEA", occurredOn: "2026-11-20", limit: "500.00" };
const report = { v: 1, reportId: "r", name: "November", from: "2026-11-01", to: "2026-11-30" };
const recap = {
  v: 1,
  from: "2026-11-09",
  to: "2026-11-15",
  currency: "EUR",
  total: "210.00",
  count: 12,
  previous: "260.00",
  top: [
    { name: "Food", total: "120.00" },
    { name: "Travel", total: "60.00" },
  ],
};
const all = { "budget-threshold": threshold, "large-expense": large, "report-ready": report, "weekly-recap": recap };

describe("a threshold's mail", () => {
  it("says what was spent of what, and what is left", () => {
    expect(subject("budget-threshold", threshold)).toBe("Groceries: 80% of the budget is spent");
    expect(paragraphs("budget-threshold", threshold)).toBe(
      "You have spent €249.00 of the €300.00 (83%) that you planned for “Groceries” from November 1 – 30, 2026.\n\n€51.00 are left.",
    );
  });

  it("says it in German, with German numbers and days", () => {
    expect(subject("budget-threshold", threshold, "de-DE")).toBe("Groceries: 80 % des Budgets sind ausgegeben");
    expect(paragraphs("budget-threshold", threshold, "de-DE")).toBe(
      "Du hast 249,00 € von 300,00 € (83 %) ausgegeben, die du für „Groceries“ im Zeitraum 1.–30. November 2026 geplant hast.\n\nEs bleiben 51,00 €.",
    );
    expect(paragraphs("budget-threshold", { ...threshold, spent: "1249.00" }, "de-AT")).toContain("1.249,00");
  });

  it("says when it is used up, and by how much it is overspent", () => {
    const over = { ...threshold, threshold: 100, spent: "320.00", percent: 107 };
    expect(subject("budget-threshold", over)).toBe("Groceries: the budget is overspent");
    expect(paragraphs("budget-threshold", over)).toContain("That is €20.00 more than planned.");
    expect(subject("budget-threshold", over, "de")).toBe("Groceries: Das Budget ist überzogen");
    const up = { ...over, spent: "300.00", percent: 100 };
    expect(subject("budget-threshold", up)).toBe("Groceries: the budget is used up");
    expect(paragraphs("budget-threshold", up)).toContain("Nothing is left.");
  });

  it("says what was carried over, either way, and what has no rate", () => {
    expect(paragraphs("budget-threshold", { ...threshold, carried: "40.00", effective: "340.00" })).toContain(
      "The budget is €300.00, and €40.00 were left over from before.",
    );
    expect(paragraphs("budget-threshold", { ...threshold, carried: "-400.00", effective: "-100.00", percent: null })).toContain(
      "€400.00 that were overspent before are taken off it.",
    );
    const unconverted = [
      { currency: "USD", total: "12.00" },
      { currency: "JPY", total: "500" },
    ];
    expect(paragraphs("budget-threshold", { ...threshold, unconverted })).toContain("no exchange rate for it: $12.00 and ¥500.");
  });
});

describe("the other kinds", () => {
  it("a large expense", () => {
    expect(subject("large-expense", large)).toBe("A large expense: €1,234.50 at IKEA");
    expect(paragraphs("large-expense", { ...large, merchant: "" })).toBe(
      "An expense of €1,234.50 was entered for November 20, 2026.\n\nYou asked to be told of everything from €500.00 on. If you don't know this expense, have a look at it.",
    );
  });

  it("many large expenses in one", () => {
    const largest = [
      { expenseId: "a", amount: "900.00", merchant: "IKEA", occurredOn: "2026-11-20" },
      { expenseId: "b", amount: "600.00", merchant: "", occurredOn: "2026-11-19" },
    ];
    const many = { v: 2, count: 3, total: "2050.00", currency: "EUR", limit: "500.00", largest };
    expect(subject("large-expense", many)).toBe("3 large expenses: €2,050.00 in all");
    expect(paragraphs("large-expense", many)).toBe(
      "3 expenses of €500.00 or more were entered at once, €2,050.00 in all.\n\nThe largest of them: €900.00 at IKEA (November 20, 2026) and €600.00 (November 19, 2026).",
    );
    expect(paragraphs("large-expense", { ...many, count: 2 }, "de")).toContain("Es sind: 900,00 € bei IKEA (20. November 2026) und 600,00 €");
  });

  it("several budgets in one", () => {
    const one = { budgetId: "a", name: "Food", threshold: 80, from: "2026-11-01", to: "2026-11-30", currency: "EUR", spent: "82.00", effective: "100.00" };
    const both = { v: 2, count: 2, budgets: [one, { ...one, name: "All", threshold: 100, spent: "120.00" }] };
    expect(subject("budget-threshold", both)).toBe("2 budgets have reached what you set for them");
    expect(paragraphs("budget-threshold", both, "de")).toBe(
      "Was du eingelesen hast, hat 2 deiner laufenden Budgets an eine Marke gebracht, die du gesetzt hast.\n\nFood: 80 % (82,00 € von 100,00 €)\n\nAll: 100 % (120,00 € von 100,00 €)",
    );
  });

  it("a report", () => {
    expect(paragraphs("report-ready", report, "de")).toContain("Der Bericht „November“ für 1.–30. November 2026 ist fertig.");
  });

  it("a week", () => {
    expect(paragraphs("weekly-recap", recap)).toBe(
      "From November 9 – 15, 2026 you spent €210.00 in 12 expenses.\n\nThat is €50.00 less than in the week before.\n\nMost of it went to Food (€120.00) and Travel (€60.00).",
    );
    expect(paragraphs("weekly-recap", { ...recap, count: 0, total: "0.00", top: [], previous: null }, "de")).toBe(
      "Für 9.–15. November 2026 hast du keine Ausgabe eingetragen.",
    );
  });
});

describe("every mail", () => {
  it("has a subject of one short line, a text and a page, in every language", () => {
    for (const kind of KINDS)
      for (const language of ["en", "en-GB", "de-CH", "fr-FR", "xx"]) {
        const mail = render(item(kind, all[kind], language));
        expect(mail?.subject.length, kind).toBeGreaterThan(10);
        expect(mail?.text, kind).toContain("\n\n--\n");
        expect(mail?.html, kind).toMatch(/^<!doctype html><html lang="(en|de)">.*<\/html>$/s);
      }
  });

  it("is in English throughout for a language that has no texts", () => {
    expect(render(item("budget-threshold", threshold, "fr-FR"))).toEqual(render(item("budget-threshold", threshold, "en")));
  });

  it("has no way in for what a person typed: neither a line in the subject nor a tag in the page", () => {
    const name = `<script>alert("1")</script>\r\nBcc: eve@example.com\u2028${"long ".repeat(100)}`;
    const mail = render(item("budget-threshold", { ...threshold, name }));
    expect(mail?.subject).not.toMatch(/[\r\n\u2028]/);
    expect(mail?.subject.length).toBeLessThan(100);
    expect(mail?.subject.endsWith("…")).toBe(true);
    expect(mail?.html).not.toContain("<script>");
    expect(render(item("large-expense", { ...large, merchant: "🧾".repeat(200) }))?.subject).toMatch(/^A large expense: €1,234.50 at (🧾)+…$/u);
  });

  it("carries the link that its sender gave it", () => {
    const mail = render(item("report-ready", report), { unsubscribe: "https://x.example/stop?a=1&b=2" });
    expect(mail?.text).toContain("Stop all mails from Dormouse: https://x.example/stop?a=1&b=2");
    expect(mail?.html).toContain('<a href="https://x.example/stop?a=1&#38;b=2">Stop all mails from Dormouse</a>');
  });

  it("that asks for a confirmation names the address and brings the link", () => {
    const mail = confirmationMail("de-AT", "ann@example.com", "https://x.example/confirm");
    expect(mail.subject).toBe("Möchtest du Mails von Dormouse?");
    expect(mail.text).toContain("ann@example.com");
    expect(mail.text).toContain("Ja, schickt sie: https://x.example/confirm");
  });
});

describe("a list of them", () => {
  it("shows subject and text, and of what this version can't read just that", () => {
    expect(plain(summary(item("large-expense", large)).text)).toMatch(/^An expense of €1,234.50 at IKEA was entered/);
    expect(summary(item("other", {}, "de"))).toEqual({ subject: "Eine Nachricht von Dormouse", text: expect.stringContaining("neuere Fassung") });
    expect(render(item("other", {}))).toBeNull();
    expect(render(item("budget-threshold", { ...threshold, currency: "XXX" }))).toBeNull();
  });
});

describe("minus", () => {
  it("is exact", () => {
    expect(minus("300.00", "249.00")).toBe("51.00");
    expect(minus("0.10", "0.30")).toBe("-0.20");
    expect(minus("-100.00", "5")).toBe("-105.00");
    expect(minus("99999999999999999999", "1")).toBe("99999999999999999998");
    expect(minus("5", "5")).toBe("0");
  });
});
