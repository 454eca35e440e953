import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Jobs } from "../../src/aws/jobs.ts";
import { type ApiHandler, api } from "../../src/http/api.ts";
import { MAX_OPEN } from "../../src/http/desk/open-jobs.ts";
import { restoreRoutes } from "../../src/http/desk/restores.ts";
import { newJob } from "../../src/jobs/job.ts";
import { strictJobs, type TestDynamoDB, testDynamoDB } from "../aws/dynamodb.ts";
import { idOf } from "../finance/naive/world.ts";
import { type Answer, send } from "../http/events.ts";

let dynamodb: TestDynamoDB;
let store: Jobs;
let handler: ApiHandler;
const NOW = Date.UTC(2026, 10, 21, 9);
/** Versions by `user/id`. */
const files = new Map<string, string>();
let users = 0;
let sub = "";
let made = 0;

beforeAll(async () => {
  dynamodb = await testDynamoDB();
  store = strictJobs(dynamodb.client);
  const uploads = {
    form: async ({ userId, id }: { userId: string; id: string }) => ({ url: "https://files.test/", fields: { key: `${userId}/${id}` }, expiresAt: NOW + 1000 }),
    async uploaded({ userId, id }: { userId: string; id: string }) {
      const versionId = files.get(`${userId}/${id}`);
      return versionId === undefined ? null : { versionId, size: 1 };
    },
  };
  handler = api(restoreRoutes({ jobs: store, uploads, now: () => NOW, newId: () => idOf(7, 7, ++made) }), { logger: { info: () => {}, error: () => {} } });
});
afterAll(() => dynamodb.close());
beforeEach(() => {
  sub = `reader-${++users}`;
});

const post = (path: string, headers: Record<string, string> = {}, as = sub): Promise<Answer> =>
  send(handler, { method: "POST", path, claims: { sub: as, username: "ann" }, headers });

describe("an export that is to be brought back", () => {
  it("gets a form for its file, the same one under the same key, and nothing is written", async () => {
    const first = await post("/me/restore");
    expect(first).toMatchObject({
      status: 201,
      body: {
        id: expect.any(String),
        upload: { url: "https://files.test/", fields: { key: `${sub}/${first.body.id}` }, expiresAt: "2026-11-21T09:00:01.000Z" },
      },
    });
    const key = { "idempotency-key": "11111111-2222-4333-8444-555555555555" };
    expect((await post("/me/restore", key)).body.id).toBe((await post("/me/restore", key)).body.id);
    expect((await post("/me/restore", key, `${sub}-other`)).body.id).not.toBe((await post("/me/restore", key)).body.id);
    expect(await store.newest(sub, 10, null)).toEqual([]);
  });

  it("is one job for each file, once that is there, and nobody else's", async () => {
    const { body } = await post("/me/restore");
    const path = `/me/restore/${body.id}`;
    expect((await post(path)).status).toBe(409);
    files.set(`${sub}/${body.id}`, "v1");
    expect((await post(path, {}, "somebody-else")).status).toBe(409);
    const begun = await post(path);
    expect(begun).toMatchObject({
      status: 202,
      body: { kind: "restore", state: "waiting" },
      headers: { location: `/jobs/${begun.body.id}`, "retry-after": "2" },
    });
    expect((await post(path)).body.id).toBe(begun.body.id);
    expect(await store.read(sub, String(begun.body.id))).toMatchObject({ userId: sub, parameters: { v: 1, fileId: body.id, versionId: "v1" } });
    files.set(`${sub}/${body.id}`, "v2");
    expect((await post(path)).body.id).not.toBe(begun.body.id);
    expect((await post("/me/restore/nonsense")).status).toBe(404);
  });

  it("has an end: so many jobs at once, and no more", async () => {
    for (let n = 0; n < MAX_OPEN; n++)
      await store.create(newJob({ owner: sub, id: idOf(8, users, n), kind: "recap", userId: sub, by: "ann", parameters: {} }, NOW + n));
    files.set(`${sub}/${idOf(2, 2, 2)}`, "v1");
    expect((await post(`/me/restore/${idOf(2, 2, 2)}`)).status).toBe(409);
  });
});
