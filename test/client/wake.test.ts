import { describe, expect, it } from "vitest";
import type { Database } from "../../src/client/index.ts";
import { ApiError, type Progress, WakeTimeout } from "../../src/client/index.ts";
import { pauseOf } from "../../src/client/wake.ts";
import { problemOf, type Said, type Seen, START, stage } from "./server.ts";

const view = (more: Partial<Database> = {}): Database => ({
  id: "dormouse",
  phase: "asleep",
  serving: false,
  verified: true,
  attention: null,
  rdsStatus: "stopped",
  since: new Date(START).toISOString(),
  lastActivityAt: null,
  sleepsAt: null,
  code: "asleep",
  reason: "nobody asked for it",
  mode: "manage",
  estimate: null,
  leases: [],
  hold: null,
  lastBackupAt: null,
  wake: null,
  ...more,
});
const asked = { by: "ann", at: new Date(START).toISOString() };
const waking = view({ phase: "waking", rdsStatus: "starting", reason: "ann asked for it", wake: asked });
const awake = view({ phase: "awake", serving: true, rdsStatus: "available", reason: "PostgreSQL answers" });
const asleep = problemOf("database-asleep", 503, { phase: "asleep", requestId: "r" }, { "retry-after": "5" });
const history: Said = { status: 200, body: { items: [], next: null } };

/** A database that serves `seconds` after the first press, and a data route in front of it. */
function sleeper(seconds: number, at: () => number) {
  let pressedAt = Number.POSITIVE_INFINITY;
  const serving = () => at() - pressedAt >= seconds * 1000;
  return ({ method, path }: Seen): Said => {
    if (method === "POST" && path === "/database/start") {
      pressedAt = Math.min(pressedAt, at());
      return serving() ? { status: 200, body: awake } : { status: 202, body: waking, headers: { "retry-after": "5" } };
    }
    if (path === "/database") return { status: 200, body: serving() ? awake : waking };
    return serving() ? history : asleep;
  };
}
const of = (seen: readonly Seen[], path: string) => seen.filter((each) => each.path === path);

describe("a call that wakes", () => {
  it("presses once, looks in the background until the database serves, and sends the request again with its key", async () => {
    let clock = { now: () => START };
    await using at = await stage((request) => answer(request));
    clock = at.clock;
    const answer = sleeper(60, () => clock.now());
    const heard: Progress[] = [];
    await at.client().post("/database/activity", { wake: { onProgress: (progress) => heard.push(progress) } });
    expect(of(at.seen, "/database/start")).toHaveLength(1);
    expect(of(at.seen, "/database").every(({ headers }) => headers["dormouse-background"] === "?1")).toBe(true);
    expect(of(at.seen, "/database/activity").map(({ headers }) => headers["idempotency-key"])).toEqual(["key-1", "key-1"]);
    expect(at.seen.at(-1)?.path).toBe("/database/activity");
    expect(heard.at(0)).toMatchObject({ phase: "waking", serving: false, reason: "ann asked for it", waitedSeconds: 0 });
    expect(heard.at(-1)).toMatchObject({ phase: "awake", serving: true });
    expect(heard.at(-1)?.waitedSeconds).toBeGreaterThanOrEqual(60);
    expect(at.slept.filter((ms) => ms < 900_000).every((ms) => ms >= 2000 && ms <= 10_000)).toBe(true);
  });

  it("does so for a client that always wakes, and not for a call that says no, nor in the background", async () => {
    await using at = await stage((request) => answer(request));
    const answer = sleeper(10, () => at.clock.now());
    const client = at.client({ wake: true });
    await expect(client.get("/database/history", { wake: false })).rejects.toMatchObject({ kind: "database-asleep" });
    await expect(client.get("/database/history", { background: true })).rejects.toMatchObject({ kind: "database-asleep" });
    expect(of(at.seen, "/database/start")).toHaveLength(0);
    expect(await client.get("/database/history")).toEqual({ items: [], next: null });
  });

  it("without being asked to leaves a sleeping database asleep", async () => {
    await using at = await stage(() => asleep);
    await expect(at.client().get("/database/history")).rejects.toMatchObject({ kind: "database-asleep", retryAfterSeconds: 5 });
    expect(at.seen).toHaveLength(1);
  });

  it("shares one press and one poll with every other call of the client", async () => {
    await using at = await stage((request) => answer(request));
    const answer = sleeper(120, () => at.clock.now());
    const client = at.client({ wake: true });
    const alone = await stage((request) => alsoAnswer(request));
    const alsoAnswer = sleeper(120, () => alone.clock.now());
    await alone.client({ wake: true }).get("/database/history");
    await Promise.all(Array.from({ length: 20 }, () => client.get("/database/history")));
    expect(of(at.seen, "/database/start")).toHaveLength(1);
    expect(of(at.seen, "/database")).toHaveLength(of(alone.seen, "/database").length);
    await alone[Symbol.asyncDispose]();
  });

  it("hears of a wake that is under way already like of its own", async () => {
    await using at = await stage((request) =>
      request.path === "/database/start" ? { status: 200, body: awake } : of(at.seen, "/database/start").length > 0 ? history : asleep,
    );
    expect(await at.client({ wake: true }).get("/database/history")).toEqual({ items: [], next: null });
    expect(at.seen.map(({ path }) => path)).toEqual(["/database/history", "/database/start", "/database/history"]);
  });

  it("goes on through failures that pass while it waits", async () => {
    let looks = 0;
    await using at = await stage((request) => {
      if (request.path !== "/database") return answer(request);
      looks++;
      if (looks < 3) return { status: 0, cut: true };
      return looks < 8 ? { status: 503, body: { message: "Service Unavailable" } } : answer(request);
    });
    const answer = sleeper(30, () => at.clock.now());
    expect(await at.client({ wake: true }).get("/database/history")).toEqual({ items: [], next: null });
  });

  it("presses again when the wake came to nothing, half a minute after the last press at the soonest", async () => {
    const presses: number[] = [];
    await using at = await stage((request) => {
      if (request.path === "/database/start") {
        presses.push(at.clock.now());
        return presses.length < 3 ? { status: 202, body: waking } : { status: 200, body: awake };
      }
      if (request.path === "/database")
        return { status: 200, body: view({ attention: { code: "no-capacity", since: "", what: "No capacity.", doThis: "Wait." } }) };
      return presses.length < 3 ? asleep : history;
    });
    await at.client({ wake: true }).get("/database/history");
    expect(presses).toHaveLength(3);
    for (const [index, time] of presses.entries()) if (index > 0) expect(time - (presses[index - 1] ?? 0)).toBeGreaterThanOrEqual(30_000);
  });

  it("asks again when the request still meets a sleeping database, and not in haste", async () => {
    await using at = await stage((request, before) =>
      request.path === "/database/start" ? { status: 200, body: awake } : of(before, "/database/history").length < 4 ? asleep : history,
    );
    await at.client({ wake: true }).get("/database/history");
    expect(of(at.seen, "/database/history")).toHaveLength(4);
    expect(at.slept.filter((ms) => ms === 2000)).toHaveLength(2);
  });
});

describe("a call that wakes ends", () => {
  it("with what the press was refused with", async () => {
    await using at = await stage(({ path }) => (path === "/database/start" ? problemOf("too-many-wakes", 429, {}, { "retry-after": "40000" }) : asleep));
    await expect(at.client({ wake: true }).get("/database/history")).rejects.toMatchObject({ kind: "too-many-wakes", status: 429 });
    expect(of(at.seen, "/database/start")).toHaveLength(1);
  });

  it("after its time, saying how far the database was", async () => {
    await using at = await stage((request) => answer(request));
    const answer = sleeper(5000, () => at.clock.now());
    const failure = at.client().get("/database/history", { wake: { timeoutSeconds: 300 } });
    await expect(failure).rejects.toThrow(WakeTimeout);
    await expect(failure).rejects.toMatchObject({ waitedSeconds: 300, message: "The database did not wake within 300 s: it is waking (ann asked for it)." });
    expect(at.clock.now()).toBe(START + 300_000);
  });

  it("with its signal, while another call of the client waits on", async () => {
    await using at = await stage((request) => answer(request));
    const answer = sleeper(60, () => at.clock.now());
    const client = at.client();
    const abort = new AbortController();
    const given = client.get("/database/history", {
      signal: abort.signal,
      wake: { onProgress: ({ waitedSeconds }) => waitedSeconds > 20 && abort.abort(new Error("enough")) },
    });
    const [first, second] = await Promise.allSettled([given, client.get("/database/history", { wake: true })]);
    expect(first).toMatchObject({ status: "rejected", reason: { message: "enough" } });
    expect(second).toMatchObject({ status: "fulfilled" });
  });

  it("with its signal, and nobody looks any more when nobody waits", async () => {
    await using at = await stage((request) => answer(request));
    const answer = sleeper(5000, () => at.clock.now());
    const abort = new AbortController();
    const call = at
      .client()
      .get("/database/history", { signal: abort.signal, wake: { onProgress: ({ waitedSeconds }) => waitedSeconds > 20 && abort.abort(new Error("enough")) } });
    await expect(call).rejects.toThrow("enough");
    const looks = at.seen.length;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(at.seen.length).toBe(looks);
  });

  it("when the token is refused while it waits", async () => {
    await using at = await stage(({ path }) =>
      path === "/database" ? { status: 401, body: { message: "Unauthorized" } } : path === "/database/start" ? { status: 202, body: waking } : asleep,
    );
    await expect(at.client({ wake: true }).get("/database/history")).rejects.toThrow(ApiError);
  });
});

describe("the pause between two looks", () => {
  it("is a quarter of what the estimate leaves, between 2 and 10 s; 4 s without one", () => {
    const expected = (seconds: number) =>
      view({ estimate: { p50Seconds: 1, p90Seconds: 1, samples: 1, readyAt: new Date(START + seconds * 1000).toISOString() } });
    expect([240, 20, 1, -60].map((seconds) => pauseOf(expected(seconds), START))).toEqual([10_000, 5000, 2000, 2000]);
    expect(pauseOf(waking, START)).toBe(4000);
  });
});
