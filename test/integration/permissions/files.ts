import { expect, test } from "vitest";
import type { Answer } from "../client.ts";
import { startForTest } from "../harness.ts";
import {
  announce,
  asleep,
  done,
  failsIn,
  formOf,
  internal,
  isCleared,
  itemOf,
  jobState,
  linkOf,
  look,
  lostUpload,
  press,
  receiptState,
  removeReceipt,
  soon,
  still,
  take,
  touchReceipt,
  upload,
  without,
} from "./world.ts";

/** Entries of `may`: what is uploaded, and what is made. */
export function ofFiles(): void {
  test("of desk and inspect: without it no receipt is taken, looked at, shown or cleared away, and none is lost", async () => {
    await using run = await asleep();
    const made = await announce(run);
    await without(run, "desk: dynamodb:PutItem on table:receipts", async () => expect(await announce(run)).toMatchObject(internal));
    await without(run, "desk: dynamodb:Query on table:receipts/newest", async () => expect(await run.ask("/receipts", { as: "ann" })).toMatchObject(internal));
    for (const entry of ["dynamodb:GetItem on table:receipts", "s3:GetObject on bucket:files/uploads", "s3:ListBucket on bucket:files"])
      await without(run, `desk: ${entry}`, async () => expect(await run.ask(`/receipts/${made.body.id}`, { as: "ann" })).toMatchObject(internal));
    await without(run, "desk: s3:PutObject on bucket:files/uploads", async () => expect(await upload(made)).toBe(403));
    // One after another on the way of a look; the next is taken before one is given back, so that no retry finds a moment with all of them.
    const way = [
      "s3:GetObjectVersion on bucket:files/uploads",
      "s3:GetObject on bucket:files/uploads",
      "dynamodb:GetItem on table:receipts",
      "dynamodb:UpdateItem on table:receipts",
      "s3:PutObject on bucket:files/receipts",
      "s3:DeleteObjectVersion on bucket:files/uploads",
    ];
    let giveBack = () => {};
    for (const entry of way) {
      const next = take(run, `inspect: ${entry}`);
      giveBack();
      if (entry === way[0]) {
        expect(await upload(made)).toBe(204);
        await run.until(() => run.calls.some(({ by, action, allowed }) => by === "inspect" && action === "s3:GetObjectVersion" && !allowed));
      } else await failsIn(look(run, made));
      giveBack = next;
    }
    giveBack();
    await look(run, made);
    expect((await receiptState(run, made)).state).toBe("ready");
    await without(run, "inspect: s3:ListBucket on bucket:files", () => failsIn(look(run, made)));
    const link = await linkOf(run, made);
    await without(run, "desk: s3:GetObjectVersion on bucket:files/receipts", async () => expect((await fetch(link)).status).toBe(403));
    await without(run, "desk: lambda:InvokeFunction on function:inspect", async () => {
      const lost = await lostUpload(run);
      expect((await receiptState(run, lost)).state).toBe("awaiting");
    });
    await without(run, "desk: dynamodb:UpdateItem on table:receipts", async () => expect(await removeReceipt(run, made)).toMatchObject(internal));
    giveBack = () => {};
    for (const entry of ["s3:ListBucketVersions on bucket:files", "s3:DeleteObjectVersion on bucket:files/receipts", "dynamodb:DeleteItem on table:receipts"]) {
      const next = take(run, `inspect: ${entry}`);
      giveBack();
      const before = run.calls.length;
      // The stream tells of it again each time that the item changes.
      if (entry.startsWith("s3:List")) expect((await removeReceipt(run, made)).status).toBe(204);
      else await touchReceipt(run, made);
      const action = entry.split(" ")[0];
      await run.until(() => run.calls.slice(before).some((call) => call.by === "inspect" && call.action === action && !call.allowed));
      giveBack = next;
    }
    giveBack();
    await touchReceipt(run, made);
    await soon(
      () => itemOf(run, made),
      (item) => item === undefined,
      "gone",
    );
    await isCleared(link);
  });

  test("of imports: without it no file is taken, looked through or listed; and it is when it is given back, and entered", async () => {
    await using run = await startForTest({ settings: { ...still, wakeOn: "button" } });
    await press(run);
    await run.until({ phase: "awake" });
    const account = await run.ask("/accounts", { as: "ann", method: "POST", json: { name: "Giro", type: "asset", currency: "EUR" } });
    const post = (path = "", method = "POST", json?: unknown) => run.ask(`/imports${path}`, { as: "ann", method, ...(json === undefined ? {} : { json }) });
    const announced = () => post("", "POST", { format: "csv", accountId: account.body.id });
    const [one, other, third] = [await announced(), await announced(), await announced()];
    const at = (made: Answer, path = "") => `/${made.body.id}${path}`;
    const file = new Blob(["Datum;Name;Betrag\r\n30.10.2026;Bäcker;-4,20\r\n30.10.2026;Bäcker;-4,20\r\nbald;Markt;-1,00\r\n"]);
    const send = async (made: Answer) => {
      const form = new FormData();
      for (const [name, value] of Object.entries(formOf(made).fields)) form.append(name, value);
      form.append("file", file, "october.csv");
      return (await fetch(formOf(made).url, { method: "POST", body: form })).status;
    };
    await without(run, "desk: dynamodb:PutItem on table:imports", async () => expect(await announced()).toMatchObject(internal));
    await without(run, "desk: dynamodb:Query on table:imports/newest", async () => expect(await post("", "GET")).toMatchObject(internal));
    await without(run, "desk: dynamodb:GetItem on table:imports", async () => expect(await post(at(one), "GET")).toMatchObject(internal));
    await without(run, "desk: dynamodb:DeleteItem on table:imports", async () => expect(await post(at(third), "DELETE")).toMatchObject(internal));
    await without(run, "desk: s3:PutObject on bucket:files/imports", async () => expect(await send(one)).toBe(403));
    expect([await send(one), await send(other)]).toEqual([204, 204]);
    for (const entry of ["s3:GetObject on bucket:files/imports", "dynamodb:UpdateItem on table:imports"])
      await without(run, `desk: ${entry}`, async () => expect(await post(at(one, "/check"))).toMatchObject(internal));
    // The first fails at its file, the second, which has none to read, at its item. A runner waits for the pause after a failure.
    const giveBack = [take(run, "job: s3:GetObjectVersion on bucket:files/imports"), take(run, "job: dynamodb:UpdateItem on table:imports")];
    expect((await post(at(other, "/check"))).status).toBe(202);
    expect((await post(at(other), "DELETE")).status).toBe(202);
    expect((await post(at(one, "/check"))).status).toBe(202);
    const states = async (made: Answer, state: string) =>
      soon(
        () => post(at(made), "GET"),
        ({ body }) => body.state === state,
        state,
      );
    for (const made of [one, other])
      await soon(
        () => post(at(made), "GET"),
        ({ body }) => String(body.reason).includes("AccessDenied"),
        "failed",
      );
    for (const give of giveBack) give();
    await states(other, "undone");
    expect((await states(one, "checked")).body.counts).toMatchObject({ rows: 3, bad: 1, duplicates: 0, added: 2 });
    const rows = await post(at(one, "/rows?only=bad"), "GET");
    expect(rows.body.items).toMatchObject([{ line: 4, is: "bad", problem: 'has a day that is none: "bald"' }]);
    expect((await post(at(one, "/commit"))).status).toBe(202);
    expect((await states(one, "committed")).body.counts).toMatchObject({ added: 2 });
    expect((await run.ask("/summary?from=2026-10-01&to=2026-10-31", { as: "ann" })).body).toMatchObject({ total: "8.40" });
  });

  test("of exports: without it nothing is exported, no file is kept, or none is got; and the export is made when it is given back", async () => {
    await using run = await asleep();
    const fails = (asked: Answer) =>
      soon(
        () => jobState(run, asked),
        ({ reason, state }) => state !== "done" && reason !== null,
        "failed",
      );
    const listed = take(run, "job: dynamodb:Query on table:receipts/newest");
    const kept = take(run, "job: s3:PutObject on bucket:files/exports");
    // The one that names no receipts gets as far as its file.
    const file = await run.ask("/exports", { as: "ann", method: "POST", json: { format: "csv" } });
    const whole = await run.ask("/me/export", { as: "ann", method: "POST" });
    // Given back together: each further failure makes the pause before the next try longer.
    for (const asked of [file, whole]) await fails(asked);
    kept();
    listed();
    for (const asked of [file, whole]) await done(run, asked);
    const { body } = await run.ask("/me/export", { as: "ann" });
    const got = () => fetch(String((body.download as { url: string }).url));
    await without(run, "desk: s3:GetObjectVersion on bucket:files/exports", async () => expect((await got()).status).toBe(403));
    expect(await (await got()).json()).toMatchObject({ dormouse: "export", v: 1, counts: { expenses: 0 } });
  });

  test("of reports: without it no file is kept, or none is got, and the report is made when it is given back", async () => {
    await using run = await asleep();
    const giveBack = take(run, "job: s3:PutObject on bucket:files/reports");
    const asked = await run.ask("/reports", { as: "ann", method: "POST", json: { kind: "monthly", month: "2026-10" } });
    await soon(
      () => jobState(run, asked),
      ({ reason }) => String(reason).includes("AccessDenied"),
      "failed",
    );
    giveBack();
    // A runner waits for the pause after a failure.
    await done(run, asked);
    const { body } = await run.ask(`${asked.headers.get("location")}/download`, { as: "ann" });
    const got = () => fetch(String(body.url));
    await without(run, "desk: s3:GetObjectVersion on bucket:files/reports", async () => expect((await got()).status).toBe(403));
    expect(Buffer.from(await (await got()).arrayBuffer()).toString("latin1")).toMatch(/^%PDF-1\.7/);
  });
}
