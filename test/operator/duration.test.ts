import { describe, expect, it } from "vitest";
import { parseDuration } from "../../scripts/operator/duration.ts";

describe("a duration on the command line", () => {
  it.each([
    ["90s", 90_000],
    ["30m", 1_800_000],
    ["1h", 3_600_000],
    ["1.5h", 5_400_000],
    ["7d", 604_800_000],
  ])("%s is %i milliseconds", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(["", "1", "h", "-1h", "1 h", "1w", "8d", "0h", "0.5s", "1e3s", "Infinityh"])("refuses %j and says what is allowed", (text) => {
    expect(() => parseDuration(text)).toThrow(`"${text}" is no duration`);
  });
});
