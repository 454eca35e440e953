import { describe, expect, test } from "vitest";
import { startForTest } from "./harness.ts";

describe("a job", { timeout: 60_000 }, () => {
  test("that is asked for while the database sleeps wakes it, is done, and lets it sleep again", async () => {
    await using run = await startForTest();
    await run.until({ rdsStatus: "stopped" });
    const asked = await run.ask("/jobs", { as: "ann", method: "POST", json: { kind: "recap" } });
    expect(asked).toMatchObject({ status: 202, body: { kind: "recap", state: "waiting", attempt: 0 } });
    const path = asked.headers.get("location") ?? "";
    await expect.poll(async () => (await run.ask(path, { as: "ann" })).body.state, { timeout: 30_000 }).toBe("done");
    const done = await run.ask(path, { as: "ann" });
    expect(done.body).toMatchObject({ attempt: 1, reason: null, result: { sentence: expect.stringContaining("nothing was spent") } });
    expect(await run.ask(path, { as: "bob" })).toMatchObject({ status: 404 });
    expect((await run.ask("/jobs", { as: "ann" })).body.items).toEqual([done.body]);
    expect((await run.ask("/jobs", { as: "bob" })).body.items).toEqual([]);
    await run.until({ phase: "asleep", rdsStatus: "stopped" });
    const history = await run.history();
    expect(history.find(({ action }) => action === "start")).toMatchObject({ cause: "job", by: "ann" });
    expect(run.sent("StartDBInstance")).toBe(1);
  });
});
