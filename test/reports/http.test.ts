import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Jobs } from "../../src/aws/jobs.ts";
import { type ApiHandler, api } from "../../src/http/api.ts";
import { MAX_OPEN } from "../../src/http/desk/open-jobs.ts";
import { reportRoutes } from "../../src/http/desk/reports.ts";
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
  const failures: unknown[] = [];
  const logger = { info: () => {}, error: (_: string, extra?: unknown) => void failures.push(extra) };
  handler = api(reportRoutes({ jobs: store, links, now: () => now, newId: () => idOf(7, 7, ++made) }), { logger });
});
afterAll(() => dynamodb.close());
beforeEach(() => {
  sub = `reader-${++users}`;
  now = Date.UTC(2026, 10, 21, 9);
});

const call = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}, as = sub): Promise<Answer> =>
  send(handler, { ...jsonCall(method, path, body, headers), claims: { sub: as, username: "ann" } });
const october = { kind: "monthly", month: "2026-10", format: "pdf" };
const read = async (answer: Answer): Promise<Job> => {
  const job = await store.read(sub, String(answer.body.id));
  if (job === null) throw new Error("there is no such job");
  return job;
};
const result = {
  v: 1,
  format: "pdf",
  key: "reports/x/y.pdf",
  versionId: "v1",
  fileName: "report-2026-10.pdf",
  title: "October",
  from: "2026-10-01",
  to: "2026-10-31",
  currency: "EUR",
  rows: 3,
  bytes: 9,
  pages: 1,
  missing: [],
};
async function end(answer: Answer, how: (job: Job) => ReturnType<typeof finish>): Promise<void> {
  const taken = claim(await read(answer), "runner", now);
  await store.write(taken.next, taken);
  await store.write(taken.next, how(taken.next));
}

describe("asking for a report", () => {
  it("is accepted, whatever the database does, and shows what was asked for", async () => {
    const answer = await call("POST", "/reports", { kind: "monthly", month: "2026-10" });
    expect(answer).toMatchObject({
      status: 202,
      body: { state: "waiting", request: october, file: null, reason: null, createdAt: "2026-11-21T09:00:00.000Z" },
    });
    expect(answer.headers.location).toBe(`/reports/${answer.body.id}`);
    expect(await read(answer)).toMatchObject({ kind: "report", userId: sub, by: "ann", parameters: october });
    expect((await call("GET", `/reports/${answer.body.id}`)).body).toEqual(answer.body);
  });

  it("again while it is made is the same one, even by two at once; when it has ended it is another", async () => {
    const both = await Promise.all([call("POST", "/reports", october), call("POST", "/reports", { format: "pdf", month: "2026-10", kind: "monthly" })]);
    const [first] = both;
    expect(new Set(both.map(({ body }) => body.id)).size).toBe(1);
    expect((await call("POST", "/reports", october)).body.id).toBe(first.body.id);
    expect((await call("POST", "/reports", { ...october, format: "csv" })).body.id).not.toBe(first.body.id);
    expect((await call("POST", "/reports", october, {}, `${sub}-other`)).body.id).not.toBe(first.body.id);
    await end(first, (job) => finish(job, result, now));
    now += 1000;
    const next = await call("POST", "/reports", october);
    expect(next.body).toMatchObject({ state: "waiting" });
    expect(next.body.id).not.toBe(first.body.id);
  });

  it("under an Idempotency-Key is that one for as long as it is kept, and another request under it is refused", async () => {
    const key = { "idempotency-key": "11111111-2222-4333-8444-555555555555" };
    const first = await call("POST", "/reports", october, key);
    await end(first, (job) => finish(job, result, now));
    const again = await call("POST", "/reports", october, key);
    expect(again).toMatchObject({ status: 202, body: { id: first.body.id, state: "done" } });
    expect(again.headers["idempotency-replayed"]).toBe("true");
    expect((await call("POST", "/reports", { ...october, month: "2026-09" }, key)).status).toBe(422);
  });

  it("has an end: so many at once, and no more", async () => {
    for (let n = 0; n < MAX_OPEN; n++)
      await store.create(newJob({ owner: sub, id: idOf(8, users, n), kind: "recap", userId: sub, by: "ann", parameters: {} }, now + n));
    expect(await call("POST", "/reports", october)).toMatchObject({ status: 409, body: { detail: expect.stringContaining("20 of your jobs wait or run") } });
  });

  it.each([
    [{}, ["/kind"]],
    [{ kind: "yearly" }, ["/kind"]],
    [{ kind: "monthly", month: "2026-13" }, ["/month"]],
    [{ kind: "monthly", from: "2026-10-01" }, ["/from"]],
    [{ kind: "custom", from: "2026-10-02", to: "2026-10-01" }, ["/to"]],
    [{ kind: "custom", from: "2026-10-02" }, ["/to"]],
    [{ kind: "weekly", on: "2026-02-30" }, ["/on"]],
    [{ kind: "weekly", format: "doc", language: "fr", currency: "XXX" }, ["/currency", "/format", "/language"]],
    [{ kind: "weekly", more: 1 }, ["/more"]],
  ])("with a body that is wrong names the fields: %o", async (body, pointers) => {
    const answer = await call("POST", "/reports", body);
    expect(answer.status).toBe(422);
    expect(answer.body.errors?.map(({ pointer }) => pointer).sort()).toEqual(pointers);
  });
});

describe("reports", () => {
  it("are listed newest first without other work between them, page by page", async () => {
    const ids: unknown[] = [];
    for (let month = 1; month <= 5; month++) {
      now += 1000;
      ids.unshift((await call("POST", "/reports", { ...october, month: `2026-0${month}` })).body.id);
      await store.create(newJob({ owner: sub, id: idOf(6, users, month), kind: "recap", userId: sub, by: "ann", parameters: {} }, now + 1));
    }
    const seen: unknown[] = [];
    for (let path = "/reports?limit=2"; ; ) {
      const { body } = await call("GET", path);
      expect(body.items?.length).toBeLessThanOrEqual(2);
      seen.push(...(body.items ?? []).map(({ id }) => id));
      if (body.next === null) break;
      path = `/reports?limit=2&cursor=${body.next}`;
    }
    expect(seen).toEqual(ids);
    expect((await call("GET", "/reports?cursor=xyz")).status).toBe(400);
  });

  it("that are done show their file, and give a link to it each time", async () => {
    const asked = await call("POST", "/reports", october);
    expect((await call("GET", `/reports/${asked.body.id}/download`)).status).toBe(409);
    await end(asked, (job) => finish(job, result, now));
    const { body, headers } = await call("GET", `/reports/${asked.body.id}`);
    const { v: _, key: __, versionId: ___, format: ____, ...shown } = result;
    expect(body).toMatchObject({ state: "done", file: shown });
    expect(JSON.stringify(body)).not.toContain("reports/x");
    expect(headers["retry-after"]).toBe(undefined);
    const link = await call("GET", `/reports/${asked.body.id}/download`);
    expect(link).toMatchObject({
      status: 200,
      body: { url: "https://files.test/reports/x/y.pdf?v=v1", fileName: "report-2026-10.pdf", expiresAt: "2026-11-21T09:05:00.000Z" },
    });
    expect(link.headers["cache-control"]).toBe("no-store");
  });

  it("that failed say why, and have no file", async () => {
    const asked = await call("POST", "/reports", october);
    await end(asked, (job) => fail(job, "it was too much", now, "never"));
    expect((await call("GET", `/reports/${asked.body.id}`)).body).toMatchObject({ state: "failed", file: null, reason: "it was too much" });
    expect(await call("GET", `/reports/${asked.body.id}/download`)).toMatchObject({
      status: 409,
      body: { detail: "The report could not be made: it was too much." },
    });
  });

  it("are nobody else's, and other work is no report", async () => {
    const asked = await call("POST", "/reports", october);
    const job = newJob({ owner: sub, id: idOf(5, users, 1), kind: "recap", userId: sub, by: "ann", parameters: {} }, now);
    await store.create(job);
    for (const path of [`/reports/${asked.body.id}`, `/reports/${asked.body.id}/download`])
      expect((await call("GET", path, undefined, {}, "somebody-else")).status).toBe(404);
    expect((await call("GET", `/reports/${job.id}`)).status).toBe(404);
    expect((await call("GET", "/reports/nonsense")).status).toBe(404);
    expect((await call("GET", "/reports", undefined, {}, "somebody-else")).body.items).toEqual([]);
  });
});
