import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { decodeCursor, encodeCursor, page, pageQuery } from "../../src/http/page.ts";
import { Problem } from "../../src/http/problem.ts";
import { instant, parseBody, parseQuery, text, uuid, wholeNumber } from "../../src/http/validate.ts";

const thrown = (run: () => unknown): Problem => {
  try {
    run();
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
};

const schema = z.strictObject({
  name: text({ min: 1, max: 5 }),
  mode: z.optional(z.enum(["manage", "watch"])),
  count: z.optional(z.int().check(z.gte(1), z.lte(9))),
  inner: z.optional(z.strictObject({ "a/b": z.optional(z.boolean()), list: z.optional(z.array(z.strictObject({ id: z.string() }))) })),
});

describe("a body against its schema", () => {
  it("comes back as a value, with white space around text cut off", () => {
    expect(parseBody(schema, { name: " ann " })).toEqual({ name: "ann" });
  });

  it.each([
    [{}, "/name", "is required"],
    [{ name: 3 }, "/name", "must be text of 1 to 5 characters"],
    [{ name: "   " }, "/name", "must be text of 1 to 5 characters"],
    [{ name: "abcdef" }, "/name", "must be text of 1 to 5 characters"],
    [{ name: "a\0b" }, "/name", "must not hold NUL or half of a surrogate pair"],
    [{ name: "a\ud800" }, "/name", "must not hold NUL or half of a surrogate pair"],
    [{ name: "ann", mode: "sleep" }, "/mode", "must be one of manage, watch"],
    [{ name: "ann", count: 10 }, "/count", "must be at most 9"],
    [{ name: "ann", count: 0 }, "/count", "must be at least 1"],
    [{ name: "ann", count: 1.5 }, "/count", "must be an int"],
    [{ name: "ann", inner: { "a/b": 1 } }, "/inner/a~1b", "must be a boolean"],
    [{ name: "ann", inner: { list: [{ id: "x" }, { id: "y", no: 1 }] } }, "/inner/list/1/no", "is not known; known are id"],
    [{ name: "ann", else: 1 }, "/else", "is not known; known are name, mode, count, inner"],
    [[], "", "must be an object"],
    [null, "", "must be an object"],
  ])("%j: %s %s", (body, pointer, detail) => {
    const failure = thrown(() => parseBody(schema, body));
    expect(failure.status).toBe(422);
    expect(failure.errors).toContainEqual({ pointer, detail });
  });

  it("has to be there", () => {
    expect(thrown(() => parseBody(schema, undefined)).detail).toBe("A JSON body is required.");
  });

  it("counts characters, not UTF-16 units", () => {
    expect(parseBody(schema, { name: "🐭🐭🐭🐭🐭" }).name).toBe("🐭🐭🐭🐭🐭");
  });

  it("takes instants of real days in UTC only", () => {
    const at = z.strictObject({ until: instant() });
    expect(parseBody(at, { until: "2026-02-28T18:00:00Z" })).toEqual({ until: Date.UTC(2026, 1, 28, 18) });
    for (const until of ["2026-02-30T18:00:00Z", "2026-02-28T18:00:00+01:00", "2026-02-28", "18:00", "2026-02-28T25:00:00Z"]) {
      expect(thrown(() => parseBody(at, { until })).errors[0]?.detail).toBe("must be a time in UTC such as 2026-01-31T18:00:00Z");
    }
  });

  it("takes UUIDs and hands them on in lower case", () => {
    const id = z.strictObject({ id: uuid() });
    expect(parseBody(id, { id: "0198A0B2-7B1C-7C3D-8E4F-001122334455" })).toEqual({ id: "0198a0b2-7b1c-7c3d-8e4f-001122334455" });
    expect(thrown(() => parseBody(id, { id: "7" })).errors).toEqual([{ pointer: "/id", detail: "must be a UUID" }]);
  });
});

describe("a query", () => {
  const query = z.strictObject(pageQuery());

  it("has a limit of its own when none is given", () => {
    expect(parseQuery(query, undefined)).toEqual({ limit: 50 });
    expect(parseQuery(query, { limit: "7", cursor: "x" })).toEqual({ limit: 7, cursor: "x" });
  });

  it.each(["0", "101", "-1", "1.5", "abc", ""])("refuses the limit %j with 400 and says what is allowed", (limit) => {
    const failure = thrown(() => parseQuery(query, { limit }));
    expect(failure.status).toBe(400);
    expect(failure.errors).toEqual([{ pointer: "/limit", detail: "must be a whole number from 1 to 100" }]);
  });

  it("refuses a parameter that nobody knows", () => {
    expect(thrown(() => parseQuery(z.strictObject({ n: wholeNumber(1, 2) }), { n: "1", nn: "2" })).errors[0]?.pointer).toBe("/nn");
  });
});

describe("a page", () => {
  const show = (row: { id: number }) => row.id;
  const cursorOf = (row: { id: number }) => encodeCursor("things", [row.id]);

  it("ends with null, and goes on with the last row that was shown", () => {
    const rows = [{ id: 1 }, { id: 2 }, { id: 3 }];
    expect(page(rows, 3, show, cursorOf)).toEqual({ items: [1, 2, 3], next: null });
    expect(page(rows, 2, show, cursorOf)).toEqual({ items: [1, 2], next: cursorOf({ id: 2 }) });
    expect(page([], 2, show, cursorOf)).toEqual({ items: [], next: null });
  });

  it("reads back its own cursor and refuses every other", () => {
    const keys = z.tuple([z.number()]);
    expect(decodeCursor("things", keys, cursorOf({ id: 2 }))).toEqual([2]);
    for (const wrong of ["", "x", encodeCursor("others", [2]), encodeCursor("things", ["2"]), encodeCursor("things", [])]) {
      expect(thrown(() => decodeCursor("things", keys, wrong)).type).toBe("/problems/bad-cursor");
    }
  });
});
