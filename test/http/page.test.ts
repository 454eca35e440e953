import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { canonical } from "../../src/http/canonical.ts";
import { signedCursors } from "../../src/http/page.ts";
import { Problem } from "../../src/http/problem.ts";

const key = Buffer.alloc(32, 7);
const keys = z.tuple([z.string(), z.string()]);
const scope = { list: "things", sub: "s-ann", filters: { sort: "day", min: 5n, from: undefined } };

describe("a signed cursor", () => {
  const cursor = signedCursors(key, scope).write(["2026-01-31", "x"]);
  const refusal = (run: () => unknown) => {
    try {
      run();
    } catch (error) {
      return error instanceof Problem ? error.type : error;
    }
    return "read";
  };

  it("is read back by its own list, whatever the page's size", () => {
    expect(signedCursors(key, scope).read(keys, cursor)).toEqual(["2026-01-31", "x"]);
    expect(signedCursors(key, { ...scope, filters: { min: 5n, sort: "day", limit: 3, cursor } }).read(keys, cursor)).toEqual(["2026-01-31", "x"]);
    expect(signedCursors(key, scope).read(keys, undefined)).toBeNull();
  });

  it.each([
    ["another list", { ...scope, list: "others" }],
    ["another user", { ...scope, sub: "s-bob" }],
    ["another order", { ...scope, filters: { sort: "-day", min: 5n } }],
    ["another filter", { ...scope, filters: { sort: "day", min: 5n, max: 6n } }],
    ["another filter's value", { ...scope, filters: { sort: "day", min: 6n } }],
  ])("is refused with %s", (_, other) => {
    expect(refusal(() => signedCursors(key, other).read(keys, cursor))).toBe("/problems/bad-cursor");
  });

  it("is refused under another key, and when a single character is changed", () => {
    expect(refusal(() => signedCursors(Buffer.alloc(32, 8), scope).read(keys, cursor))).toBe("/problems/bad-cursor");
    fc.assert(
      fc.property(fc.nat(cursor.length - 2), fc.constantFrom(..."aZ09-_."), (at, character) => {
        const changed = cursor.slice(0, at) + character + cursor.slice(at + 1);
        fc.pre(changed !== cursor);
        expect(refusal(() => signedCursors(key, scope).read(keys, changed))).toBe("/problems/bad-cursor");
      }),
    );
    for (const other of ["", ".", "x", `${cursor}.`, `${cursor}.x`, cursor.split(".")[0] ?? ""])
      expect(refusal(() => signedCursors(key, scope).read(keys, other))).toBe("/problems/bad-cursor");
  });
});

describe("the canonical text", () => {
  it("is the same however members are ordered, and only then", () => {
    expect(canonical({ b: [1, { d: 1, c: null }], a: 2n, e: undefined })).toBe('{"a":"2","b":[1,{"c":null,"d":1}]}');
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const turned = Object.fromEntries(Object.entries(value).reverse());
        expect(canonical(turned)).toBe(canonical(value));
        expect(JSON.parse(canonical(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});
