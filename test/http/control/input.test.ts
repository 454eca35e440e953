import { describe, expect, it } from "vitest";
import { awake, control, del, iso, NOW, post, put } from "./memory.ts";

const soon = iso(NOW + 1000);
const held = { ...awake, leases: { one: { by: "olga", why: "work", expiresAt: NOW + 500 } } };

/** Body, the field that is wrong, and what is said of it. */
const wrong: [what: string, call: ReturnType<typeof post>, pointer: string, detail: RegExp][] = [
  ["an unknown field of a start", post("/database/start", { force: true }), "/force", /^is not known/],
  ["a start that is a list", post("/database/start", []), "", /must be an? object/],
  ["a start that is text", post("/database/start", "now"), "", /must be an? object/],
  ["a stop with force in words", post("/database/stop", { force: "yes" }), "/force", /must be true or false/],
  ["a stop with force as null", post("/database/stop", { force: null }), "/force", /must be true or false/],
  ["an unknown field of a stop", post("/database/stop", { forced: true }), "/forced", /known are force/],
  ["a hold without an end", put("/database/hold", { reason: "x" }), "/until", /is required/],
  ["a hold without a body", { method: "PUT", path: "/database/hold" }, "", /is required/],
  ["a hold until a number", put("/database/hold", { until: NOW + 1000 }), "/until", /must be a time in UTC/],
  ["a hold until a local time", put("/database/hold", { until: "2026-11-21T10:00:00+01:00" }), "/until", /must be a time in UTC/],
  ["a hold until the 30th of February", put("/database/hold", { until: "2027-02-30T00:00:00Z" }), "/until", /must be a time in UTC/],
  ["a hold with a long reason", put("/database/hold", { until: soon, reason: "x".repeat(201) }), "/reason", /0 to 200 characters/],
  ["a hold with NUL in its reason", put("/database/hold", { until: soon, reason: "a\0b" }), "/reason", /NUL/],
  ["a hold with half a surrogate pair", put("/database/hold", { until: soon, reason: "\ud83d" }), "/reason", /surrogate/],
  ["a hold by somebody else", put("/database/hold", { until: soon, by: "eve" }), "/by", /known are until, reason/],
  ["an activity with a time", post("/database/activity", { at: soon }), "/at", /^is not known/],
  ["a lease without a reason", post("/database/leases", { expiresAt: soon }), "/why", /is required/],
  ["a lease with an empty reason", post("/database/leases", { why: "  ", expiresAt: soon }), "/why", /1 to 200 characters/],
  ["a lease with NUL in its reason", post("/database/leases", { why: "\0", expiresAt: soon }), "/why", /NUL/],
  ["a lease without an end", post("/database/leases", { why: "x" }), "/expiresAt", /is required/],
  ["a lease with an id of its own", post("/database/leases", { why: "x", expiresAt: soon, id: "mine" }), "/id", /^is not known/],
  ["a renewal with a reason", put("/database/leases/one", { expiresAt: soon, why: "y" }), "/why", /^is not known/],
  ["a renewal of nothing", put("/database/leases/one", {}), "/expiresAt", /is required/],
];

describe("a body that does not fit", () => {
  it.each(wrong)("is refused with its field: %s", async (_, call, pointer, detail) => {
    const memory = control(held);
    const answer = await memory.olga(call);
    expect(answer).toMatchObject({ status: 422, headers: { "content-type": "application/problem+json" }, body: { type: "/problems/bad-fields" } });
    expect(answer.body.errors).toContainEqual({ pointer, detail: expect.stringMatching(detail) });
    expect([memory.writes, memory.kicks, memory.asks]).toEqual([0, [], []]);
  });

  it("may be as long as it says, in characters that people count", async () => {
    expect((await control(awake).olga(put("/database/hold", { until: soon, reason: "💤".repeat(200) }))).status).toBe(200);
    expect((await control(awake).ann(post("/database/leases", { why: "x".repeat(200), expiresAt: soon }))).status).toBe(201);
  });

  it("is asked for by JSON's rules: broken, of another type, with a key that poisons objects", async () => {
    const memory = control(awake);
    const path = "/database/stop";
    expect(await memory.olga({ method: "POST", path, body: "{force" })).toMatchObject({ status: 400, body: { type: "/problems/bad-json" } });
    expect(await memory.olga({ method: "POST", path, body: "force=true", headers: { "content-type": "text/plain" } })).toMatchObject({ status: 415 });
    expect(await memory.olga({ method: "POST", path, body: '{"__proto__": {"force": true}}' })).toMatchObject({ status: 400 });
    expect(await memory.olga({ method: "POST", path, body: JSON.stringify({ force: "x".repeat(300_000) }) })).toMatchObject({ status: 413 });
    expect(memory.writes).toBe(0);
  });
});

describe("a wrong method", () => {
  it.each([
    ["PUT", "/database", "GET"],
    ["GET", "/database/start", "POST"],
    ["POST", "/database/hold", "DELETE, PUT"],
    ["GET", "/database/leases/one", "DELETE, PUT"],
    ["DELETE", "/database/history", "GET"],
  ])("%s %s is 405 and names those that work", async (method, path, allow) => {
    const memory = control(held);
    expect(await memory.olga({ method, path })).toMatchObject({ status: 405, headers: { allow } });
  });
});

describe("every route that is not public", () => {
  it.each([
    { path: "/database" },
    post("/database/start"),
    post("/database/stop"),
    put("/database/hold", { until: soon }),
    del("/database/hold"),
    post("/database/activity"),
    post("/database/leases", { why: "x", expiresAt: soon }),
    put("/database/leases/one", { expiresAt: soon }),
    del("/database/leases/one"),
    { path: "/database/history" },
    { path: "/database/savings" },
  ])("%o leaks no error's text when the table fails", async (call) => {
    const memory = control(held);
    Object.defineProperty(memory, "item", {
      get() {
        throw new Error("secret-host 10.0.0.7");
      },
    });
    Object.defineProperty(memory, "entries", {
      get() {
        throw new Error("secret-host 10.0.0.7");
      },
    });
    const answer = await memory.olga(call);
    expect(answer).toMatchObject({ status: 500, body: { type: "/problems/internal", requestId: "request-1" } });
    expect(JSON.stringify(answer)).not.toContain("10.0.0.7");
  });
});
