import { beforeEach, describe, expect, it } from "vitest";
import { api } from "../../../src/http/api.ts";
import { jobRoutes } from "../../../src/http/desk/jobs.ts";
import { MAX_OPEN } from "../../../src/http/desk/open-jobs.ts";
import { type Job, newJob, UnknownJob } from "../../../src/jobs/job.ts";
import { type Answer, type Call, send } from "../events.ts";

const T0 = Date.UTC(2026, 10, 21, 12);
let kept: Map<string, Job>;
let now = T0;
let ids = 0;
const quiet = { info: () => {}, error: () => {} };
const handler = api(
  jobRoutes({
    jobs: {
      async create(job) {
        const key = `${job.owner}/${job.id}`;
        const there = kept.get(key);
        if (there) return { job: there, made: false };
        kept.set(key, job);
        return { job, made: true };
      },
      async read(owner, id) {
        const job = kept.get(`${owner}/${id}`) ?? null;
        if (job?.kind === "future") throw new UnknownJob({ id, v: 2 });
        return job;
      },
      newest: async (owner, limit, before) =>
        [...kept.values()]
          .filter((job) => job.owner === owner && (before === null || job.createdAt < before.createdAt))
          .sort((a, b) => b.createdAt - a.createdAt)
          .slice(0, limit),
    },
    now: () => now,
    newId: () => `00000000-0000-7000-8000-${String(++ids).padStart(12, "0")}`,
  }),
  { logger: quiet },
);
const by = (name: string) => (call: Call) => send(handler, { ...call, claims: { sub: `s-${name}`, username: name } });
const ann = by("ann");
const bob = by("bob");
const post = (body: unknown, key?: string): Call => ({
  method: "POST",
  path: "/jobs",
  body: JSON.stringify(body),
  headers: { "content-type": "application/json", ...(key === undefined ? {} : { "idempotency-key": key }) },
});
const get = (user: typeof ann, { body }: Answer) => user({ path: `/jobs/${body.id}`, params: { id: body.id ?? "" } });

beforeEach(() => {
  kept = new Map();
  now = T0;
});

describe("POST /jobs", () => {
  it("makes a job that waits, and says where it is", async () => {
    const answer = await ann(post({ kind: "recap", on: "2026-11-18" }));
    expect(answer).toMatchObject({ status: 202, headers: { location: `/jobs/${answer.body.id}`, "retry-after": "2" } });
    expect(answer.body).toEqual({
      id: answer.body.id,
      kind: "recap",
      state: "waiting",
      attempt: 0,
      progress: null,
      result: null,
      reason: null,
      createdAt: "2026-11-21T12:00:00.000Z",
      updatedAt: "2026-11-21T12:00:00.000Z",
    });
    expect([...kept.values()]).toMatchObject([{ owner: "s-ann", userId: "s-ann", by: "ann", parameters: { on: "2026-11-18" } }]);
  });

  it("is the same job under the same key, for this user, and refuses the key for anything else", async () => {
    const [first, again] = [await ann(post({ kind: "recap" }, "k1")), await ann(post({ kind: "recap" }, "k1"))];
    expect(first.headers).not.toHaveProperty("idempotency-replayed");
    expect(again).toMatchObject({ status: 202, body: first.body, headers: { "idempotency-replayed": "true", location: first.headers.location } });
    expect((await bob(post({ kind: "recap" }, "k1"))).body.id).not.toBe(first.body.id);
    expect((await ann(post({ kind: "recap" }, "k2"))).body.id).not.toBe(first.body.id);
    expect(await ann(post({ kind: "recap", on: "2026-11-18" }, "k1"))).toMatchObject({ status: 422, body: { type: "/problems/idempotency-key-reused" } });
    expect(await ann(post({ kind: "recap" }, "\u00e9"))).toMatchObject({ status: 400, body: { type: "/problems/bad-header" } });
    expect(kept.size).toBe(3);
  });

  it("refuses what is no work, naming the fields, and more than one person may have open", async () => {
    const wrong = await ann(post({ kind: "sweep", on: "soon", users: ["bob"] }));
    expect(wrong).toMatchObject({ status: 422, body: { type: "/problems/bad-fields" } });
    expect(wrong.body.errors?.map(({ pointer }) => pointer)).toEqual(["/kind", "/on", "/users"]);
    for (let i = 0; i < MAX_OPEN; i++) expect((await ann(post({ kind: "recap" }))).status).toBe(202);
    expect(await ann(post({ kind: "recap" }))).toMatchObject({ status: 409, body: { type: "/problems/conflict" } });
    expect((await bob(post({ kind: "recap" }))).status).toBe(202);
    for (const [key, job] of kept) if (job.owner === "s-ann") kept.set(key, { ...job, state: "done" });
    expect((await ann(post({ kind: "recap" }))).status).toBe(202);
  });
});

describe("GET /jobs", () => {
  it("lists one's own, newest first, in pages", async () => {
    for (let i = 0; i < 5; i++) {
      now = T0 + i;
      await ann(post({ kind: "recap" }));
      await bob(post({ kind: "recap" }));
    }
    const first = await ann({ path: "/jobs", query: { limit: "3" } });
    const second = await ann({ path: "/jobs", query: { limit: "3", cursor: first.body.next ?? "" } });
    expect([...(first.body.items ?? []), ...(second.body.items ?? [])].map(({ createdAt }) => String(createdAt).slice(-4, -1))).toEqual([
      "004",
      "003",
      "002",
      "001",
      "000",
    ]);
    expect(second.body.next).toBeNull();
    expect(await ann({ path: "/jobs", query: { cursor: "x" } })).toMatchObject({ status: 400, body: { type: "/problems/bad-cursor" } });
    expect(await ann({ path: "/jobs", query: { limit: "0" } })).toMatchObject({ status: 400, body: { type: "/problems/bad-query" } });
  });

  it("shows what came of a report without where its file lies", async () => {
    const id = "00000000-0000-7000-8000-0000000000aa";
    const made = newJob({ owner: "s-ann", id, kind: "report", userId: "s-ann", by: "ann", parameters: {} }, T0);
    kept.set(`s-ann/${id}`, { ...made, state: "done", result: { v: 1, key: "reports/s-ann/a.pdf", versionId: "v", title: "October" } });
    expect((await ann({ path: `/jobs/${id}`, params: { id } })).body.result).toEqual({ v: 1, title: "October" });
    expect((await ann({ path: "/jobs" })).body.items).toMatchObject([{ result: { v: 1, title: "October" } }]);
  });

  it("shows one's own with its end, and nobody else's", async () => {
    const asked = await ann(post({ kind: "recap" }));
    expect(await get(bob, asked)).toMatchObject({ status: 404, body: { type: "/problems/not-found" } });
    expect(await ann({ path: "/jobs/x", params: { id: "x" } })).toMatchObject({ status: 404 });
    expect((await get(ann, asked)).headers).toMatchObject({ "retry-after": "2" });
    const job = kept.get(`s-ann/${asked.body.id}`) ?? newJob({ owner: "", id: "", kind: "", userId: null, by: "", parameters: {} }, 0);
    kept.set(`s-ann/${job.id}`, { ...job, state: "failed", attempt: 3, reason: "no", runner: "r", cursor: { at: 5 } });
    const failed = await get(ann, asked);
    expect(failed.body).toMatchObject({ state: "failed", attempt: 3, reason: "no" });
    expect(failed.headers).not.toHaveProperty("retry-after");
    expect(Object.keys(failed.body)).not.toContain("cursor");
    kept.set(`s-ann/${job.id}`, { ...job, kind: "future" });
    expect(await get(ann, asked)).toMatchObject({ status: 503, body: { type: "/problems/unavailable" } });
  });

  it("is for somebody who is signed in", async () => {
    for (const call of [post({ kind: "recap" }), { path: "/jobs" }, { path: "/jobs/x", params: { id: "x" } }])
      expect(await send(handler, call)).toMatchObject({ status: 401, body: { type: "/problems/not-signed-in" } });
  });
});
