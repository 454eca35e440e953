import { describe, expect, test } from "vitest";
import { readSystem, type System } from "../../src/system.ts";
import systemJson from "../../system.json" with { type: "json" };
import { type Running, startForTest } from "./harness.ts";

// What AWS does by itself, what people do past Dormouse, and what goes wrong on the way: each on a platform of its own, side by side.

const awake = { phase: "awake", serving: true } as const;
const press = (run: Running, as = "ann") => run.ask("/database/start", { as, method: "POST" });

/** A platform that has looked once and sleeps. */
async function sleeping(...[options]: Parameters<typeof startForTest>): Promise<Running> {
  const run = await startForTest(options);
  await run.until({ rdsStatus: "stopped" });
  return run;
}

/** Awake by someone in AWS: without an action of our own, whose echo could still be in the statuses, others' are believed at once. */
async function startedInAws(...[options]: Parameters<typeof startForTest>): Promise<Running> {
  const run = await sleeping(options);
  expect((await run.rds("start")).status).toBe(200);
  await run.until(awake);
  return run;
}

describe.concurrent("what AWS does, and people in AWS", { timeout: 90_000 }, () => {
  test("AWS's own start after seven days is told as that, and gets its own grace, not the idle limit", async () => {
    await using run = await sleeping({ settings: { idleMinutes: 0.15, forcedStartGraceMinutes: 0.05 } });
    // The first look counts as use, so wait until the limit from there is over.
    await run.until(({ since }) => Date.parse(since) + 9_000 < Date.now());
    expect((await run.rds("forced-start")).status).toBe(200);
    const view = await run.until(awake);
    expect(Date.parse(view.sleepsAt ?? "") - Date.parse(view.since)).toBe(3_000);
    expect((await run.history())[0]).toMatchObject({ action: "follow", code: "started-by-aws", by: "aws", cause: "aws" });
    await run.until({ phase: "asleep" });
    expect(run.sent("StartDBInstance")).toBe(0);
  });

  test("maintenance that AWS started it for keeps it up until it is done", async () => {
    await using run = await sleeping({ startSeconds: 3, stopSeconds: 18, settings: { idleMinutes: 0.05 } });
    await run.rds("maintenance");
    await run.rds("forced-start");
    await run.untilEntry({ code: "maintenance-pending" });
    expect(run.sent("StopDBInstance")).toBe(0);
    await run.until({ rdsStatus: "maintenance" });
    await run.until({ phase: "falling-asleep", rdsStatus: "available" });
    expect(run.calls).toContainEqual(expect.objectContaining({ by: "reconcile", action: "rds:DescribePendingMaintenanceActions", allowed: true }));
  });

  test("a start by someone in AWS counts as use, a stop voids leases and holds, and a newer press brings it back", async () => {
    await using run = await startedInAws({ settings: { idleMinutes: 5 } });
    const [started] = await run.history();
    expect(started).toMatchObject({ from: "asleep", phase: "waking", action: "follow", code: "started-in-aws", by: "aws-console", cause: "aws" });
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    expect((await run.ask("/database/leases", { as: "ann", method: "POST", json: { why: "import", expiresAt } })).status).toBe(201);
    const hold = { until: expiresAt, reason: "demo" };
    expect((await run.ask("/database/hold", { as: "olga", operator: true, method: "PUT", json: hold })).status).toBe(200);

    expect((await run.rds("stop")).status).toBe(200);
    expect(await run.until({ phase: "asleep", rdsStatus: "stopped" })).toMatchObject({ leases: [], hold: null, wake: null });
    expect(await run.untilEntry({ code: "stopped-in-aws" })).toMatchObject({ from: "awake", by: "aws-console", cause: "aws" });
    expect([run.sent("StartDBInstance"), run.sent("StopDBInstance")]).toEqual([0, 0]);

    expect((await press(run, "ben")).status).toBe(202);
    await run.until(awake);
    expect(run.sent("StartDBInstance")).toBe(1);
    expect(await run.untilEntry({ action: "start" })).toMatchObject({ by: "ben", cause: "button" });
  });

  test("a backup that begins in the drain undoes it, and the stop comes after the backup", async () => {
    await using run = await sleeping({ stopSeconds: 3 });
    await press(run);
    await run.until({ phase: "falling-asleep" });
    expect((await run.rds("backup")).body.status).toBe("backing-up");
    await run.until({ phase: "awake", serving: true, rdsStatus: "backing-up" });
    expect(await run.untilEntry({ action: "lift" })).toMatchObject({ code: "not-stoppable", from: "falling-asleep", phase: "awake" });
    await run.until({ phase: "asleep" }, 60);
    expect(run.sent("StopDBInstance")).toBe(1);
  });

  test.each([
    { command: "storage-full", attention: "storage-full" },
    { command: "fail", attention: "failed" },
  ])("$command needs a human: attention says what to do, nothing is stopped, and it ends when the status does", async ({ command, attention }) => {
    await using run = await startedInAws();
    await run.rds(command);
    const view = await run.until((found) => found.attention !== null);
    expect(view.attention).toMatchObject({ code: attention, what: expect.stringMatching(/./), doThis: expect.stringMatching(/./) });
    // PostgreSQL is down in this status: whoever asks for data hears it, and that calls for a look, which ends the serving.
    expect((await run.ask("/expenses", { as: "ann" })).status).toBe(503);
    await run.until({ phase: "awake", serving: false });
    expect(run.sent("StopDBInstance")).toBe(0);
    await run.rds("normal");
    await run.until({ ...awake, attention: null });
    await run.works("/expenses", "ann");
  });

  test("a status that nobody knows keeps it up and serving, and when it has passed it sleeps", async () => {
    await using run = await startedInAws();
    await run.rds("status", "flux-capacitating");
    const view = await run.until({ rdsStatus: "flux-capacitating" });
    expect(view).toMatchObject({ ...awake, code: "waiting" });
    await run.works("/expenses", "ann");
    await run.until((found) => Date.parse(found.sleepsAt ?? "") + 6_000 < Date.now());
    expect(await run.database()).toMatchObject({ ...awake, rdsStatus: "flux-capacitating" });
    expect(run.sent("StopDBInstance")).toBe(0);
    await run.rds("normal");
    await run.until({ phase: "asleep" });
  });

  test("no capacity: attention with what to try, the start goes on being tried, and in the end it comes", async () => {
    await using run = await sleeping();
    await run.rds("no-capacity");
    await press(run);
    const view = await run.until((found) => found.attention?.code === "no-capacity");
    expect(view).toMatchObject({ phase: "waking", code: "no-capacity", wake: { by: "ann" } });
    expect(view.attention?.doThis).toMatch(/restore/);
    await run.rds("normal");
    await run.until({ ...awake, attention: null, wake: null });
  });
});

describe.concurrent("faults on the way", { timeout: 90_000 }, () => {
  test.each([
    { fault: "drop-events", argument: undefined },
    { fault: "delay-events", argument: 3 },
    { fault: "duplicate-events", argument: undefined },
    { fault: "stale-status", argument: 3 },
    { fault: "throttle", argument: 6 },
  ])("$fault: the cycle still has one start and one stop that count", async ({ fault, argument }) => {
    await using run = await sleeping({ settings: { checkMinutes: 1 } });
    expect((await run.rds(fault, argument)).status).toBe(200);
    expect((await press(run)).status).toBe(202);
    await run.until(awake, 45);
    await run.works("/expenses", "ann");
    await run.until({ phase: "asleep", rdsStatus: "stopped" }, 45);
    const moves = (await run.history()).filter(({ from, phase }) => from !== phase).map(({ phase }) => phase);
    expect(moves).toEqual(["waking", "awake", "falling-asleep", "asleep"]);
  });

  test("lost replies: the start and the stop have happened, and are seen, not repeated in effect", async () => {
    await using run = await sleeping({ startSeconds: 2, stopSeconds: 2, settings: { checkMinutes: 1 } });
    await run.rds("lose-replies", 1);
    await press(run);
    await run.until(awake);
    await run.rds("lose-replies", 1);
    await run.until({ phase: "asleep", rdsStatus: "stopped" }, 45);
    // A stop is sent once and never again by the SDK itself: a second one could land after its fence.
    expect(run.sent("StopDBInstance")).toBe(1);
    const moves = (await run.history()).filter(({ from, phase }) => from !== phase).map(({ phase }) => phase);
    expect(moves).toEqual(["waking", "awake", "falling-asleep", "asleep"]);
  });

  test("with every event and timer lost, and the run that waited gone, the schedule finds that it is time", async () => {
    const may = (system: System) => system.functions.reconcile?.may.filter(({ action }) => !action.startsWith("scheduler:")) ?? [];
    const system = readSystem(systemJson);
    const { reconcile } = system.functions;
    if (!reconcile) throw new Error("there is no reconcile");
    await using run = await sleeping({ system: { ...system, functions: { ...system.functions, reconcile: { ...reconcile, may: may(system) } } } });
    await run.rds("drop-events");
    await press(run);
    await run.until(awake);
    await run.restart();
    await run.until({ phase: "asleep", rdsStatus: "stopped" }, 45);
    expect(await run.untilEntry({ action: "drain" })).toMatchObject({ code: "idle-limit", cause: "schedule" });
    expect(run.calls.some(({ action, allowed }) => action.startsWith("scheduler:") && allowed)).toBe(false);
  });

  test("a database that refuses connections while RDS says available: a 503 problem and a look, no stop, and it serves again", async () => {
    await using run = await startedInAws({ settings: { idleMinutes: 5 } });
    const master = await run.psql();
    await run.works("/expenses", "ann");
    // PostgreSQL is there and lets nobody in: neither the application nor the probe.
    await master.query("alter role dormouse_monitor connection limit 0");
    await master.query("alter role dormouse_app connection limit 0");
    await master.query("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'dormouse_app'");
    const refused = await run.ask("/expenses", { as: "ann" });
    expect(refused).toMatchObject({ status: 503, body: { type: expect.stringMatching(/^\/problems\/database-(busy|unreachable)$/) } });
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    await run.until({ phase: "awake", serving: false, code: "blind", rdsStatus: "available" });
    expect(run.sent("StopDBInstance")).toBe(0);
    await master.query("alter role dormouse_monitor connection limit 5");
    await master.query("alter role dormouse_app connection limit 60");
    await run.until(awake);
    await run.works("/expenses", "ann");
    await master.end();
  });
});

describe.concurrent("what keeps it awake", { timeout: 90_000 }, () => {
  test("a session past Dormouse keeps it awake and is named; a stop is refused for it, and force overrides", async () => {
    await using run = await sleeping();
    await press(run);
    await run.until(awake);
    const session = await run.psql();
    await session.query("select 1");
    // A look may meet it while it logs in: the next one knows its name.
    const kept = await run.until(({ code, reason }) => code === "outside-session" && reason.includes("psql"));
    expect(kept.reason).toMatch(/^kept awake by psql \(postgres\), connected since \d\d:\d\d UTC$/);
    expect(kept).toMatchObject({ ...awake, sleepsAt: null });

    const refused = await run.ask("/database/stop", { as: "olga", operator: true, method: "POST" });
    expect(refused).toMatchObject({ status: 409, body: { type: "/problems/stop-refused", blockers: [{ kind: "outside-session" }] } });
    expect(JSON.stringify(refused.body.blockers)).toContain("psql");
    expect(run.sent("StopDBInstance")).toBe(0);
    expect((await run.ask("/database/stop", { as: "ann", method: "POST" })).status).toBe(403);

    expect((await run.ask("/database/stop", { as: "olga", operator: true, method: "POST", json: { force: true } })).status).toBe(202);
    await run.until({ phase: "asleep", rdsStatus: "stopped" });
    expect(await run.untilEntry({ action: "stop" })).toMatchObject({ code: "stop-requested", by: "olga" });
    expect((await run.untilEntry({ action: "drain" })).reason).toMatch(/olga asked for sleep, with force/);
    await expect(session.query("select 1")).rejects.toThrow();
  });

  test("a session that has gone counts as use from when it was last seen", async () => {
    await using run = await sleeping({ settings: { checkMinutes: 5 } });
    await press(run);
    await run.until(awake);
    const session = await run.psql("batch");
    await run.until({ code: "outside-session" });
    await session.end();
    await run.until({ phase: "asleep" }, 45);
    const drain = await run.untilEntry({ action: "drain" });
    expect(drain.reason).toMatch(/^idle for \d+ s, limit 6 s$/);
  });

  test("a hold keeps it awake by name until it is lifted, and wakes it when it sleeps", async () => {
    await using run = await sleeping();
    const hold = { until: new Date(Date.now() + 3_600_000).toISOString(), reason: "audit" };
    expect((await run.ask("/database/hold", { as: "ann", method: "PUT", json: hold })).status).toBe(403);
    expect((await run.ask("/database/hold", { as: "olga", operator: true, method: "PUT", json: hold })).status).toBe(202);
    const view = await run.until({ ...awake, code: "hold" });
    expect(view).toMatchObject({ hold: { by: "olga", reason: "audit", until: hold.until } });
    expect(view.reason).toMatch(/^kept awake until .* by olga: audit$/);
    expect(await run.ask("/database/stop", { as: "oscar", operator: true, method: "POST" })).toMatchObject({
      status: 409,
      body: { blockers: [{ kind: "hold" }] },
    });
    expect(await run.untilEntry({ action: "start" })).toMatchObject({ by: "olga", cause: "hold" });
    expect((await run.ask("/database/hold", { as: "olga", operator: true, method: "DELETE" })).body).toMatchObject({ hold: null });
    await run.until({ phase: "asleep" });
  });

  test("a lease keeps it awake past the limit, is refused while asleep, and ends with its release", async () => {
    await using run = await sleeping();
    const lease = () => ({ why: "monthly import", expiresAt: new Date(Date.now() + 600_000).toISOString() });
    const asleep = await run.ask("/database/leases", { as: "ann", method: "POST", json: lease() });
    expect(asleep).toMatchObject({ status: 503, body: { type: "/problems/database-asleep", phase: "asleep" } });
    await press(run);
    await run.until(awake);
    const taken = await run.ask("/database/leases", { as: "ann", method: "POST", json: lease() });
    expect(taken.status).toBe(201);
    const kept = await run.until({ code: "lease" });
    expect(kept.reason).toMatch(/by ann: monthly import$/);
    await run.until((found) => Date.parse(found.since) + 15_000 < Date.now());
    expect(await run.database()).toMatchObject({ ...awake, leases: [{ by: "ann", why: "monthly import" }] });
    expect(await run.ask("/database/stop", { as: "olga", operator: true, method: "POST" })).toMatchObject({
      status: 409,
      body: { blockers: [{ kind: "lease" }] },
    });
    const path = `/database/leases/${String(taken.body.id)}`;
    expect((await run.ask(path, { as: "ben", method: "DELETE" })).status).toBe(404);
    expect((await run.ask(path, { as: "ann", method: "PUT", json: { expiresAt: new Date(Date.now() + 900_000).toISOString() } })).status).toBe(200);
    expect((await run.ask(path, { as: "ann", method: "DELETE" })).status).toBe(204);
    await run.until({ phase: "asleep" });
  });

  test("sleep now: an operator's stop waives the idle limit and is told in the ledger", async () => {
    await using run = await sleeping({ settings: { idleMinutes: 5 } });
    await press(run);
    await run.until(awake);
    expect((await run.ask("/database/stop", { as: "olga", operator: true, method: "POST" })).status).toBe(202);
    await run.until({ phase: "asleep", rdsStatus: "stopped" });
    expect(await run.untilEntry({ action: "drain" })).toMatchObject({ code: "stop-requested", by: "olga", reason: "olga asked for sleep" });
    expect((await run.ask("/database/stop", { as: "olga", operator: true, method: "POST" })).status).toBe(200);
  });

  test("a press in the drain undoes it at once: no stop is sent", async () => {
    await using run = await sleeping({ settings: { drainSeconds: 8 } });
    await press(run);
    await run.until({ phase: "falling-asleep" });
    expect((await press(run, "ben")).status).toBe(202);
    await run.until(awake);
    expect(await run.untilEntry({ action: "lift" })).toMatchObject({ code: "wake-during-drain", by: "ben" });
    expect(run.sent("StopDBInstance")).toBe(0);
  });

  test("watch mode writes down what it would do, touches nothing, and refuses start, stop and hold with the reason", async () => {
    await using run = await startedInAws({ settings: { mode: "watch" } });
    const found = await run.untilEntry({ action: "would-stop" });
    expect(found).toMatchObject({ code: "watch-would-stop", from: "awake", phase: "awake" });
    expect(found.reason).toMatch(/^would have stopped at \d\d:\d\d UTC, idle for \d+ s$|^would have stopped at \d\d:\d\d UTC, idle for \d+ s, limit 6 s$/);
    expect(await run.database()).toMatchObject({ ...awake, mode: "watch" });
    const hold = { until: new Date(Date.now() + 60_000).toISOString(), reason: "x" };
    for (const [path, method, json] of [
      ["/database/start", "POST", undefined],
      ["/database/stop", "POST", undefined],
      ["/database/hold", "PUT", hold],
    ] as const) {
      const refused = await run.ask(path, { as: "olga", operator: true, method, json });
      expect(refused).toMatchObject({ status: 409, body: { type: "/problems/watch-mode", detail: expect.stringMatching(/watch/) } });
    }
    expect([run.sent("StartDBInstance"), run.sent("StopDBInstance")]).toEqual([0, 0]);
    await run.works("/expenses", "ann");
  });
});
