import { describe, expect, it } from "vitest";
import { retryAfterOf } from "../../src/client/errors.ts";
import { ApiError, ConnectionError, type Full } from "../../src/client/index.ts";
import { problemOf, type Said, START, stage } from "./server.ts";

const ok: Said = { status: 200, body: { status: "ok" } };
const lease = { id: "0193e0f6-0000-7000-8000-000000000001", by: "ann", why: "import", expiresAt: "2026-11-21T10:00:00.000Z" };
const caught = async (promise: Promise<unknown>): Promise<ApiError> => {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof ApiError) return error;
  throw new Error(`not an ApiError but ${String(error)}`);
};

describe("a call", () => {
  it("sends the token, the query, the path's parts and the body, and gives the parsed body", async () => {
    await using at = await stage(() => ({ status: 200, body: lease }));
    const answer = await at.client().put("/database/leases/{id}", { path: { id: "a/b c" }, body: { expiresAt: lease.expiresAt } });
    expect(answer).toEqual(lease);
    expect(at.seen).toMatchObject([
      {
        method: "PUT",
        path: "/database/leases/a%2Fb%20c",
        body: { expiresAt: lease.expiresAt },
        headers: { authorization: "Bearer token-1", "content-type": "application/json" },
      },
    ]);
    await at.client().get("/database/history", { query: { limit: 5, cursor: undefined } as { limit: number } });
    expect(at.seen[1]).toMatchObject({ method: "GET", path: "/database/history?limit=5", body: undefined });
  });

  it("without its part of the path is refused before it is sent", async () => {
    await using at = await stage(() => ok);
    await expect(at.client().delete("/database/leases/{id}", { path: { id: "" } })).rejects.toThrow("needs its {id}");
    expect(at.seen).toEqual([]);
  });

  it("gives status and headers when they are asked for", async () => {
    await using at = await stage(() => ({ status: 202, body: { phase: "waking" }, headers: { "retry-after": "5" } }));
    const answer: Full<{ phase: string }> = await at.client().full("POST", "/database/start");
    expect([answer.status, answer.headers.get("retry-after"), answer.body.phase]).toEqual([202, "5", "waking"]);
  });

  it("gives undefined where there is no body", async () => {
    await using at = await stage(() => ({ status: 204 }));
    expect(await at.client().delete("/database/leases/{id}", { path: { id: lease.id } })).toBeUndefined();
  });

  it("in the background says so", async () => {
    await using at = await stage(() => ({ status: 200, body: {} }));
    await at.client().get("/database", { background: true });
    expect(at.seen[0]?.headers["dormouse-background"]).toBe("?1");
  });

  it("without a token sends none", async () => {
    await using at = await stage(() => ok);
    expect(await at.client({ token: () => null }).get("/health")).toEqual({ status: "ok" });
    expect(at.seen[0]?.headers.authorization).toBeUndefined();
  });
});

describe("a failure", () => {
  it("of the service is an ApiError with the problem's kind, fields and sentence", async () => {
    await using at = await stage(() => problemOf("bad-fields", 422, { errors: [{ pointer: "/why", detail: "is required" }] }));
    const error = await caught(at.client().post("/database/leases", { body: { why: "", expiresAt: "" } }));
    expect(error).toMatchObject({
      status: 422,
      kind: "bad-fields",
      detail: "The detail of bad-fields.",
      errors: [{ pointer: "/why", detail: "is required" }],
      retryAfterSeconds: null,
    });
    expect(error.message).toBe("422 bad-fields: The detail of bad-fields.");
    expect(error.is("bad-fields") && error.problem.errors?.[0]?.pointer).toBe("/why");
    expect(error.is("not-found")).toBe(false);
  });

  it("of the gateway is an ApiError with its message and no kind", async () => {
    await using at = await stage(() => ({ status: 403, body: { message: "Forbidden" }, headers: { "apigw-requestid": "r-1" } }));
    const error = await caught(at.client().get("/database"));
    expect(error).toMatchObject({ status: 403, kind: null, problem: null, detail: "Forbidden", requestId: "r-1" });
    expect(error.message).toBe("403: Forbidden");
  });

  it("to answer at all is a ConnectionError, after a few tries where the request may be sent again", async () => {
    await using at = await stage(() => ({ status: 0, cut: true }));
    await expect(at.client().get("/health")).rejects.toThrow(ConnectionError);
    expect(at.seen).toHaveLength(4);
    expect(at.slept).toEqual([500, 1000, 2000]);
  });

  it("to answer is final for a change without a key that the service heeds", async () => {
    await using at = await stage(() => ({ status: 0, cut: true }));
    await expect(at.client().post("/database/leases", { body: { why: "x", expiresAt: lease.expiresAt } })).rejects.toThrow(ConnectionError);
    expect(at.seen).toHaveLength(1);
  });

  it("that is no JSON although it says so is a ConnectionError", async () => {
    await using at = await stage(() => ok);
    const client = at.client({ fetch: async () => new Response("{", { headers: { "content-type": "application/json" } }), retries: 0 });
    await expect(client.get("/health")).rejects.toThrow("no answer that could be read");
  });
});

describe("a request that may be sent again", () => {
  it("is, after the time that Retry-After asks for", async () => {
    await using at = await stage((_, before) => (before.length < 3 ? problemOf("database-busy", 503, {}, { "retry-after": "2" }) : ok));
    expect(await at.client().get("/health")).toEqual({ status: "ok" });
    expect(at.slept).toEqual([2000, 2000]);
  });

  it("is not when Retry-After asks for more than the limit", async () => {
    await using at = await stage(() => problemOf("too-many-wakes", 429, {}, { "retry-after": "40000" }));
    expect(await caught(at.client().post("/database/start"))).toMatchObject({ kind: "too-many-wakes", retryAfterSeconds: 40_000 });
    expect(at.seen).toHaveLength(1);
  });

  it("is after the gateway's 429, whatever it is: nothing happened there", async () => {
    await using at = await stage((_, before) => (before.length < 2 ? { status: 429, body: { message: "Too Many Requests" } } : { status: 201, body: lease }));
    expect(await at.client().post("/database/leases", { body: { why: "x", expiresAt: lease.expiresAt } })).toEqual(lease);
    expect(at.slept).toEqual([500]);
  });

  it("is not after a fault of the service, nor after what the caller did wrong", async () => {
    for (const [kind, status] of [
      ["internal", 500],
      ["not-found", 404],
      ["conflict", 409],
      ["bad-query", 400],
    ] as const) {
      await using at = await stage(() => problemOf(kind, status));
      expect((await caught(at.client().get("/database"))).kind).toBe(kind);
      expect(at.seen).toHaveLength(1);
    }
  });

  it("carries the same key each time, and each call a new one", async () => {
    await using at = await stage((_, before) =>
      before.length % 2 === 1 ? { status: 503, body: { message: "Service Unavailable" } } : { status: 200, body: {} },
    );
    const client = at.client();
    await client.post("/database/start");
    await client.post("/database/start");
    expect(at.seen.map(({ headers }) => headers["idempotency-key"])).toEqual(["key-1", "key-1", "key-2", "key-2"]);
    await client.post("/database/start", { idempotencyKey: "mine" });
    expect(at.seen.at(-1)?.headers["idempotency-key"]).toBe("mine");
    await client.get("/database");
    expect(at.seen.at(-1)?.headers["idempotency-key"]).toBeUndefined();
  });

  it("goes once more with a newer token, and no further with the same", async () => {
    await using at = await stage(({ headers }) => (headers.authorization === "Bearer new" ? ok : { status: 401, body: { message: "Unauthorized" } }));
    const tokens = ["old", "new"];
    expect(await at.client({ token: async () => tokens.shift() ?? "new" }).get("/health")).toEqual({ status: "ok" });
    expect((await caught(at.client({ token: () => "old" }).get("/health"))).status).toBe(401);
    expect(at.seen).toHaveLength(3);
  });
});

describe("a signal", () => {
  it("ends a call that is under way with its reason", async () => {
    const abort = new AbortController();
    await using at = await stage(async () => {
      abort.abort(new Error("enough"));
      await new Promise((resolve) => setTimeout(resolve, 20));
      return ok;
    });
    await expect(at.client().get("/health", { signal: abort.signal })).rejects.toThrow("enough");
  });

  it("ends the waiting between two tries", async () => {
    const abort = new AbortController();
    await using at = await stage(() => problemOf("database-busy", 503, {}, { "retry-after": "2" }));
    const sleep = at.clock.sleep;
    const clock = {
      ...at.clock,
      sleep: (ms: number, signal?: AbortSignal) => {
        queueMicrotask(() => abort.abort(new Error("enough")));
        return sleep(ms, signal);
      },
    };
    await expect(at.client({ clock }).get("/health", { signal: abort.signal })).rejects.toThrow("enough");
    expect(at.seen).toHaveLength(1);
  });
});

describe("a list", () => {
  const entry = (n: number) => ({ at: new Date(START + n).toISOString(), reason: `${n}` });
  const pages: Record<string, Said> = {
    "/database/history?limit=2": { status: 200, body: { items: [entry(1), entry(2)], next: "c1" } },
    "/database/history?limit=2&cursor=c1": { status: 200, body: { items: [], next: "c2" } },
    "/database/history?limit=2&cursor=c2": { status: 200, body: { items: [entry(3)], next: null } },
  };
  const answer = ({ path }: { path: string }) => pages[path] ?? { status: 404 };

  it("gives every item of every page, in order", async () => {
    await using at = await stage(answer);
    const reasons: string[] = [];
    for await (const { reason } of at.client().list("/database/history", { query: { limit: 2 } })) reasons.push(reason);
    expect(reasons).toEqual(["1", "2", "3"]);
  });

  it("asks for no page that nobody wants", async () => {
    await using at = await stage(answer);
    for await (const { reason } of at.client().list("/database/history", { query: { limit: 2 } })) if (reason === "1") break;
    expect(at.seen).toHaveLength(1);
  });
});

describe("Retry-After", () => {
  it("may be seconds or a date, and is nothing else", () => {
    expect(retryAfterOf("12", START)).toBe(12);
    expect(retryAfterOf(new Date(START + 4000).toUTCString(), START)).toBe(4);
    expect(retryAfterOf(new Date(START - 4000).toUTCString(), START)).toBe(0);
    expect(retryAfterOf("soon", START)).toBeNull();
    expect(retryAfterOf(null, START)).toBeNull();
  });
});
