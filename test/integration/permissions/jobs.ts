import { randomUUID } from "node:crypto";
import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import { expect, test } from "vitest";
import { newItem } from "../../../src/notifications/notification.ts";
import {
  addJob,
  asleep,
  check,
  failsIn,
  internal,
  jobItem,
  jobState,
  lateRecord,
  press,
  putJob,
  racing,
  reconcile,
  scheduled,
  still,
  tables,
  take,
  without,
} from "./world.ts";

/** Entries of `may`: who takes jobs, does them, and brings what they tell. */
export function ofJobs(): void {
  test("of whoever tells and brings: without it nothing is lost, and what is asked says so", { timeout: 180_000 }, async () => {
    await using run = await asleep({ settings: { ...still, wakeOn: "request", idleMinutes: 30 } });
    const { endpoints, operator } = run.platform;
    const client = new DynamoDBClient({ endpoint: endpoints.dynamodb, region: "eu-central-1", credentials: operator });
    const data = { v: 1, reportId: "r", name: "November", from: "2026-11-01", to: "2026-11-30" };
    const sub = String((await run.ask("/me", { as: "ann" })).body.sub);
    const add = async (at: number) => {
      const item = newItem({ userId: sub, id: randomUUID(), kind: "report-ready", data, language: "en" }, at, at);
      await client.send(new PutItemCommand({ TableName: "dormouse-notifications", Item: marshall(item, { removeUndefinedValues: true }) }));
      return item.id;
    };
    const path = "/notifications";
    const mine = (more = "", method = "GET", json?: unknown) => run.ask(`${path}${more}`, { as: "ann", method, ...(json === undefined ? {} : { json }) });
    // The desk's routes, each without what it asks for.
    const id = await add(Date.now());
    await without(run, "desk: dynamodb:Query on table:notifications", async () => expect(await mine()).toMatchObject(internal));
    await without(run, "desk: dynamodb:GetItem on table:notifications", async () =>
      expect(await mine(`/${id}`, "PATCH", { read: true })).toMatchObject(internal),
    );
    await without(run, "desk: dynamodb:UpdateItem on table:notifications", async () =>
      expect(await mine(`/${id}`, "PATCH", { read: true })).toMatchObject(internal),
    );
    const subscription = (method: string) => mine("/subscription", method);
    await without(run, "desk: dynamodb:GetItem on table:subscriptions", async () => expect(await subscription("GET")).toMatchObject(internal));
    for (const entry of ["dynamodb:GetItem on table:profiles", "dynamodb:PutItem on table:subscriptions", "sns:Subscribe on topic:mail"])
      await without(run, `desk: ${entry}`, async () => expect(await subscription("POST")).toMatchObject(internal));
    await run.until(async () => (await subscription("POST")).status === 202);
    await without(run, "desk: sns:GetSubscriptionAttributes on any", async () => expect(await subscription("GET")).toMatchObject(internal));
    for (const entry of ["sns:Unsubscribe on any", "dynamodb:DeleteItem on table:subscriptions"])
      await without(run, `desk: ${entry}`, async () => expect(await subscription("DELETE")).toMatchObject(internal));
    // The courier's stream and its check.
    const queued = take(run, "courier: sqs:SendMessage on queue:notify");
    await add(Date.now());
    await run.until(() => run.calls.some(({ by, action, allowed }) => by === "courier" && action === "sqs:SendMessage" && !allowed));
    queued();
    await without(run, "courier: dynamodb:Query on table:notifications/queued", () => failsIn(check(run)));
    await without(run, "courier: dynamodb:UpdateItem on table:notifications", async () => {
      const old = newItem({ userId: "bob", id: randomUUID(), kind: "report-ready", data, language: "en" }, Date.now() - 3_600_000, Date.now() - 3_600_000);
      // As a stream has lost it: it was there before the mapping.
      await client.send(new PutItemCommand({ TableName: "dormouse-notifications", Item: marshall({ ...old, state: "sending", claimedAt: Date.now() }) }));
      await failsIn(check(run));
    });
    // What a write tells, and what is left of it to the runner.
    const login = take(run, "job: rds-db:connect on role:dormouse_jobs");
    await press(run);
    await reconcile(run);
    await run.until({ phase: "awake" });
    await run.until(() =>
      run.calls.some(({ by, action, resource, allowed }) => by === "job" && action === "rds-db:connect" && resource.endsWith("_jobs") && !allowed),
    );
    login();
    const spend = () =>
      run.ask("/expenses", { as: "ann", method: "POST", json: { amount: "90.00", currency: "EUR", occurredOn: new Date().toISOString().slice(0, 10) } });
    await without(run, "data: dynamodb:UpdateItem on table:changes", async () => expect((await spend()).body).toMatchObject({ type: "/problems/unavailable" }));
    const budget = { name: "All", amount: "100.00", currency: "EUR", period: "month", thresholds: [80] };
    expect((await run.ask("/budgets", { as: "ann", method: "POST", json: budget })).status).toBe(201);
    const told = async () => ((await mine()).body.items as { kind: string }[]).filter(({ kind }) => kind === "budget-threshold").length;
    await without(run, "data: dynamodb:PutItem on table:notifications", async () => expect((await spend()).status).toBe(201));
    expect(await told()).toBe(0);
    const runner = () => run.platform.invoke("job", {});
    await without(run, "job: dynamodb:PutItem on table:notifications", runner);
    expect(await told()).toBe(0);
    await runner();
    expect(await told()).toBe(1);
    // The sweep: its decision, and its work. Each job's runner waits for the pause after the failure, and goes on then.
    for (const entry of ["dynamodb:Query on table:changes/dirty", "dynamodb:Query on table:changes/due", "dynamodb:PutItem on table:jobs"])
      await without(run, `courier: ${entry}`, () => failsIn(scheduled(run, "sweep")));
    const jobs = [
      "dynamodb:Query on table:jobs",
      "dynamodb:PutItem on table:jobs",
      "dynamodb:GetItem on table:changes",
      "dynamodb:UpdateItem on table:changes",
    ];
    for (const entry of jobs)
      await without(run, `job: ${entry}`, async () => {
        const Item = jobItem({ kind: "sweep", userId: null, parameters: { users: [sub] } });
        await client.send(new PutItemCommand({ TableName: "dormouse-jobs", Item }));
        const before = run.calls.length;
        await run.until(() => run.calls.slice(before).some(({ by, action, allowed }) => by === "job" && !allowed && entry.startsWith(`${action} `)));
      });
    client.destroy();
  });

  test("of desk and courier: without it no job is taken, or it waits and is found by the next check", async () => {
    await using run = await asleep();
    await without(run, "desk: dynamodb:PutItem on table:jobs", async () => {
      expect(await addJob(run)).toMatchObject(internal);
    });
    await without(run, "desk: dynamodb:Query on table:jobs/newest", async () => {
      expect(await run.ask("/jobs", { as: "ann" })).toMatchObject(internal);
    });
    await without(run, "desk: dynamodb:GetItem on table:jobs", async () => {
      expect(await run.ask(`/jobs/${randomUUID()}`, { as: "ann" })).toMatchObject(internal);
    });
    await without(run, "courier: dynamodb:GetItem on table:jobs", () => failsIn(run.platform.invoke("courier", lateRecord)));
    // One after another on the way to a wake; the next is taken before one is given back, so that no retry of the stream's finds a moment with all of them.
    const way = [
      "dynamodb:GetItem on table:state",
      "dynamodb:UpdateItem on table:counters",
      "dynamodb:UpdateItem on table:jobs",
      "dynamodb:UpdateItem on table:state",
    ];
    const reconcileBack = take(run, "courier: lambda:InvokeFunction on function:reconcile");
    let giveBack = () => {};
    for (const entry of way) {
      const before = run.calls.length;
      const next = take(run, `courier: ${entry}`);
      giveBack();
      if (entry === way[0]) await putJob(run);
      // The check, or the stream's next try, whichever comes first.
      void check(run);
      await run.until(() => run.calls.slice(before).some(({ by, action, allowed }) => by === "courier" && !allowed && entry.startsWith(`${action} `)));
      giveBack = next;
    }
    giveBack();
    // The first one has been written to, and is young again.
    await putJob(run);
    await run.until(async () => (await check(run)) !== null && (await run.database()).wake !== null);
    expect(run.sent("StartDBInstance")).toBe(0);
    await run.until(() => run.calls.some(({ by, action, allowed }) => by === "courier" && action === "lambda:InvokeFunction" && !allowed));
    reconcileBack();
    await without(run, "courier: dynamodb:Query on table:jobs/open", () => failsIn(check(run)));
    // The intent stands, so the reconciler's own check finds it.
    await reconcile(run);
    await run.until({ phase: "awake" });
    await without(run, "courier: lambda:InvokeFunction on function:job", async () => {
      await addJob(run);
      await run.until(() => run.calls.some(({ by, resource, allowed }) => by === "courier" && resource.endsWith("dormouse-job") && !allowed));
    });
  });

  test("of job, and of who calls it: without it a job waits, or fails and is tried again", async () => {
    await using run = await asleep();
    await without(run, "reconcile: lambda:InvokeFunction on hook:awake", async () => {
      const asked = await addJob(run);
      await run.until({ phase: "awake" });
      await run.until(() => run.calls.some(({ by, resource, allowed }) => by === "reconcile" && resource.endsWith("dormouse-job") && !allowed));
      expect(await jobState(run, asked)).toMatchObject({ state: "waiting" });
    });
    const runner = () => run.platform.invoke("job", {});
    await without(run, "job: dynamodb:GetItem on table:state", () => failsIn(runner()));
    await without(run, "job: dynamodb:Query on table:jobs/open", () => failsIn(runner()));
    await without(run, "job: dynamodb:UpdateItem on table:state", () => failsIn(runner()));
    await without(run, "job: dynamodb:UpdateItem on table:jobs", () => failsIn(runner()));
    const profiles = take(run, "job: dynamodb:GetItem on table:profiles");
    void runner();
    const asked = await addJob(run);
    await run.until(async () => (await jobState(run, asked)).reason !== null);
    expect(await jobState(run, asked)).toMatchObject({ state: "waiting", attempt: 1, reason: expect.stringContaining("AccessDenied") });
    const login = take(run, "job: rds-db:connect on role:dormouse_app");
    profiles();
    await run.until(async () => (await jobState(run, asked)).attempt === 2 && (await jobState(run, asked)).state === "waiting");
    login();
    await without(run, "job: dynamodb:GetItem on table:jobs", () => racing(run));
  });

  test("of job's sweep: without it receipts that nobody has are left for another day", async () => {
    await using run = await asleep();
    await press(run);
    await run.until({ phase: "awake" });
    // The sweep's turn comes once a day: it has come, or it comes while the other may not be done.
    for (const action of ["UpdateItem", "Scan"]) {
      const { userId, id } = { userId: { S: "#sweep" }, id: { S: "last" } };
      await tables(run).send(new PutItemCommand({ TableName: "dormouse-receipts", Item: { userId, id, sweptAt: { N: "0" } } }));
      await without(run, `job: dynamodb:${action} on table:receipts`, async () => {
        void run.platform.invoke("job", {});
        await run.until(() =>
          run.calls.some((call) => call.by === "job" && call.action === `dynamodb:${action}` && call.resource.endsWith("-receipts") && !call.allowed),
        );
      });
    }
  });
}
