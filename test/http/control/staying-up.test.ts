import { describe, expect, it } from "vitest";
import { asleep, awake, control, del, HOUR, intent, iso, NOW, post, put } from "./memory.ts";

const DAY = 24 * HOUR;
const hold = (until: number, reason?: string) => put("/database/hold", { until: iso(until), ...(reason === undefined ? {} : { reason }) });
const unhold = del("/database/hold");

describe("PUT /database/hold", () => {
  it("keeps an awake database awake, with the reason", async () => {
    const memory = control(awake);
    const answer = await memory.olga(hold(NOW + DAY, "  month's end "));
    expect(answer).toMatchObject({ status: 200, body: { phase: "awake", hold: { until: iso(NOW + DAY), by: "olga", reason: "month's end" }, wake: null } });
    expect(memory.item).toMatchObject({ hold: { until: NOW + DAY, by: "olga", reason: "month's end" }, rev: 1, wake: null });
  });

  it("wakes a sleeping one, in the same write, and calls the reconciler", async () => {
    const memory = control(asleep);
    const answer = await memory.olga(hold(NOW + DAY));
    expect(answer).toMatchObject({ status: 202, body: { hold: { by: "olga", reason: "" }, wake: { by: "olga" } } });
    expect(Number(answer.headers["retry-after"])).toBeGreaterThan(0);
    expect(memory.item).toMatchObject({ wake: { cause: "hold", at: NOW, expiresAt: NOW + HOUR }, rev: 1 });
    expect(memory.writes).toBe(1);
    expect(memory.kicks).toEqual([{ databaseId: "dormouse", cause: { kind: "hold", by: "olga" } }]);
    expect(memory.charges).toEqual({});
  });

  it("wakes one that nobody has looked at", async () => {
    const memory = control(null);
    expect((await memory.olga(hold(NOW + DAY))).status).toBe(202);
    expect(memory.item).toMatchObject({ firstLookAt: NOW, hold: { by: "olga" }, wake: { by: "olga" } });
  });

  it("undoes a drain", async () => {
    const memory = control({ ...awake, phase: "falling-asleep", serving: false });
    expect((await memory.olga(hold(NOW + DAY))).status).toBe(202);
    expect(memory.item?.wake).toMatchObject({ cause: "hold" });
  });

  it.each([
    [NOW, 422],
    [NOW - 1, 422],
    [NOW + 1, 200],
    [NOW + 7 * DAY, 200],
    [NOW + 7 * DAY + 1, 422],
  ])("lasts from now to seven days: %d is %d", async (until, status) => {
    const memory = control(awake);
    const answer = await memory.olga(hold(until));
    expect(answer.status).toBe(status);
    if (status === 422) expect(answer.body.errors).toEqual([{ pointer: "/until", detail: "must be in the future and at most 7 days away" }]);
    expect(memory.writes).toBe(status === 200 ? 1 : 0);
  });

  it("is for operators, and not for watch mode", async () => {
    const user = control(awake);
    expect((await user.ann(hold(NOW + DAY))).status).toBe(403);
    const watching = control(awake, { mode: "watch" });
    expect(await watching.olga(hold(NOW + DAY))).toMatchObject({ status: 409, body: { type: "/problems/watch-mode" } });
    expect(user.writes + watching.writes).toBe(0);
  });
});

describe("DELETE /database/hold", () => {
  it("ends the hold now, and calls the reconciler: idle runs from here", async () => {
    const memory = control({ ...awake, hold: { until: NOW + DAY, by: "bob", reason: "" } });
    expect(await memory.olga(unhold)).toMatchObject({ status: 200, body: { hold: null } });
    expect(memory.item).toMatchObject({ hold: null, lastLeaseEndAt: NOW, rev: 1 });
    expect(memory.kicks).toEqual([{ databaseId: "dormouse", cause: { kind: "release", by: "olga" } }]);
  });

  it("has nothing to do where there is none", async () => {
    const memory = control(awake);
    expect(await memory.olga(unhold)).toMatchObject({ status: 200, body: { hold: null } });
    expect([memory.writes, memory.kicks]).toEqual([0, []]);
  });

  it("is for operators, and not for watch mode", async () => {
    expect((await control(awake).ann(unhold)).status).toBe(403);
    expect((await control(awake, { mode: "watch" }).olga(unhold)).status).toBe(409);
  });
});

describe("POST /database/activity", () => {
  const use = post("/database/activity");
  it("counts as use while the database serves", async () => {
    const memory = control(awake);
    expect(await memory.ann(use)).toMatchObject({ status: 200, body: { lastActivityAt: iso(NOW) } });
    expect(memory.item).toMatchObject({ lastActivityAt: NOW, rev: 1 });
  });

  it("reads, and counts nothing, in the background", async () => {
    for (const state of [awake, asleep]) {
      const memory = control(state);
      expect((await memory.ann(post("/database/activity", undefined, { "dormouse-background": "?1" }))).status).toBe(200);
      expect(memory.writes).toBe(0);
    }
  });

  it.each([
    ["asleep", asleep],
    ["waking", { ...asleep, phase: "waking" as const, wake: intent() }],
    ["falling-asleep", { ...awake, phase: "falling-asleep" as const, serving: false }],
  ])("is refused while %s, with phase, estimate and Retry-After, and wakes nothing", async (phase, state) => {
    const memory = control({ ...state, wakeSeconds: [20] });
    const answer = await memory.ann(use);
    expect(answer).toMatchObject({ status: 503, body: { type: "/problems/database-asleep", phase, estimate: { p50Seconds: 20 }, requestId: "request-1" } });
    expect(Number(answer.headers["retry-after"])).toBeGreaterThan(0);
    expect([memory.writes, memory.kicks]).toEqual([0, []]);
  });

  it("counts in watch mode too: it decides by it, and touches nothing of the instance", async () => {
    expect((await control(awake, { mode: "watch" }).ann(use)).status).toBe(200);
  });
});
