import { createServer } from "node:net";
import { describe, expect, test } from "vitest";
import type { Client, Entry } from "./client.ts";
import { start } from "./command.ts";
import { makeHome, startForTest } from "./harness.ts";

// The built bundles behind HTTP, a real PostgreSQL, at a quick pace. Every test has a platform of its own, so that they can wait side by side.

/** What the ledger says happened, without times. */
const story = (entries: Entry[]) => entries.map(({ from, phase, action, code, by, cause }) => ({ from, phase, action, code, by, cause }));
const seconds = (entries: Entry[], ...phases: string[]) =>
  entries.filter(({ from }) => phases.includes(from)).reduce((sum, { lastedSeconds }) => sum + (lastedSeconds ?? 0), 0);

async function addExpense(client: Client, as: string): Promise<unknown> {
  await client.works("/categories", as);
  const category = await client.ask("/categories", { as, method: "POST", json: { name: "Food" } });
  expect(category.status).toBe(201);
  const expense = { amount: "12.50", currency: "EUR", occurredOn: "2026-01-31", categoryId: category.body.id, description: "Lunch" };
  const added = await client.ask("/expenses", { as, method: "POST", json: expense });
  expect(added).toMatchObject({ status: 201, body: { ...expense, id: expect.any(String) } });
  return added.body.id;
}

describe.concurrent("the cycle", { timeout: 90_000 }, () => {
  test("twenty people press at once: one start, one awake period with real work, sleep by itself, and a ledger that tells it", async () => {
    await using run = await startForTest({ settings: { checkMinutes: 1 } });
    await run.until({ rdsStatus: "stopped" });
    const presses = await Promise.all(Array.from({ length: 20 }, (_, i) => run.ask("/database/start", { as: `person-${i}`, method: "POST" })));
    for (const { status, headers, body } of presses) {
      expect({ status, phase: body.phase }).toEqual({ status: 202, phase: "waking" });
      expect(Number(headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    }
    const waker = (await run.database()).wake?.by ?? "";
    expect(waker).toMatch(/^person-\d+$/);
    const awake = await run.until({ phase: "awake", serving: true });
    expect(awake).toMatchObject({ rdsStatus: "available", attention: null, wake: null, estimate: { samples: 1, readyAt: null } });
    expect(Date.parse(awake.sleepsAt ?? "")).toBeGreaterThan(Date.parse(awake.since));
    expect((await run.ask("/database/start", { as: "late", method: "POST" })).status).toBe(200);

    const id = await addExpense(run, "ann");
    expect((await run.ask("/expenses", { as: "ann" })).body).toMatchObject({ items: [{ id, amount: "12.50", currency: "EUR" }], next: null });
    expect((await run.ask("/expenses", { as: "ben" })).body).toEqual({ items: [], next: null });

    const asleep = await run.until({ phase: "asleep" });
    expect(asleep).toMatchObject({ serving: false, rdsStatus: "stopped", attention: null, sleepsAt: null });
    expect([run.sent("StartDBInstance"), run.sent("StopDBInstance")]).toEqual([1, 1]);
    const ledger = await run.history();
    const dormouse = { by: "dormouse", cause: expect.stringMatching(/^(timer|schedule|rds-event|button)$/) };
    expect(story(ledger)).toEqual([
      { from: "asleep", phase: "waking", action: "start", code: "wake-intent", by: waker, cause: "button" },
      { from: "waking", phase: "awake", action: "serve", code: "serving", by: waker, cause: expect.any(String) },
      { from: "awake", phase: "falling-asleep", action: "drain", code: "idle-limit", ...dormouse },
      { from: "falling-asleep", phase: "falling-asleep", action: "stop", code: "idle-limit", ...dormouse },
      { from: "falling-asleep", phase: "asleep", action: "follow", code: "stopped", ...dormouse },
    ]);
    expect(ledger[0]?.reason).toBe(`${waker} pressed the button`);
    for (const entry of ledger.slice(2)) expect(entry.reason).toMatch(/^idle for \d+ s, limit 6 s$/);
    expect(ledger.map(({ at }) => at)).toEqual(ledger.map(({ at }) => at).toSorted());

    const savings = (await run.ask("/database/savings", { as: "ann" })).body;
    expect(savings.awakeSeconds).toBe(Math.round(seconds(ledger, "waking", "awake", "falling-asleep")));
    // Whatever is used of it, AWS bills ten minutes for a start: that is what was spent, and what is taken off the saving.
    expect(savings).toMatchObject({ currency: "USD", pricePerHour: "0.018", spent: "0.0030" });
    expect(Number(savings.saved)).toBeLessThan(0);
  });

  test("polling that says it is in the background neither wakes the database nor keeps it awake", async () => {
    await using run = await startForTest({ settings: { wakeOn: "request" } });
    await run.until({ rdsStatus: "stopped" });
    for (const path of ["/expenses", "/categories"]) {
      const answer = await run.ask(path, { as: "ann", background: true });
      expect(answer).toMatchObject({ status: 503, body: { type: "/problems/database-asleep", phase: "asleep" } });
    }
    expect((await run.ask("/database/start", { as: "ann", method: "POST", background: true })).status).toBe(409);
    expect(await run.database()).toMatchObject({ phase: "asleep", wake: null, code: "asleep" });

    expect((await run.ask("/database/start", { as: "ann", method: "POST" })).status).toBe(202);
    const awake = await run.until({ phase: "awake" });
    // It sleeps while somebody polls for as long as it takes: would a poll count, this would never end.
    let polls = 0;
    await run.until(async () => {
      const { status } = await run.ask("/expenses", { as: "ann", background: true });
      if (status === 200) polls++;
      await run.ask("/database/activity", { as: "ann", method: "POST", background: true });
      return (await run.database()).phase === "asleep";
    });
    expect(polls).toBeGreaterThan(10);
    expect(await run.database()).toMatchObject({ lastActivityAt: awake.lastActivityAt, wake: null });
    expect(run.sent("StartDBInstance")).toBe(1);
  });

  test("a data request while it sleeps is answered without PostgreSQL: 503 with the phase and Retry-After", async () => {
    await using run = await startForTest();
    await run.until({ rdsStatus: "stopped" });
    // The instance's port is closed while it sleeps. Whoever would try it meets this instead.
    let sockets = 0;
    const trap = createServer((socket) => {
      sockets++;
      socket.destroy();
    });
    await new Promise<void>((resolve) => trap.listen(run.platform.rds.postgres.port, "127.0.0.1", resolve));
    try {
      const requests = [
        run.ask("/expenses", { as: "ann" }),
        run.ask("/categories", { as: "ann" }),
        run.ask("/categories", { as: "ann", method: "POST", json: { name: "Food" } }),
      ];
      for (const answer of await Promise.all(requests)) {
        expect(answer.headers.get("content-type")).toBe("application/problem+json");
        expect(Number(answer.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
        expect(answer).toMatchObject({
          status: 503,
          body: { type: "/problems/database-asleep", status: 503, phase: "asleep", serving: false, estimate: null },
        });
        expect(answer.body.detail).toContain("POST /database/start");
      }
      expect(await run.database()).toMatchObject({ phase: "asleep", wake: null });
      expect(sockets).toBe(0);
    } finally {
      await new Promise((resolve) => trap.close(resolve));
    }
  });

  test("with wake_on = request a data request asks for the wake, through the signal and not by a call", async () => {
    await using run = await startForTest({ settings: { wakeOn: "request" } });
    await run.until({ rdsStatus: "stopped" });
    const first = await run.ask("/expenses", { as: "ann" });
    expect(first).toMatchObject({ status: 503, body: { type: "/problems/database-asleep" } });
    expect(first.body.detail).toContain("has been asked to wake");
    await run.until({ phase: "awake" });
    await run.works("/expenses", "ann");
    expect((await run.history())[0]).toMatchObject({ action: "start", by: "ann", cause: "request", reason: "ann sent a request" });
    expect(run.calls.filter(({ by, action }) => by === "data" && action.startsWith("lambda:"))).toEqual([]);
    expect(run.calls).toContainEqual(expect.objectContaining({ by: "carry", action: "lambda:InvokeFunction", allowed: true }));
  });

  describe.each(["SIGTERM", "SIGKILL"] as const)("a platform that ends by %s", (signal) => {
    test("goes on where it was, in each phase", async () => {
      await using home = await makeHome();
      const flags = [
        "--port",
        "0",
        "--start-seconds",
        "3",
        "--stop-seconds",
        "0.5",
        "--idle-minutes",
        "0.05",
        "--check-minutes",
        "0.2",
        "--drain-seconds",
        "5",
      ];
      const again = async (before: { end(signal: "SIGTERM" | "SIGKILL"): Promise<number | null> }) => {
        expect(await before.end(signal)).toBe(signal === "SIGTERM" ? 0 : null);
        return await start(home.path, flags);
      };
      await using first = await start(home.path, flags);
      await first.until({ phase: "asleep", rdsStatus: "stopped" });
      await using second = await again(first);
      await second.until({ phase: "asleep", rdsStatus: "stopped" });
      expect((await second.ask("/database/start", { as: "ann", method: "POST" })).status).toBe(202);
      await second.until({ phase: "waking", rdsStatus: "starting" });

      await using third = await again(second);
      await third.until({ phase: "awake", serving: true });
      const id = await addExpense(third, "ann");

      await using fourth = await again(third);
      await fourth.until({ phase: "awake", serving: true });
      expect((await fourth.works("/expenses", "ann")).body).toMatchObject({ items: [{ id }] });
      await fourth.until({ phase: "falling-asleep", serving: false });
      expect((await fourth.ask("/expenses", { as: "ann" })).status).toBe(503);

      await using fifth = await again(fourth);
      await fifth.until({ phase: "asleep", rdsStatus: "stopped" });
      const ledger = await fifth.history();
      const told = ledger.map(({ phase, action, by, reason }) => `${phase} ${action} ${by} (${reason})`);
      expect(told).toEqual([
        expect.stringMatching(/^waking start ann/),
        expect.stringMatching(/^awake serve ann/),
        expect.stringMatching(/^falling-asleep drain dormouse/),
        expect.stringMatching(/^falling-asleep stop dormouse/),
        expect.stringMatching(/^asleep follow dormouse/),
      ]);
    });
  });
});
