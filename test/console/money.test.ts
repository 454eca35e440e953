import { describe, expect, it } from "vitest";
import { absolute, amountText, isNegative, money, plus, price } from "../../src/console/money.ts";

describe("money", () => {
  it("shows a decimal string with its currency, exactly, however large", () => {
    expect(money("12.50", "EUR")).toMatch(/12.50/);
    expect(money("90071992547409931.23", "EUR").replaceAll(/\D/g, "")).toBe("9007199254740993123");
  });
  it("shows what it can't read as it came", () => {
    expect(money("lots", "EUR")).toBe("lots EUR");
    expect(money("1.00", "no currency")).toBe("1.00 no currency");
  });
  it("keeps the small parts of a price", () => {
    expect(price("0.018", "USD")).toMatch(/0.018/);
  });
  it("takes a decimal comma, and leaves what might part thousands for the API to refuse", () => {
    expect(amountText(" 12,5 ")).toBe("12.5");
    expect(amountText("1 234,50")).toBe("1234.50");
    expect(amountText("1,250")).toBe("1,250");
    expect(amountText("12.50")).toBe("12.50");
    expect(amountText("abc")).toBe("abc");
  });
  it("adds decimal strings exactly, whatever their signs and decimals", () => {
    expect(plus("0.10", "0.20")).toBe("0.30");
    expect(plus("300.00", "-320.05")).toBe("-20.05");
    expect(plus("-0.05", "0.05")).toBe("0.00");
    expect(plus("1500", "-2000")).toBe("-500");
    expect(plus("90071992547409931.234", "0.001")).toBe("90071992547409931.235");
  });
  it("tells what is below zero, and takes the sign away", () => {
    expect(["-1.00", "1.00"].map(isNegative)).toEqual([true, false]);
    expect(["-1.00", "1.00"].map(absolute)).toEqual(["1.00", "1.00"]);
  });
});
