import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Jobs } from "../../src/aws/jobs.ts";
import { type ApiHandler, api } from "../../src/http/api.ts";
import { exportRoutes } from "../../src/http/desk/exports.ts";
import { claim, fail, finish, type Job, newJob } from "../../src/jobs/job.ts";
import { strictJobs, type TestDynamoDB, testDynamoDB } from "../aws/dynamodb.ts";
import { idOf } from "../finance/naive/world.ts";
import { type Answer, jsonCall, send } from "../http/events.ts";

let dynamodb: TestDynamoDB;
let store: Jobs;
let handler: ApiHandler;
let now = 0;
let users = 0;
let sub = "";
let made = 0;

beforeAll(async () => {
  dynamodb = await testDynamoDB();
  store = strictJobs(dynamodb.client);
  const links = {
    download: async ({ key, versionId }: { key: string; versionId: string }) => ({ url: `https://files.test/${key}?v=${versionId}`, expiresAt: now + 300_000 }),
  };
  const uploads = { form: async () => ({ url: "", fields: {}, expiresAt: 0 }), uploaded: async () => null };
  handler = api(exportRoutes({ jobs: store, links, uploads, now: () => now, newId: () => idOf(7, 7, ++made) }), {
    logger: { info: () => {}, error: () => {} },
  });
});
afterAll(() => dynamodb.close());
beforeEach(() => {
  sub = `reader-${++users}`;
  now = Date.UTC(2026, 10, 21, 9);
});

const call = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}, as = sub): Promise<Answer> =>
  send(handler, { ...jsonCall(method, path, body, headers), claims: { sub: as, username: "ann" } });
const read = async (answer: Answer): Promise<Job> => {
  const job = await store.read(sub, String(answer.body.id));
  if (job === null) throw new Error("there is no such job");
  return job;
};
async function end(answer: Answer, how: (job: Job) => ReturnType<typeof finish>): Promise<void> {
  const taken = claim(await read(answer), "runner", now);
  await store.write(taken.next, taken);
  await store.write(taken.next, how(taken.next));
}
const resultNow = () => ({
  v: 1,
  format: "json",
  everything: true,
  key: "exports/x/y.json",
  versionId: "v1",
  fileName: "dormouse-2026-11-21.json",
  rows: 3,
  bytes: 9,
  keptUntil: now + 7 * 86_400_000,
});
const link = { url: "https://files.test/exports/x/y.json?v=v1", fileName: "dormouse-2026-11-21.json", expiresAt: "2026-11-21T09:05:00.000Z" };

describe("asking for an export", () => {
  it("is accepted, whatever the database does, and again while it is made is the same one", async () => {
    const filter = { from: "2026-01-01", tag: "travel" };
    const answer = await call("POST", "/exports", { format: "csv", filter });
    expect(answer).toMatchObject({ status: 202, body: { state: "waiting", request: { format: "csv", filter }, file: null, reason: null } });
    expect(answer.headers.location).toBe(`/exports/${answer.body.id}`);
    expect(await read(answer)).toMatchObject({ kind: "export", userId: sub, parameters: { format: "csv", filter } });
    expect((await call("GET", `/exports/${answer.body.id}`)).body).toEqual(answer.body);
    expect((await call("POST", "/exports", { filter: { tag: "travel", from: "2026-01-01" }, format: "csv" })).body.id).toBe(answer.body.id);
    expect((await call("POST", "/exports", { format: "csv", filter: { from: "2026-01-01" } })).body.id).not.toBe(answer.body.id);
    expect((await call("POST", "/exports", { format: "csv", filter }, {}, `${sub}-other`)).body.id).not.toBe(answer.body.id);
  });

  it("under an Idempotency-Key is that one for as long as it is kept, and another request under it is refused", async () => {
    const key = { "idempotency-key": "11111111-2222-4333-8444-555555555555" };
    const first = await call("POST", "/exports", { format: "ofx" }, key);
    await end(first, (job) => finish(job, resultNow(), now));
    const again = await call("POST", "/exports", { format: "ofx" }, key);
    expect(again).toMatchObject({ status: 202, body: { id: first.body.id, state: "done" } });
    expect(again.headers["idempotency-replayed"]).toBe("true");
    expect((await call("POST", "/exports", { format: "json" }, key)).status).toBe(422);
  });

  it.each([
    [{}, ["/format"]],
    [{ format: "xml" }, ["/format"]],
    [{ format: "csv", filter: { from: "2026-10-02", to: "2026-10-01" } }, ["/filter/to"]],
    [
      { format: "csv", filter: { from: "2026-02-30", accountId: "1", kind: "gift", currency: "XXX", tag: "" } },
      ["from", "accountId", "kind", "currency", "tag"].map((field) => `/filter/${field}`),
    ],
    [{ format: "csv", filter: { q: "x" } }, ["/filter/q"]],
    [{ format: "csv", filter: null }, ["/filter"]],
  ])("with a body that is wrong names the fields: %o", async (body, pointers) => {
    const answer = await call("POST", "/exports", body);
    expect(answer.status).toBe(422);
    expect(answer.body.errors?.map(({ pointer }) => pointer).sort()).toEqual([...pointers].sort());
  });
});

describe("exports", () => {
  it("are listed newest first without other work between them, and are nobody else's", async () => {
    const ids: unknown[] = [];
    for (const format of ["json", "csv", "beancount", "ofx"]) {
      now += 1000;
      ids.unshift((await call("POST", "/exports", { format })).body.id);
      await store.create(newJob({ owner: sub, id: idOf(6, users, ids.length), kind: "report", userId: sub, by: "ann", parameters: {} }, now + 1));
    }
    expect((await call("GET", "/exports")).body.items?.map(({ id }) => id)).toEqual(ids);
    expect((await call("GET", "/exports", undefined, {}, "somebody-else")).body.items).toEqual([]);
    for (const path of [`/exports/${ids[0]}`, `/exports/${ids[0]}/download`])
      expect((await call("GET", path, undefined, {}, "somebody-else")).status).toBe(404);
    expect((await call("GET", `/exports/${idOf(6, users, 1)}`)).status).toBe(404);
  });

  it("that are done give a link each time, until their file is kept no longer", async () => {
    const asked = await call("POST", "/exports", { format: "json" });
    expect((await call("GET", `/exports/${asked.body.id}/download`)).status).toBe(409);
    await end(asked, (job) => finish(job, resultNow(), now));
    const shown = await call("GET", `/exports/${asked.body.id}`);
    expect(shown.body).toMatchObject({ state: "done", file: { fileName: link.fileName, rows: 3, bytes: 9, keptUntil: "2026-11-28T09:00:00.000Z" } });
    expect(JSON.stringify(shown.body)).not.toContain("exports/x");
    expect(await call("GET", `/exports/${asked.body.id}/download`)).toMatchObject({ status: 200, body: link, headers: { "cache-control": "no-store" } });
    now += 7 * 86_400_000;
    expect(await call("GET", `/exports/${asked.body.id}/download`)).toMatchObject({ status: 404, body: { detail: expect.stringContaining("kept no longer") } });
  });

  it("that failed say why, and have no file", async () => {
    const asked = await call("POST", "/exports", { format: "json" });
    await end(asked, (job) => fail(job, "it was too much", now, "never"));
    expect((await call("GET", `/exports/${asked.body.id}`)).body).toMatchObject({ state: "failed", file: null, reason: "it was too much" });
    expect((await call("GET", `/exports/${asked.body.id}/download`)).status).toBe(409);
  });
});

describe("an export of everything of one's own", () => {
  it("is asked for without a word, and is the one that POST /exports makes", async () => {
    expect((await call("GET", "/me/export")).status).toBe(404);
    const asked = await call("POST", "/me/export");
    expect(asked).toMatchObject({ status: 202, body: { state: "waiting", request: { format: "json", filter: {} } } });
    expect((await call("POST", "/exports", { format: "json" })).body.id).toBe(asked.body.id);
    const key = { "idempotency-key": "11111111-2222-4333-8444-666666666666" };
    expect((await call("POST", "/me/export", undefined, key)).body.id).toBe((await call("POST", "/me/export", undefined, key)).body.id);
  });

  it("is shown with a link once it is there, whatever else was exported since", async () => {
    const asked = await call("POST", "/me/export");
    const waiting = await call("GET", "/me/export");
    expect(waiting).toMatchObject({ status: 200, body: { id: asked.body.id, state: "waiting", download: null } });
    expect(waiting.headers["retry-after"]).toBe("2");
    await end(asked, (job) => finish(job, resultNow(), now));
    now += 1000;
    await call("POST", "/exports", { format: "csv" });
    await call("POST", "/exports", { format: "json", filter: { kind: "income" } });
    now -= 1000;
    expect((await call("GET", "/me/export")).body).toMatchObject({ id: asked.body.id, state: "done", download: link });
    now += 8 * 86_400_000;
    expect((await call("GET", "/me/export")).body).toMatchObject({ id: asked.body.id, state: "done", download: null });
  });
});
