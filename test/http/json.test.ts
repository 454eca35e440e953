import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jsonErrorAt, lineAndColumn } from "../../src/http/json.ts";

describe("where a text stops being JSON", () => {
  it.each([
    ["{", 1],
    ["", 0],
    ["  ", 2],
    ["abc", 0],
    ['{"a":1,}', 7],
    ['{"a" 1}', 5],
    ["[1 2]", 3],
    ["[1,]", 3],
    ['{"a": tru}', 6],
    ['{"a": 01}', 6],
    ['"abc', 0],
    ['["a\nb"]', 1],
    ["{}]", 2],
    ["{} {}", 3],
    ["\uFEFF{}", 0],
    ["[", 1],
    ["[}", 1],
    ["1e", 0],
  ])("%j is wrong at %i", (text, at) => {
    expect(jsonErrorAt(text)).toBe(at);
    expect(() => JSON.parse(text)).toThrow();
  });

  it("agrees with JSON.parse about any text made of JSON's pieces", () => {
    const piece = fc.constantFrom("{", "}", "[", "]", ",", ":", '"a"', '"\\u00e4"', '"\\x"', "1", "-0.5e+3", "01", "true", "null", "nul", " ", "\n", "-", ".");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join("");
        let valid = true;
        try {
          JSON.parse(text);
        } catch {
          valid = false;
        }
        return (jsonErrorAt(text) === null) === valid;
      }),
      { numRuns: 5000, seed: 7 },
    );
  });

  it("finds no fault in what JSON.stringify wrote", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => jsonErrorAt(JSON.stringify(value, null, 1)) === null),
      { numRuns: 500, seed: 7 },
    );
  });

  it("takes nesting as deep as the largest body", () => {
    expect(jsonErrorAt("[".repeat(262_144))).toBe(262_144);
  });

  it("counts lines and columns from one", () => {
    expect(lineAndColumn('{\n  "a": x', 9)).toBe("line 2, column 8");
  });
});
