import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Imports, imports as importStore } from "../../src/aws/imports.ts";
import type { Jobs } from "../../src/aws/jobs.ts";
import { type ApiHandler, api } from "../../src/http/api.ts";
import { importRoutes } from "../../src/http/desk/imports.ts";
import { MAX_OPEN } from "../../src/http/desk/open-jobs.ts";
import { ask, type Import, type Outcome, type Step, settle } from "../../src/imports/import.ts";
import { claim, fail, finish, newJob } from "../../src/jobs/job.ts";
import { strictJobs, type TestDynamoDB, testDynamoDB } from "../aws/dynamodb.ts";
import { idOf } from "../finance/naive/world.ts";
import { type Answer, jsonCall, send } from "../http/events.ts";

let dynamodb: TestDynamoDB;
let store: Imports;
let jobs: Jobs;
let handler: ApiHandler;
const files = new Map<string, string>();
let now = 0;
let users = 0;
let sub = "";
let made = 0;

beforeAll(async () => {
  dynamodb = await testDynamoDB();
  store = importStore({ dynamodb: dynamodb.client, table: "dormouse-imports", now: () => now });
  jobs = strictJobs(dynamodb.client);
  const uploads = {
    form: async ({ userId, id }: { userId: string; id: string }) => ({
      url: "https://files.test/",
      fields: { key: `imports/${userId}/${id}` },
      expiresAt: now + 1000,
    }),
    uploaded: async ({ id }: { id: string }) => (files.has(id) ? { versionId: files.get(id) ?? "", size: 9 } : null),
  };
  const logger = { info: () => {}, error: () => {} };
  handler = api(importRoutes({ imports: store, jobs, uploads, now: () => now, newId: () => idOf(8, 8, ++made) }), { logger });
});
afterAll(() => dynamodb.close());
beforeEach(() => {
  sub = `importer-${++users}`;
  now = Date.UTC(2026, 10, 21, 9);
});

const call = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}, as = sub): Promise<Answer> =>
  send(handler, { ...jsonCall(method, path, body, headers), claims: { sub: as, username: "ann" } });
const announced = { format: "csv", accountId: "019aa5d3-7e19-7d02-a1f4-6b8e0c5d9a31" };
async function uploaded(): Promise<string> {
  const id = String((await call("POST", "/imports", announced)).body.id);
  files.set(id, "v1");
  return id;
}
const item = async (id: string): Promise<Import> => {
  const one = await store.read({ userId: sub, id });
  if (one === null) throw new Error("there is no such import");
  return one;
};
const counts = { rows: 3, bad: 1, duplicates: 0, added: 2, kinds: { expense: 2 }, from: "2026-10-01", to: "2026-10-02" };
const how = { encoding: "utf-8", encodingUnsure: false, csv: null };
const outcomes: Record<Step, Outcome> = {
  check: { state: "checked", how, counts },
  commit: { state: "committed", counts },
  undo: { state: "undone", undone: { removed: 2, kept: 0 } },
};
/** What the job of a step does at its end. */
async function end(id: string, step: Step): Promise<boolean> {
  const one = await item(id);
  const job = await jobs.read(sub, one.jobId ?? "");
  if (job === null) throw new Error("there is no such job");
  const settled = await store.write(one, settle(one, step, outcomes[step], now));
  const taken = claim(job, "runner", now);
  await jobs.write(taken.next, taken);
  await jobs.write(taken.next, finish(taken.next, null, now));
  return settled;
}
const go = async (id: string, method: string, step: Step, path = "") => {
  const answer = await call(method, `/imports/${id}${path}`);
  await end(id, step);
  return answer;
};

describe("an import", () => {
  it("is announced, looked through, committed and undone, each step a job", async () => {
    const answer = await call("POST", "/imports", announced);
    expect(answer).toMatchObject({ status: 201, body: { state: "awaiting", upload: { fields: { key: expect.stringContaining(`imports/${sub}/`) } } } });
    const id = String(answer.body.id);
    expect(answer.headers.location).toBe(`/imports/${id}`);
    expect((await call("POST", `/imports/${id}/check`)).status).toBe(409);
    files.set(id, "v1");
    expect(await call("POST", `/imports/${id}/check`)).toMatchObject({ status: 202, body: { state: "checking" }, headers: { "retry-after": "2" } });
    const [job] = await jobs.newest(sub, 5, null);
    expect(job).toMatchObject({ kind: "import", userId: sub, parameters: { v: 1, step: "check", importId: id, run: 1, versionId: "v1", said: {} } });
    await end(id, "check");
    expect((await call("GET", `/imports/${id}`)).body).toMatchObject({ state: "checked", counts, read: how, reason: null });
    expect((await go(id, "POST", "commit", "/commit")).body).toMatchObject({ state: "committing", counts });
    expect(await call("POST", `/imports/${id}/commit`)).toMatchObject({ status: 200, body: { state: "committed" } });
    expect((await go(id, "DELETE", "undo")).status).toBe(202);
    expect((await call("GET", `/imports/${id}`)).body).toMatchObject({ state: "undone", undone: { removed: 2, kept: 0 } });
    expect((await call("DELETE", `/imports/${id}`)).status).toBe(204);
    expect((await call("POST", `/imports/${id}/commit`)).status).toBe(409);
    now += 8 * 86_400_000;
    expect((await call("GET", `/imports/${id}`)).status).toBe(404);
  });

  it("that nothing was done for is forgotten at once", async () => {
    const id = await uploaded();
    expect((await call("DELETE", `/imports/${id}`)).status).toBe(204);
    expect((await call("GET", `/imports/${id}`)).status).toBe(404);
    expect(await jobs.newest(sub, 5, null)).toEqual([]);
  });

  it("is one for one Idempotency-Key", async () => {
    const key = { "idempotency-key": "a" };
    const first = await call("POST", "/imports", announced, key);
    const again = await call("POST", "/imports", announced, key);
    expect(again.body.id).toBe(first.body.id);
    expect((await call("POST", "/imports", { ...announced, format: "ofx" }, key)).status).toBe(422);
  });

  it("is its user's alone, and listed newest first", async () => {
    const ids: string[] = [];
    for (let i = 0; i < 3; i++) {
      now += 1000;
      ids.unshift(await uploaded());
    }
    const first = await call("GET", "/imports?limit=2");
    const second = await call("GET", `/imports?limit=2&cursor=${String(first.body.next)}`);
    const listed = [first, second].flatMap(({ body }) => body.items as { id: string }[]);
    expect([listed.map(({ id }) => id), second.body.next]).toEqual([ids, null]);
    for (const [method, path] of [
      ["GET", ""],
      ["POST", "/check"],
      ["POST", "/commit"],
      ["DELETE", ""],
    ])
      expect((await call(method ?? "", `/imports/${ids[0]}${path}`, undefined, {}, "another")).status).toBe(404);
    expect((await call("GET", "/imports", undefined, {}, "another")).body).toEqual({ items: [], next: null });
  });

  it.each([
    [{ format: "xls" }, "/format"],
    [{ accountId: "mine" }, "/accountId"],
    [{ mapping: { days: "ydm" } }, "/mapping/days"],
    [{ mapping: { columns: { amount: 0 } } }, "/mapping/columns/amount"],
    [{ mapping: { columns: { price: 1 } } }, "/mapping/columns/price"],
    [{ mapping: { separator: "x" } }, "/mapping/separator"],
  ])("with %j is refused at %s", async (wrong, pointer) => {
    const answer = await call("POST", "/imports", { ...announced, ...wrong });
    expect([answer.status, answer.body.errors?.map((error) => error.pointer)]).toEqual([422, [pointer]]);
  });
});

describe("a step", () => {
  it("asked for twice is one job, and another mapping is another one", async () => {
    const id = await uploaded();
    await call("POST", `/imports/${id}/check`);
    await call("POST", `/imports/${id}/check`, {});
    expect(await jobs.newest(sub, 5, null)).toHaveLength(1);
    const before = await item(id);
    expect((await call("POST", `/imports/${id}/check`, { mapping: { days: "mdy", columns: { merchant: "Name" } } })).body).toMatchObject({
      state: "checking",
      mapping: { days: "mdy", columns: { merchant: "Name" } },
    });
    expect(await jobs.newest(sub, 5, null)).toHaveLength(2);
    // What the first job still has to say is not heard.
    expect(await store.write(before, settle(before, "check", outcomes.check, now))).toBe(false);
    expect((await item(id)).state).toBe("checking");
  });

  it("whose job nobody made, because the one who asked died, is made by whoever asks again", async () => {
    const id = await uploaded();
    await call("POST", `/imports/${id}/check`);
    const one = await item(id);
    await store.write(one, ask(one, "check", idOf(8, 9, 1), {}, now).write);
    expect((await call("GET", `/imports/${id}`)).body).toMatchObject({ state: "checking", progress: null });
    expect((await call("POST", `/imports/${id}/check`)).status).toBe(202);
    expect(await jobs.read(sub, idOf(8, 9, 1))).toMatchObject({ kind: "import", state: "waiting", parameters: { run: 2 } });
  });

  it("that failed says why, and may be asked for again", async () => {
    const id = await uploaded();
    await go(id, "POST", "check", "/check");
    await call("POST", `/imports/${id}/commit`);
    const job = await jobs.read(sub, (await item(id)).jobId ?? "");
    if (job === null) throw new Error("there is no such job");
    const taken = claim(job, "runner", now);
    await jobs.write(taken.next, taken);
    await jobs.write(taken.next, fail(taken.next, "the account is not there any more", now, "never"));
    expect((await call("GET", `/imports/${id}`)).body).toMatchObject({ state: "failed", reason: "the account is not there any more", counts });
    expect(await call("POST", `/imports/${id}/commit`)).toMatchObject({ status: 202, body: { state: "committing" } });
    expect((await item(id)).run).toBe(3);
  });

  it("is refused to whoever has as many jobs open as one person may", async () => {
    const id = await uploaded();
    for (let i = 0; i < MAX_OPEN; i++)
      await jobs.create(newJob({ owner: sub, id: idOf(8, 10, i), kind: "recap", userId: sub, by: "ann", parameters: {} }, now));
    expect((await call("POST", `/imports/${id}/check`)).status).toBe(409);
    expect((await item(id)).state).toBe("awaiting");
  });

  it("of a newer version's import is not taken", async () => {
    const id = await uploaded();
    await store.write(await item(id), { set: { v: 2 }, when: [{ path: "v", is: "equals", value: 1 }] });
    expect((await call("GET", `/imports/${id}`)).status).toBe(503);
  });
});
