import { describe, expect, it } from "vitest";
import type { Api, CallOptions, Method } from "../../src/console/api.ts";
import { ApiError, readProblem, unreachable } from "../../src/console/problem.ts";
import { createWrites } from "../../src/console/writes.ts";

type Outcome = unknown | ApiError;
const failed = (status: number, retryAfter: string | null = null) => new ApiError(readProblem(status, retryAfter, { title: "No", detail: "No." }));

/** Writes over an API that answers these, one after another; then `{ ok: true }`. */
function setUp(...outcomes: Outcome[]) {
  const calls: { method: Method; path: string; options: CallOptions }[] = [];
  const waits: number[] = [];
  let made = 0;
  const api: Api = async (method, path, options = {}) => {
    calls.push({ method, path, options });
    const outcome = outcomes.length > 0 ? outcomes.shift() : { ok: true };
    if (outcome instanceof ApiError) throw outcome;
    return outcome;
  };
  const write = createWrites(api, {
    newKey: () => `key-${++made}`,
    wait: async (ms) => {
      waits.push(ms);
    },
  });
  return { write, calls, waits, keys: () => calls.map(({ options }) => options.headers?.["idempotency-key"]) };
}

describe("a write of the page", () => {
  it("is sent as a person's own action, under a key of its own", async () => {
    const { write, calls, keys } = setUp();
    await write("POST", "/expenses", { amount: "1.00" });
    await write("POST", "/expenses", { amount: "1.00" });
    expect(keys()).toEqual(["key-1", "key-2"]);
    expect(calls.map(({ options }) => options.background)).toEqual([undefined, undefined]);
    expect(calls[0]?.options.body).toEqual({ amount: "1.00" });
  });

  it("names the version that it changes, and none where none was given", async () => {
    const { write, calls } = setUp();
    await write("PATCH", "/expenses/1", { amount: "2.00" }, 7);
    await write("DELETE", "/budgets/1");
    expect(calls.map(({ options }) => options.headers?.["if-match"])).toEqual(['"7"', undefined]);
    expect(calls[1]?.options).not.toHaveProperty("body");
  });

  it("is sent once more under the same key when no answer came", async () => {
    const { write, keys, waits } = setUp(new ApiError(unreachable));
    expect(await write("POST", "/expenses", {})).toEqual({ ok: true });
    expect(keys()).toEqual(["key-1", "key-1"]);
    expect(waits).toEqual([1000]);
  });

  it("waits as long as the API says when it meets itself still at work", async () => {
    const { write, keys, waits } = setUp(failed(409, "3"));
    await write("POST", "/expenses", {});
    expect(keys()).toEqual(["key-1", "key-1"]);
    expect(waits).toEqual([3000]);
  });

  it("keeps its key when it is open what became of it, so that a second press does the same and not once more", async () => {
    for (const outcomes of [[failed(503, "25")], [failed(500)], [new ApiError(unreachable), new ApiError(unreachable)]]) {
      const { write, keys } = setUp(...outcomes);
      await expect(write("POST", "/expenses", { amount: "1.00" })).rejects.toBeInstanceOf(ApiError);
      await write("POST", "/expenses", { amount: "1.00" });
      expect(new Set(keys())).toEqual(new Set(["key-1"]));
      await write("POST", "/expenses", { amount: "1.00" });
      expect(keys().at(-1)).toBe("key-2");
    }
  });

  it("has another key once it was refused, when something else is written, and against another version", async () => {
    const { write, keys } = setUp(failed(422), undefined, failed(503), failed(503), failed(503));
    await expect(write("POST", "/expenses", { amount: "x" })).rejects.toBeInstanceOf(ApiError);
    await write("POST", "/expenses", { amount: "x" });
    await expect(write("PATCH", "/expenses/1", { amount: "1.00" }, 1)).rejects.toBeInstanceOf(ApiError);
    await expect(write("PATCH", "/expenses/1", { amount: "1.00" }, 2)).rejects.toBeInstanceOf(ApiError);
    await expect(write("PATCH", "/expenses/1", { amount: "2.00" }, 2)).rejects.toBeInstanceOf(ApiError);
    expect(keys()).toEqual(["key-1", "key-2", "key-3", "key-4", "key-5"]);
  });

  it("does not try again what was refused for good", async () => {
    for (const refused of [failed(409), failed(412), failed(429, "5")]) {
      const { write, keys, waits } = setUp(refused);
      await expect(write("DELETE", "/expenses/1", undefined, 1)).rejects.toBe(refused);
      expect([keys().length, waits.length]).toEqual([1, 0]);
    }
  });
});
