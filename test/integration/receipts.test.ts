import { describe, expect, test } from "vitest";
import { beginningOf } from "../receipts/files.ts";
import type { Answer } from "./client.ts";
import { type Running, startForTest } from "./harness.ts";

const png = Buffer.concat([beginningOf("image/png"), Buffer.alloc(5000, 7)]);
const still = { idleMinutes: 10, checkMinutes: 10, drainSeconds: 3 } as const;

const announce = (run: Running, json: object = { fileName: "Café.png", contentType: "image/png", size: png.length }) =>
  run.ask("/receipts", { as: "ann", method: "POST", json });
const shown = async (run: Running, made: Answer) => (await run.ask(`/receipts/${made.body.id}`, { as: "ann" })).body;

/** As the console's page does it. */
function upload({ body }: Answer, file: Buffer, origin: string): Promise<Response> {
  const { url, fields } = body.upload as { url: string; fields: Record<string, string> };
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append("file", new Blob([new Uint8Array(file)]), "file");
  return fetch(url, { method: "POST", body: form, headers: { origin } });
}
const ends = (run: Running, made: Answer, state: string) => expect.poll(async () => (await shown(run, made)).state, { timeout: 20_000 }).toBe(state);
const link = async (run: Running, made: Answer) => ((await shown(run, made)).download as { url: string }).url;

describe("a receipt", { timeout: 60_000 }, () => {
  test("is uploaded, looked at and downloaded while the database sleeps, and given to an expense once it is awake", async () => {
    await using run = await startForTest({ settings: still });
    await run.until({ rdsStatus: "stopped" });
    const page = (await fetch(`${run.platform.url}/`)).headers.get("content-security-policy");
    const made = await announce(run);
    expect(made).toMatchObject({ status: 201, body: { state: "awaiting" } });
    const { origin } = new URL((made.body.upload as { url: string }).url);
    expect(page).toMatch(new RegExp(`connect-src 'self' \\S+ ${origin.replaceAll(".", "\\.")};`));

    const sent = await upload(made, png, run.platform.url);
    expect([sent.status, sent.headers.get("access-control-allow-origin")]).toEqual([204, run.platform.url]);
    await ends(run, made, "ready");
    const file = await fetch(await link(run, made));
    expect(Buffer.from(await file.arrayBuffer())).toEqual(png);
    expect([file.headers.get("content-type"), file.headers.get("content-disposition")]).toEqual([
      "image/png",
      "attachment; filename=\"Caf_.png\"; filename*=UTF-8''Caf%C3%A9.png",
    ]);
    expect((await run.ask(`/receipts/${made.body.id}`, { as: "bob" })).status).toBe(404);

    const liar = await announce(run, { fileName: "page.pdf", contentType: "application/pdf", size: 10 });
    await upload(liar, Buffer.from("<!doctype html><h1>hello</h1>"), run.platform.url);
    await ends(run, liar, "refused");
    expect((await shown(run, liar)).reason).toContain("page.pdf is not a PDF document");
    expect(await run.database()).toMatchObject({ phase: "asleep", rdsStatus: "stopped" });

    await run.ask("/database/start", { as: "ann", method: "POST" });
    await run.until({ phase: "awake" });
    const expense = { amount: "3.80", currency: "EUR", occurredOn: "2026-11-17" };
    const write = (receiptId: unknown) => run.ask("/expenses", { as: "ann", method: "POST", json: { ...expense, receiptId } });
    expect(await write(liar.body.id)).toMatchObject({ status: 422, body: { errors: [{ pointer: "/receiptId" }] } });
    const added = await write(made.body.id);
    expect(added).toMatchObject({ status: 201, body: { receiptId: made.body.id } });
    // A client follows to the receipt's own route.
    const receipt = await run.ask(`/expenses/${added.body.id}/receipt`, { as: "ann" });
    expect([receipt.status, receipt.headers.get("location")]).toEqual([303, `/receipts/${made.body.id}`]);
    expect((await run.ask(`/receipts/${made.body.id}`, { as: "ann", method: "DELETE" })).status).toBe(409);

    expect((await run.ask(`/receipts/${liar.body.id}`, { as: "ann", method: "DELETE" })).status).toBe(204);
    expect((await run.ask("/receipts", { as: "ann" })).body.items).toMatchObject([{ id: made.body.id }]);
  });
});
