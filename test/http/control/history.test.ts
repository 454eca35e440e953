import { describe, expect, it } from "vitest";
import { monthsOf } from "../../../src/lifecycle/savings.ts";
import type { LedgerEntry, Phase } from "../../../src/lifecycle/state.ts";
import { asleep, awake, control, HOUR, iso, NOW } from "./memory.ts";

const entry = (seq: number, more: Partial<LedgerEntry> = {}): LedgerEntry => ({
  seq,
  at: NOW - (1000 - seq) * 1000,
  from: "awake",
  phase: "falling-asleep",
  action: "drain",
  code: "idle-limit",
  cause: "timer",
  by: "dormouse",
  reason: "idle for 63 min, limit 60",
  rdsStatus: "available",
  minimumAddsSeconds: 12,
  lastedSeconds: 3600,
  ...more,
});
const history = (query: Record<string, string> = {}) => ({ path: "/database/history", query });
const cursor = (...keys: unknown[]) => Buffer.from(JSON.stringify(keys)).toString("base64url");
const withEntries = (count: number) => {
  const memory = control(awake);
  memory.entries = Array.from({ length: count }, (_, index) => entry(count - index));
  return memory;
};

describe("GET /database/history", () => {
  it("tells what happened, by whom and why, and nothing of how it is kept", async () => {
    const memory = withEntries(1);
    expect(await memory.ann(history())).toMatchObject({
      status: 200,
      body: {
        items: [
          {
            at: iso(NOW - 999_000),
            from: "awake",
            phase: "falling-asleep",
            action: "drain",
            code: "idle-limit",
            cause: "timer",
            by: "dormouse",
            reason: "idle for 63 min, limit 60",
            rdsStatus: "available",
            lastedSeconds: 3600,
          },
        ],
        next: null,
      },
    });
    const [item = {}] = (await memory.ann(history())).body.items ?? [];
    expect(Object.keys(item).sort()).toEqual(["action", "at", "by", "cause", "code", "from", "lastedSeconds", "phase", "rdsStatus", "reason"]);
  });

  it("is empty before anything happened", async () => {
    expect((await control(null).ann(history())).body).toEqual({ items: [], next: null });
  });

  it.each([
    [1, 5],
    [2, 5],
    [5, 5],
    [100, 5],
    [50, 51],
    [50, 50],
  ])("by pages of %d gives each of %d entries once, newest first", async (limit, count) => {
    const memory = withEntries(count);
    const seen: unknown[] = [];
    let next: string | null | undefined;
    let pages = 0;
    do {
      const { body } = await memory.ann(history({ limit: String(limit), ...(next ? { cursor: next } : {}) }));
      expect(body.items?.length).toBeLessThanOrEqual(limit);
      seen.push(...(body.items ?? []).map(({ at }) => at));
      next = body.next;
      pages++;
    } while (next);
    expect(seen).toEqual(memory.entries.map(({ at }) => iso(at)));
    expect(pages).toBe(Math.ceil(count / limit));
  });

  it("gives 50 unless told", async () => {
    expect((await withEntries(60).ann(history())).body.items).toHaveLength(50);
  });

  it.each(["0", "101", "-1", "1.5", "ten", "", "1e2", "99999999999"])("refuses the limit %j", async (limit) => {
    const answer = await withEntries(1).ann(history({ limit }));
    expect(answer).toMatchObject({
      status: 400,
      body: { type: "/problems/bad-query", errors: [{ pointer: "/limit", detail: "must be a whole number from 1 to 100" }] },
    });
  });

  it("refuses an unknown parameter by name", async () => {
    expect(await withEntries(1).ann(history({ page: "2" }))).toMatchObject({ status: 400, body: { errors: [{ pointer: "/page" }] } });
  });

  it.each([
    ["no base64", "%%%"],
    ["no JSON", Buffer.from("{").toString("base64url")],
    ["another list's", cursor("expenses", 3)],
    ["text for a number", cursor("history", "3")],
    ["a fraction", cursor("history", 2.5)],
    ["a number beyond DynamoDB's", Buffer.from('["history",1e300]').toString("base64url")],
    ["a number without end", Buffer.from('["history",1e999]').toString("base64url")],
    ["zero", cursor("history", 0)],
    ["a negative number", cursor("history", -1)],
    ["none", cursor("history", null)],
    ["too many keys", cursor("history", 3, 4)],
    ["empty", ""],
    ["a long one", "A".repeat(10_000)],
  ])("refuses a cursor that was tampered with: %s", async (_, given) => {
    expect(await withEntries(3).ann(history({ cursor: given }))).toMatchObject({
      status: 400,
      body: { type: "/problems/bad-cursor", errors: [{ pointer: "/cursor" }] },
    });
  });
});

describe("GET /database/savings", () => {
  const saved = { path: "/database/savings" };
  it("adds up a worked example over a month's end, the 10-minute minimum taken off", async () => {
    // First look on 29 November 00:00; awake 30 November 23:00 to 1 December 01:00, then once more for 4 minutes on 1 December at 12:00; now 2 December 00:00.
    const december = Date.UTC(2026, 11, 1);
    const minute = 60_000;
    const phases: [Phase, number, number | null][] = [
      ["asleep", december - HOUR - 5 * minute, null],
      ["waking", december - HOUR, null],
      ["awake", december + HOUR - minute, null],
      ["falling-asleep", december + HOUR, 0],
      ["asleep", december + 12 * HOUR - 5 * minute, null],
      ["waking", december + 12 * HOUR, null],
      ["awake", december + 12 * HOUR + 3 * minute, null],
      ["falling-asleep", december + 12 * HOUR + 4 * minute, 360],
    ];
    const firstLookAt = december - 48 * HOUR;
    let since = firstLookAt;
    const totals = new Map<string, ReturnType<typeof monthsOf>[number]>();
    for (const [index, [from, at, minimumAddsSeconds]] of phases.entries()) {
      for (const part of monthsOf(entry(index + 1, { from, at, lastedSeconds: (at - since) / 1000, minimumAddsSeconds }))) {
        const sum = totals.get(part.month);
        totals.set(part.month, {
          month: part.month,
          awakeSeconds: part.awakeSeconds + (sum?.awakeSeconds ?? 0),
          asleepSeconds: part.asleepSeconds + (sum?.asleepSeconds ?? 0),
          minimumAddsSeconds: part.minimumAddsSeconds + (sum?.minimumAddsSeconds ?? 0),
        });
      }
      since = at;
    }
    const memory = control({ ...asleep, firstLookAt, phaseSince: since });
    memory.totals = [...totals.values()];
    memory.now = december + 24 * HOUR;
    const november = { month: "2026-11", awakeSeconds: 3900, asleepSeconds: 47 * 3600 - 300, spent: "0.0195", saved: "0.8445" };
    // The 5 minutes of each wake count as awake. 1 h 9 min awake, 6 minutes more paid: 75 minutes; 22 h 51 min asleep, less those 6 minutes: 22 h 45 min.
    const decembers = { month: "2026-12", awakeSeconds: 4140, asleepSeconds: 82_260, spent: "0.0225", saved: "0.4095" };
    expect((await memory.ann(saved)).body).toEqual({
      currency: "USD",
      pricePerHour: "0.018",
      since: iso(firstLookAt),
      awakeSeconds: 3900 + 4140,
      asleepSeconds: 47 * 3600 - 300 + 82_260,
      spent: "0.0420",
      saved: "1.2540",
      months: [november, decembers],
    });
  });

  it("counts the phase that is under way, and a drain as awake", async () => {
    const memory = control({ ...awake, firstLookAt: NOW - HOUR, phase: "falling-asleep", phaseSince: NOW - HOUR });
    expect((await memory.ann(saved)).body).toMatchObject({ awakeSeconds: 3600, asleepSeconds: 0, spent: "0.0180", saved: "0.0000" });
  });

  it("counts what has not come to the ledger yet, and nothing twice when it has come meanwhile", async () => {
    // Three days asleep, just pressed: the entry that ends the phase is in the outbox while AWS is asked to start.
    const ended = entry(5, { from: "asleep", phase: "waking", at: NOW, lastedSeconds: 72 * 3600, minimumAddsSeconds: null });
    const memory = control({ ...asleep, phase: "waking", phaseSince: NOW, seq: 5, outbox: [ended] });
    memory.totals = [{ month: "2026-11", awakeSeconds: 3600, asleepSeconds: 3600, minimumAddsSeconds: 0, throughSeq: 4 }];
    expect((await memory.ann(saved)).body).toMatchObject({ awakeSeconds: 3600, asleepSeconds: 73 * 3600 });
    memory.totals = [{ month: "2026-11", awakeSeconds: 3600, asleepSeconds: 73 * 3600, minimumAddsSeconds: 0, throughSeq: 5 }];
    expect((await memory.ann(saved)).body).toMatchObject({ awakeSeconds: 3600, asleepSeconds: 73 * 3600 });
  });

  it("reads again when the phase ended between its two reads", async () => {
    const memory = control({ ...asleep, phaseSince: NOW - 72 * HOUR, seq: 4 });
    const months = memory.months;
    memory.months = async () => {
      if (memory.item?.seq === 4) {
        Object.assign(memory.item, { phase: "waking", phaseSince: NOW, seq: 5 });
        memory.totals = [{ month: "2026-11", awakeSeconds: 0, asleepSeconds: 72 * 3600, minimumAddsSeconds: 0, throughSeq: 5 }];
      }
      return months();
    };
    expect((await memory.ann(saved)).body).toMatchObject({ awakeSeconds: 0, asleepSeconds: 72 * 3600 });
  });

  it("is nothing before anybody has looked", async () => {
    expect((await control(null).ann(saved)).body).toEqual({
      currency: "USD",
      pricePerHour: "0.018",
      since: iso(NOW),
      awakeSeconds: 0,
      asleepSeconds: 0,
      spent: "0.0000",
      saved: "0.0000",
      months: [],
    });
  });
});
