import { randomUUID } from "node:crypto";
import { GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { marshall } from "@aws-sdk/util-dynamodb";
import { expect, test } from "vitest";
import { forgetJob, OUTSIDE, outsideOf } from "../../../src/jobs/forget.ts";
import { newJob } from "../../../src/jobs/job.ts";
import { startForTest } from "../harness.ts";
import {
  addJob,
  announce,
  asleep,
  done,
  failsIn,
  internal,
  isCleared,
  jobItem,
  lateRecord,
  linkOf,
  look,
  lostUpload,
  press,
  racing,
  ready,
  receiptState,
  reconcile,
  removeReceipt,
  scheduled,
  sleepNow,
  soon,
  still,
  system,
  tables,
  take,
  upload,
  without,
} from "./world.ts";

/** Entries of `may`: a life with much in it, and the end of one. */
export function ofALife(): void {
  test("is enough, with the others, for a life with much in it: nothing is refused", { timeout: 180_000 }, async () => {
    await using run = await startForTest({ settings: { ...still, checkMinutes: 0.1 } });
    await run.until({ rdsStatus: "stopped" });
    await run.rds("forced-start");
    await run.until({ phase: "awake" });
    await soon(
      () => run.calls,
      (calls) => calls.some(({ action }) => action === "rds:DescribePendingMaintenanceActions"),
      "asked about maintenance",
    );
    await run.rds("stop");
    await run.until({ phase: "asleep", rdsStatus: "stopped" });
    expect((await run.ask("/expenses", { as: "ann" })).status).toBe(503);
    await run.until({ phase: "awake" });
    await run.works("/summary", "ann");
    expect((await run.ask("/me", { as: "ann", method: "PATCH", json: { name: "Ann" } })).status).toBe(200);
    await racing(run);
    const [kept, lost] = [await announce(run), await lostUpload(run)];
    expect((await receiptState(run, kept)).state).toBe("awaiting");
    await upload(kept);
    await ready(run, kept);
    await ready(run, lost);
    await look(run, lost);
    const link = await linkOf(run, lost);
    expect((await fetch(link)).status).toBe(200);
    expect((await run.ask("/receipts", { as: "ann" })).body.items).toHaveLength(2);
    await removeReceipt(run, lost);
    await isCleared(link);
    const spent = { amount: "1.00", currency: "EUR", occurredOn: "2026-01-05", receiptId: kept.body.id };
    expect((await run.ask("/expenses", { as: "ann", method: "POST", json: spent })).status).toBe(201);
    expect((await sleepNow(run)).status).toBe(202);
    await run.until({ phase: "asleep" });
    expect((await run.platform.invoke("courier", lateRecord)).functionError).toBeNull();
    const asked = await addJob(run);
    expect(asked.status).toBe(202);
    // Ann has written.
    expect((await scheduled(run, "sweep")).functionError).toBeNull();
    await run.until({ phase: "awake" });
    await done(run, asked);
    await run.until(() => run.calls.some(({ by, action, resource }) => by === "job" && action === "dynamodb:UpdateItem" && resource.endsWith("-changes")));
    expect((await run.ask("/jobs", { as: "ann" })).status).toBe(200);
    await run.until(async () => (await sleepNow(run)).status === 202);
    await run.until({ phase: "asleep" });
    expect((await press(run)).status).toBe(202);
    await run.history();

    expect(run.calls.filter((call) => !call.allowed)).toEqual([]);
  });

  // The longest first: what begins last should be short.

  test("of whoever deletes a user: without it the deletion stops there, and goes on when it is given back", { timeout: 180_000 }, async () => {
    await using run = await asleep();
    const leave = () => run.ask("/me", { as: "ann", method: "DELETE" });
    for (const entry of ["GetItem", "UpdateItem"])
      await without(run, `desk: dynamodb:${entry} on table:state`, async () => expect(await leave()).toMatchObject(internal));
    const client = tables(run);
    const { open: _, ...given } = jobItem({ kind: "forget", id: "given-up" });
    await client.send(new PutItemCommand({ TableName: "dormouse-jobs", Item: { ...given, state: { S: "failed" } } }));
    await without(run, "desk: dynamodb:UpdateItem on table:jobs", async () =>
      expect(await run.ask("/runs/given-up/retry", { as: "olga", operator: true, method: "POST" })).toMatchObject(internal),
    );
    const put = (table: string, item: object) =>
      client.send(new PutItemCommand({ TableName: `dormouse-${table}`, Item: marshall(item, { removeUndefinedValues: true }) }));
    const s3 = new S3Client({ endpoint: run.platform.endpoints.s3, region: run.platform.region, credentials: run.platform.operator });
    // Somebody of whom something lies everywhere.
    const sub = "zed";
    const subscription = { v: 1, method: "sns", address: "z@example.com", state: "pending", arn: "arn", nonce: "n", origin: "", since: 1 };
    await put("jobs", { ...newJob({ owner: sub, id: "a", kind: "recap", userId: sub, by: sub, parameters: {} }, 1), state: "done" });
    for (const table of ["receipts", "imports"]) await put(table, { userId: sub, id: "a" });
    await put("imports", { userId: sub, id: "a" });
    await put("notifications", { userId: sub, id: "a" });
    await put("changes", { sub });
    await put("counters", { id: `wakes#${sub}#${new Date().toISOString().slice(0, 10)}` });
    await put("profiles", { sub, v: 1 });
    await put("ledger", { databaseId: "dormouse", seq: 0, by: "zoe", reason: "zoe pressed the button" });
    await put("subscriptions", { id: `user#${sub}`, userId: sub, ...subscription });
    const folders = ["uploads", "receipts", "reports", "exports", "imports"];
    for (const folder of folders) await s3.send(new PutObjectCommand({ Bucket: "dormouse-files", Key: `${folder}/${sub}/a`, Body: "a" }));
    for (const { action, on } of system.functions.forget?.may ?? [])
      await without(run, `forget: ${action} on ${on}`, () => failsIn(run.platform.invoke("forget", { v: 1, id: "zed-leaves", sub, username: "zed" })));
    // The runner's, in the order in which it comes to them.
    const missing = [
      "dynamodb:DeleteItem on table:jobs",
      "dynamodb:Query on table:receipts",
      "dynamodb:DeleteItem on table:receipts",
      "dynamodb:Query on table:imports",
      "dynamodb:DeleteItem on table:imports",
      "s3:ListBucketVersions on bucket:files",
      ...folders.map((folder) => `s3:DeleteObjectVersion on bucket:files/${folder}`),
      "dynamodb:Query on table:notifications",
      "dynamodb:DeleteItem on table:notifications",
      "dynamodb:DeleteItem on table:changes",
      "dynamodb:GetItem on table:counters",
      "dynamodb:DeleteItem on table:counters",
      "dynamodb:DeleteItem on table:profiles",
      "dynamodb:Query on table:ledger",
      "dynamodb:UpdateItem on table:ledger",
      "dynamodb:GetItem on table:subscriptions",
      "dynamodb:DeleteItem on table:subscriptions",
    ];
    const waiting = async () => {
      const id = randomUUID();
      const note = newJob({ owner: outsideOf(id), id: OUTSIDE, kind: OUTSIDE, userId: null, by: "dormouse", parameters: {} }, 1);
      await put("jobs", { ...note, state: "done", result: "deleted" });
      // Nobody is waited for: its requests have ended long ago.
      // Its next failure is its last: nothing waits for a pause.
      await put("jobs", { ...forgetJob({ id, sub, username: "zoe" }, Date.now()), failures: 2, cursor: { username: "zoe", busyUntil: 1 }, open: "1" });
      return { owner: { S: "system" }, id: { S: id } };
    };
    await press(run);
    await reconcile(run);
    await run.until({ phase: "awake" });
    const giveBack = missing.map((entry) => ({ entry, back: take(run, `job: ${entry}`) }));
    for (const { entry, back } of giveBack) {
      const before = run.calls.length;
      await waiting();
      await run.until(() => run.calls.slice(before).some(({ by, action, allowed }) => by === "job" && !allowed && entry.startsWith(`${action} `)));
      back();
    }
    const Key = await waiting();
    const state = async () => (await client.send(new GetItemCommand({ TableName: "dormouse-jobs", Key }))).Item?.state?.S;
    await run.until(async () => (await state()) === "done");
    // And the whole way of somebody who leaves, as far as nobody waits for the end of their requests.
    const called = take(run, "courier: lambda:InvokeFunction on function:forget");
    const left = await leave();
    expect(left).toMatchObject({ status: 202, body: { state: "waiting" } });
    await run.until(() => run.calls.some(({ by, resource, allowed }) => by === "courier" && resource.endsWith("-forget") && !allowed));
    called();
    for (const path of ["/me", "/jobs", "/expenses", "/database"])
      expect(await run.ask(path, { as: "ann" })).toMatchObject({ status: 403, body: { type: "/problems/account-deleted" } });
    expect((await leave()).body.id).toBe(left.body.id);
    await run.until(() => run.calls.some(({ by, action, allowed }) => by === "forget" && action === "cognito-idp:AdminDeleteUser" && allowed));
    client.destroy();
    s3.destroy();
  });
}
