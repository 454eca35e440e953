import { afterAll, beforeAll, expect, it } from "vitest";
import { jobs } from "../../../src/aws/jobs.ts";
import { refusals } from "../../../src/aws/refusals.ts";
import { api } from "../../../src/http/api.ts";
import { leavingRoutes } from "../../../src/http/desk/leaving.ts";
import { callOutside, type Leaving } from "../../../src/jobs/forget.ts";
import { REFUSED_MS } from "../../../src/lifecycle/refused.ts";
import { type TestDynamoDB, testDynamoDB } from "../../aws/dynamodb.ts";
import { send } from "../events.ts";
import { checkAnswer } from "../openapi/answers.ts";

const T0 = Date.UTC(2026, 10, 21, 12);
let dynamodb: TestDynamoDB;
let now = T0;
beforeAll(async () => {
  dynamodb = await testDynamoDB("desk");
});
afterAll(() => dynamodb?.close());

const store = () => jobs({ dynamodb: dynamodb.client, table: "dormouse-jobs", onUnreadable: () => {} });
const refused = () => refusals({ databaseId: "dormouse", dynamodb: dynamodb.client, table: "dormouse-state" });
const leave = (name: string) => {
  const handler = api(leavingRoutes({ refuse: refused().refuse, jobs: store(), now: () => now }), { logger: { info: () => {}, error: () => {} } });
  return send(handler, { method: "DELETE", path: "/me", claims: { sub: `s-${name}`, username: name } });
};

it("DELETE /me refuses its user from now on, and puts a job of the system's that says no name but where it is forgotten with it", async () => {
  const answer = await leave("ann");
  checkAnswer("DELETE", "/me", answer);
  expect(answer).toMatchObject({ status: 202, body: { state: "waiting", refusedUntil: new Date(T0 + REFUSED_MS).toISOString() } });
  expect(await refused().since("s-ann", now)).toBe(T0);
  expect(await refused().since("s-bob", now)).toBeNull();
  const job = await store().read("system", String(answer.body.id));
  expect(job).toMatchObject({ kind: "forget", userId: null, by: "somebody who leaves", parameters: { sub: "s-ann" }, cursor: { username: "ann" } });
  expect(await store().newest("s-ann", 10, null)).toEqual([]);
});

it("sent again it is the same job, until the tokens have ended; two at once are one", async () => {
  const first = await leave("cid");
  now += 1000;
  expect((await leave("cid")).body).toEqual(first.body);
  const [one, two] = await Promise.all([leave("dan"), leave("dan")]);
  expect(one.body.id).toBe(two.body.id);
  now += REFUSED_MS;
  expect((await leave("cid")).body.id).not.toBe(first.body.id);
  // Whoever leaves next, the others' tokens have ended: they are forgotten.
  expect([await refused().since("s-ann", now), await refused().since("s-dan", now)]).toEqual([null, null]);
});

it("the courier calls for what is outside for jobs that wait, and for no others", async () => {
  const called: Leaving[] = [];
  const outside = callOutside(async (leaving) => void called.push(leaving));
  const open = await store().open(10);
  expect(open.length).toBeGreaterThan(2);
  await outside([...open, ...open.map((job) => ({ ...job, state: "running" as const })), ...open.map((job) => ({ ...job, kind: "recap" }))]);
  expect(called).toEqual(open.map(({ id, parameters: { sub }, cursor }) => ({ id, sub, username: cursor?.username })));
});
