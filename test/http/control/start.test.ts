import { describe, expect, it } from "vitest";
import { asleep, awake, control, HOUR, intent, iso, NOW, post } from "./memory.ts";

const press = post("/database/start");

describe("POST /database/start", () => {
  it("says awake only after a touch, which counts as use", async () => {
    const memory = control(awake);
    const answer = await memory.ann(press);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ phase: "awake", serving: true, lastActivityAt: iso(NOW), wake: null });
    expect(memory.item).toMatchObject({ lastActivityAt: NOW, rev: 1, wake: null });
    expect(memory.kicks).toEqual([]);
    expect(memory.charges).toEqual({});
  });

  it("writes one intent while asleep, calls the reconciler and answers 202 with Retry-After and an estimate", async () => {
    const memory = control({ ...asleep, wakeSeconds: [20, 30, 200] });
    const answer = await memory.ann(press);
    expect(answer.status).toBe(202);
    expect(answer.headers["retry-after"]).toBe("30");
    expect(answer.body).toMatchObject({
      serving: false,
      wake: { by: "ann", at: iso(NOW) },
      estimate: { p50Seconds: 30, p90Seconds: 200, samples: 3, readyAt: iso(NOW + 30_000) },
    });
    expect(memory.item?.wake).toEqual({ id: "id-1", by: "ann", cause: "button", at: NOW, expiresAt: NOW + HOUR });
    expect(memory.kicks).toEqual([{ databaseId: "dormouse", cause: { kind: "button", by: "ann" } }]);
    expect(memory.charges).toEqual({ "s-ann": 1 });
  });

  it("works before anybody has ever looked at the database", async () => {
    const memory = control(null);
    expect((await memory.ann(press)).status).toBe(202);
    expect(memory.item).toMatchObject({ databaseId: "dormouse", firstLookAt: NOW, wake: { by: "ann" } });
  });

  it("makes one intent, one call and one charge of 200 presses at once, and refuses none", async () => {
    const memory = control(asleep);
    const answers = await Promise.all(Array.from({ length: 200 }, () => memory.ann(press)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(memory.item).toMatchObject({ rev: 1, wake: { by: "ann" } });
    expect(memory.kicks).toHaveLength(1);
    expect(memory.charges).toEqual({ "s-ann": 1 });
  });

  it("charges of two who press at once only the one who woke it", async () => {
    const memory = control(asleep);
    const answers = await Promise.all([memory.ann(press), memory.ben(press)]);
    expect(answers.map(({ status }) => status)).toEqual([202, 202]);
    expect(memory.charges).toEqual({ [`s-${memory.item?.wake?.by}`]: 1 });
  });

  it("joins a wake that is under way, free of charge", async () => {
    const memory = control({ ...asleep, phase: "waking", wake: intent(), lastWakeAt: NOW - 1000 });
    const answer = await memory.ann(press);
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({ phase: "waking", wake: { by: "bob" } });
    expect(Number(answer.headers["retry-after"])).toBeGreaterThan(0);
    expect([memory.writes, memory.kicks, memory.charges]).toEqual([0, [], {}]);
  });

  it("calls again for a wake that has been quiet for a while, unless a run is watching", async () => {
    const quiet = intent({ at: NOW - 11_000 });
    const alone = control({ ...asleep, wake: quiet });
    await alone.ann(press);
    expect(alone.kicks).toHaveLength(1);
    const watched = control({ ...asleep, wake: quiet, watcher: { id: "run", until: NOW + 1 } });
    await watched.ann(press);
    expect(watched.kicks).toEqual([]);
  });

  it("replaces an intent whose time has passed", async () => {
    const memory = control({ ...asleep, wake: intent({ expiresAt: NOW }), lastWakeAt: NOW - 1000 });
    expect((await memory.ann(press)).status).toBe(202);
    // At its very end the old one no longer counts, and the write's condition asks for "before now".
    memory.now = NOW + 1;
    expect((await memory.ann(press)).status).toBe(202);
    expect(memory.item?.wake).toMatchObject({ by: "ann" });
  });

  it("undoes a drain: an intent is written and the reconciler called", async () => {
    const memory = control({ ...awake, phase: "falling-asleep", serving: false });
    const answer = await memory.ann(press);
    expect(answer.status).toBe(202);
    expect(memory.item?.wake).toMatchObject({ by: "ann" });
    expect(memory.kicks).toHaveLength(1);
  });

  it("asks for a wake when the fence went up between its look and its touch", async () => {
    const memory = control(awake);
    const write = memory.write;
    memory.write = async (given) => {
      if (memory.item && memory.writes === 0) Object.assign(memory.item, { serving: false, phase: "falling-asleep" });
      return write(given);
    };
    const answer = await memory.ann(press);
    expect(answer.status).toBe(202);
    expect(memory.item?.wake).toMatchObject({ by: "ann" });
  });

  it("stands when the reconciler can't be called: the scheduled check finds the intent", async () => {
    const memory = control(asleep);
    memory.kicks.push = () => {
      throw new Error("no route to Lambda");
    };
    expect((await memory.ann(press)).status).toBe(202);
    expect(memory.item?.wake).toMatchObject({ by: "ann" });
    expect(memory.logged).toMatchObject([{ message: "reconcile could not be called" }]);
  });

  it("does not wake for a request that says it is in the background, nor count it", async () => {
    for (const state of [asleep, awake]) {
      const memory = control(state);
      const answer = await memory.ann(post("/database/start", undefined, { "Dormouse-Background": "?1" }));
      expect(answer).toMatchObject({ status: 409, body: { type: "/problems/conflict" } });
      expect([memory.writes, memory.kicks, memory.charges]).toEqual([0, [], {}]);
    }
  });

  it("answers 409 in watch mode and says why", async () => {
    const memory = control(asleep, { mode: "watch" });
    const answer = await memory.olga(press);
    expect(answer).toMatchObject({ status: 409, body: { type: "/problems/watch-mode", detail: expect.stringContaining("does not start it") } });
    expect([memory.writes, memory.kicks]).toEqual([0, []]);
  });

  it("lets a user wake it so often a day and no more, says when to come back, and writes nothing then", async () => {
    const memory = control(asleep, { wakesPerUserPerDay: 2 });
    for (const round of [1, 2]) {
      expect((await memory.ann(press)).status).toBe(202);
      expect(memory.charges).toEqual({ "s-ann": round });
      memory.now += HOUR;
      Object.assign(memory.item ?? {}, { wake: null });
    }
    const refused = await memory.ann(press);
    expect(refused).toMatchObject({ status: 429, body: { type: "/problems/too-many-wakes", detail: expect.stringContaining("2 times today") } });
    expect(Number(refused.headers["retry-after"])).toBe((24 - 11) * 3600);
    expect(memory.item?.wake).toBeNull();
    expect(memory.kicks).toHaveLength(2);
  });

  it("spends no budget of operators", async () => {
    const memory = control(asleep, { wakesPerUserPerDay: 1 });
    for (let round = 0; round < 5; round++) {
      expect((await memory.olga(press)).status).toBe(202);
      memory.now += HOUR;
      Object.assign(memory.item ?? {}, { wake: null });
    }
    expect(memory.charges).toEqual({});
  });

  it("needs somebody who is signed in", async () => {
    const { send } = await import("../events.ts");
    expect(await send(control(asleep).handler, press)).toMatchObject({ status: 401, body: { type: "/problems/not-signed-in" } });
  });
});

describe("GET /database", () => {
  it("shows the state and changes nothing", async () => {
    const memory = control({ ...awake, leases: { one: { by: "job", why: "report", expiresAt: NOW + 1 }, over: { by: "job", why: "", expiresAt: NOW } } });
    const answer = await memory.ann({ path: "/database" });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      id: "dormouse",
      phase: "awake",
      serving: true,
      attention: null,
      rdsStatus: "available",
      since: iso(NOW - HOUR),
      mode: "manage",
      estimate: null,
      leases: [{ id: "one", by: "job", why: "report", expiresAt: iso(NOW + 1) }],
      hold: null,
      lastBackupAt: null,
      wake: null,
    });
    expect(memory.writes).toBe(0);
  });

  it("shows an empty state before anybody has looked, and makes no item", async () => {
    const memory = control(null);
    expect(await memory.ann({ path: "/database" })).toMatchObject({
      status: 200,
      body: { phase: "asleep", serving: false, rdsStatus: "unknown", code: "first-look" },
    });
    expect(memory.item).toBeNull();
  });
});
