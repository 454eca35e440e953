import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { jobRecords } from "../../src/aws/job-records.ts";
import { jobs } from "../../src/aws/jobs.ts";
import { isSchedule, isStreamOf } from "../../src/aws/stream.ts";
import { claim, fail, finish, goOn, type Job, type NewJob, newJob, reopen, UnknownJob } from "../../src/jobs/job.ts";
import { type TestDynamoDB, testDynamoDB } from "./dynamodb.ts";
import { NOW } from "./states.ts";

const table = "dormouse-jobs";
let dynamodb: TestDynamoDB;
let unreadable: unknown[] = [];
let count = 0;
let owner = "";
const store = (client = dynamodb.client) => jobs({ dynamodb: client, table, onUnreadable: (error) => unreadable.push(error) });
const job = (id: string, at = NOW, more: Partial<NewJob> = {}): Job =>
  newJob({ owner, id, kind: "note", userId: owner, by: "ann", parameters: { on: undefined, n: 1 }, ...more }, at);

beforeAll(async () => {
  dynamodb = await testDynamoDB();
});
afterAll(() => dynamodb.close());
beforeEach(async () => {
  unreadable = [];
  owner = `s-${count++}`;
  // What the tests before left open.
  for (const left of await store().open(100)) {
    const taken = claim(left, "r", NOW).next;
    await store().write(left, claim(left, "r", NOW));
    await store().write(left, finish(taken, null, NOW));
  }
});

describe("jobs in DynamoDB", () => {
  it("are put once: the second of two gets what is there", async () => {
    expect(await store().create(job("a"))).toMatchObject({ made: true });
    expect(await store().create({ ...job("a"), kind: "other" })).toMatchObject({ made: false, job: { kind: "note", state: "waiting" } });
    expect(await store().read(owner, "a")).toEqual({ ...job("a"), parameters: { n: 1 } });
    expect(await store().read("somebody", "a")).toBeNull();
  });

  it("are listed while they are open, oldest first, and their parts are not", async () => {
    for (const [id, at] of [
      ["new", 3],
      ["old", 1],
      ["middle", 2],
    ] as const)
      await store().create(job(id, NOW + at));
    await store().create(job("part", NOW, { owner: `run:${owner}` }));
    const open = await store().open(10);
    expect(open.map(({ id }) => id)).toEqual(["old", "middle", "new"]);
    expect((await store().open(2)).map(({ id }) => id)).toEqual(["old", "middle"]);
    const old = open[0];
    if (!old) throw new Error("there is none");
    const taken = claim(old, "r", NOW);
    expect(await store().write(old, taken)).toBe(true);
    expect((await store().open(10)).map(({ id }) => id)).toEqual(["old", "middle", "new"]);
    expect(await store().write(old, finish(taken.next, { a: [1] }, NOW))).toBe(true);
    expect((await store().open(10)).map(({ id }) => id)).toEqual(["middle", "new"]);
    expect(await store().read(owner, "old")).toMatchObject({ state: "done", result: { a: [1] }, leaseUntil: null });
  });

  it("are listed by their owner, newest first, page by page", async () => {
    for (let i = 0; i < 7; i++) await store().create(job(`j${i}`, NOW + i));
    const seen: string[] = [];
    for (let before: Job | null = null, page: Job[] = await store().newest(owner, 3, null); page.length > 0; page = await store().newest(owner, 3, before)) {
      seen.push(...page.map(({ id }) => id));
      before = page.at(-1) ?? null;
    }
    expect(seen).toEqual(["j6", "j5", "j4", "j3", "j2", "j1", "j0"]);
  });

  it("are taken up by one of many at once, and a zombie's writes are refused", async () => {
    await store().create(job("a"));
    const tries = await Promise.all(Array.from({ length: 8 }, (_, i) => store().write(job("a"), claim(job("a"), `r${i}`, NOW))));
    expect(tries.filter((taken) => taken)).toHaveLength(1);
    const zombie = await store().read(owner, "a");
    if (!zombie) throw new Error("there is none");
    const later = claim(zombie, "later", NOW + 1_000_000);
    expect(await store().write(zombie, later)).toBe(true);
    expect(await store().write(zombie, goOn(zombie, { progress: { done: 1, total: 2 } }, NOW + 1_000_001))).toBe(false);
    expect(await store().write(zombie, finish(zombie, "the zombie's", NOW + 1_000_002))).toBe(false);
    expect(await store().read(owner, "a")).toMatchObject({ attempt: 2, failures: 1, runner: "later", result: null });
  });

  it("are this runner's when the answer was lost and the client has sent its write again", async () => {
    await store().create(job("a"));
    expect(await store(dynamodb.losing(1)).write(job("a"), claim(job("a"), "r", NOW))).toBe(true);
    expect(await store().write(job("a"), claim(job("a"), "another", NOW))).toBe(false);
    expect(await store(dynamodb.losing(1)).create(job("b"))).toMatchObject({ job: { id: "b" } });
  });

  it("that were given up are open again when somebody says so, once", async () => {
    await store().create(job("a"));
    const running = claim({ ...job("a"), failures: 2 }, "r", NOW);
    await store().write(job("a"), running);
    await store().write(running.next, fail(running.next, "x", NOW));
    const ids = async () => (await store().open(100)).filter((each) => each.owner === owner).map(({ id }) => id);
    expect(await ids()).toEqual([]);
    const failed = await store().read(owner, "a");
    if (failed === null) throw new Error("it is gone");
    expect(await store().write(failed, reopen(failed, NOW + 1))).toBe(true);
    expect(await ids()).toEqual(["a"]);
    expect(await store().read(owner, "a")).toMatchObject({ state: "waiting", failures: 0, attempt: 1 });
    await store().write(failed, claim(reopen(failed, NOW + 1).next, "r", NOW + 2));
    expect(await store().write(failed, reopen(failed, NOW + 3))).toBe(false);
  });

  it("are counted by their states", async () => {
    for (const id of ["a", "b", "c"]) await store().create(job(id));
    await store().write(job("a"), claim(job("a"), "r", NOW));
    expect(await store().count(owner)).toEqual({ waiting: 2, running: 1, done: 0, failed: 0 });
    const running = claim(job("a"), "r", NOW).next;
    await store().write(running, finish(running, null, NOW));
    const ids = (found: Job[]) => found.map(({ id }) => id);
    expect(ids(await store().left(owner))).toEqual(["b", "c"]);
    expect(ids(await store().between(owner, "a", "b"))).toEqual(["a", "b"]);
  });

  it("of a newer version are left alone, and hold up nobody", async () => {
    await dynamodb.put(table, { ...job("future", NOW - 10), parameters: {}, v: 2, open: "1" });
    await store().create(job("a"));
    expect((await store().open(1)).map(({ id }) => id)).toEqual(["a"]);
    expect(unreadable).toEqual([expect.any(UnknownJob)]);
    await expect(store().read(owner, "future")).rejects.toBeInstanceOf(UnknownJob);
    const as1 = { ...job("future"), v: 1 as const };
    expect(await store().write(as1, claim(as1, "r", NOW))).toBe(false);
  });
});

describe("records of the stream", () => {
  const image = (it: Record<string, unknown>) => ({ eventName: "MODIFY" as const, dynamodb: { NewImage: it as never } });
  it("are the jobs that wait, each as it was written last, and what can't be read is told and left out", () => {
    const text = (id: string, state: string, v = "1") =>
      image({
        v: { N: v },
        owner: { S: "ann" },
        id: { S: id },
        kind: { S: "note" },
        by: { S: "ann" },
        parameters: { M: {} },
        state: { S: state },
        attempt: { N: "0" },
        failures: { N: "0" },
        wakes: { N: "0" },
        createdAt: { N: "5" },
        updatedAt: { N: "5" },
      });
    const told: unknown[] = [];
    const Records = [
      text("a", "waiting"),
      text("b", "waiting"),
      text("poison", "waiting", "9"),
      image({ owner: { X: "?" } }),
      text("a", "done"),
      { eventName: "REMOVE" as const, dynamodb: {} },
    ];
    expect(jobRecords({ Records } as never, (error) => told.push(error)).map(({ id }) => id)).toEqual(["b"]);
    expect(told).toHaveLength(2);
  });

  it("are told from those of other tables and from schedules", () => {
    const of = (name: string) => ({ Records: [{ eventSourceARN: `arn:aws:dynamodb:eu-central-1:123456789012:table/${name}/stream/2026` }] });
    expect([of("dormouse-jobs"), of("dormouse-jobs-2"), { Records: [] }, {}, null].map((event) => isStreamOf(event, "dormouse-jobs"))).toEqual([
      true,
      false,
      false,
      false,
      false,
    ]);
    const rule = (name: string) => ({ source: "aws.events", resources: [`arn:aws:events:eu-central-1:123456789012:rule/${name}`] });
    expect([rule("dormouse-check"), rule("dormouse-courier-check"), rule("dormouse-daily"), {}, of("x")].map((event) => isSchedule(event, "check"))).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});
