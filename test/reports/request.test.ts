import { describe, expect, test } from "vitest";
import { defaultProfile } from "../../src/finance/profile.ts";
import { contentOf, fileNameOf, planReport, type ReportRequest, readRequest, reportKey, requestFault } from "../../src/reports/request.ts";

const profile = { ...defaultProfile("ann"), displayCurrency: "CHF", locale: "de-CH" };
const plan = (request: Partial<ReportRequest>, askedOn = "2026-11-21") =>
  planReport({ kind: "monthly", format: "pdf", ...request }, profile, askedOn, "2026-11-22");

describe("a request for a report", () => {
  test("without days is for the last week or month that was over when it was asked for", () => {
    expect(plan({}).asked).toMatchObject({
      period: { from: "2026-10-01", to: "2026-10-31" },
      previous: { from: "2026-09-01", to: "2026-09-30" },
      today: "2026-11-22",
    });
    expect(plan({ kind: "weekly" }).asked).toMatchObject({
      period: { from: "2026-11-09", to: "2026-11-15" },
      previous: { from: "2026-11-02", to: "2026-11-08" },
    });
    expect(plan({ kind: "weekly" }, "2026-11-23").asked.period).toEqual({ from: "2026-11-16", to: "2026-11-22" });
  });

  test("with days is for those, compared with as much before them", () => {
    expect(plan({ month: "2026-02" }).asked).toMatchObject({
      period: { from: "2026-02-01", to: "2026-02-28" },
      previous: { from: "2026-01-01", to: "2026-01-31" },
    });
    expect(plan({ kind: "weekly", on: "2026-11-21" }).asked.period).toEqual({ from: "2026-11-16", to: "2026-11-22" });
    expect(plan({ kind: "custom", from: "2026-01-10", to: "2026-01-19" }).asked).toMatchObject({
      period: { from: "2026-01-10", to: "2026-01-19" },
      previous: { from: "2025-12-31", to: "2026-01-09" },
    });
  });

  test("follows its user's currency and language, unless it says others", () => {
    expect(plan({})).toMatchObject({ language: "de", locale: "de-CH", asked: { currency: "CHF" } });
    expect(plan({ language: "en", currency: "EUR" })).toMatchObject({ language: "en", asked: { currency: "EUR" } });
  });

  test.each<[Partial<ReportRequest>, string]>([
    [{ kind: "monthly", month: "2026-13" }, "month"],
    [{ kind: "weekly", month: "2026-10" }, "month"],
    [{ kind: "monthly", on: "2026-10-01" }, "on"],
    [{ kind: "monthly", from: "2026-10-01" }, "from"],
    [{ kind: "weekly", to: "2026-10-01" }, "to"],
    [{ kind: "custom", to: "2026-10-01" }, "from"],
    [{ kind: "custom", from: "2026-10-01" }, "to"],
    [{ kind: "custom", from: "2026-10-02", to: "2026-10-01" }, "to"],
    [{ kind: "custom", from: "2000-01-01", to: "2026-10-01" }, "to"],
  ])("that makes no sense is told which field is wrong: %o", (request, field) => {
    const whole: ReportRequest = { kind: "monthly", format: "pdf", ...request };
    expect(requestFault(whole)?.field).toBe(field);
    expect(readRequest({ ...whole })).toBe(null);
  });

  test("is read back from a job as it was, and not at all where something is strange", () => {
    const request: ReportRequest = { kind: "custom", from: "2026-01-10", to: "2026-01-19", format: "xlsx", language: "de", currency: "JPY" };
    expect(readRequest(JSON.parse(JSON.stringify(request)))).toEqual({ ...request, on: undefined, month: undefined });
    for (const strange of [{ kind: "yearly" }, { format: "doc" }, { language: "fr" }, { currency: "XXX" }, { from: "2026-02-30" }, { to: 5 }])
      expect(readRequest({ ...request, ...strange })).toBe(null);
  });

  test("is the same as another with the same fields, in whatever order", () => {
    expect(contentOf({ format: "pdf", month: "2026-10", kind: "monthly" })).toEqual(
      contentOf({ kind: "monthly", month: "2026-10", format: "pdf", language: undefined }),
    );
    expect(contentOf({ kind: "monthly", format: "pdf" })).not.toEqual(contentOf({ kind: "monthly", format: "csv" }));
  });
});

test("a report lies in a folder of its user's own, whatever the user's id is made of", () => {
  const id = "019aa5d0-0c44-7a55-b7de-3f1c2a9b8d70";
  expect(reportKey({ userId: "ann", id }, "pdf")).toBe(`reports/ann/${id}.pdf`);
  expect(reportKey({ userId: "../bob/x y.", id }, "csv")).toBe(`reports/%2E%2E%2Fbob%2Fx%20y%2E/${id}.csv`);
  expect([plan({}), plan({ kind: "weekly", format: "xlsx" })].map(fileNameOf)).toEqual(["report-2026-10.pdf", "report-2026-11-09-2026-11-15.xlsx"]);
});
