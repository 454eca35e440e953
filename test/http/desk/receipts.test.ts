import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { lookOf } from "../../../src/receipts/events.ts";
import { beginningOf } from "../../receipts/files.ts";
import { formOf, startWorld, table, type World } from "./receipts-world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());
beforeEach(() => {
  world.setNow(null);
  world.events.length = 0;
  world.asked.length = 0;
});

const lunch = { fileName: "lunch.png", contentType: "image/png", size: 20 };
const png = beginningOf("image/png");
const post = (user = "ann", body: object = lunch, key?: string) =>
  world.call(user, "POST", "/receipts", body, key === undefined ? {} : { "idempotency-key": key });
const get = (id: unknown, user = "ann") => world.call(user, "GET", `/receipts/${id}`);
const remove = (id: unknown, user = "ann") => world.call(user, "DELETE", `/receipts/${id}`);

/** A receipt that is ready. */
async function ready(user = "ann", body: object = lunch): Promise<string> {
  const made = await post(user, body);
  expect((await world.upload(made, png)).status).toBe(204);
  await expect.poll(() => world.events).not.toEqual([]);
  expect(await world.look(world.events.shift())).toBe("ready");
  return String(made.body.id);
}

describe("a receipt", () => {
  it("is announced, uploaded, looked at, and then downloads as the same bytes under its name", async () => {
    const made = await post("ann", { ...lunch, fileName: " Mittag “süß”.PNG " });
    expect(made).toMatchObject({ status: 201, body: { state: "awaiting" } });
    expect(made.headers.location).toBe(`/receipts/${made.body.id}`);
    expect(Date.parse(formOf(made).expiresAt) - Date.now()).toBeGreaterThan(890_000);
    const { id } = made.body;
    expect(await get(id)).toMatchObject({
      status: 200,
      headers: { "retry-after": "1" },
      body: { id, fileName: "Mittag “süß”.PNG", size: 20, state: "awaiting", download: null },
    });

    const body = Buffer.concat([png, Buffer.from("and so on")]);
    expect((await world.upload(made, body)).status).toBe(204);
    await expect.poll(() => world.events).toHaveLength(1);
    expect(await world.look(world.events[0])).toBe("ready");
    expect(await world.look(world.events[0])).toBe("gone");

    const shown = await get(id);
    expect(shown).toMatchObject({ status: 200, body: { state: "ready", size: body.length, reason: null } });
    const { url, expiresAt } = shown.body.download as { url: string; expiresAt: string };
    expect(Date.parse(expiresAt) - Date.now()).toBeGreaterThan(3_590_000);
    const file = await fetch(url);
    expect(Buffer.from(await file.arrayBuffer())).toEqual(body);
    expect(file.headers.get("content-type")).toBe("image/png");
    expect(file.headers.get("content-disposition")).toMatch(/^attachment; filename="Mittag _s__[^"]*\.PNG"; filename\*=UTF-8''Mittag%20%E2%80%9Cs/);
    expect(await world.keys()).toEqual([`receipts/s-ann/${id}.png`]);
  });

  it("that is a page called .png is refused in a sentence, and a right file may still follow", async () => {
    const made = await post();
    await world.upload(made, Buffer.from("<!doctype html><script>alert(1)</script>"));
    await expect.poll(() => world.events).toHaveLength(1);
    await world.look(world.events[0]);
    const { id } = made.body;
    expect((await get(id)).body).toMatchObject({
      state: "refused",
      reason: "lunch.png is not a PNG image, whatever its name says. A receipt may be a JPEG, PNG or GIF image or a PDF document.",
      download: null,
    });
    await world.upload(made, png);
    await expect.poll(() => world.events).toHaveLength(2);
    await world.look(world.events[1]);
    expect((await get(id)).body).toMatchObject({ state: "ready", reason: null });
  });

  it("that is announced again under its key is the same one, with a link anew while it needs one", async () => {
    const [one, two] = await Promise.all([post("ann", lunch, "k1"), post("ann", lunch, "k1")]);
    expect(two.body.id).toBe(one.body.id);
    expect([one, two].map(({ headers }) => headers["idempotency-replayed"]).sort()).toEqual(["true", undefined]);
    expect((await post("bob", lunch, "k1")).body.id).not.toBe(one.body.id);
    expect(await post("ann", { ...lunch, size: 21 }, "k1")).toMatchObject({ status: 422, body: { type: "/problems/idempotency-key-reused" } });
    await world.upload(two, png);
    await expect.poll(() => world.events).toHaveLength(1);
    await world.look(world.events[0]);
    expect(await post("ann", lunch, "k1")).toMatchObject({ status: 201, body: { id: one.body.id, state: "ready", upload: null } });
    expect((await remove(one.body.id)).status).toBe(204);
    expect(await post("ann", lunch, "k1")).toMatchObject({ status: 409, body: { type: "/problems/conflict" } });
    await world.clear({ userId: "s-ann", id: String(one.body.id) });
    expect(await post("ann", lunch, "k1")).toMatchObject({ status: 201, body: { id: one.body.id, state: "awaiting" } });
  });

  it("that nobody uploads is forgotten after two days, and may then be announced again", async () => {
    const start = Date.now();
    const made = await post("ann", lunch, "k2");
    world.setNow(start + 2 * 86_400_000 - 60_000);
    expect((await get(made.body.id)).status).toBe(200);
    world.setNow(start + 2 * 86_400_000 + 2000);
    expect((await get(made.body.id)).status).toBe(404);
    expect((await remove(made.body.id)).status).toBe(404);
    const again = await post("ann", lunch, "k2");
    expect(again).toMatchObject({ status: 201, body: { id: made.body.id, state: "awaiting" } });
    expect(again.headers["idempotency-replayed"]).toBe(undefined);
  });

  it("whose upload lost its event is looked at because somebody asks for it", async () => {
    const made = await post();
    await get(made.body.id);
    await world.upload(made, png);
    await get(made.body.id);
    expect(world.asked).toEqual([]);
    world.setNow(Date.now() + 10_000);
    await get(made.body.id);
    expect(world.asked).toEqual([{ userId: "s-ann", id: made.body.id }]);
    expect(await world.look({ v: 1, look: world.asked[0] })).toBe("ready");
    expect((await get(made.body.id)).body).toMatchObject({ state: "ready" });
  });

  it("is deleted with its file, unless an expense has it", async () => {
    const [free, taken] = [await ready("dan"), await ready("dan")];
    expect(await world.store.attach({ userId: "s-dan", id: taken }, 5)).toBe(true);
    expect((await remove(free, "dan")).status).toBe(204);
    expect((await get(free, "dan")).status).toBe(404);
    await world.clear({ userId: "s-dan", id: free });
    expect((await world.keys()).filter((key) => key.includes("s-dan"))).toEqual([`receipts/s-dan/${taken}.png`]);
    expect(await remove(taken, "dan")).toMatchObject({ status: 409, body: { type: "/problems/in-use", uses: [{ what: "expenses", count: 1 }] } });
    expect((await get(taken, "dan")).body).toMatchObject({ state: "ready" });
  });
});

describe("receipts", () => {
  it("are listed newest first, in pages, without those that are gone", async () => {
    const ids: unknown[] = [];
    for (let n = 0; n < 7; n++) {
      world.setNow(Date.now() + n * 1000);
      ids.unshift((await post("liz", { ...lunch, fileName: `${n}.png` }, n % 2 === 0 ? `n${n}` : undefined)).body.id);
    }
    await remove(ids[3], "liz");
    const expected = ids.filter((_, at) => at !== 3);
    const seen: unknown[] = [];
    for (let next: string | null = ""; next !== null; ) {
      const page = await world.call("liz", "GET", `/receipts?limit=2${next === "" ? "" : `&cursor=${next}`}`);
      expect(page.body.items?.length).toBe(2);
      seen.push(...(page.body.items ?? []).map(({ id }) => id));
      next = page.body.next ?? null;
    }
    expect(seen).toEqual(expected);
    expect((await world.call("liz", "GET", "/receipts?cursor=x")).body.type).toBe("/problems/bad-cursor");
    expect((await world.call("max", "GET", "/receipts")).body).toEqual({ items: [], next: null });
  });

  it("are their user's alone: another one's id is as good as none", async () => {
    const id = await ready("ann");
    for (const other of [id, id.toUpperCase(), "x", "019aa5d0-0c44-7a55-b7de-3f1c2a9b8d70"]) {
      const [seen, removed] = [await get(other, "bob"), await remove(other, "bob")];
      expect([seen.status, removed.status, seen.body.detail]).toEqual([404, 404, "There is no such receipt."]);
    }
    const cursor = (await world.call("ann", "GET", "/receipts?limit=1")).body.next;
    expect((await world.call("eve", "GET", `/receipts?cursor=${cursor}`)).body.items).toEqual([]);
    expect((await get(id.toUpperCase())).status).toBe(200);
  });

  it("of a newer version are left alone, and said to be so", async () => {
    const id = "019aa5d0-0c44-7a55-b7de-3f1c2a9b8d99";
    await world.dynamodb.send(new PutItemCommand({ TableName: table, Item: marshall({ v: 2, userId: "s-new", id, state: "ready", createdAt: 1 }) }));
    for (const answer of [await get(id, "new"), await remove(id, "new"), await world.call("new", "GET", "/receipts")])
      expect(answer).toMatchObject({ status: 503, body: { type: "/problems/unavailable" } });
    expect(await world.store.leave({ userId: "s-new", id })).toBe(false);
  });
});

describe("what does not fit", () => {
  it.each<[object, string, RegExp]>([
    [{ ...lunch, fileName: "../lunch.png" }, "/fileName", /without folders/],
    [{ ...lunch, fileName: "a\0.png" }, "/fileName", /can't be seen/],
    [{ ...lunch, fileName: "lunch\u202egnp.png" }, "/fileName", /direction/],
    [{ ...lunch, fileName: "page.html" }, "/fileName", /must end in/],
    [{ ...lunch, fileName: "" }, "/fileName", /1 to 150/],
    [{ ...lunch, fileName: 7 }, "/fileName", /must be/],
    [{ ...lunch, contentType: "text/html" }, "/contentType", /must be one of/],
    [{ ...lunch, contentType: "image/gif" }, "/contentType", /must be the type that the name promises/],
    [{ ...lunch, size: 0 }, "/size", /from 1 to 10485760/],
    [{ ...lunch, size: 10_485_761 }, "/size", /from 1 to 10485760/],
    [{ ...lunch, size: 1.5 }, "/size", /from 1 to 10485760/],
    [{ ...lunch, size: "20" }, "/size", /from 1 to 10485760/],
    [{ fileName: "a.png", contentType: "image/png" }, "/size", /is required/],
    [{ ...lunch, key: "uploads/bob/1" }, "/key", /is not known/],
  ])("%j is refused with the field that it is", async (body, pointer, why) => {
    const answer = await post("ann", body);
    expect([answer.status, answer.body.errors?.map((error) => error.pointer)]).toEqual([422, [pointer]]);
    expect(answer.body.errors?.[0]?.detail).toMatch(why);
  });

  it("is refused by the upload's own link: 10 MB and a byte, nothing at all, another's place", async () => {
    const made = await post();
    expect((await world.upload(made, new Uint8Array(10_485_761))).status).toBe(400);
    expect((await world.upload(made, new Uint8Array())).status).toBe(400);
    const form = formOf(made);
    const moved = { ...made, body: { ...made.body, upload: { ...form, fields: { ...form.fields, key: String(form.fields.key).replace("s-ann", "s-bob") } } } };
    expect((await world.upload(moved, png)).status).toBe(403);
    expect(world.events).toEqual([]);
  });

  it("needs somebody who is signed in", async () => {
    for (const [method, path] of [
      ["GET", "/receipts"],
      ["POST", "/receipts"],
      ["GET", "/receipts/x"],
      ["DELETE", "/receipts/x"],
    ] as const)
      expect((await world.call("", method, path, method === "POST" ? lunch : undefined)).status).toBe(401);
  });
});

describe("an event", () => {
  it("is read when it is S3's or ours, and any other is none", () => {
    const s3 = { source: "aws.s3", detail: { object: { key: "uploads/a/1", "version-id": "v" } } };
    expect(lookOf(s3)).toEqual({ key: "uploads/a/1", versionId: "v" });
    expect(lookOf({ v: 1, look: { userId: "a b", id: "1" } })).toEqual({ key: "uploads/a%20b/1", versionId: null });
    for (const other of [
      null,
      7,
      "x",
      [],
      {},
      { ...s3, source: "aws.rds" },
      { source: "aws.s3", detail: { object: { key: "k" } } },
      { v: 2, look: { userId: "a", id: "1" } },
      { v: 1, look: { userId: "", id: "1" } },
    ])
      expect(lookOf(other)).toBe(null);
  });
});
