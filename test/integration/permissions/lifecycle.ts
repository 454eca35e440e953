import { randomUUID } from "node:crypto";
import { DeleteScheduleCommand, GetScheduleCommand, ResourceNotFoundException, SchedulerClient } from "@aws-sdk/client-scheduler";
import { expect, test } from "vitest";
import { arnOf } from "../../../local/gate.ts";
import { asleep, internal, press, reconcile, sleepNow, soon, still, take, without } from "./world.ts";

/** Entries of `may`: what wakes the database, serves it, looks inside and puts it to sleep. */
export function ofTheLifecycle(): void {
  test("of control: without it a route says that something failed here", async () => {
    await using run = await asleep();
    await without(run, "control: dynamodb:GetItem on table:state", async () => {
      expect(await run.ask("/database", { as: "ann" })).toMatchObject(internal);
    });
    await without(run, "control: dynamodb:Query on table:ledger", async () => {
      expect(await run.ask("/database/history", { as: "ann" })).toMatchObject(internal);
    });
    await without(run, "control: dynamodb:GetItem on table:profiles", async () => {
      expect(await run.ask("/me", { as: "ann" })).toMatchObject(internal);
    });
    await without(run, "control: dynamodb:UpdateItem on table:profiles", async () => {
      expect(await run.ask("/me", { as: "ann", method: "PATCH", json: { name: "Ann" } })).toMatchObject(internal);
    });
    await without(run, "control: dynamodb:UpdateItem on table:counters", async () => {
      expect(await press(run)).toMatchObject(internal);
    });
    await without(run, "control: dynamodb:UpdateItem on table:state", async () => {
      expect(await press(run)).toMatchObject(internal);
    });
    expect(await run.database()).toMatchObject({ phase: "asleep", wake: null });
    await press(run);
    await run.until({ phase: "awake" });
    await without(run, "control: lambda:InvokeFunction on function:reconcile", async () => {
      expect(await sleepNow(run)).toMatchObject({ status: 503, body: { type: "/problems/unavailable" } });
    });
  });

  test("of reconcile on its way up: without it no look, no start, no timer, no probe, no backup's age", async () => {
    await using run = await asleep();
    for (const action of ["GetItem", "UpdateItem"])
      await without(run, `reconcile: dynamodb:${action} on table:state`, async () => {
        expect((await reconcile(run)).functionError).toBe("Unhandled");
      });
    await without(run, "reconcile: rds:DescribeDBInstances on database", async () => {
      await reconcile(run);
      expect(await run.database()).toMatchObject({ code: "rds-unreachable", attention: { code: "rds-unreachable", doThis: expect.stringContaining("role") } });
    });
    const scheduler = new SchedulerClient({ endpoint: run.platform.endpoints.scheduler, region: run.platform.region, credentials: run.platform.operator });
    const timer = () => scheduler.send(new GetScheduleCommand({ Name: "dormouse", GroupName: "dormouse" }));
    const noTimer = () => expect(timer()).rejects.toBeInstanceOf(ResourceNotFoundException);

    // The first look has set one, for AWS's own start in seven days.
    await scheduler.send(new DeleteScheduleCommand({ Name: "dormouse", GroupName: "dormouse" }));
    await without(run, "reconcile: rds:DescribeDBSnapshots on database", async () => {
      await without(run, "reconcile: lambda:InvokeFunction on probe:function", async () => {
        // The next is taken before one is given back, so that no run in the background finds a moment with all of them.
        const passRole = take(run, "reconcile: iam:PassRole on timer:role");
        await without(run, "reconcile: rds:StartDBInstance on database", async () => {
          await press(run);
          expect((await run.until({ code: "start-refused" })).reason).toContain("AccessDenied");
        });
        const view = await run.until({ rdsStatus: "available", code: "not-answering" });
        expect(view.reason).toContain("AccessDenied");
        await noTimer();
        const create = take(run, "reconcile: scheduler:CreateSchedule on timer");
        passRole();
        await reconcile(run);
        await noTimer();
        const update = take(run, "reconcile: scheduler:UpdateSchedule on timer");
        create();
        await reconcile(run);
        await noTimer();
        update();
        await reconcile(run);
        expect(await timer()).toMatchObject({ Target: { RoleArn: arnOf("timer:role") } });
      });
      await run.until({ phase: "awake" });
      await run.until(async () => {
        await reconcile(run);
        return run.calls.some(({ action }) => action === "rds:DescribeDBSnapshots");
      });
      expect(await run.database()).toMatchObject({ lastBackupAt: null });
    });
    await run.until(async () => {
      await reconcile(run);
      return (await run.database()).lastBackupAt !== null;
    });
  });

  test("of probe: without it the database does not come awake, or is not tidied", async () => {
    await using run = await asleep();
    await without(run, "probe: rds-db:connect on role:dormouse_monitor", async () => {
      await press(run);
      await run.until({ phase: "waking", rdsStatus: "available", code: "not-answering" });
    });
    await run.until({ phase: "awake" });
    const tidied = async () => JSON.parse((await run.platform.invoke("probe", { databaseId: "dormouse", tidySeconds: 5 })).payload);
    await without(run, "probe: rds-db:connect on role:dormouse_maintenance", async () => {
      expect(await tidied()).toMatchObject({ answered: true, tidied: { ok: false } });
    });
    expect(await tidied()).toMatchObject({ answered: true, tidied: { ok: true } });
  });

  test("of data: without it a request is a 503 problem, and a wake is not asked for", async () => {
    await using run = await asleep();
    const expenses = () => run.ask("/expenses", { as: "ann" });
    await without(run, "data: dynamodb:GetItem on table:state", async () => {
      expect(await expenses()).toMatchObject({ status: 503, body: { type: "/problems/state-unreadable" } });
    });
    await without(run, "data: dynamodb:UpdateItem on table:counters", async () => {
      expect((await expenses()).body.detail).not.toContain("asked to wake");
    });
    await without(run, "data: dynamodb:PutItem on table:signals", async () => {
      expect((await expenses()).body.detail).not.toContain("asked to wake");
    });
    await reconcile(run);
    await run.until({ phase: "awake" });
    await without(run, "data: rds-db:connect on role:dormouse_app", async () => {
      expect(await expenses()).toMatchObject({ status: 503, body: { type: "/problems/database-unreachable" } });
    });
    await run.works("/expenses", "ann");
    await without(run, "data: dynamodb:GetItem on table:profiles", async () => {
      expect(await run.ask("/summary", { as: "ann" })).toMatchObject(internal);
    });
    await without(run, "data: dynamodb:UpdateItem on table:receipts", async () => {
      const spent = { amount: "1.00", currency: "EUR", occurredOn: "2026-01-05", receiptId: randomUUID() };
      expect(await run.ask("/expenses", { as: "ann", method: "POST", json: spent })).toMatchObject(internal);
    });
    await without(run, "data: dynamodb:UpdateItem on table:state", async () => {
      // A touch is good for a while: the first request after that needs another one.
      await run.until(async () => (await expenses()).body.type === "/problems/state-unreadable");
    });
  });

  test("of carry: without it a signal wakes nobody, and is tried again", async () => {
    await using run = await asleep();
    await without(run, "carry: lambda:InvokeFunction on function:reconcile", async () => {
      expect((await run.ask("/expenses", { as: "ann" })).body.detail).toContain("asked to wake");
      await soon(
        () => run.log("carry"),
        (log) => log.includes("reconcile could not be called"),
        "told",
      );
      expect(run.sent("StartDBInstance")).toBe(0);
    });
    await run.until({ phase: "awake" });
  });

  test("of reconcile on its way down: without it no ledger, no totals, no stop", async () => {
    await using run = await asleep();
    await press(run);
    const { since } = await run.until({ phase: "awake" });
    await run.until(() => Date.parse(since) + 3_000 < Date.now());
    const awakeSeconds = async () => Number((await run.ask("/database/savings", { as: "ann" })).body.awakeSeconds);
    await without(run, "reconcile: rds:StopDBInstance on database", async () => {
      let short = 0;
      await without(run, "reconcile: dynamodb:UpdateItem on table:ledger", async () => {
        await without(run, "reconcile: dynamodb:PutItem on table:ledger", async () => {
          await sleepNow(run);
          await run.until({ phase: "falling-asleep" });
          expect((await run.history()).at(-1)).toMatchObject({ action: "serve" });
        });
        // The entry comes, and what it adds to the month's totals does not.
        await run.untilEntry({ action: "drain" });
        short = await awakeSeconds();
      });
      await reconcile(run);
      // The awake period is counted by then, and not only what has passed since.
      await run.until(async () => (await awakeSeconds()) >= short + 3);
      expect(await run.until({ code: "stop-sent" })).toMatchObject({ phase: "falling-asleep", rdsStatus: "available" });
    });
  });

  test("for pending maintenance: without it a database that AWS started stays up, because nobody can tell whether there is any", async () => {
    await using run = await asleep({ settings: { ...still, idleMinutes: 0.05, checkMinutes: 0.05, wakeOn: "button" } });
    await without(run, "reconcile: rds:DescribePendingMaintenanceActions on database", async () => {
      await run.rds("forced-start");
      await run.untilEntry({ code: "maintenance-unknown" });
    });
    await run.until({ phase: "asleep" });
  });

  test("of migrate: without it nothing is migrated", async () => {
    await using run = await asleep();
    await without(run, "migrate: rds-db:connect on role:dormouse_owner", async () => {
      await run.platform.rds.withDatabaseUp(async () => {
        expect((await run.platform.invoke("migrate", {})).functionError).toBe("Unhandled");
      });
    });
  });
}
