import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseBalance, plainRate, rateFault } from "../../src/finance/account.ts";
import { formatAmount } from "../../src/finance/money.ts";

describe("a balance", () => {
  it.each([
    ["-12.50", "EUR", -1250n],
    ["0", "EUR", 0n],
    ["-0.00", "EUR", 0n],
    ["12", "JPY", 12n],
    ["-1.25", "KWD", -1250n],
  ])("%s %s is read", (value, currency, minor) => {
    expect(parseBalance(value, currency)).toEqual({ ok: true, minor });
  });

  it.each([
    ["--5", "EUR", 'must be a decimal string, with or without a minus sign, such as "-12.50"'],
    [-5, "EUR", 'must be a decimal string, with or without a minus sign, such as "-12.50"'],
    ["NaN", "EUR", 'must be a decimal string, with or without a minus sign, such as "-12.50"'],
    ["-05", "EUR", "must not begin with a zero that says nothing"],
    ["00", "EUR", "must not begin with a zero that says nothing"],
    ["-1e3", "EUR", "must be written out, without an exponent"],
    ["1,5", "EUR", "must have a point before the decimals, not a comma"],
    ["0.000", "EUR", "must have at most 2 decimals: that is what EUR has"],
    ["-0.0", "JPY", "must have no decimals: JPY has none"],
    ["-1234567890123", "EUR", "must have at most 12 digits before the point"],
  ])("%j %s is refused", (value, currency, why) => {
    expect(parseBalance(value, currency)).toEqual({ ok: false, why });
  });

  it("comes back as it was shown", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 12n) + 1n, max: 10n ** 12n - 1n }), fc.constantFrom("JPY", "EUR", "KWD"), (minor, currency) => {
        expect(parseBalance(formatAmount(minor, currency), currency)).toEqual({ ok: true, minor });
      }),
    );
  });
});

describe("a rate", () => {
  it.each(["1", "1.0837", "0.000000000001", "999999999999.999999999999", "1.10"])("%s is taken", (rate) => {
    expect(rateFault(rate)).toBeNull();
  });
  it.each([1.0837, "0", "0.000", "-1", "1e3", "01", ".5", "1.", "1.0000000000001", "1234567890123", "", null, "NaN"])("%j is refused", (rate) => {
    expect(rateFault(rate)).toMatch(/^must /);
  });
  it("is shown without zeros at its end", () => {
    expect(["1.083700000000", "2.000000000000", "100.000000000000", "0.000000000001"].map(plainRate)).toEqual(["1.0837", "2", "100", "0.000000000001"]);
  });
});
