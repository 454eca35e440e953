import { beforeEach, describe, expect, it } from "vitest";
import { api } from "../../../src/http/api.ts";
import { runRoutes } from "../../../src/http/desk/runs.ts";
import { claim, fail, finish, type Job, type Step } from "../../../src/jobs/job.ts";
import { beginMonthly } from "../../../src/jobs/monthly.ts";
import type { DatabaseState } from "../../../src/lifecycle/state.ts";
import { applyWrite } from "../../../src/lifecycle/writes.ts";
import { type Answer, type Call, send } from "../events.ts";
import { checkAnswer } from "../openapi/answers.ts";

const T0 = Date.UTC(2026, 10, 21, 12);
let kept: Map<string, Job>;
let now = T0;
let ids = 0;
const jobs = {
  async create(job: Job) {
    const there = kept.get(`${job.owner}/${job.id}`);
    kept.set(`${job.owner}/${job.id}`, there ?? job);
    return { job: there ?? job, made: there === undefined };
  },
  read: async (owner: string, id: string) => kept.get(`${owner}/${id}`) ?? null,
  async write(job: Pick<Job, "owner" | "id">, { write, next }: Step) {
    const there = kept.get(`${job.owner}/${job.id}`) as unknown as DatabaseState;
    if (applyWrite(there, write) === null) return false;
    kept.set(`${job.owner}/${job.id}`, next);
    return true;
  },
  newest: async (owner: string, limit: number, before: Pick<Job, "createdAt"> | null) =>
    [...kept.values()]
      .filter((job) => job.owner === owner && (before === null || job.createdAt < before.createdAt))
      .sort((a, b) => b.createdAt - a.createdAt)
      .slice(0, limit),
};
const newId = () => `00000000-0000-7000-8000-${String(++ids).padStart(12, "0")}`;
const handler = api(runRoutes({ jobs, now: () => now, newId }), { logger: { info: () => {}, error: () => {} } });
const olga = (call: Call) => send(handler, { ...call, claims: { sub: "s-olga", username: "olga", "cognito:groups": "[operators]" } });
const ann = (call: Call) => send(handler, { ...call, claims: { sub: "s-ann", username: "ann", "cognito:groups": "[users]" } });
const post = (body: unknown, key?: string): Call => ({
  method: "POST",
  path: "/runs/monthly",
  body: JSON.stringify(body),
  headers: { "content-type": "application/json", ...(key === undefined ? {} : { "idempotency-key": key }) },
});
const get = (id: unknown): Call => ({ path: `/runs/${String(id)}`, params: { id: String(id) } });
const ended = ({ body }: Answer) => {
  const key = `system/${String(body.id)}`;
  const job = kept.get(key);
  if (job !== undefined) kept.set(key, finish(claim(job, "r", now).next, { month: job.parameters.month, processed: 7, failed: 1 }, now).next);
};

beforeEach(() => {
  kept = new Map();
  now = T0;
});

describe("POST /runs/monthly", () => {
  it("puts a job of the system's, which its operators see and can follow", async () => {
    const asked = await olga(post({ month: "2026-10" }));
    checkAnswer("POST", "/runs/monthly", asked);
    expect(asked).toMatchObject({ status: 202, headers: { location: `/runs/${asked.body.id}`, "retry-after": "2" } });
    expect([...kept.values()]).toMatchObject([
      { owner: "system", userId: null, kind: "monthly", by: "olga", parameters: { month: "2026-10" }, state: "waiting" },
    ]);
    checkAnswer("GET", "/runs/{id}", await olga(get(asked.body.id)));
    ended(asked);
    const done = await olga(get(asked.body.id));
    expect(done).toMatchObject({ status: 200, body: { state: "done", month: "2026-10", result: { processed: 7, failed: 1 } } });
    expect(done.headers).not.toHaveProperty("retry-after");
  });

  it("is one run while it is under way, another one after that, and the same under the same key", async () => {
    const [first, second] = [await olga(post({ month: "2026-10" })), await olga(post({ month: "2026-10" }))];
    expect(second.body.id).toBe(first.body.id);
    expect((await olga(post({ month: "2026-09" }))).body.id).not.toBe(first.body.id);
    ended(first);
    expect((await olga(post({ month: "2026-10" }))).body.id).not.toBe(first.body.id);
    const keyed = await olga(post({ month: "2026-10" }, "k"));
    expect(await olga(post({ month: "2026-10" }, "k"))).toMatchObject({ body: { id: keyed.body.id }, headers: { "idempotency-replayed": "true" } });
    expect(await olga(post({ month: "2026-09" }, "k"))).toMatchObject({ status: 422, body: { type: "/problems/idempotency-key-reused" } });
  });

  it("is for a month that is over, and not too long", async () => {
    for (const month of ["2026-11", "2026-08", "2027-10", "October", "2026-13"])
      expect(await olga(post({ month }))).toMatchObject({ status: 422, body: { type: "/problems/bad-fields", errors: [{ pointer: "/month" }] } });
    expect(await olga(post({ month: "2026-10", users: ["ann"] }))).toMatchObject({ status: 422 });
    expect(kept.size).toBe(0);
  });

  it("is for operators, like all of /runs", async () => {
    const asked = await olga(post({ month: "2026-10" }));
    for (const call of [post({ month: "2026-10" }), get(asked.body.id), { path: "/runs" }])
      expect(await ann(call)).toMatchObject({ status: 403, body: { type: "/problems/not-allowed" } });
  });
});

describe("POST /runs/{id}/retry", () => {
  const retry = (id: unknown): Call => ({ method: "POST", path: `/runs/${String(id)}/retry`, params: { id: String(id) } });

  it("has one that was given up go on where it was, with all its tries and wakes", async () => {
    const asked = await olga(post({ month: "2026-10" }));
    const key = `system/${String(asked.body.id)}`;
    const begun = claim({ ...(kept.get(key) as Job), failures: 2, wakes: 3, cursor: { after: "u" } }, "r", now).next;
    kept.set(key, fail(begun, "it failed", now).next);
    expect((await olga(get(asked.body.id))).body).toMatchObject({ state: "failed", reason: "it failed" });
    const again = await olga(retry(asked.body.id));
    checkAnswer("POST", "/runs/{id}/retry", again);
    expect(again).toMatchObject({ status: 202, body: { state: "waiting", reason: null }, headers: { location: `/runs/${asked.body.id}` } });
    expect(kept.get(key)).toMatchObject({ state: "waiting", failures: 0, wakes: 0, wakeAt: null, cursor: { after: "u" } });
    expect((await olga(retry(asked.body.id))).status).toBe(202);
  });

  it("leaves alone what is done, what is not there, and whoever is no operator", async () => {
    const asked = await olga(post({ month: "2026-10" }));
    expect(await ann(retry(asked.body.id))).toMatchObject({ status: 403 });
    ended(asked);
    expect(await olga(retry(asked.body.id))).toMatchObject({ status: 409, body: { type: "/problems/conflict" } });
    expect(await olga(retry("nothing"))).toMatchObject({ status: 404 });
  });
});

describe("GET /runs", () => {
  it("has the scheduled ones too, newest first, page by page", async () => {
    now = Date.parse("2026-11-01T06:00:00Z");
    await beginMonthly({ jobs, now: () => now });
    now = T0;
    const scheduled = "monthly:2026-10:2026-11-01T06";
    expect((await olga(post({ month: "2026-10" }))).body.id).toBe(scheduled);
    ended(await olga(get(scheduled)));
    const asked = await olga(post({ month: "2026-10" }));
    const page = await olga({ path: "/runs", query: { limit: "1" } });
    checkAnswer("GET", "/runs", page);
    expect(page.body.items).toMatchObject([{ id: asked.body.id }]);
    const rest = await olga({ path: "/runs", query: { limit: "5", cursor: String(page.body.next) } });
    expect(rest.body.items).toMatchObject([
      { id: scheduled, month: "2026-10" },
      { id: "monthly:2026-09:2026-11-01T06", month: "2026-09" },
    ]);
    expect(await olga(get(scheduled))).toMatchObject({ status: 200, body: { state: "done" } });
    expect(await olga(get("nothing"))).toMatchObject({ status: 404 });
  });
});
